"""The story in ten chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

from engine.core.topic import Chapter, Guess, Timeline
from engine.latent.vae_geometry import claims

DIGITS = {"data": "digits", "sigma_x": 0.2, "beta": 1.0}

CHAPTERS = (
    Chapter("areas", steps=800, views=("plane", "twin"), shows=(claims.winding, claims.ellipse_law), hero="beta", guess="kl"),
    Chapter("unheld", values={"beta": 0.0, "twin": False}, steps=1000, views=("plane",), shows=(claims.unheld,), hero="beta"),
    Chapter(
        "naive",
        values={"regulariser": "quadratic", "beta": 1.0, "twin": False},
        steps=800,
        views=("plane",),
        shows=(claims.naive,),
        hero="beta",
        compare={"regulariser": "kl"},
    ),
    Chapter(
        "too_much",
        values={"beta": 450.0, "twin": False},
        steps=1000,
        views=("plane", "ladder"),
        shows=(claims.collapse, claims.coverage),
        hero="beta",
        guess="collapse",
    ),
    Chapter(
        "and_back",
        values={"beta": 450.0, "twin": False},
        steps=1300,
        views=("plane", "ladder"),
        shows=(claims.revived,),
        changes=((500, {"beta": 4.0}),),
        hero="beta",
    ),
    Chapter(
        "short_way",
        values={"metric": "rbf", "angle_b": 2.4, "twin": False},
        steps=1000,
        views=("plane", "strips"),
        shows=(claims.cuts_through, claims.stays_near, claims.length),
        hero="angle_b",
        section="Curve",
    ),
    Chapter(
        "no_gap",
        values={"data": "moons", "beta": 4.0, "metric": "pullback", "twin": False},
        steps=1000,
        views=("plane", "metric_field"),
        shows=(claims.gap_remembered,),
        hero="beta",
        compare={"beta": 1.0},
    ),
    Chapter(
        "digits",
        values=DIGITS,
        steps=1500,
        views=("plane", "gallery", "surgery"),
        shows=(claims.union_is_the_disc, claims.gaps_filled, claims.more_classes),
        hero="beta",
    ),
    Chapter(
        "same_s",
        values={"sigma_x": 0.2, "lock_s": True, "twin": False},
        steps=1000,
        views=("plane",),
        shows=(claims.only_s,),
        hero="sigma_x",
        compare={"sigma_x": 0.1},
    ),
    Chapter(
        "eight_axes",
        values={**DIGITS, "code_size": 8, "twin": False},
        steps=1500,
        views=("ladder", "gallery"),
        shows=(claims.axes_die,),
        hero="beta",
    ),
)

ALIVE, DEAD = 0.02, 0.002  # nats: a mean KL above or below this, once the run has settled; between them nothing is said


def _standard(timeline: Timeline) -> bool:
    params = timeline.params
    return params.regulariser == "kl" and params.noise and params.beta > 0


def critical_weight(timeline: Timeline) -> float | None:
    """The value of β at which the weight in force is β_c (10); None for another loss than (8)."""
    params = timeline.params
    return timeline.frame.scalars["beta_c"] * params.beta / params.weight if _standard(timeline) else None


def still_alive(timeline: Timeline) -> tuple[float, float] | None:
    """Codes that hold something put the critical β above the present one, dead codes below."""
    kl, beta = timeline.frame.scalars["kl"], timeline.params.beta
    if not _standard(timeline) or not (kl > ALIVE or kl < DEAD):
        return None
    return (beta, math.inf) if kl > ALIVE else (0.0, beta)


GUESSES = (
    Guess("kl", "How much will an ellipse hold? Draw its mean KL over the run.", 0.0, 10.0, scalar="kl"),
    Guess("error", "How well will the VAE draw? Draw its squared error over the run.", 0.01, 100.0, log=True, scalar="error"),
    Guess(
        "collapse",
        "At which KL weight does the last code die?",
        1.0,
        1000.0,
        log=True,
        parameter="beta",
        theory=critical_weight,
        measured=still_alive,
        after=400,
    ),
)
