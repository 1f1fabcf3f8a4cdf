"""Where a table of transitions comes from: sentences of a text, one's own matrix, or random rows."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from engine.core.params import BadValue
from engine.data.errors import not_uploaded, refused
from engine.generation.repetition.params import RepetitionParams
from engine.generation.repetition.theory import Floats, count

LETTERS = "abcdefghijklmnopqrstuvwxyz"
NAMES = (*LETTERS, *"ABCD")  # of symbols that have none
OTHER = "□"  # stands for the rare symbols of a script with many
MOST, LARGEST, SLACK = 200, 30, 1e-6  # symbols of a text; rows of an own matrix; what a row may add up to beyond 1
MERGED = 1000  # symbols after merging: every look needs the eigenvalues of a matrix of as many rows
ROUNDS = 10  # of merging
LONGEST = 200_000  # characters of an own text


@dataclass(frozen=True)
class Source:
    """A first-order decoder: names of its symbols, its table (n, n + 1) with eos last, its start (n,), and what it was read from.

    sentences: symbols of each sentence; empty where there is no text.
    """

    names: tuple[str, ...]
    table: Floats
    start: Floats
    sentences: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def stream(self) -> np.ndarray:
        """The text with eos (number n) behind every sentence: (symbols,) int64."""
        number = {name: k for k, name in enumerate(self.names)}
        return np.array([k for s in self.sentences for k in (*(number[symbol] for symbol in s), len(self.names))])

    @cached_property
    def loops_in_100(self) -> float:
        """Loops in 100 letters of the text itself; NaN without one."""
        letters = [[ord(sign) for symbol in sentence for sign in symbol] for sentence in self.sentences]
        total = sum(map(len, letters))
        return 100 * sum(int(count(np.array([line]))[0]) for line in letters) / total if total else math.nan


def bundled() -> str:
    """The descriptions of six small data sets that scikit-learn carries, each followed by a line break."""
    from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_linnerud, load_wine

    loaders = (load_iris, load_wine, load_digits, load_diabetes, load_breast_cancer, load_linnerud)
    return "".join(loader().DESCR + "\n" for loader in loaders)


def cleaned(text: str) -> list[str]:
    """The sentences of a text: lower case, letters with single spaces between words; "." ends a sentence, empty ones are dropped.

    Where most letters are a to z all other signs are spaces; elsewhere the letters of every script stay, and 。 ends a sentence, too.
    """
    text = text.lower()
    letters = [sign for sign in text if sign.isalpha()]
    if 2 * sum(sign in LETTERS for sign in letters) >= len(letters):
        text = re.sub(r"[^a-z.]+", " ", text)
    else:
        text = "".join(sign if sign.isalpha() or sign == "." else " " for sign in text.replace("。", "."))
        often = {sign for sign, _ in Counter(text.replace(".", "")).most_common(MOST - 1)}
        text = re.sub(" +", " ", "".join(sign if sign in often or sign == "." else OTHER for sign in text))
    return [sentence for part in text.split(".") if (sentence := part.strip())]


def of_sentences(sentences: Sequence[Sequence[str]]) -> Source:
    """Relative frequencies of what follows what inside sentences, without smoothing; symbols in code-point order."""
    names = tuple(sorted({symbol for sentence in sentences for symbol in sentence}))
    number = {name: k for k, name in enumerate(names)}
    counts, start = np.zeros((len(names), len(names) + 1)), np.zeros(len(names))
    for sentence in sentences:
        start[number[sentence[0]]] += 1
        for one, two in pairwise(sentence):
            counts[number[one], number[two]] += 1
        counts[number[sentence[-1]], -1] += 1
    table = counts / counts.sum(1, keepdims=True)
    return Source(names, table, start / start.sum(), tuple(tuple(sentence) for sentence in sentences))


def merged(source: Source, threshold: float) -> Source:
    """Every pair with P_ij > γ becomes one symbol; counted anew until no pair is left, ten rounds at most (the paper's encoding)."""
    for _ in range(ROUNDS):
        one, two = np.nonzero(source.table[:, :-1] > threshold)
        if not len(one):
            break
        pairs = {(source.names[a], source.names[b]) for a, b in zip(one, two, strict=True)}
        source = of_sentences([list(joined(sentence, pairs)) for sentence in source.sentences])
        if len(source.names) > MERGED:
            template = "Merging above γ = {value} makes more than {most} symbols of this text; take a larger γ."
            raise BadValue("merge", threshold, "", template=template, most=f"{MERGED:,}")
    return source


def joined(sentence: Sequence[str], pairs: set[tuple[str, str]]) -> Iterator[str]:
    """The sentence with these pairs as one symbol, from left to right."""
    place = 0
    while place < len(sentence):
        both = tuple(sentence[place : place + 2])
        yield "".join(both) if both in pairs else sentence[place]
        place += 2 if both in pairs else 1


def of_matrix(p: np.ndarray) -> Source:
    """One's own matrix (n, n); what is missing from 1 in a row is eos. Raises BadValue."""
    rows, columns = p.shape
    if rows != columns or not 2 <= rows <= LARGEST:
        raise refused("A matrix has as many rows as columns, 2 to {most}; this file has {rows} rows of {columns}.", parameter="source",
            most=LARGEST, rows=rows, columns=columns)  # fmt: skip
    if (p < 0).any():
        row, column = (int(k) + 1 for k in np.argwhere(p < 0)[0])
        raise refused(
            "Row {row}, column {column} is below 0; probabilities are 0 to 1.", parameter="source", row=row, column=column
        )
    sums = p.sum(1)
    if sums.max() > 1 + SLACK:
        row = int(np.argmax(sums > 1 + SLACK))
        raise refused("Row {row} adds up to {sum}; at most 1 is possible, and what is missing from 1 ends the sentence.", parameter="source",
            row=row + 1, sum=f"{sums[row]:.6g}")  # fmt: skip
    table = np.column_stack([p, np.maximum(1 - sums, 0.0)])
    return Source(NAMES[:rows], table / table.sum(1, keepdims=True), np.full(rows, 1 / rows))


def build(params: RepetitionParams, seed: int, data: Mapping[str, np.ndarray] | None) -> Source:
    """The decoder that the parameters name; raises BadValue where one's own data cannot be used."""
    if params.source == "dirichlet":
        n = params.size
        table = np.random.default_rng([seed, 5]).dirichlet(np.full(n + 1, params.concentration), n)
        return Source(NAMES[:n], table, np.full(n, 1 / n))
    if params.source == "own":
        if data is None:
            raise not_uploaded("source")
        if "x" in data:
            return of_matrix(np.asarray(data["x"], np.float64))
        text = "".join(map(chr, np.asarray(data["codes"]).ravel()))
        if len(text) > LONGEST:
            raise refused(
                "The text has {count} characters; at most {most} are taken.", parameter="source", count=len(text), most=LONGEST
            )
    else:
        text = bundled()
    sentences = cleaned(text)
    if len({symbol for sentence in sentences for symbol in sentence}) < 2:
        raise refused(
            "The text has fewer than two different letters; a table of transitions needs two or more.", parameter="source"
        )
    source = of_sentences(sentences)
    return merged(source, params.merge) if params.merge < 1 else source
