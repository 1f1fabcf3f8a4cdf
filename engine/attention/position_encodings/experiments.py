"""What to try: each sets the controls and runs."""

from __future__ import annotations

from engine.core.topic import Experiment

FOUR = ("learned", "sinusoidal", "xl", "rope")

EXPERIMENTS = (
    Experiment(
        "folklore",
        "Folklore: relative reaches further",
        "Copy the token five back. All four learn it; at twice the length only one of them still knows it.",
        {"task": "lag", "contestants": FOUR, "encoding": "rope"},
    ),
    Experiment(
        "folklore_reversed",
        "Folklore reversed",
        "Name the first token. The same four encodings, the same net: now the learned table wins at eight times the length.",
        {"task": "first", "contestants": FOUR, "encoding": "learned", "test_ratio": 4.0},
    ),
    Experiment(
        "t5_untrained_buckets",
        "T5 with untrained buckets",
        "With D = 128, distances beyond 32 fall into buckets that training never reached. Watch the far end of the curve.",
        {"task": "lag", "contestants": ("xl", "t5"), "encoding": "t5", "reach": 128, "test_ratio": 8.0},
    ),
    Experiment(
        "t5_repaired",
        "T5 repaired",
        "The same with D = 32: every far distance shares a bucket that was trained. No new parameter, no new data.",
        {"task": "lag", "contestants": ("xl", "t5"), "encoding": "t5", "reach": 32, "test_ratio": 8.0},
    ),
    Experiment(
        "stretch_ntk",
        "Stretch a trained RoPE",
        "RoPE trained at 32, then read with another base (NTK, s = 4). When the run is done, try YaRN, ReRoPE and PI: "
        "no training takes place.",
        {"task": "lag", "contestants": ("xl", "rope"), "encoding": "rope", "stretch": "NTK", "factor": 4.0},
    ),
    Experiment(
        "rerope",
        "Distances that stop growing",
        "ReRoPE reads every distance from 16 on as 16: nothing the net meets is new to it, at any length.",
        {"task": "lag", "contestants": ("rope",), "encoding": "rope", "stretch": "ReRoPE", "window": 16, "test_ratio": 8.0},
    ),
    Experiment(
        "small_base",
        "A base of 3",
        "With so small a base every pair turns full circle within the training length: no angle is new at twice the length.",
        {"task": "lag", "contestants": ("rope", "sinusoidal"), "encoding": "rope", "base": 3.0},
    ),
    Experiment(
        "clip_too_short",
        "One row too few",
        "Shaw's and DeBERTa's tables end at K = 4, so distance 4, where the answer stands, shares its row with everything beyond.",
        {"task": "lag", "contestants": ("shaw", "deberta"), "encoding": "shaw", "clip": 4},
    ),
    Experiment(
        "order_free",
        "Order does not matter",
        "Name the most frequent token. No encoding is as good as any, and at great length better than the sinusoid.",
        {"task": "bag", "contestants": ("none", "sinusoidal", "rope", "xl"), "encoding": "none", "test_ratio": 8.0},
    ),
    Experiment(
        "induction",
        "Induction",
        "A random block repeats; two layers learn to look back to the same place of the block before.",
        {
            "task": "repeat",
            "contestants": ("none", "xl", "t5", "rope", "xpos", "alibi"),
            "encoding": "xl",
            "layers": 2,
            "layer": 2,
            "schedule": 400,
        },
        steps=400,
    ),
)
