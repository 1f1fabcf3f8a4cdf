"""`python -m tests.figures [--out FILE.html]`: writes the gallery of figures as one page that opens offline."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.figures.page import gallery


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.figures", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("figures.html"), metavar="FILE.html")
    out = parser.parse_args().out
    out.write_text(gallery(), encoding="utf-8")
    print(out)


if __name__ == "__main__":
    main()
