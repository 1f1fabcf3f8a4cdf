"""`python -m engine`: the command line."""

from engine.core.cli import main

main()
