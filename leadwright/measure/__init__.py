"""Counted: metrics defined once, the funnel, cohorts, goals, and the warnings that a figure needs.

Promise: the same question gives the same number everywhere, with its definition, its moment and its records.
Reads: everything above. Writes: goals.
"""
