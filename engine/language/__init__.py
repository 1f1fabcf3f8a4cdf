"""Labs of reading language: words, names, baskets, sentence vectors."""
