"""Pairs of one's own: lines of ids, tab, ids, and perhaps tab, 0 or 1. No torch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.core.params import BadValue
from engine.data.errors import not_uploaded, refused
from engine.language.text_matching import theory
from engine.language.text_matching.params import LONGEST, TESTS, UNK, TextMatchingParams
from engine.language.text_matching.world import NONE, Pairs, plain_corpus

ROOM = LONGEST - 3  # ids of both sentences; [CLS] and two [SEP] stand beside them
LARGEST = 10**9  # an id
TABLE = 5000  # tokens with a row of their own, the most frequent
HELD_OUT = 5  # every fifth labelled line is a test
UNLABELLED = "{name} = {value}: no line of the file has a label to train on; add labels, or choose “with unlabelled text”."


def ids_of(text: str, line: int) -> list[int]:
    """The ids of one side; raises BadValue naming the line and what is no id."""
    ids = []
    for one in text.split():
        if not (one.isascii() and one.isdigit()):
            raise refused("Line {line}: “{found}” is no id; ids are whole numbers from 0, with spaces between.",
                line=str(line), found=one[:20])  # fmt: skip
        digits = one.lstrip("0") or "0"
        if len(digits) > len(str(LARGEST)) or int(digits) > LARGEST:  # of thousands of digits Python makes no number
            raise refused("Line {line}: the id {found} is too large; ids are at most {most}.",
                line=str(line), found=one[:20], most=LARGEST)  # fmt: skip
        ids.append(int(digits))
    if not ids:
        raise refused("Line {line}: one side has no ids. A line is: ids, tab, ids, and perhaps tab, 0 or 1.", line=str(line))
    return ids


def row_of(text: str, line: int) -> tuple[list[int], list[int], int]:
    """Both sides and the label, −1 where there is none."""
    sides = text.split("\t")
    if not 2 <= len(sides) <= 3:
        raise refused("Line {line} has {found} columns; a line is: ids, tab, ids, and perhaps tab, 0 or 1.",
            line=str(line), found=len(sides))  # fmt: skip
    first, second = ids_of(sides[0], line), ids_of(sides[1], line)
    if (count := len(first) + len(second)) > ROOM:
        raise refused("Line {line} has {found} ids; at most {most} are read.", line=str(line), found=count, most=ROOM)
    label = sides[2].strip() if len(sides) == 3 else ""
    if label not in ("", "0", "1"):
        raise refused("Line {line}: the label “{found}” is neither 0 nor 1.", line=str(line), found=label[:20])
    return first, second, int(label or -1)


def rows_of(data: Mapping[str, np.ndarray] | None) -> list[tuple[list[int], list[int], int]]:
    """All lines that are not empty; raises BadValue."""
    if data is None:
        raise not_uploaded()
    text = "".join(map(chr, np.asarray(data["codes"]).ravel()))
    rows = [row_of(line, number) for number, line in enumerate(text.split("\n"), 1) if line.strip(" \r")]
    if not rows:
        raise refused("The file has no pair: a line is ids, tab, ids, and perhaps tab, 0 or 1.")
    return rows


class Own:
    """What a file has: text, pairs to train on and to test, counts; the same attributes as World, but no truth."""

    def __init__(self, p: TextMatchingParams, seed: int, data: Mapping[str, np.ndarray] | None) -> None:
        rows = rows_of(data)
        self.ids, places = np.unique([one for first, second, _ in rows for one in first + second], return_inverse=True)
        self.counts = np.bincount(places)
        self.plain_counts = plain_corpus(seed, p.zipf)[1].counts()
        self.alignment = theory.align(self.counts, self.plain_counts)
        self.kept = np.sort(theory.order(self.counts)[:TABLE])
        self.table = np.append(np.full(len(self.ids), UNK), 0)
        self.table[self.kept] = NONE + np.arange(len(self.kept))
        self.text = self.pairs(rows, places)
        labelled = np.flatnonzero(self.text.labels >= 0)
        tests = labelled[HELD_OUT - 1 :: HELD_OUT]
        train = np.random.default_rng([seed, 8213, 5]).permutation(np.setdiff1d(labelled, tests))
        if not len(train) and p.training != "all":
            raise BadValue("training", p.training, "", template=UNLABELLED)
        self.train, self.test = self.text[train], self.text[tests[:TESTS]]

    def pairs(self, rows: list[tuple[list[int], list[int], int]], places: np.ndarray) -> Pairs:
        """Places of the ids (n, 2, 12), −1 where a sentence has ended."""
        words, start = np.full((len(rows), 2, ROOM - 1), -1), 0
        for row, (one, two, _) in enumerate(rows):
            for side, size in enumerate((len(one), len(two))):
                words[row, side, :size] = places[start : start + size]
                start += size
        return Pairs(words, np.array([label for _, _, label in rows], np.int32))

    def quality(self) -> dict[str, float]:
        """Nobody knows the truth."""
        return dict.fromkeys(("exact_words", "exact_mass", "rank_error"), float("nan"))
