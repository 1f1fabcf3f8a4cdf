"""One document on the desk: its sentences in units, which of them are cut out, and how they were chosen. No torch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from engine.core.params import BadValue
from engine.generation.t5_pegasus import selection, tokenizer
from engine.generation.t5_pegasus.corpus import corpus, dictionary
from engine.generation.t5_pegasus.params import T5PegasusParams

MOST, LONGEST = 60, 4000  # sentences of an own text that are taken; characters that these may have
LINE = "研究生成模型用于天气预报，“琊”１２"  # cut by four tokenizers; of an own text it is the beginning
SHOWN = 22  # characters of that line


def own_text(data: Mapping[str, np.ndarray] | None) -> str:
    """The uploaded text; raises BadValue where it has too few sentences, or too long ones."""
    if data is None:
        raise BadValue("source", "own", "upload a file first")
    text = "".join(map(chr, np.asarray(data["codes"]).ravel()))
    sentences = selection.split(text)
    if len(sentences) < 2:
        raise refused("The text has {count} sentences; at least 2 are needed. A sentence ends at 。！？!? or at a line break.",
            count=len(sentences))  # fmt: skip
    if (length := sum(map(len, sentences[:MOST]))) > LONGEST:
        raise refused("The first {sentences} sentences have {count} characters; at most {most} are taken.",
            sentences=min(len(sentences), MOST), count=f"{length:,}", most=f"{LONGEST:,}")  # fmt: skip
    return text


def refused(template: str, **values: Any) -> BadValue:
    """What is said of a text that cannot be used."""
    return BadValue("source", "own", "", template=template, **{name: str(value) for name, value in values.items()})


class Desk:
    """A document under the knobs. All that depends on settings alone is found here, once."""

    def __init__(self, p: T5PegasusParams, seed: int, text: str | None) -> None:
        self.p, self.seed = p, seed
        self.text = corpus(seed, p.key_sentences)[p.document - 1].text if text is None else text
        self.line = LINE if text is None else self.text[:SHOWN]
        self.known = dict(islice(dictionary().items(), p.words))
        every = selection.split(self.text)
        self.dropped = max(len(every) - MOST, 0)
        self.plain = every[:MOST]
        self.sentences = [self.cut(sentence) for sentence in self.plain]
        self.count = selection.picks(len(self.sentences), p.gap)
        self.set = selection.Cut(self.sentences)
        if p.rule == "exhaustive" and len(self.sentences) > selection.MOST_EXHAUSTIVE:
            raise BadValue("rule", "exhaustive", "", template="This text has {count} sentences; all sets are tried of at most {most}.",
                count=str(len(self.sentences)), most=str(selection.MOST_EXHAUSTIVE))  # fmt: skip

    def cut(self, text: str) -> list[str]:
        """The units of a text."""
        return tokenizer.segment(text, self.known) if self.p.unit == "word" else list(text)

    @cached_property
    def order(self) -> list[int]:
        """Indices of all sentences that the rule cuts out, in order of choice."""
        if self.p.rule == "lcs":
            return self.rounds[0]
        return selection.select(self.p.rule, self.sentences, self.count, (self.seed, self.p.document, 1))

    @cached_property
    def rounds(self) -> tuple[list[int], np.ndarray]:
        """The greedy search."""
        return self.set.greedy(self.count)

    @cached_property
    def best(self) -> float:
        """The largest LCS over all sets; NaN where there are too many."""
        if len(self.sentences) > selection.MOST_EXHAUSTIVE:
            return math.nan
        return float(self.set.exhaustive(self.count)[1])

    @cached_property
    def alone(self) -> np.ndarray:
        """Of each sentence alone against all others: LCS, and ROUGE-1 F1: (2, n)."""
        return np.stack([[self.set.lcs([k]) for k in range(len(self.sentences))], selection.rouge_1(self.sentences)])

    @cached_property
    def tokens(self) -> tuple[int, int]:
        """The document's length in characters, and in tokens of the word stage."""
        return sum(map(len, self.plain)), sum(len(tokenizer.segment(sentence, self.known)) for sentence in self.plain)

    @cached_property
    def line_ends(self) -> np.ndarray:
        """For characters, longest match and most probable path (4): 1 where a token of the line ends, (3, characters)."""
        return np.stack([
            ends(tokens) for tokens in (list(self.line), tokenizer.longest(self.line, self.known), tokenizer.segment(self.line, self.known))
        ])  # fmt: skip

    @cached_property
    def trip(self) -> tuple[int, int]:
        """Characters of the whole text that tokenising and joining changes; characters of the line that NFKC changes."""
        back = "".join(tokenizer.segment(self.text, self.known))
        return tokenizer.changed(self.text, back), tokenizer.changed(self.line, tokenizer.normalised(self.line))

    def look(self, step: int, over: bool) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The outputs after so many choices; all of them where the run is over."""
        n, done = len(self.sentences), self.count if over else min(step, self.count)
        chosen = self.order[:done]
        order = np.full(self.count, -1, np.int32)
        order[:done] = chosen
        vocabulary = list(dict.fromkeys(unit for sentence in self.sentences for unit in sentence))
        number = {unit: k for k, unit in enumerate(vocabulary)}
        units = np.full((n, max(map(len, self.sentences))), -1, np.int32)
        matched = np.zeros(units.shape, np.uint8)
        for row, sentence in zip(units, self.sentences, strict=True):
            row[: len(sentence)] = [number[unit] for unit in sentence]
        for k, place in self.matches(chosen):
            matched[k, place] = 1
        scalars = {
            "sentences": n, "picks": self.count, "duplicates": n - len(set(self.plain)), "dropped": self.dropped,
            "lcs": self.set.lcs(chosen), "lcs_best": self.best, "tokens_character": self.tokens[0], "tokens_word": self.tokens[1],
            "round_trip": self.trip[0], "normalised": self.trip[1],
        }  # fmt: skip
        arrays: dict[str, np.ndarray] = {
            "chosen": np.isin(np.arange(n), chosen).astype(np.uint8), "order": order, "alone": self.alone,
            "units": units, "matched": matched, "vocabulary": codes(vocabulary),
            "line": np.array([ord(sign) for sign in self.line], np.int32), "line_ends": self.line_ends,
        }  # fmt: skip
        if self.p.rule == "lcs":
            candidates = self.rounds[1].astype(np.int32)
            candidates[done + 1 :] = -1  # rounds whose beginning is not yet known
            arrays["candidates"] = candidates
        return {name: float(value) for name, value in scalars.items()}, arrays

    def matches(self, chosen: Sequence[int]) -> list[tuple[int, int]]:
        """(sentence, place in it) of both sides of a longest common subsequence of the chosen sentences and the others."""
        places = [(k, place) for k, sentence in enumerate(self.sentences) for place in range(len(sentence))]
        sides = [[at for at in places if (at[0] in chosen) == inside] for inside in (True, False)]
        a, b = ([self.sentences[k][place] for k, place in side] for side in sides)
        pairs = selection.path(selection.table(a, b), a, b)
        return [sides[0][i] for i, _ in pairs] + [sides[1][j] for _, j in pairs]


def ends(tokens: Sequence[str]) -> np.ndarray:
    """1 where a token ends: (characters,)."""
    return np.array([place == len(token) - 1 for token in tokens for place in range(len(token))], np.uint8)


def codes(names: Sequence[str]) -> np.ndarray:
    """Names as code points (entries, width), padded with 0."""
    found = np.zeros((len(names), max(map(len, names))), np.int32)
    for row, name in zip(found, names, strict=True):
        row[: len(name)] = [ord(sign) for sign in name]
    return found
