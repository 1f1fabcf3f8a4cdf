"""What the pictures of this lab share: one name and colour for a scheme, labels that keep apart, empty pictures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.generation.exposure_bias.params import ExposureBiasParams
from engine.plot.figures import axis, figure

NAMES = {
    "live": "live net",
    "teacher": "teacher forcing",
    "replace": "replaced r",
    "su": "own words",
    "scheduled": "scheduled",
    "two-pass": "two passes",
    "gumbel": "Gumbel",
    "penalty": "gradient penalty",
    "shift": "worst-case shift",
    "teaforn": "TeaForN",
}
PLACE = {
    "replace": 1,
    "su": 2,
    "two-pass": 4,
    "gumbel": 5,
    "scheduled": 6,
    "teacher": 7,
    "penalty": 8,
    "shift": 9,
    "teaforn": 3,
}


def shade(arm: str, look: Style) -> str:
    """The colour of an arm."""
    return look.measured if arm == "live" else look.series[PLACE[arm]]


def name(arm: str, look: Style) -> str:
    """The reader's name of an arm."""
    return look.t(NAMES[arm])


def key(arm: str) -> str:
    """The arm's part of a scalar's name."""
    return arm.replace("-", "_")


def live_name(params: ExposureBiasParams, look: Style) -> str:
    """The live net with what trains it now."""
    return look.t("live net: {scheme}").format(scheme=name(params.remedy, look))


def full_name(arm: str, params: ExposureBiasParams, look: Style) -> str:
    """The arm's name; the live net's says what trains it now, replacement says its rate."""
    if arm == "live":
        return live_name(params, look)
    return f"{name(arm, look)} = {params.rate:.2f}" if arm == "replace" else name(arm, look)


def note(x: Any, y: Any, text: str, color: str, *, size: int = 13, **more: Any) -> dict[str, Any]:
    """An annotation for a figure's layout; at the right of (x, y) unless told otherwise."""
    place = {"xanchor": "left", "yanchor": "middle", "showarrow": False, **more}
    return {"x": x, "y": y, "text": text, "font": {"color": color, "size": size}, **place}


def apart(
    ends: list[tuple[float, str, str]], x: float, gap: float, *, top: float = math.inf, **more: Any
) -> list[dict[str, Any]]:
    """Labels (value, text, colour) at one x, at least `gap` apart, none above `top`, as near to their values as possible."""
    known = sorted((end for end in ends if end[0] == end[0]), key=lambda end: end[0])
    groups: list[list[float]] = []  # [mean of value - rank * gap, size]: pooled until they increase (isotonic regression)
    for rank, (value, _, _) in enumerate(known):
        groups.append([value - rank * gap, 1])
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            mean, size = groups.pop()
            total = groups[-1][1] + size
            groups[-1] = [(groups[-1][0] * groups[-1][1] + mean * size) / total, total]
    heights = [mean for mean, size in groups for _ in range(int(size))]
    most = top - (len(known) - 1) * gap
    return [
        note(x, min(height, most) + rank * gap, text, color, **more)
        for rank, (height, (_, text, color)) in enumerate(zip(heights, known, strict=True))
    ]


def drawn(look: Style, traces: list, notes: list, **settings: Any) -> Picture:
    """A figure in the house style with its traces and annotations, built in one go."""
    picture = figure(look, annotations=notes, **settings)
    picture.add(*traces)
    return picture


def blank(look: Style) -> dict[str, Any]:
    """Invisible axes from 0 to 1, for text."""
    return {letter: axis(look, visible=False, range=[0, 1]) for letter in "xy"}


def nothing(look: Style, words: str) -> Picture:
    """A picture that says why there is nothing to see."""
    return drawn(look, [], [note(0.5, 0.5, words, look.quiet, size=15, xanchor="center")], alt=words, **blank(look))


def fade(color: str, alpha: float) -> str:
    """A colour made translucent."""
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def last(values: np.ndarray) -> float:
    """Mean of the last eight positions: where a curve's label stands."""
    tail = values[-8:]
    return float(tail.mean()) if np.isfinite(tail).all() else math.nan


def stem(x: float, look: Style, **more: Any) -> dict[str, Any]:
    """A thin vertical line at the pointed-at position."""
    place = {"x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "y domain", **more}
    return {"type": "line", **place, "line": {"color": look.quiet, "width": 1, "dash": "dot"}}


def nearest(timeline: Timeline, curves: np.ndarray) -> int:
    """The arm whose curve (arms, positions) passes nearest the pointer."""
    p = timeline.params
    distance = np.abs(curves[:, p.probed] - p.probe_level)
    return int(np.nanargmin(distance)) if np.isfinite(distance).any() else 0
