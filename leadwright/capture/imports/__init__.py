"""Files become records: read as tables, mapped, previewed row by row, written in chunks exactly once, and taken back.

`runs` is the way of one import from its file to its undo; `kinds` says what files can be imported as.
"""
