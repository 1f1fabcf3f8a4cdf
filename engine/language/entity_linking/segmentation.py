"""Cutting a text with an alias dictionary into as few pieces as possible: dynamic programming. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def fewest_pieces(units: Sequence[str], dictionary: Mapping[tuple[str, ...], int]) -> list[tuple[int, int, int]]:
    """Pieces (first, after the last, entry) of a text: entries of the dictionary, or single units (entry −1), as few as can be.

    Of several such cuts the one whose leftmost piece is longest, then the next, and so on: a stated rule, so that a text has one cut.
    An entry of one unit and that unit alone are one piece either way; the entry counts.
    """
    longest = max(map(len, dictionary), default=1)
    n = len(units)
    count, size = [0] * (n + 1), [1] * n  # pieces from here on; length of the piece that begins here
    for i in reversed(range(n)):
        count[i] = 1 + count[i + 1]
        for length in range(2, min(longest, n - i) + 1):
            if 1 + count[i + length] <= count[i] and tuple(units[i : i + length]) in dictionary:
                count[i], size[i] = 1 + count[i + length], length
    pieces, i = [], 0
    while i < n:
        after = i + size[i]
        pieces.append((i, after, dictionary.get(tuple(units[i:after]), -1)))
        i = after
    return pieces
