"""The lab's closed forms held against a run: the same functions serve the page and the tests."""

from __future__ import annotations

import math

from engine.core.topic import Claim, Timeline, Verdict
from engine.latent.vae_geometry.data import load
from engine.latent.vae_geometry.theory import coverage_when_collapsed

FACTOR = 4  # standard errors of a count within which it agrees
TRAINED = 0.8  # steps times learning rate after which a run follows its loss: 400 steps at the default rate
REACH = 0.25  # of the tube round the true manifold: so far off it a curve's length still says something


def _regular(timeline: Timeline, trained: float = TRAINED) -> bool:
    """Whether the loss is the standard one and the run has had time to follow it, at a rate at which Adam settles."""
    params, frame = timeline.params, timeline.frame
    since = frame.step - max(timeline.marks, default=0)
    standard = params.regulariser == "kl" and params.noise and params.weight > 0
    return standard and params.learning_rate <= 0.01 and since * min(params.learning_rate, 2e-3) >= trained


def _collapse(timeline: Timeline) -> Verdict | None:
    """Adam keeps dead codes trembling: nats in proportion to its rate, at the default rate .0009 at most in 20 runs."""
    scalars = timeline.frame.scalars
    if not _regular(timeline) or scalars["beta_ratio"] < 1.05 or timeline.marks:
        return None
    return Verdict(0.0, scalars["kl"], 0.01 * max(1.0, timeline.params.learning_rate / 2e-3), "nats")


def _law(timeline: Timeline) -> Verdict | None:
    """(13) averaged over each ellipse, two scatters of a single ellipse wide.

    Adam moves all ellipses together, so the median of many is no better known than one of them: over 20 seeds its
    standard deviation is .05 to .11, and the scatter of the ellipses .16 to .39.
    """
    scalars = timeline.frame.scalars
    if not _regular(timeline) or not 0.002 <= scalars["beta_ratio"] <= 0.5 or not math.isfinite(scalars["law_averaged"]):
        return None
    return Verdict(0.0, scalars["law_averaged"], 2 * scalars["law_scatter"])


def _coverage(timeline: Timeline) -> Verdict | None:
    """Standard errors of the count, and what ellipses of this mean KL may differ from the unit disc.

    KL >= |mu|^2 / 2 and about (sigma - 1)^2, so an edge at r moves by (sqrt 2 + r) sqrt(KL), here doubled for the union.
    """
    scalars, params = timeline.frame.scalars, timeline.params
    if not params.plane or not scalars["each_kl"] <= 0.002:
        return None
    r, draws = params.radius, 2000 if params.fine else 256
    covered = coverage_when_collapsed(r)
    moved = 2 * (math.sqrt(2) + r) * math.sqrt(max(scalars["each_kl"], 0.0)) * r * math.exp(-(r**2) / 2)
    error = math.sqrt(covered * (1 - covered) / draws)
    return Verdict(covered, scalars["coverage"], FACTOR * error + 3 / draws + moved)


def _winding(timeline: Timeline) -> Verdict | None:
    """A whole number: one turn, or not."""
    scalars, params = timeline.frame.scalars, timeline.params
    if not params.plane or params.data != "glyph" or not _regular(timeline, 1.5 * TRAINED):
        return None
    return Verdict(1.0, abs(scalars["winding"]), 0.01, "turns") if scalars["beta_ratio"] <= 0.18 else None


def _length(timeline: Timeline) -> Verdict | None:
    """Where the whole curve stays in the tube round the true manifold, of radius one over its curvature.

    A curve at distance e(t) is at least (1 - curvature e) times as long as its projection, averaged over the way (Federer
    1959, tube formula), and that is what decoders that shrink their pictures lose. So ends off the manifold, ways
    through the hole and torn charts say nothing. The nearest of 360 true pictures is known to half a step at each end.
    """
    scalars, params = timeline.frame.scalars, timeline.params
    if not params.plane or not math.isfinite(scalars["true_length"]) or not _regular(timeline, 2 * TRAINED):
        return None
    if scalars["true_length"] < 0.5 or scalars["beta_ratio"] > 0.1:
        return None
    data = load(params.data)
    if data.turn and scalars["true_length"] > 0.45 * data.turn * data.speed:  # the other way round is as short
        return None
    row, curve = (2, "rbf") if data.turn else (1, "pullback")
    if data.curvature * scalars[f"off_{curve}"] > REACH:
        return None
    part = data.curvature * float(timeline.frame.arrays["strip_off"][row].mean())
    step = float(data.coordinate.max()) * data.speed / 360
    return Verdict(scalars["true_length"], scalars[f"length_{curve}"], scalars["true_length"] * (part + 0.01) + 2 * step)


CLAIMS = (
    Claim("collapse", "Above β_c every axis is dead: the mean KL is 0 (10).", "Lucas et al. 2019, arXiv:1911.02469", _collapse),
    Claim(
        "ellipse_law",
        "σᵢ² = 1/(1 + Gᵢᵢ/s), averaged over the ellipse: the median difference of the logarithms is 0 (13).",
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
