"""How attention reads a sequence."""
