"""Speed, as ratios within one run: `python -m tests.bench` prints the table of the README."""
