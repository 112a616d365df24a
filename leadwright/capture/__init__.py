"""The facts: hits as they came in, what they were judged to be, and files that were imported.

Promise: a hit that was answered with 2xx survives a kill of every process; a fact is never changed; each refusal has a
reason. Reads: attract (forms, links), workspace (keys). Writes: hits, refusals, visitors, activities, imports.
"""
