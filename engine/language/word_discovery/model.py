"""The loop: read twice as much of the text, count its strings, cut it, throw the false pieces out. Nothing is learned but words.

>>> import engine                                                  # doctest: +SKIP
>>> run = engine.start("word-discovery", seed=0)                   # doctest: +SKIP
>>> frame = run.advance(steps=8)                                   # doctest: +SKIP
>>> frame.scalars["words_found"], frame.scalars["recall"]          # of 300 words   # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from engine.core.model import Data, Model
from engine.language.word_discovery import corpora, looks
from engine.language.word_discovery.analysis import Counted, Cut, count, curves
from engine.language.word_discovery.params import WordDiscoveryParams


class WordDiscovery(Model):
    """A growing beginning of a text, and the words that counting finds in it."""

    params: WordDiscoveryParams

    def __init__(
        self,
        params: WordDiscoveryParams,
        seed: int,
        device: torch.device,
        data: Data | None = None,
        settings: Sequence[WordDiscoveryParams] = (),
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        self.whole = corpora.build(params, seed, data)
        self.text = self.whole.at_step(0)
        self.kept: dict[str, tuple[Any, Any]] = {}  # of each part of the analysis, what it was made from, and its result

    def steps(self) -> Iterator[str]:
        """What a step finds is kept; a hot change between steps lets `observe` find it anew."""
        while True:
            text = self.whole.at_step(self.step + 1)
            if len(text) > len(self.text):
                self.text = text
            yield "read"

            counted = self.counted()
            yield "count"

            cut = self.cut(counted)
            yield "cut"

            cut.words  # noqa: B018 - candidates are counted, and those thrown out that are not solid
            yield "backtrack"

    def counted(self) -> Counted:
        """Frequent strings with their solidity (1), of what has been read."""
        p = self.params
        return self.once("counted", (len(self.text), p.longest, p.min_count, p.counting), lambda: count(self.text, p))

    def cut(self, counted: Counted) -> Cut:
        """The text cut at its weak gaps (2), (3)."""
        p = self.params
        made = (counted, p.threshold_base, p.backtrack)
        return self.once("cut", made, lambda: Cut(counted, p.threshold_base, p.min_count, p.backtrack))

    def once(self, name: str, made_from: tuple[Any, ...], make: Any) -> Any:
        """The result of `make`, kept until it would be made from something else."""
        if name not in self.kept or self.kept[name][0] != made_from:
            self.kept[name] = made_from, make()
        return self.kept[name][1]

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        counted = self.counted()
        cut = self.cut(counted)
        arrays = self.once("arrays", (cut,), lambda: looks.arrays(cut))
        points = self.once("points", (counted,), lambda: looks.sample(counted))
        along = self.once("curves", (counted, self.params.backtrack), lambda: curves(counted, self.params))
        return looks.scalars(cut), {**arrays, "points": points, "curves": along.astype(np.float32)}
