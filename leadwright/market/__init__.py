"""Simulated people (visitors, readers, buyers, reps, scanners) for the demo and for trials.

Promise: they know the product only as the world does, through HTTP, SMTP and the API; the same seed lives the
same life.
Reads and writes: nothing but the network. Imports no other package, and none imports it.
"""
