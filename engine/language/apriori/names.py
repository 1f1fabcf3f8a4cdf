"""What things are called on this lab's pictures: items by their names, rules by their items, sets by what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from engine.data.text import words
from engine.plot import Cast, Member
from engine.plot.labels import as_written

CAST = Cast(
    {
        "frequent": ("frequent", "measured"),
        "counted": ("counted, too rare", "second"),
        "pruned": ("pruned", "mark"),
        "unreached": ("never made", "quiet"),
        "joined": ("joined", "mark", "dot"),
        "candidates": ("candidates counted", "second", "dash"),
        "planted": ("planted", "good"),
        "weak": ("lift < 1.25", "second", "dot"),
        "null": ("shuffled baskets", "quiet", "dot"),
        "bits": ("bit sets", "measured", "dash"),
        "loop": ("loop over columns", "theory", "dash"),
    }
)
STATES = ("unreached", "pruned", "counted", "frequent")  # in the order of the numbers in `lattice_states`


def spelt(arrays: Mapping[str, np.ndarray], items: Iterable[int]) -> list[str]:
    """The names of these items (-1 is none), as they may stand on a picture."""
    chosen = [int(item) for item in items if item >= 0]
    return [as_written(name) for name in words(arrays["item_names"][chosen])] if chosen else []


def sides(arrays: Mapping[str, np.ndarray], place: int) -> tuple[str, str]:
    """A and C of a rule, written out."""
    return " + ".join(spelt(arrays, arrays["rule_left"][place])), spelt(arrays, [arrays["rule_right"][place]])[0]


def named(words: str) -> Member:
    """A rule as the name of a row: data, which no catalogue translates."""
    return Member("rule", "{words}", "text", values={"words": words})
