"""Custom fields: what the firm has defined, what a value may be, how many are filled at once, and which are indexed."""
