"""Composition only: settings, URLs, processes, command line, the demo's script. Nobody imports it.

Promise: one command starts everything on one port, restarts what dies and stops it in order.
Reads: all packages. Writes: nothing of its own.
"""
