"""x"""

CHAPTERS = ()
GUESSES = ()
