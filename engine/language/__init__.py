"""Labs of reading language."""
