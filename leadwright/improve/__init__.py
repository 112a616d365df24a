"""Made better: experiments, budgets, suggestions.

Promise: advice states its uncertainty, or says that the data cannot answer. Reads: measure. Writes: nothing yet;
experiments and budget advice come with their own issues.
"""
