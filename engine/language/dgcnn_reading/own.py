"""A question and a passage of one's own, as known words and signs that the reader has no vector for. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.data.errors import not_uploaded, refused
from engine.language.dgcnn_reading.params import LONGEST
from engine.language.dgcnn_reading.vocabulary import ASKED, tokens

MOST = 12  # tokens of a question


@dataclass(frozen=True)
class Own:
    """Tokens as they are written and by number; how many characters of the passage were left out."""

    question: list[str]
    asked: np.ndarray
    passage: list[str]
    told: np.ndarray
    cut: int


def read(data: Mapping[str, np.ndarray] | None) -> Own:
    """The first line as the question, all that follows as the passage, its first 256 characters.

    Raises BadValue where nothing was given, where one of both is empty, or the question is too long.
    """
    if data is None:
        raise not_uploaded("source")
    question, _, passage = "".join(map(chr, np.asarray(data["codes"]).ravel())).partition("\n")
    passage = " ".join(passage.split())
    asked, told = tokens(question), tokens(passage[:LONGEST])
    if not any(word.isalnum() for word, _ in asked):
        raise refused("Line 1 is the question, and it is empty.", "source")
    if len(asked) > MOST:  # cut, it might ask about nobody
        raise refused(
            "Line 1, the question, has {count} words and signs; at most {most} are read.", "source", count=len(asked), most=MOST
        )
    if not told:
        raise refused("Below line 1, the question, there is no passage.", "source")
    if asked[-1][1] != ASKED:
        asked.append(("?", ASKED))
    return Own(
        [word for word, _ in asked], np.array([k for _, k in asked]), [word for word, _ in told], np.array([k for _, k in told]),
        max(len(passage) - LONGEST, 0),
    )  # fmt: skip
