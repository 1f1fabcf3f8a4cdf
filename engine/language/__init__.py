"""Text and tables read for what occurs together."""
"""Labs of reading language."""
