"""What runs of this lab must bear out, each held against a closed form."""

from __future__ import annotations

import math

from engine.core.topic import Timeline, Verdict, claim
from engine.latent.filling import rates
from engine.latent.vae_bayes.theory import ALIVE, LEAST_SIGMA2

SETTLED = 1000  # steps after which a run is held against its optimum: its learning rate has fallen by then
BEGUN = 300  # steps after which a run is no longer what its first weights made it


def settled(timeline: Timeline) -> bool:
    """Whether the linear Gaussian VAE that minimises the whole loss has had time enough since the last change by hand."""
    p, since = timeline.params, timeline.frame.step - max(timeline.marks, default=0)
    linear = p.network == "linear" and p.likelihood != "bernoulli" and p.ablate == "both" and p.beta > 0
    return linear and since >= SETTLED


@claim("The rate is that of reverse water-filling.", "(9), Shannon 1959")
def rate_fills(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict(s["rate_theory"], s["rate"], max(0.05 * s["rate_theory"], 0.01), "nats") if settled(timeline) else None


@claim("So is the distortion.", "(9)")
def distortion_fills(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict(s["distortion_theory"], s["distortion"], 0.05 * s["distortion_theory"]) if settled(timeline) else None


@claim("As many latents live as directions rise above the water, d at most.", "(9), Lucas et al. 2019")
def living(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    if not settled(timeline):
        return None
    # a direction barely above the water settles slowly, and may be counted either way
    carried = rates(timeline.frame.arrays["eigenvalues"], s["sigma2_in_force"] * timeline.params.beta, timeline.params.latents)
    return Verdict(s["alive_theory"], s["alive"], float(((carried > ALIVE / 2) & (carried < 2 * ALIVE)).sum()))


@claim("σ² = 0.3 with β = 1 and σ² = 0.1 with β = 3 are one run.", "(7)")
def one_knob(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or timeline.params.likelihood != "gaussian_fixed" or timeline.marks:
        return None
    levels = [p.sigma2 * p.beta for p in (timeline.params, other.params)]
    if not math.isclose(*levels):
        return None
    return Verdict(timeline.frame.scalars["rate"], other.frame.scalars["rate"], 1e-3, "nats")


@claim("The learned noise is the mean of what the code leaves out.", "(8), Tipping & Bishop 1999")
def calibrated(timeline: Timeline) -> Verdict | None:
    p, left = timeline.params, timeline.frame.arrays["eigenvalues"][timeline.params.latents :]
    if not settled(timeline) or p.likelihood != "gaussian_learned" or p.beta != 1 or left.sum() <= len(left) * LEAST_SIGMA2:
        return None
    return Verdict(float(left.mean()), timeline.frame.scalars["sigma2_in_force"], 0.03 * float(left.mean()))


@claim("KL alone makes every code the prior.", "minimum of (4)")
def silent(timeline: Timeline) -> Verdict | None:
    if timeline.params.ablate != "kl_only" or timeline.frame.step < BEGUN:
        return None
    return Verdict.at_most(0.0, timeline.frame.scalars["rate"], 1e-3, "nats")


@claim("Reconstruction alone makes a code of principal components.", "PCA residual")
def as_pca(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if (
        other is None
        or other.params.ablate != "reconstruction_only"
        or other.params.network != "linear"
        or other.frame.step < BEGUN
    ):
        return None
    residual = float(other.frame.arrays["eigenvalues"][other.params.latents :].sum())
    return Verdict(residual, other.frame.scalars["distortion"], 0.04 * residual)


@claim("Learned noise keeps more than ten times the rate of the plain sum of squares.", "Rybkin et al. 2021")
def ten_times(timeline: Timeline) -> Verdict | None:
    other, p = timeline.other, timeline.params
    if other is None or p.likelihood != "gaussian_learned" or timeline.frame.step < BEGUN:
        return None
    plain = other.params.likelihood == "gaussian_fixed" and other.params.sigma2 == 0.5
    if not plain or any(own.beta != 1 or own.ablate != "both" for own in (p, other.params)):
        return None
    return Verdict.at_least(10.0, timeline.frame.scalars["rate"] / max(other.frame.scalars["rate"], 1e-9))


@claim("Another draw of z changes the gradient less than another image.", "(10), Kingma & Welling 2013: L = 1")
def one_is_enough(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    # false early on and under a large noise, where codes are mostly chance
    if p.network != "mlp" or p.likelihood != "gaussian_learned" or p.ablate != "both" or timeline.frame.step < BEGUN:
        return None
    return Verdict.at_most(1.0, s["noise_z"] / max(s["noise_x"], 1e-12))
