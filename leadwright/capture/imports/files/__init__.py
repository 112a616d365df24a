"""Kinds of files that hold a table, one module a kind; `capture.imports.tables` recognises them by what they hold."""
