"""Kinds of files that hold a table, one module a kind; `capture.tables` recognises them by what they hold."""
