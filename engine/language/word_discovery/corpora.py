"""Where a text comes from: a made language whose words are known, English without its spaces, or one's own. No torch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import scipy.linalg
import scipy.special

from engine.data.errors import not_uploaded, refused
from engine.language.word_discovery.params import WordDiscoveryParams

LENGTHS, SHARES = (2, 3, 4, 5), (0.6, 0.2, 0.15, 0.05)  # of the planted words
SENTENCE = (6, 19)  # words of a made sentence, fewest and most
BEGINNING = 1000  # characters that the first step reads
LIBRARIES = (np, np.linalg, np.ma, scipy.linalg, scipy.special)  # their docstrings have 1.2 million letters


@dataclass(frozen=True, eq=False)
class Text:
    """Sentences behind each other.

    letters: code points of the kept characters, int32 (N,). first: where a sentence begins, bool (N,).
    border: where a true word begins, bool (N,); None where nobody knows. lexicon: the true words of two or more characters.
    """

    letters: np.ndarray
    first: np.ndarray
    border: np.ndarray | None = None
    lexicon: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.letters)

    @cached_property
    def string(self) -> str:
        """All characters as one string."""
        return self.letters.astype("<u4").tobytes().decode("utf-32-le")

    def beginning(self, characters: int) -> Text:
        """The sentences that begin within the first `characters` characters."""
        starts = np.flatnonzero(self.first)
        after = int(np.searchsorted(starts, characters))
        end = int(starts[after]) if after < len(starts) else len(self)
        return Text(self.letters[:end], self.first[:end], None if self.border is None else self.border[:end], self.lexicon)

    def at_step(self, step: int) -> Text:
        """What has been read after so many steps: 1000 characters after the first, twice as many after each further one."""
        return self.beginning(BEGINNING << min(step - 1, 40) if step else 0)

    @cached_property
    def occurrences(self) -> dict[str, int]:
        """How often each true word of two or more characters stands in the text."""
        if self.border is None:
            return {}
        starts = np.flatnonzero(self.border)
        ends = np.append(starts[1:], len(self))
        long = ends - starts > 1
        return {word: many for word, (many, _) in counted(self.string, starts[long], ends[long]).items()}


def counted(string: str, starts: np.ndarray, ends: np.ndarray) -> dict[str, tuple[int, int]]:
    """How many of the stretches [start, end) equal each string, and where the first of them begins."""
    found: dict[str, tuple[int, int]] = {}
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        word = string[start:end]
        many, at = found.get(word, (0, start))
        found[word] = many + 1, at
    return found


@cache
def common_characters() -> np.ndarray:
    """The 3,755 most common Chinese characters (level 1 of GB 2312-80): code points."""
    rows = (bytes((0xB0 + k // 94, 0xA1 + k % 94)) for k in range(3755))
    return np.array([ord(pair.decode("gb2312")) for pair in rows], np.int32)


def zipf(ranks: int, exponent: float) -> np.ndarray:
    """Shares proportional to rank to the power of −exponent: (ranks,)."""
    weights = np.arange(1, ranks + 1) ** -exponent
    return weights / weights.sum()


def vocabulary(alphabet: int, words: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Different words over an alphabet whose characters are popular like rank^(−1/2): letters (words, 5), lengths (words,)."""
    popular, known = zipf(alphabet, 0.5), dict[tuple[int, ...], None]()
    while len(known) < words:
        lengths = random.choice(LENGTHS, words, p=SHARES)
        drawn = random.choice(alphabet, (words, LENGTHS[-1]), p=popular)
        known |= dict.fromkeys(tuple(row[:n]) for row, n in zip(drawn.tolist(), lengths, strict=True))
    chosen = list(known)[:words]
    letters = np.zeros((words, LENGTHS[-1]), np.int32)
    for row, word in zip(letters, chosen, strict=True):
        row[: len(word)] = word
    return letters, np.array([len(word) for word in chosen])


def made(p: WordDiscoveryParams, seed: int) -> Text:
    """Sentences of independent words: function characters and words take turns on the first ranks of Zipf's law."""
    random = np.random.default_rng([seed, 31])
    signs = random.permutation(common_characters())
    letters, lengths = vocabulary(p.alphabet, p.words, random)
    functions = random.permutation(p.alphabet)[: p.function_characters]
    single = np.zeros((len(functions), letters.shape[1]), np.int32)
    single[:, 0] = functions
    turns = np.argsort(np.append(2 * np.arange(len(letters)) + 1, 2 * np.arange(len(single))), kind="stable")
    letters, lengths = np.concatenate([letters, single])[turns], np.append(lengths, np.ones(len(single), int))[turns]

    ends = np.cumsum(random.integers(SENTENCE[0], SENTENCE[1] + 1, p.corpus_size // SENTENCE[0] + 1))
    ends = ends[: np.searchsorted(ends, p.corpus_size) + 1]  # as many words as characters are wanted: enough
    tokens = random.choice(len(letters), ends[-1], p=zipf(len(letters), 1.0))
    after = np.cumsum(lengths[tokens])  # of each token, the character behind it
    last = ends[np.searchsorted(after[ends - 1], p.corpus_size)]  # whole sentences
    tokens, after = tokens[:last], after[:last]
    inside = np.arange(letters.shape[1]) < lengths[tokens, None]
    text = signs[letters[tokens][inside]]
    border, first = np.zeros(len(text), bool), np.zeros(len(text), bool)
    border[after - lengths[tokens]] = True
    first[np.append(0, after[ends[ends < last] - 1])] = True
    written = [text_of(signs[row[:n]]) for row, n in zip(letters, lengths, strict=True) if n > 1]
    return Text(text, first, border, frozenset(written))


def text_of(codes: np.ndarray) -> str:
    """Code points as a string."""
    return codes.astype("<u4").tobytes().decode("utf-32-le")


@cache
def docstrings() -> str:
    """What public functions and classes of NumPy and SciPy say of themselves, each text once."""
    found: dict[str, None] = {}
    for module in LIBRARIES:
        found |= dict.fromkeys(getattr(module, word).__doc__ or "" for word in sorted(module.__all__) if hasattr(module, word))
    return "\n\n".join(found)


def spaceless(text: str, size: int) -> Text:
    """The first `size` letters of an English text, in lower case, without its spaces; every other sign ends a sentence."""
    letters: list[str] = []
    words: list[int] = []  # of each word, its length
    opens: list[bool] = []  # and whether it begins a sentence
    count = 0
    for part in re.split(r"[^a-z\s]+|\n\s*\n", text.lower()):
        own = part.split()
        if own and count >= size:
            break
        letters += own
        words += map(len, own)
        opens += [k == 0 for k in range(len(own))]
        count += sum(map(len, own))
    starts = np.append(0, np.cumsum(words))[:-1].astype(int)
    border, first = np.zeros(count, bool), np.zeros(count, bool)
    border[starts], first[starts[opens]] = True, True
    codes = np.frombuffer("".join(letters).encode("utf-32-le"), "<u4").astype(np.int32)
    return Text(codes, first, border, frozenset(word for word in letters if len(word) > 1))


def of_codes(codes: np.ndarray) -> Text:
    """One's own text: letters and digits of every script stay (`str.isalnum`), every other sign ends a sentence."""
    signs, number = np.unique(codes, return_inverse=True)
    kept = np.array([chr(sign).isalnum() for sign in signs], bool)[number]
    first = kept & ~np.append(False, kept[:-1])
    return Text(codes[kept].astype(np.int32), first[kept])


def build(params: WordDiscoveryParams, seed: int, data: Mapping[str, np.ndarray] | None) -> Text:
    """The text that the parameters name; raises BadValue where one's own cannot be used."""
    if params.data == "made":
        return made(params, seed)
    if params.data == "docstrings":
        return spaceless(docstrings(), params.corpus_size)
    if data is None:
        raise not_uploaded()
    text = of_codes(np.asarray(data["codes"]).ravel())
    if not len(text):
        raise refused("No character of the text is left: letters and digits stay, all other signs end a sentence.")
    return text
