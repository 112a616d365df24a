"""The same person or firm twice: likeness weighed, proposed once, decided by people, merged, and merges undone."""
