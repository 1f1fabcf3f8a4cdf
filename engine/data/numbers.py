"""Numbers as people's programs write them: the one convention that reads all cells of a table, or why there is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
COMMA = re.compile(r"[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?")  # 1234,5
COMMA_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?")  # 1,234.5
POINT_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?")  # 1.234,5
NEAR = re.compile(r"[^\w\s]{0,3}\s?[+-]?\s?[\d.,'’\s]*\d[\d.,'’\s]*(?:[eE][+-]?\d+)?\s?[^\w\s]{0,2}|[+-]?0[xX][0-9a-fA-F]+")
NO_VALUE = re.compile(
    r"|[+-]?nan|[+-]?inf(?:inity)?|n/?a|#n/a|<na>|null|none|nil|missing|-|--|\?|\.|#(?:div/0|value|ref|name|num|null)[!?]",
    re.IGNORECASE,
)
MINUS = str.maketrans({"−": "-", "－": "-", "–": "-", "‒": "-", "‑": "-", "＋": "+", "．": ".", "，": ",", "％": "%"})
BLANK = " \t\u00a0\u2007\u202f\u3000\u200b\ufeff"
WORDS = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True)
class Convention:
    """How numbers are written: which cells it takes, and the cell as Python writes it."""

    name: str
    takes: Callable[[str], bool]
    python: Callable[[str], str]

    def value(self, cell: str) -> float:
        """The number of a cell that the convention takes."""
        return float(self.python(cell))


def _plain(cell: str) -> bool:
    return PLAIN.fullmatch(cell) is not None


POINT = Convention("a decimal point", _plain, str)
DECIMAL_COMMA = Convention(
    "a decimal comma", lambda cell: COMMA.fullmatch(cell) is not None, lambda cell: cell.replace(",", ".")
)
AMERICAN = Convention(
    "commas between thousands",
    lambda cell: _plain(cell) or COMMA_GROUPS.fullmatch(cell) is not None,
    lambda cell: cell.replace(",", ""),
)
EUROPEAN = Convention(
    "points between thousands",
    lambda cell: COMMA.fullmatch(cell) is not None or POINT_GROUPS.fullmatch(cell) is not None,
    lambda cell: cell.replace(".", "").replace(",", "."),
)


def cleaned(cell: str) -> str:
    """A cell without blanks around it (no-break ones too), with Python's minus."""
    return cell.strip(BLANK).translate(MINUS)


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value (empty, NA, NaN, inf, #DIV/0!, ...)."""
    return NO_VALUE.fullmatch(cell) is not None


def is_near_number(cell: str) -> bool:
    """Whether a cell is a number in some writing, possibly one that is not read (10%, $2, 1 234, 0x10), or several."""
    return bool(cell) and all(NEAR.fullmatch(part) for part in re.split(r"[\s;|]+", cell) if part)


def convention(cells: Iterable[str]) -> Convention | tuple[str, str, str] | str:
    """The one convention that takes every cell; else the cell with its two readings, or the cell that none takes."""
    odd = [cell for cell in cells if not _plain(cell)]
    if not odd:
        return POINT
    all_cells = list(cells)
    decimal = all(map(DECIMAL_COMMA.takes, all_cells))
    american = all(map(AMERICAN.takes, all_cells))
    european = not decimal and all(map(EUROPEAN.takes, all_cells))
    if decimal and american:
        cell = odd[0]
        return cell, DECIMAL_COMMA.python(cell), AMERICAN.python(cell)
    if decimal:
        return DECIMAL_COMMA
    if american and any(_proves(cell, ",", ".") for cell in odd):
        return AMERICAN
    if european and any(_proves(cell, ".", ",") for cell in odd):
        return EUROPEAN
    if american or european:
        cell = next((cell for cell in odd if "," in cell), odd[0])
        return cell, DECIMAL_COMMA.python(cell), cell.replace(",", "")
    return next((cell for cell in odd if not COMMA.fullmatch(cell)), odd[0])


def _proves(cell: str, group: str, point: str) -> bool:
    """Whether a cell can only be grouped by that sign: it has two groups, or a group and a point."""
    return cell.count(group) > 1 or (group in cell and point in cell)
