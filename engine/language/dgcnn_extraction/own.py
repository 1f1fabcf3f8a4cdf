"""Own data: sentences to be read, or spans for the sandbox. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.data.errors import not_uploaded, refused
from engine.language.dgcnn_extraction.params import LONGEST, TESTS
from engine.language.dgcnn_extraction.vocabulary import cut
from engine.language.dgcnn_extraction.world import Texts, padded

FARTHEST, MOST = 63, 64  # place of a span in the sandbox; spans


@dataclass(frozen=True)
class Own(Texts):
    """Sentences, also as they are written (pieces); or spans (k, 2)."""

    pieces: list[list[str]]
    spans: np.ndarray | None

    @property
    def unknown(self) -> int:
        """Signs that the model has never seen."""
        return int(self.length.sum() - (self.signs > 0).sum())


def read(data: Mapping[str, np.ndarray] | None) -> Own:
    """The uploaded text or spans; raises BadValue for what cannot be used."""
    if data is None:
        raise not_uploaded()
    if "x" in data:
        return Own(*padded([]), [], spans_of(np.asarray(data["x"])))
    lines = "".join(map(chr, np.asarray(data["codes"]).ravel())).split("\n")
    numbered = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    if not numbered:
        raise refused("{name} = {value}: the file holds no sentence.")
    if len(numbered) > TESTS:
        raise refused(
            "{name} = {value}: the file holds {count} sentences; at most {most} are read.", count=len(numbered), most=TESTS
        )
    for number, line in numbered:
        if len(line) > LONGEST:
            raise refused("{name} = {value}: line {line} has {count} characters; at most {most} are read.", line=number, count=len(line),
                most=LONGEST)  # fmt: skip
    read = [cut(line) for _, line in numbered]
    return Own(*padded([numbers for _, numbers in read]), [pieces for pieces, _ in read], None)


def spans_of(table: np.ndarray) -> np.ndarray:
    """Spans (k, 2) of a table, each once; raises BadValue for a row that is none."""
    if table.ndim != 2 or table.shape[1] != 2:
        raise refused("{name} = {value}: a span is two whole numbers, first and last place; columns in the file: {count}.",
            count=table.shape[-1])  # fmt: skip
    if len(table) > MOST:
        raise refused("{name} = {value}: the file holds {count} spans; at most {most} are taken.", count=len(table), most=MOST)
    for row, (first, last) in enumerate(table.tolist(), 1):
        if not (first == int(first) and last == int(last) and 0 <= first <= last <= FARTHEST):
            raise refused("{name} = {value}: row {row} ({first}, {last}) is no span; first and last are whole numbers, 0 ≤ first ≤ last ≤ {most}.",
                row=row, first=f"{first:g}", last=f"{last:g}", most=FARTHEST)  # fmt: skip
    return np.unique(table.astype(int), axis=0)
