"""A tokenizer with a word stage: the most probable cut into words (4), else characters; nothing is normalised away."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping

UNKNOWN = 0.5  # the count of a character that is no word


def longest(text: str, words: Mapping[str, int]) -> list[str]:
    """Greedy longest match from the left; what begins no word is cut as one character."""
    reach, found, at = max(map(len, words), default=1), [], 0
    while at < len(text):
        size = next((size for size in range(reach, 1, -1) if text[at : at + size] in words), 1)
        found.append(text[at : at + size])
        at += size
    return found


def log_chance(words: Mapping[str, int], word: str, total: float) -> float:
    """ℓ(w), the log of the word's share of all words; a lone character that is no word counts half an occurrence."""
    return math.log(words.get(word, UNKNOWN) / total)


def segment(text: str, words: Mapping[str, int]) -> list[str]:
    """Equation (4): the cut into words of the dictionary, or single characters, that is most probable; of equals the longest first word."""
    total = sum(words.values()) + UNKNOWN
    reach = max(map(len, words), default=1)
    best: list[tuple[float, int]] = [(0.0, 0)] * (len(text) + 1)  # from the right: score, and size of the first word
    for i in range(len(text) - 1, -1, -1):
        sizes = [size for size in range(min(reach, len(text) - i), 1, -1) if text[i : i + size] in words] + [1]
        best[i] = max(((log_chance(words, text[i : i + k], total) + best[i + k][0], k) for k in sizes), key=lambda one: one[0])
    found, at = [], 0
    while at < len(text):
        found.append(text[at : at + best[at][1]])
        at += best[at][1]
    return found


def normalised(text: str) -> str:
    """What a tokenizer of the sentencepiece kind makes of a text before it cuts it: NFKC, character by character."""
    return "".join(unicodedata.normalize("NFKC", sign) for sign in text)


def changed(before: str, after: str) -> int:
    """In how many places two texts differ, and by how many characters in length."""
    return sum(one != two for one, two in zip(before, after, strict=False)) + abs(len(before) - len(after))
