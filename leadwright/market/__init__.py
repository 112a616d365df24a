"""Simulated people (visitors, readers, buyers, reps, scanners) for the demo and for trials.

Promise: they know the product only as the world does, through HTTP, SMTP and the API; the same seed lives the
same life.
Reads and writes: nothing but the network. Imports no other package; only `main.demo` imports it, which tells it where
the product is, who the firm's campaigns draw, and, while the past is lived, what time it is.
"""
