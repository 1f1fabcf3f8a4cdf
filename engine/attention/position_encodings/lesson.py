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
        guess="stays",
    ),
    Chapter(
        "far_buckets",
        values={"contestants": "t5", "encoding": "t5", "test_ratio": 8.0},
        views=("extrapolation", "buckets"),
        shows=(claims.far_buckets, claims.repaired_buckets, claims.spike, claims.untouched_buckets),
        sweep=Sweep("reach", (128, 32), beside="best_far"),
        section="Encodings",
    ),
    Chapter(
        "one_row_too_few",
        values={"contestants": "shaw", "encoding": "shaw"},
        views=("extrapolation", "attention"),
        shows=(claims.row_shared, claims.row_own),
        sweep=Sweep("clip", (4, 5), beside="best_inside"),
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
        guess="base",
        after=claims.by_base,
    ),
    Chapter(
        "first_token",
        values={"task": "first", "contestants": "learned,sinusoidal,xl,rope", "encoding": "learned"},
        views=("extrapolation", "scoreboard"),
        shows=(claims.table_wins, claims.relative_lost),
        guess="further",
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
        guess="helps",
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


def who_stays(timeline: Timeline) -> str | None:
    """Who keeps half of its skill at twice the training length: all contestants, both relative ones, one of them, nobody."""
    if claims.relative_kept(timeline) is None or claims.rope_lost(timeline) is None:
        return None
    half, twice = claims.half_skill(timeline), doubled(timeline)
    if min(claims.accuracies(timeline, *timeline.params.contestants)[:, TWICE]) >= half:
        return "all"
    kept = (twice["xl"] >= half, twice["rope"] >= half)
    return {(True, True): "relative", (True, False): "xl", (False, True): "rope", (False, False): "nobody"}[kept]


def doubled(timeline: Timeline) -> dict[str, float]:
    """Accuracy of Transformer-XL and RoPE at twice the training length."""
    return {name: float(claims.accuracies(timeline, name)[0, TWICE]) for name in ("xl", "rope")}


def reaches_further(timeline: Timeline) -> str | None:
    """Who names the first token beyond the training length."""
    table, relative = claims.table_wins(timeline), claims.relative_lost(timeline)
    if table is None or relative is None:
        return None
    able = (table.agrees, not relative.agrees)
    return {(True, True): "both", (True, False): "table", (False, True): "relative", (False, False): "nobody"}[able]


def first_token(timeline: Timeline) -> dict[str, float]:
    """The worst accuracy of the learned table, and the better of both relative ones at 1.5 times the length."""
    found = {"table": claims.table_wins(timeline), "relative": claims.relative_lost(timeline)}
    return {name: verdict.measured for name, verdict in found.items() if verdict is not None}


def order_helps(timeline: Timeline) -> str | None:
    """Whether the sinusoid is better, as good or worse than no encoding at the longest test, by more than a test's noise."""
    verdict = claims.sinusoid_harms(timeline)
    if verdict is None:
        return None
    gain = verdict.predicted - verdict.measured
    return "helps" if gain > EQUAL else "harms" if gain < -EQUAL else "same"


def worst_base(timeline: Timeline) -> str | None:
    """With which of the three bases RoPE is worst at twice the training length."""
    if claims.not_monotone(timeline) is None:
        return None
    accuracy = claims.by_base(timeline)
    return min(accuracy, key=lambda name: accuracy[name])


def unordered(timeline: Timeline) -> dict[str, float]:
    """Accuracy at eight times the length: with no encoding, and with the sinusoid."""
    verdict = claims.sinusoid_harms(timeline)
    return {} if verdict is None else {"none": verdict.measured, "sinusoid": verdict.predicted}


TWICE = RATIOS.index(2.0)
EQUAL = 0.05  # of accuracy: a smaller difference is a test's noise
RACES = when(contestants=RUNNER)
GUESSES = (
    Guess(
        "stays",
        "Which curves will stay up at twice the training length?",
        options=(
            ("all", "All of them"),
            ("relative", "The relative ones, RoPE too"),
            ("xl", "Transformer-XL, but not RoPE"),
            ("nobody", "None"),
        ),
        answer=who_stays,
        because="At twice the length Transformer-XL has {xl:.2f}, RoPE {rope:.2f}.",
        numbers=doubled,
        hides=("extrapolation", "scoreboard"),
        when=when(task="lag", contestants=RUNNER) & when(contestants="xl"),
    ),
    Guess(
        "further",
        "Always name the first token: who will reach further now?",
        options=(
            ("table", "The learned table"),
            ("relative", "RoPE and Transformer-XL"),
            ("both", "Both alike"),
            ("nobody", "Neither"),
        ),
        answer=reaches_further,
        because="The learned table has {table:.2f} or more at every length, the better of RoPE and Transformer-XL {relative:.2f} at "
        "1.5 times the length.",
        numbers=first_token,
        hides=("extrapolation", "scoreboard"),
        when=when(task="first"),
    ),
    Guess(
        "helps",
        "Order carries nothing here. Will an encoding help at eight times the length?",
        options=(("helps", "It will help"), ("same", "It will change nothing"), ("harms", "It will do harm")),
        answer=order_helps,
        because="At eight times the length no encoding has {none:.2f}, the sinusoid {sinusoid:.2f}.",
        numbers=unordered,
        hides=("extrapolation", "shuffle"),
        when=when(task="bag"),
    ),
    Guess(
        "base",
        "Three bases: which is worst at twice the training length?",
        options=(("small", "3"), ("middle", "10,000"), ("large", "1,000,000")),
        answer=worst_base,
        because="At twice the length RoPE has {small:.2f} with base 3, {middle:.2f} with 10,000, {large:.2f} with 1,000,000.",
        numbers=claims.by_base,
        hides=("dials", "extrapolation"),
        arms=True,
        when=RACES,
    ),
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
