"""The words of a made-up language in English and in Chinese, and how a text is cut into them. No torch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

Word = tuple[str, str]  # English, Chinese


class Bilingual:
    """Words by number; number 0 is whatever is not known. `more`: other ways to write some of them -> their numbers."""

    def __init__(self, words: Sequence[Word], more: Mapping[str, int] | None = None) -> None:
        self.words = words
        self.numbers = {word[side].lower(): k for k, word in enumerate(words) if k for side in (0, 1)} | dict(more or {})
        unbroken = sorted((word for word in self.numbers if not word.isascii()), key=len, reverse=True)
        self.pieces = re.compile(rf"{'|'.join(map(re.escape, unbroken))}|[^\W_\u2e80-\u9fff]+|\S")

    def spoken(self, numbers: Iterable[int], language: str) -> list[str]:
        """The words of these numbers in the reader's language."""
        return [self.words[number][language == "zh"] for number in numbers]

    def cut(self, text: str) -> list[tuple[str, int]]:
        """A text as known words, the longest first, other words of letters, and single signs: (as written, number)."""
        return [(piece, self.numbers.get(piece.lower(), 0)) for piece in self.pieces.findall(text)]
