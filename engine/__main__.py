"""`python -m engine`: the command line."""

from engine.cli.commands import main

main()
