"""The example firm: what it publishes, plans and sends, a year of its past, and the way to remove it again."""
