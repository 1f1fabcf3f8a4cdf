"""Parameters of the BERT-whitening lab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from engine.core.params import Params, choice, number, toggle, when

BATCH, FLOW_RATE = 256, 3e-3  # of the flow, by Adam
WORDS, LENGTH = 500, 16  # of the made-up language: its vocabulary, and how many words a sentence has
WORD_STEPS, WORD_RATE = 600, 1e-2  # of CBOW, by Adam
MEAN_LENGTH = 3.0  # of the vector that all made sentences share
MOST_KEPT = 768  # dimensions that an own vector may have, as BERT-base's: of a file of pairs no wider row is read

MADE, TRAINED, OWN = when(source="made"), when(source="trained"), when(source="own")


class BertWhiteningParams(Params):
    """Controls of the BERT-whitening lab."""

    # fmt: off
    source: Literal["made", "trained", "own"] = choice("made", "Sentence vectors",
        "Made: meanings of different loudness, a common vector and noise. Trained: means of word vectors that CBOW learns first, in 600 steps. Own: your own pairs.",
        labels={"made": "made", "trained": "trained", "own": "your own data"})
    kept: int = number(32, 1, MOST_KEPT, "Kept dimensions", "How many of the strongest directions are kept; as many as there are where this is more.",
        symbol="k", kind="hot")
    whitening_power: float = number(1.0, 0.0, 1.0, "Whitening power", "1 makes every direction equally strong, 0 leaves their strengths as they are.",
        symbol="γ", kind="hot", step=0.01)
    centring: float = number(1.0, 0.0, 1.0, "Centring", "The share of the mean vector that is subtracted.", symbol="β", kind="hot", step=0.01)
    width: int = number(32, 4, 64, "Width", "Dimensions of a sentence vector.", symbol="d", when=~OWN)
    meanings: int = number(8, 2, 16, "Meanings", "Dimensions of meaning: the true similarity of two sentences is the cosine there.", symbol="T", when=~OWN)
    loudness: float = number(10.0, 1.0, 30.0, "Loudness ratio", "How many times louder the loudest meaning is than the faintest.", symbol="D", log=True, when=~OWN)
    noise: float = number(0.05, 0.0, 0.5, "Noise", "Deviation of the noise in every dimension.", symbol="σ", step=0.01, when=MADE)
    warp: float = number(0.0, 0.0, 1.0, "Warp", "Bends the vectors: this times the square of a dimension is added to its neighbour.", symbol="w", step=0.05, when=MADE)
    pairs: int = number(4000, 500, 8000, "Pairs", "How many pairs of sentences there are.", symbol="P", when=~OWN)
    flow_depth: int = number(6, 0, 12, "Flow depth", "Couplings of the flow, each of which moves half of the dimensions; 0 is one full matrix and a shift.")
    output_bias: bool = toggle(False, "Output bias", "Gives CBOW a number of its own for how frequent a word is.", when=TRAINED)
    # fmt: on

    def upper_ends(self, data: Mapping[str, Any] | None) -> dict[str, float]:
        if self.source != "own":
            return {"kept": self.width}
        return {} if data is None else {"kept": max(data["x"].shape[1] // 2, 1)}
