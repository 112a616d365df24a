"""The firm that uses Leadwright: its users and their roles, API keys, settings, and the trail of who did what.

Promise: whoever acts is known, may do what he does, and leaves a trace.
Reads: kit. Writes: users, API keys, the workspace's settings, saved views, the audit trail.
"""
