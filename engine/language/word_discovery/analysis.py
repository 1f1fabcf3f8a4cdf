"""One complete analysis of a text: its strings counted, judged, the text cut, the pieces counted and the false ones thrown out. No torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.language.word_discovery import theory
from engine.language.word_discovery.corpora import Text, counted, text_of
from engine.language.word_discovery.counting import Level, levels, script_counts, solidity
from engine.language.word_discovery.params import BASES, WordDiscoveryParams

CURVES = 200_000  # characters up to which the curves over the threshold are computed


@dataclass(frozen=True, eq=False)  # two of them are the same only as one object
class Counted:
    """A text with its frequent strings of 1 to `longest` characters, their counts by length, N, and from two on their solidity."""

    text: Text
    grams: list[Level]
    counts: list[np.ndarray]
    total: float
    solidity: list[np.ndarray]

    @property
    def longest(self) -> int:
        return len(self.grams)


def count(text: Text, p: WordDiscoveryParams) -> Counted:
    """Count all strings of the text, and find the weakest joint of every frequent one (1)."""
    symbols = np.unique(text.letters, return_inverse=True)[1]
    grams = levels(symbols, text.first, p.longest, p.min_count)
    total, counts = float(len(text)), [level.counts for level in grams]
    if p.counting == "script-2019":
        total, counts = script_counts(symbols, text.first, grams, p.min_count)
    return Counted(text, grams, counts, total, solidity(grams, total, counts))


@dataclass(frozen=True)
class Piece:
    """A candidate: a string that the cut left in one piece `count` times, first at `place`, and whether the backtrack keeps it."""

    word: str
    count: int
    place: int
    kept: bool


class Cut:
    """A counted text under a threshold: its solid strings G, where it is cut, and what is left of the pieces."""

    def __init__(self, known: Counted, base: float, min_count: int, backtrack: str) -> None:
        self.known, self.min_count, self.backtrack = known, min_count, backtrack
        text, judged = known.text, list(enumerate(known.solidity, 2))
        self.solid = [(s >= theory.threshold(base, n)) & (known.counts[n - 1] >= min_count) for n, s in judged]  # (2)
        begins = [np.append(solid, False)[known.grams[n - 1].ids] for n, solid in enumerate(self.solid, 2)]  # id −1: not solid
        self.glue = theory.glued(begins, len(text))
        self.starts, self.ends = theory.segments(self.glue, text.first)
        self.totals = [np.append(0, np.cumsum(begin)) for begin in begins]

    @cached_property
    def candidates(self) -> list[Piece]:
        """Pieces of two or more characters that are frequent, the most frequent first."""
        text, lengths, found = self.known.text, self.ends - self.starts, []
        for n in range(2, self.known.longest + 1):  # a frequent piece is a frequent string, and has a name already
            starts = self.starts[lengths == n]
            ids = self.known.grams[n - 1].ids[starts]
            starts, ids = starts[ids >= 0], ids[ids >= 0]
            counts, place = np.bincount(ids), np.zeros(int(ids.max(initial=-1)) + 1, int)
            place[ids[::-1]] = starts[::-1]
            often = np.flatnonzero(counts >= max(self.min_count, 1))
            for at, many in zip(place[often].tolist(), counts[often].tolist(), strict=True):
                found.append((text.string[at : at + n], many, at))
        long = lengths > self.known.longest
        for word, (many, at) in counted(text.string, self.starts[long], self.ends[long]).items():
            if many >= self.min_count:
                found.append((word, many, at))
        found.sort(key=lambda piece: (-piece[1], piece[0]))
        return [Piece(*piece, theory.kept(piece[2], len(piece[0]), self.totals, self.backtrack)) for piece in found]

    @cached_property
    def words(self) -> list[Piece]:
        """The candidates that the backtrack leaves."""
        return [piece for piece in self.candidates if piece.kept]

    @cached_property
    def scores(self) -> dict[str, float]:
        """Precision, recall and F1 of the words found, precision of the candidates, and token F1 of the cut; NaN where nobody knows."""
        text = self.known.text
        if text.border is None:
            return dict.fromkeys(("precision", "recall", "type_f1", "candidate_precision", "token_f1"), math.nan)
        frequent = self.frequent
        found, candidates = {piece.word for piece in self.words}, {piece.word for piece in self.candidates}
        precision, recall = share(found & text.lexicon, found), share(found & frequent, frequent)
        return {
            "precision": precision,
            "recall": recall,
            "type_f1": theory.f1(0.0 if math.isnan(precision) else precision, recall),  # nothing found, nothing hit
            "candidate_precision": share(candidates & text.lexicon, candidates),
            "token_f1": theory.same_spans(self.starts, self.ends, text.border),
        }

    @cached_property
    def frequent(self) -> set[str]:
        """The true words that occur often enough to be found."""
        return {word for word, many in self.known.text.occurrences.items() if many >= self.min_count}

    @property
    def candidate_recall(self) -> float:
        """Recall before the backtrack."""
        return share({piece.word for piece in self.candidates} & self.frequent, self.frequent)

    def kind(self, piece: Piece) -> int:
        """What a piece is: 1 a true word, 2 several true words in a row, 0 neither, −1 nobody knows."""
        border, end = self.known.text.border, piece.place + len(piece.word)
        if border is None:
            return -1
        if piece.word in self.known.text.lexicon:
            return 1
        return 2 if border[piece.place] and (end == len(border) or border[end]) else 0


def share(part: set[str], whole: set[str]) -> float:
    """How large a part of a set is; NaN where the set is empty."""
    return len(part) / len(whole) if whole else math.nan


def curves(known: Counted, p: WordDiscoveryParams) -> np.ndarray:
    """Along BASES: precision and recall of the candidates, of the words, F1, token F1, words found; float64 (BASES, 7).

    NaN beyond CURVES characters, where they would take longer than a picture may.
    """
    rows = np.full((len(BASES), 7), np.nan)
    for row, base in zip(rows, BASES if len(known.text) <= CURVES else (), strict=False):
        cut = Cut(known, base, p.min_count, p.backtrack)
        s = cut.scores
        row[:2] = s["candidate_precision"], cut.candidate_recall
        row[2:] = s["precision"], s["recall"], s["type_f1"], s["token_f1"], len(cut.words)
    return rows


def strings(known: Counted, n: int, which: np.ndarray) -> np.ndarray:
    """Strings of n characters by their numbers, as code points: int32 (strings, n)."""
    return known.text.letters[known.grams[n - 1].at[which][:, None] + np.arange(n)]


def is_true(known: Counted, n: int, which: np.ndarray) -> list[bool]:
    """Whether these strings of n characters are true words."""
    return [text_of(row) in known.text.lexicon for row in strings(known, n, which)]
