"""What the runs of this lab must bear out: closed forms, orderings and phenomena, each with what it may miss by."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.latent.vae_geometry.data import load
from engine.latent.vae_geometry.theory import coverage_when_collapsed

FACTOR = 4  # standard errors of a count within which it agrees
TRAINED = 0.8  # steps times learning rate after which a run follows its loss: 400 steps at the default rate
REACH = 0.25  # of the tube round the true manifold: so far off it a curve's length still says something


def standard(params: Any) -> bool:
    """Whether the loss is (8) with a pull and with noise."""
    return params.regulariser == "kl" and params.noise and params.weight > 0


def _regular(timeline: Timeline, trained: float = TRAINED) -> bool:
    """Whether the loss is the standard one and the run has had time to follow it, at a rate at which Adam settles."""
    rate, since = timeline.params.learning_rate, timeline.frame.step - max(timeline.marks, default=0)
    return standard(timeline.params) and rate <= 0.01 and since * min(rate, 2e-3) >= trained


def _digits(timeline: Timeline, low: float = 0.03, high: float = 0.1) -> bool:
    """Whether this is a trained run on the digits, β / β_c between two bounds: by default near β = 1 at σₓ = 0.2."""
    near = low <= timeline.frame.scalars["beta_ratio"] <= high
    return timeline.params.data == "digits" and near and _regular(timeline, 2.5 * TRAINED)


def _circle(timeline: Timeline, *names: str) -> bool:
    """Whether this is a trained run on one of these turning glyphs, with a plane to draw curves in."""
    return timeline.params.plane and timeline.params.data in names and _regular(timeline, 2 * TRAINED)


@claim("Above β_c every axis is dead: the mean KL is 0 (10).", "Lucas et al. 2019, arXiv:1911.02469")
def collapse(timeline: Timeline) -> Verdict | None:
    """Adam keeps dead codes trembling: nats in proportion to its rate, at the default rate .0009 at most in 20 runs."""
    scalars = timeline.frame.scalars
    if not _regular(timeline) or scalars["beta_ratio"] < 1.05 or timeline.marks:
        return None
    return Verdict(0.0, scalars["kl"], 0.01 * max(1.0, timeline.params.learning_rate / 2e-3), "nats")


@claim(
    "σᵢ² = 1/(1 + Gᵢᵢ/s), averaged over the ellipse: the median difference of the logarithms is 0 (13).",
    "Kumar & Poole 2020, arXiv:2002.00041",
)
def ellipse_law(timeline: Timeline) -> Verdict | None:
    """(13) averaged over each ellipse, two scatters of a single ellipse wide.

    Adam moves all ellipses together, so the median of many is no better known than one of them: over 20 seeds its
    standard deviation is .05 to .11, and the scatter of the ellipses .16 to .39.
    """
    scalars = timeline.frame.scalars
    if not _regular(timeline) or not 0.002 <= scalars["beta_ratio"] <= 0.5 or not math.isfinite(scalars["law_averaged"]):
        return None
    return Verdict(0.0, scalars["law_averaged"], 2 * scalars["law_scatter"])


@claim("When everything has collapsed, the ellipses cover 1 − exp(−r²/2) of the prior (7).", "Gaussian tail")
def coverage(timeline: Timeline) -> Verdict | None:
    """Standard errors of the count, and what ellipses of this mean KL may differ from the unit disc.

    KL >= |mu|^2 / 2 and about (sigma - 1)^2, so an edge at r moves by (sqrt 2 + r) sqrt(KL), here doubled for the union.
    """
    scalars, params = timeline.frame.scalars, timeline.params
    if not params.plane or not scalars["each_kl"] <= 0.002:
        return None
    r, draws, covered = params.radius, params.draws, coverage_when_collapsed(params.radius)
    moved = 2 * (math.sqrt(2) + r) * math.sqrt(max(scalars["each_kl"], 0.0)) * r * math.exp(-(r**2) / 2)
    error = math.sqrt(covered * (1 - covered) / draws)
    return Verdict(covered, scalars["coverage"], FACTOR * error + 3 / draws + moved)


@claim("The codes of a turning glyph wind once round their mean.", "topology of the circle")
def winding(timeline: Timeline) -> Verdict | None:
    """A whole number: one turn, or not."""
    scalars, params = timeline.frame.scalars, timeline.params
    if not params.plane or params.data != "glyph" or not _regular(timeline, 1.5 * TRAINED) or scalars["beta_ratio"] > 0.18:
        return None
    return Verdict(1.0, abs(scalars["winding"]), 0.01, "turns")


@claim(
    "The geodesic's picture length is the distance inside the true manifold (11).",
    "Shao, Kumar & Fletcher 2018, arXiv:1711.08014",
)
def length(timeline: Timeline) -> Verdict | None:
    """Where the whole curve stays in the tube round the true manifold, of radius one over its curvature.

    A curve at distance e(t) is at least (1 - curvature e) times as long as its projection, averaged over the way (Federer
    1959, tube formula), and that is what decoders that shrink their pictures lose. So ends off the manifold, ways
    through the hole and torn charts say nothing. The nearest of 360 true pictures is known to half a step at each end.
    """
    scalars, params = timeline.frame.scalars, timeline.params
    truth = scalars.get("true_length", math.nan)  # nan where it is not known
    if not truth >= 0.5 or scalars["beta_ratio"] > 0.1 or not _regular(timeline, 2 * TRAINED):
        return None
    data = load(params.data)
    if data.turn and truth > 0.45 * data.turn * data.speed:  # the other way round is as short
        return None
    row, curve = (2, "rbf") if data.turn else (1, "pullback")
    if data.curvature * scalars[f"off_{curve}"] > REACH:
        return None
    part = data.curvature * float(timeline.frame.arrays["strip_off"][row].mean())
    step = float(data.coordinate.max()) * data.speed / 360
    return Verdict(truth, scalars[f"length_{curve}"], truth * (part + 0.01) + 2 * step)


# ---- phenomena


@claim("A noise that nobody holds up dies: the median half-axis falls below 0.01.", "(2), kexue.fm/archives/7725")
def unheld(timeline: Timeline) -> Verdict | None:
    """Without any pull the best half-axis is 0; at the default rate it has fallen below .01 after 1,000 steps."""
    params = timeline.params
    if params.weight > 0 or not params.noise or timeline.frame.step < 1000:
        return None
    return Verdict.at_most(0.01, timeline.frame.scalars["sigma_median"])


@claim("Under the naive penalty (3) every half-axis vanishes; under the KL (4) none does.", "(3), kexue.fm/archives/7725")
def naive(timeline: Timeline) -> Verdict | None:
    """The share of half-axes below .02, less that of the twin that keeps the KL: a whole."""
    other = timeline.other
    if timeline.params.regulariser != "quadratic" or other is None or other.params.regulariser != "kl":
        return None
    return Verdict(1.0, timeline.frame.scalars["points"] - other.frame.scalars["points"], 0.0)


@claim("Codes that died come alive again when β comes back.", "measured")
def revived(timeline: Timeline) -> Verdict | None:
    """β was above β_c for at least 300 steps and is far below it again: the KL must be most of what such a run has (about 6 nats)."""
    scalars, history = timeline.frame.scalars, timeline.history
    if not timeline.marks or "kl" not in history or not _regular(timeline):
        return None
    before = history["kl"][history["step"] <= timeline.marks[0]]
    if not len(before) or before[-1] > 0.05:  # it had not died
        return None
    return Verdict.at_least(0.5 * math.log(1 / scalars["beta_ratio"]), scalars["kl"], unit="nats")


@claim("The plain geodesic leaves the true pictures further than the straight line does.", "Hauberg 2018, arXiv:1806.04994")
def cuts_through(timeline: Timeline) -> Verdict | None:
    """It is the shorter one *because* it crosses the hole."""
    scalars = timeline.frame.scalars
    found = _circle(timeline, "glyph", "hard-glyph")
    return Verdict.at_least(scalars["off_straight"], scalars["off_pullback"]) if found else None


@claim("With a price on holes the curve stays near the true pictures.", "Arvanitidis et al. 2018, arXiv:1710.11379")
def stays_near(timeline: Timeline) -> Verdict | None:
    """Nearer than half of the plain geodesic's worst distance."""
    scalars = timeline.frame.scalars
    return Verdict.at_most(0.5 * scalars["off_pullback"], scalars["off_rbf"]) if _circle(timeline, "glyph") else None


def ridge(timeline: Timeline) -> float:
    """Largest magnification on the way from one moon to the other over the magnification at the codes: a median over the shown codes.

    Read off the relief of the plane (25 by 25), so that page and command line see the same.
    """
    a = timeline.frame.arrays
    relief, (left, right, bottom, top) = a["map"].astype(np.float64), a["box"]
    last = np.array(relief.shape[::-1]) - 1

    def at(places: np.ndarray) -> np.ndarray:
        cell = (places - (left, bottom)) / (right - left, top - bottom) * last
        column, row = np.moveaxis(np.clip(cell, 0, last).round().astype(int), -1, 0)
        return relief[row, column]

    codes, second = a["codes"].astype(np.float64), a["hue"] > 0.5
    one, two = codes[~second], codes[second]
    nearest = two[np.square(one[:, None] - two[None]).sum(-1).argmin(1)]
    ways = one[:, None] + np.linspace(0, 1, 40)[None, :, None] * (nearest - one)[:, None]
    return float(10 ** np.median(np.nanmax(at(ways), 1) - np.nanmedian(at(codes))))


@claim(
    "The ruler remembers the gap that the prior closed: the ridge between the moons is higher with the stronger pull.",
    "measured",
)
def gap_remembered(timeline: Timeline) -> Verdict | None:
    """Against a twin with a weaker pull."""
    params, other = timeline.params, timeline.other
    if params.data != "moons" or not params.plane or other is None or other.params.weight >= params.weight:
        return None
    return Verdict.at_least(ridge(other), ridge(timeline))


@claim(
    "The union comes close to the disc while no single ellipse does: its KL is below 0.15 of the mean KL.",
    "(6), Hoffman & Johnson 2016",
)
def union_is_the_disc(timeline: Timeline) -> Verdict | None:
    scalars = timeline.frame.scalars
    if not timeline.params.plane or not _digits(timeline):
        return None
    return Verdict.at_most(0.15 * scalars["each_kl"], scalars["union_kl"], unit="nats")


@claim("The gaps between the digits are filled: ellipses of radius 2σ cover more than 0.9 of the prior.", "(7)")
def gaps_filled(timeline: Timeline) -> Verdict | None:
    """Up to FACTOR standard errors of the count of draws."""
    params = timeline.params
    if not params.plane or params.radius < 2 or not _digits(timeline):
        return None
    return Verdict.at_least(0.9, timeline.frame.scalars["coverage"], FACTOR * math.sqrt(0.9 * 0.1 / params.draws))


@claim("Draws from the prior show more classes through the VAE than through the autoencoder.", "measured")
def more_classes(timeline: Timeline) -> Verdict | None:
    """Class entropies of the same 256 draws; one has a standard error of about .04 nats."""
    scalars = timeline.frame.scalars
    if not timeline.params.twin or not _digits(timeline):
        return None
    return Verdict.at_least(scalars["ae_class_entropy"], scalars["class_entropy"], unit="nats")


@claim("Only s = β σₓ² matters: with σₓ doubled at the same s the mean KL is the same.", "(8)")
def only_s(timeline: Timeline) -> Verdict | None:
    """The losses are equal but for a factor, which Adam's steps do not see: what is left is rounding that training amplifies."""
    other = timeline.other
    if other is None or abs(other.params.s - timeline.params.s) > 1e-9 or other.params.sigma_x == timeline.params.sigma_x:
        return None
    one, two = timeline.frame.scalars["kl"], other.frame.scalars["kl"]
    return Verdict(two, one, 0.01 * two, "nats")


@claim(
    "Axes die without a large β: at least 2 of 8 carry less than 0.2 nats, where the linear theory (9) keeps all.", "measured"
)
def axes_die(timeline: Timeline) -> Verdict | None:
    if timeline.params.code_size != 8 or not _digits(timeline, 0.0, math.inf):
        return None
    return Verdict.at_least(2.0, float((timeline.frame.arrays["kl_axis"] < 0.2).sum()))
