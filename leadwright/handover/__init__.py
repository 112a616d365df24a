"""Meets a human: routing to a rep, the response clock, tasks and their outcomes.

Promise: nobody waits for a rep who is not told; every assignment says why. Reads: leads, activities, users.
Writes: assignments, tasks.
"""
