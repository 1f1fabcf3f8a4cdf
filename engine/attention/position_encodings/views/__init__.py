"""The views of the position encoding lab, in the order of the page."""

from __future__ import annotations

from engine.attention.position_encodings.views import attention, race, score
from engine.core.topic import View, when

VIEWS = (
    View(
        "extrapolation",
        "Beyond the training length",
        "Accuracy over the last quarter of the positions, at lengths up to eight times the training length. "
        "Click a curve to look at that encoding everywhere else.",
        race.extrapolation,
    ),
    View(
        "score_map",
        "What position adds to the score",
        "Query by key, for equal contents. Click a cell, or drag the square, to take its score apart.",
        score.score_map,
    ),
    View(
        "apart",
        "The score, taken apart",
        "Every encoding is a choice: which of the four terms to keep, to drop or to replace. In colour: what it changes.",
        score.apart,
    ),
    View("decay", "Score by distance", "How the positional score falls (or does not) with distance.", score.decay),
    View(
        "dials",
        "Rotating pairs",
        "Each pair of components is a hand that turns with the distance. Red angles are new to the trained net.",
        score.dials,
    ),
    View("race", "Training race", "Loss on the same batches, with the exact floor of the task.", race.race),
    View("scoreboard", "Who wins where", "The newest test of every contestant at every length.", race.scoreboard),
    View(
        "attention",
        "Trained attention",
        "Where the trained heads look, averaged over test sequences of the chosen length.",
        attention.attention,
    ),
    View("mass", "Attention by distance", "How much attention each head gives to each distance back.", attention.mass),
    View(
        "buckets",
        "T5's learned numbers",
        "The bias by distance. Buckets that training never reached have never been changed.",
        attention.buckets,
        when=when(contestants="t5"),
    ),
    View(
        "stretch",
        "Stretching a trained RoPE",
        "No training: only the angles change. Right: turns each pair makes within the training length.",
        race.stretch,
        when=when(contestants="rope"),
    ),
    View(
        "shuffle",
        "Shuffle test",
        "Shuffle the sentence before the net or its answers after: without position it is the same.",
        race.shuffle,
    ),
)
