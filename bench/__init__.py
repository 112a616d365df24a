"""The benchmarks: each module exports `run(size)`, which yields one dict per figure (see bench/README.md)."""
