"""The rules of the house: imports, sizes, documentation, templates, the lock file."""
