"""The story in ten chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

import numpy as np

from engine.attention.position_encodings import claims
from engine.attention.position_encodings.params import RATIOS
from engine.core.topic import Chapter, Guess, Sweep, Timeline, when

CHAPTERS = (
    Chapter(
        "beyond",
        values={"encoding": "xl"},
        views=("extrapolation", "attention", "shuffle"),
        shows=(
            claims.relative_kept,
            claims.absolute_lost,
            claims.rope_lost,
            claims.no_address,
            claims.looks_back,
            claims.loss_floor,
            claims.accuracy_ceiling,
            claims.untouched_rows,
            claims.equivariance,
        ),
        guess="twice",
    ),
    Chapter(
        "far_buckets",
        values={"contestants": "t5", "encoding": "t5", "test_ratio": 8.0},
        views=("extrapolation", "buckets"),
        shows=(claims.far_buckets, claims.repaired_buckets, claims.spike, claims.untouched_buckets),
        sweep=Sweep("reach", (128, 32)),
        section="Encodings",
    ),
    Chapter(
        "one_row_too_few",
        values={"contestants": "shaw", "encoding": "shaw"},
        views=("extrapolation", "attention"),
        shows=(claims.row_shared, claims.row_own),
        sweep=Sweep("clip", (4, 5)),
        section="Encodings",
    ),
    Chapter(
        "stretch",
        values={"contestants": "rope", "stretch": "NTK"},
        views=("extrapolation", "dials", "stretch"),
        shows=(claims.rope_lost, claims.ntk, claims.yarn),
        compare={"stretch": "YaRN"},
        hero="factor",
        section="Context extension",
    ),
    Chapter(
        "stop_growing",
        values={"contestants": "rope", "stretch": "ReRoPE"},
        views=("extrapolation", "dials"),
        shows=(claims.rerope, claims.interpolation),
        compare={"stretch": "PI"},
        hero="window",
        section="Context extension",
    ),
    Chapter(
        "base",
        values={"contestants": "rope"},
        views=("dials", "extrapolation"),
        shows=(claims.not_monotone,),
        hero="base",
        sweep=claims.BASES,
        after=claims.by_base,
    ),
    Chapter(
        "first_token",
        values={"task": "first", "contestants": "learned,sinusoidal,xl,rope", "encoding": "learned"},
        views=("extrapolation", "scoreboard"),
        shows=(claims.table_wins, claims.relative_lost),
    ),
    Chapter(
        "backwards",
        values={"task": "mirror", "contestants": "learned,sinusoidal,xl,rope", "encoding": "learned", "test_ratio": 1.0},
        views=("attention", "extrapolation"),
        shows=(claims.absolute_reads, claims.relative_blind, claims.nobody_further),
    ),
    Chapter(
        "no_order",
        values={"task": "bag", "contestants": "none,sinusoidal", "encoding": "none"},
        views=("extrapolation", "shuffle"),
        shows=(claims.order_free, claims.sinusoid_harms, claims.equivariance),
    ),
    Chapter(
        "induction",
        values={"task": "repeat", "contestants": "xl,rope", "encoding": "xl", "layers": 2, "layer": 2, "schedule": 400},
        steps=400,
        views=("extrapolation", "attention"),
        shows=(claims.induction, claims.rope_forgets),
    ),
)

RUNNER = "rope"  # whose reach is guessed


def reach(timeline: Timeline) -> tuple[float, float] | None:
    """The last tested length at which it is more than half as good as possible, and the first at which it is not.

    In training lengths; half is midway from guessing to the greatest possible accuracy. None while it has not learned
    the training length itself, or while a test is missing.
    """
    accuracy, half = claims.accuracies(timeline, RUNNER)[0], claims.half_skill(timeline)
    if not np.isfinite(accuracy).all() or not math.isfinite(half) or accuracy[0] < half:
        return None
    lost = np.flatnonzero(accuracy < half)
    return (RATIOS[lost[0] - 1], RATIOS[lost[0]]) if len(lost) else (RATIOS[-1], math.inf)


RACES = when(contestants=RUNNER)
GUESSES = (
    Guess(
        "twice",
        "How right is RoPE at twice the training length? Draw its accuracy over the race.",
        0.0,
        1.0,
        scalar="rope_twice",
        when=RACES,
    ),
    Guess(
        "reach",
        "How many training lengths does RoPE reach before half of its skill is gone?",
        1.0,
        8.0,
        parameter="test_ratio",
        measured=reach,
        after=100,
        when=RACES,
    ),
    Guess(
        "loss", "How fast does RoPE learn? Draw its training loss over the race.", 0.0, 2.5, scalar=f"loss_{RUNNER}", when=RACES
    ),
)
