"""x"""
CHAPTERS=()
GUESSES=()
