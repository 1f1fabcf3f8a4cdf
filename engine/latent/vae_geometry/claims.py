"""The lab's closed forms held against a run: the same functions serve the page and the tests."""

from __future__ import annotations

import math

from engine.core.topic import Claim, Timeline, Verdict
from engine.latent.vae_geometry.theory import coverage_when_collapsed


def _regular(timeline: Timeline) -> bool:
    """Whether the loss is the standard one and the run has had time to follow it."""
    params, frame = timeline.params, timeline.frame
    changed = max(timeline.marks, default=0)
    return params.regulariser == "kl" and params.noise and params.weight > 0 and frame.step >= max(changed, 0) + 400


def _collapse(timeline: Timeline) -> Verdict | None:
    scalars = timeline.frame.scalars
    if not _regular(timeline) or scalars["beta_ratio"] < 1.05:
        return None
    return Verdict(0.0, scalars["kl"], 0.01, "nats")


def _law(timeline: Timeline) -> Verdict | None:
    scalars = timeline.frame.scalars
    if not _regular(timeline) or scalars["beta_ratio"] > 0.5 or not math.isfinite(scalars["law_bias"]):
        return None
    return Verdict(0.0, scalars["law_bias"], 0.15)


def _coverage(timeline: Timeline) -> Verdict | None:
    scalars, params = timeline.frame.scalars, timeline.params
    if not params.plane or scalars["kl"] > 0.005:
        return None
    return Verdict(coverage_when_collapsed(params.radius), scalars["coverage"], 0.07)


def _winding(timeline: Timeline) -> Verdict | None:
    scalars, params = timeline.frame.scalars, timeline.params
    if not params.plane or params.data != "glyph" or not _regular(timeline) or timeline.frame.step < 600:
        return None
    return Verdict(1.0, abs(scalars["winding"]), 0.01, "turns") if scalars["beta_ratio"] <= 0.18 else None


def _length(timeline: Timeline) -> Verdict | None:
    scalars, params = timeline.frame.scalars, timeline.params
    if not params.plane or not math.isfinite(scalars["true_length"]) or not _regular(timeline) or timeline.frame.step < 800:
        return None
    if scalars["true_length"] < 0.5 or scalars["beta_ratio"] > 0.1:
        return None
    name = "length_rbf" if params.data == "glyph" else "length_pullback"
    return Verdict(scalars["true_length"], scalars[name], 0.15 * scalars["true_length"])


CLAIMS = (
    Claim("collapse", "Above β_c every axis is dead: the mean KL is 0 (10).", "Lucas et al. 2019, arXiv:1911.02469", _collapse),
    Claim(
        "ellipse_law",
        "σᵢ² = 1/(1 + Gᵢᵢ/s): the median difference of the logarithms is 0 (13).",
        "Kumar & Poole 2020, arXiv:2002.00041",
        _law,
    ),
    Claim(
        "coverage",
        "When everything has collapsed, the ellipses cover 1 − exp(−r²/2) of the prior (7).",
        "Gaussian tail",
        _coverage,
    ),
    Claim("winding", "The codes of a turning glyph wind once round their mean.", "topology of the circle", _winding),
    Claim(
        "length",
        "The geodesic's picture length is the distance inside the true manifold (11).",
        "Shao, Kumar & Fletcher 2018, arXiv:1711.08014",
        _length,
    ),
)
