"""x"""

VIEWS = ()
