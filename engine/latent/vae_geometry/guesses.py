"""What can be guessed before a run, and what tells the truth afterwards."""

from __future__ import annotations

import math

from engine.core.topic import Guess, Timeline

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
