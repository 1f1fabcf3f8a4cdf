"""A text of one's own: cut into aliases, and which of its names is to be linked by which of its words. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.data.errors import not_uploaded
from engine.language.entity_linking.params import MOST, NAMED
from engine.language.entity_linking.segmentation import fewest_pieces
from engine.language.entity_linking.vocabulary import dictionary, lexicon, units

LONGEST = 200  # units that are taken


@dataclass(frozen=True)
class Own:
    """What was found in a text."""

    units: list[str]
    aliases: list[tuple[int, int, int]]  # first unit, the one after the last, alias (−1: no alias)
    name: int  # the first name of several things; −1 where there is none
    words: np.ndarray  # known words beside it, by number: at most 16, the nearest
    unknown: int  # pieces that the linker has no vector for

    @property
    def single(self) -> int:
        """How many aliases there are that only one thing has: nothing to decide."""
        return sum(alias >= NAMED for _, _, alias in self.aliases)


def read(data: Mapping[str, np.ndarray] | None) -> Own:
    """The uploaded text; raises BadValue where there is none."""
    if data is None:
        raise not_uploaded("source")
    found = units("".join(map(chr, np.asarray(data["codes"]).ravel())))[:LONGEST]
    pieces = fewest_pieces(found, dictionary())
    place, name = next(((first, alias) for first, _, alias in pieces if 0 <= alias < NAMED), (0, -1))
    words = [(first, word) for first, _, word in fewest_pieces(found, lexicon()) if word >= 0]
    nearest = sorted(sorted(words, key=lambda one: abs(one[0] - place))[:MOST])
    letters = sum(any(unit.isalnum() for unit in found[first:after]) for first, after, _ in pieces)
    unknown = letters - len(words) - sum(0 <= alias < NAMED for _, _, alias in pieces)
    return Own(found, pieces, name, np.array([word for _, word in nearest], int), max(unknown, 0))
