"""One document on the desk: its sentences in units, which of them are cut out, and how they were chosen. No torch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import islice

import numpy as np

from engine.data.errors import not_uploaded, refused
from engine.data.text import spelled
from engine.generation.t5_pegasus import selection, tokenizer
from engine.generation.t5_pegasus.corpus import corpus, dictionary
from engine.generation.t5_pegasus.params import T5PegasusParams

MOST, LONGEST = 60, 4000  # sentences of an own text that are taken; characters that these may have
LINE = "研究生成模型用于天气预报，“琊”１２"  # cut by four tokenizers; of an own text it is the beginning
SHOWN = 22  # characters of that line


def own_text(data: Mapping[str, np.ndarray] | None) -> str:
    """The uploaded text; raises BadValue where it has too few sentences, or too long ones."""
    if data is None:
        raise not_uploaded("source")
    text = "".join(map(chr, np.asarray(data["codes"]).ravel()))
    sentences = selection.split(text)
    if len(sentences) < 2:
        raise refused("At least 2 sentences are needed, the text has {count}. A sentence ends at 。！？!? or at a line break.",
            parameter="source", count=len(sentences))  # fmt: skip
    if (length := sum(map(len, sentences[:MOST]))) > LONGEST:
        raise refused("The first {sentences} sentences have {count} characters; at most {most} are taken.",
            parameter="source", sentences=min(len(sentences), MOST), count=length, most=LONGEST)  # fmt: skip
    return text


class Desk:
    """A document under the knobs. All that depends on settings alone is found here, once."""

    def __init__(self, p: T5PegasusParams, seed: int, text: str | None) -> None:
        line = LINE if text is None else text[:SHOWN]
        text = corpus(seed, p.key_sentences)[p.document - 1].text if text is None else text
        known = dict(islice(dictionary().items(), p.words))
        every = selection.split(text)
        plain = every[:MOST]
        in_words = [tokenizer.segment(sentence, known) for sentence in plain]
        sentences: list[list[str]] = in_words if p.unit == "word" else [list(sentence) for sentence in plain]
        n, self.count = len(plain), selection.picks(len(plain), p.gap)
        if p.rule == "exhaustive" and n > selection.MOST_EXHAUSTIVE:
            raise refused("This text has {count} sentences; all sets are tried of at most {most}.",
                parameter="rule", count=n, most=selection.MOST_EXHAUSTIVE)  # fmt: skip
        self.flat = [unit for sentence in sentences for unit in sentence]
        lengths = np.array([len(sentence) for sentence in sentences])
        self.owner = np.repeat(np.arange(n), lengths)  # the sentence of each unit
        self.place = self.owner, np.arange(len(self.flat)) - np.repeat(np.cumsum(lengths) - lengths, lengths)

        draw = (seed, p.document, 1)
        self.masked, self.candidates = np.zeros(len(self.flat), bool), None
        self.order: list[int] = []
        if p.rule == "span":
            for begin, end in selection.spans(len(self.flat), draw):
                self.masked[begin:end] = True
        elif p.rule == "lcs":
            self.order, self.candidates = selection.greedy(sentences, self.count)
        else:
            self.order = selection.select(p.rule, sentences, self.count, draw)

        shown = (list(line), tokenizer.longest(line, known), tokenizer.segment(line, known))
        vocabulary = list(dict.fromkeys(self.flat))
        units = np.full((n, lengths.max()), -1, np.int32)
        units[self.place] = [vocabulary.index(unit) for unit in self.flat]
        self.scalars = {
            "sentences": n, "picks": self.count, "duplicates": n - len(set(plain)), "dropped": len(every) - n,
            "lcs_best": selection.exhaustive(sentences, self.count)[1] if n <= selection.MOST_EXHAUSTIVE else math.nan,
            "tokens_character": sum(map(len, plain)), "tokens_word": sum(map(len, in_words)),
            "round_trip": tokenizer.changed(text, "".join(tokenizer.segment(text, known))),
            "normalised": tokenizer.changed(line, tokenizer.normalised(line)),
        }  # fmt: skip
        self.arrays = {
            "alone": np.stack([[selection.shared(sentences, [k]) for k in range(n)], selection.rouge_1(sentences)]),
            "units": units, "vocabulary": spelled(vocabulary), "line": spelled([line])[0],
            "line_ends": np.stack([ends(tokens) for tokens in shown]),
        }  # fmt: skip

    def look(self, step: int, over: bool) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The outputs after so many choices; all of them where the run is over. Spans are masked at once, in the first step."""
        done = self.count if over else min(step, self.count)
        chosen, order = self.order[:done], np.full(self.count, -1, np.int32)
        order[: len(chosen)] = chosen
        taken = np.isin(self.owner, chosen) | (self.masked & (done > 0))
        sides = np.flatnonzero(taken), np.flatnonzero(~taken)
        a, b = ([self.flat[k] for k in side] for side in sides)
        table, state = selection.table(a, b), 2 * taken.astype(np.uint8)
        for pair in selection.path(table, a, b):
            state[[side[k] for side, k in zip(sides, pair, strict=True)]] += 1
        matched = np.zeros(self.arrays["units"].shape, np.uint8)
        matched[self.place] = state
        arrays = self.arrays | {"order": order, "matched": matched}
        arrays["chosen"] = np.isin(np.arange(len(matched)), chosen).astype(np.uint8)
        if self.candidates is not None:
            arrays["candidates"] = self.candidates.astype(np.int32)
            arrays["candidates"][done + 1 :] = -1  # rounds whose beginning is not yet known
        return {name: float(value) for name, value in self.scalars.items()} | {"lcs": float(table[-1, -1])}, arrays


def ends(tokens: Sequence[str]) -> np.ndarray:
    """1 where a token ends: (characters,)."""
    return np.array([place == len(token) - 1 for token in tokens for place in range(len(token))], np.uint8)
