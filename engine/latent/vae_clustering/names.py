"""Who is who in all pictures of this lab."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Style
from engine.core.topic import Timeline
from engine.latent.em.names import ink, mixed
from engine.plot import Cast

CAST = Cast(
    {
        "reconstruction": ("keep information", 5),
        "align": ("align with the class", 0),
        "third": ("third term × w", 4),
        "evenness": ("evenness", 2),
        "sureness": ("sureness", 1),
        "gap": ("gap to Bayes' rule", "theory", "dash"),
        "one_step": ("one step", "measured"),
        "two_step": ("two steps: VAE, then K-means", "second"),
        "pixels": ("K-means on pixels", "quiet", "dash"),
    }
)


def shades(timeline: Timeline, style: Style) -> list[str]:
    """The colour of every shown sample: those of the clusters, mixed as p(y|z) has it, so that doubt is grey."""
    return mixed(timeline.frame.arrays["probabilities"], style)


def inks(timeline: Timeline, style: Style) -> list[str]:
    """The colour of every cluster."""
    return [ink(y, style) for y in range(len(timeline.frame.arrays["share"]))]


def letters(timeline: Timeline) -> list[str]:
    """What is written at every centre: its samples' most frequent class, or its number where no class is known."""
    speaks = timeline.frame.arrays["speaks"]
    first = 0 if timeline.params.data == "digits" else 1  # digits are called by themselves
    if (speaks < 0).all():
        return [str(y + 1) for y in range(len(speaks))]
    return ["" if kind < 0 else str(kind + first) for kind in speaks.tolist()]


def classes(timeline: Timeline) -> list[str]:
    """Names of the classes."""
    first = 0 if timeline.params.data == "digits" else 1
    return [str(k + first) for k in range(timeline.frame.arrays["table"].shape[1])]


def dead(timeline: Timeline) -> np.ndarray:
    """Which clusters have less than 1 % of the samples."""
    return timeline.frame.arrays["share"] < 0.01
