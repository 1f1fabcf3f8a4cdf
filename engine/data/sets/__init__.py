"""Small data sets and generators that several topics use."""
