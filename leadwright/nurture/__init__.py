"""Kept warm: journeys, their frozen versions, and the contacts on their way through them.

Promise: a step is taken once, in sets, and each taken step is a row that says why; waiting costs nothing.
Reads: segments, activities, messages. Writes: journeys, versions, steps, enrollments, step records.
"""
