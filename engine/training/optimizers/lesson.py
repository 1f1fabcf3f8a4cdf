"""The story."""

CHAPTERS = ()
GUESSES = ()
