"""Which columns of a table are features: running numbers, labels and words are set aside, and said."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from engine.data.numbers import PLAIN, WORDS, is_missing, is_near_number
from engine.data.reading import Note, note

MOST_CLASSES = 24  # as many colours can be told apart
LABELS = re.compile(r"labels?|class(?:es|_?label|_?name)?|species|targets?|category|标签|类别|种类", re.IGNORECASE)
RUNNING = re.compile(
    r"|id|idx|index|ids|no\.?|nr\.?|number|#|row(?:_?(?:id|number|names?))?|unnamed: ?\d+|rownames|编号|序号", re.IGNORECASE
)
WHOLE = re.compile(r"[+-]?\d+(?:\.0*)?")


@dataclass
class Columns:
    """The columns of numbers (cells and their places in the file), the labels or None, and what is said of the others."""

    numbers: list[list[str]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    labels: list[str] | None = None
    notes: list[Note] = field(default_factory=list)


def sorted_out(header: list[str] | None, columns: list[list[str]]) -> Columns:
    """The columns by what they are."""
    chosen = Columns()
    names = header or [""] * len(columns)
    label = _label(names if header else None, columns)
    aside: list[str] = []
    for place, (name, column) in enumerate(zip(names, columns, strict=True)):
        shown = name or f"{place + 1}"
        if place == label:
            chosen.labels = [cell.lower() if _is_truth(column) else cell for cell in column]
            count = len(set(column))
            if count <= MOST_CLASSES:
                chosen.notes.append(note("“{name}” colours the samples ({count} labels)", name=shown, count=count))
            else:
                chosen.labels = None
                aside.append(shown)
        elif header is not None and _is_running(name, column):
            aside.append(shown if name else "running number")
        elif _is_words(column):
            aside.append(shown)
        else:
            chosen.numbers.append([f"{WORDS[cell.lower()]:g}" for cell in column] if _is_truth(column) else column)
            chosen.places.append(place)
    if aside:
        chosen.notes.append(note("columns set aside: {names}", names=", ".join(name[:30] for name in aside[:8])))
    return chosen


def _label(names: list[str] | None, columns: list[list[str]]) -> int | None:
    """The column of labels: the one of that name, else the only column of words that has few different ones."""
    if len(columns) < 2:
        return None
    for place, name in enumerate(names or []):
        if LABELS.fullmatch(name) and not any(is_missing(cell) for cell in columns[place]):
            return place
    for place, name in enumerate(names or []):
        others = {other.lower() for other in names or []}
        few = len(set(columns[place])) <= min(MOST_CLASSES, len(columns[place]) // 2)
        if name.lower() == "y" and "x" not in others and few and all(map(WHOLE.fullmatch, columns[place])):
            return place
    words = [place for place, column in enumerate(columns) if _is_words(column)]
    few_words = [place for place in words if 1 < len(set(columns[place])) <= MOST_CLASSES < len(columns[place]) * 25]
    repeated = [place for place in few_words if len(set(columns[place])) < len(columns[place])]
    return repeated[0] if len(repeated) == 1 else None


def _is_words(column: list[str]) -> bool:
    """Whether no cell is a number in any writing and none is missing: a column of words, not a damaged one of numbers."""
    return not _is_truth(column) and not any(is_missing(cell) or is_near_number(cell) for cell in column)


def _is_truth(column: list[str]) -> bool:
    return all(cell.lower() in WORDS for cell in column)


def _is_running(name: str, column: list[str]) -> bool:
    """Whether a column only numbers the rows: its name says so (or it has none) and its whole numbers go up by one.

    Under a name such as "id" any whole numbers that are all different are one.
    """
    if not RUNNING.fullmatch(name) or not all(PLAIN.fullmatch(cell) and WHOLE.fullmatch(cell) for cell in column):
        return False
    values = [float(cell) for cell in column]
    if name and len(set(values)) == len(values):
        return True
    return all(b - a == 1 for a, b in pairwise(values))
