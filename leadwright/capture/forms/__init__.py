"""What people send with forms: the body taken apart, files looked at, kept as one hit, held where in doubt, counted."""
