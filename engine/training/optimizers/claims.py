"""What this lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

import math

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.training.optimizers import theory
from engine.training.optimizers.names import CAST
from engine.training.optimizers.params import WALKERS, OptimizersParams

RATES = (0.0392157, 0.054978, 0.0614042)  # best of gradient descent and Heun, of RK4, of the heavy ball, at κ = 50
EPOCH = 28  # steps of the default net
BALL = 0.566  # the momentum that goes with the last


def as_usual(timeline: Timeline, bench: str, *free: str) -> bool:
    """A run of this bench whose settings are the defaults, but for those that are free, and were not changed on the way."""
    p, usual = timeline.params, OptimizersParams()
    names = set(type(p).model_fields) - {"bench", *free}
    return p.bench == bench and not timeline.marks and all(getattr(p, name) == getattr(usual, name) for name in names)


def raced(timeline: Timeline) -> bool:
    """A default race that has just spent its 600 gradients."""
    return as_usual(timeline, "surface") and timeline.frame.scalars["gradients"] == 600


def ratios(timeline: Timeline, what: str) -> tuple[float, float]:
    """A number of Heun over gradient descent's, and of RK4 over Heun's."""
    gd, heun, rk4 = (timeline.frame.scalars[f"{what}_{name}"] for name in theory.ORDERS)
    return heun / gd, rk4 / heun


@claim(
    "The better solver is the worse optimiser: Heun ends five times as high as gradient descent, RK4 as Heun.", "phenomenon 2"
)
def worse(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(5.0, min(ratios(timeline, "loss"))) if raced(timeline) else None


@claim("And yet RK4 is the nearest to the flow, and gradient descent the farthest.", "(4)")
def nearer(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(1.0, max(ratios(timeline, "error"))) if raced(timeline) else None


@claim("Momentum, no solver of this equation at all, ends below 10⁻¹².", "phenomenon 2")
def momentum_wins(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(1e-12, timeline.frame.scalars["loss_momentum"]) if raced(timeline) else None


def steep(timeline: Timeline) -> bool:
    """The straight valley at a rate between the two edges, after so long that who diverges has done so."""
    reach = timeline.params.learning_rate * timeline.params.condition
    plain = as_usual(timeline, "surface", "surface", "learning_rate", "condition") and timeline.params.surface == "quadratic"
    return plain and 2.5 < reach < theory.edge("rk4") and timeline.frame.step >= 40


@claim("Gradient descent diverges, and so does Heun with twice the gradients.", "(4): |R| > 1")
def two_diverge(timeline: Timeline) -> Verdict | None:
    if not steep(timeline):
        return None
    return Verdict.at_least(1.0, float(timeline.frame.arrays["diverged"][:2].min()), 0.0, "gradients")


@claim("RK4 stands where R(−γH)ⁿ puts it, and is still there.", "(4)")
def holds(timeline: Timeline) -> Verdict | None:
    if not steep(timeline):
        return None
    p, a = timeline.params, timeline.frame.arrays
    values, axes = np.linalg.eigh(a["hessian"])
    law = axes @ (theory.growth("rk4", -p.learning_rate * values) ** timeline.frame.step * (axes.T @ a["start"]))
    return Verdict(float(np.linalg.norm(law)), float(np.linalg.norm(a["positions"][2])), 1e-9)


def needed(timeline: Timeline, method: str, rate: float) -> float | None:
    """Gradients that a method needed at a rate of this sweep; None where that cannot be said."""
    for line in timeline.arms.values():
        p = line.params
        if p.learning_rate == rate and (p.surface, p.condition, p.momentum) == ("quadratic", 50.0, BALL):
            found = float(line.frame.arrays["arrived"][list(CAST).index(method)])
            return found if found >= 0 else None
    return None


@claim("At their best rates gradient descent, Heun and RK4 need as many gradients as (4) says, within 1%.", "phenomenon 3")
def at_their_best(timeline: Timeline) -> Verdict | None:
    off = []
    for method, rate in zip(theory.ORDERS, (RATES[0], RATES[0], RATES[1]), strict=True):
        found = needed(timeline, method, rate)
        if found is None:
            return None
        off.append(abs(found * math.log(theory.best(method, 50.0)[1]) / (theory.ORDERS[method] * math.log(1e-6)) - 1))
    return Verdict.at_most(0.01, max(off))


@claim("The heavy ball at its best needs less than a quarter of what gradient descent does.", "(7)")
def best_ball(timeline: Timeline) -> Verdict | None:
    found, descent = needed(timeline, "momentum", RATES[2]), needed(timeline, "gd", RATES[0])
    return None if found is None or descent is None else Verdict.at_most(descent / 4, found, 0.0, "gradients")


def rolled(timeline: Timeline) -> bool:
    """The double well at γ = 0.05, after momentum has lost what it needs to come back."""
    p, plain = timeline.params, as_usual(timeline, "surface", "surface", "learning_rate")
    return plain and timeline.frame.step >= 12 and (p.surface, p.learning_rate) == ("double_well", 0.05)


@claim("Gradient descent goes to the bottom of the near well.", "phenomenon 6")
def caught(timeline: Timeline) -> Verdict | None:
    return Verdict(0.9143, float(timeline.frame.arrays["positions"][0, 0]), 0.02) if rolled(timeline) else None


@claim("Momentum is in the far one, which is deeper.", "phenomenon 6")
def crosses(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(-0.5, float(timeline.frame.arrays["positions"][3, 0])) if rolled(timeline) else None


def trained(timeline: Timeline, rate: float) -> bool:
    """Six epochs of the default net at this rate."""
    return as_usual(timeline, "net", "net_rate") and timeline.params.net_rate == rate and timeline.frame.step >= 168


@claim("The accumulating run and the one with big batches have the same parameters.", "(2)")
def exact(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if p.bench != "net" or p.bug_2018 or p.batch_norm or timeline.frame.step < 1:
        return None
    return Verdict.at_most(1e-10, timeline.frame.scalars["parameter_difference"])


@claim("Over the sixth epoch their mean loss is below half of that with batches of one.", "phenomenon 1")
def quieter(timeline: Timeline) -> Verdict | None:
    if not trained(timeline, 0.01):
        return None
    (steps, soft), (_, small) = timeline.trace("loss_accumulated"), timeline.trace("loss_small")
    epoch = steps > timeline.frame.step - EPOCH  # one step's loss with batches of one is luck, and another on another processor
    return Verdict.at_most(0.5, float(soft[epoch].mean() / small[epoch].mean()))


@claim("At a tenth of the rate batches of one are ahead: their loss is below half of the accumulating run's.", "phenomenon 7")
def ahead(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_most(0.5, s["loss_small"] / s["loss_accumulated"]) if trained(timeline, 0.001) else None


@claim("The walkers' variance is γs²/(λ(2 − γλ)), over m for a soft batch of m.", "(8)")
def rests(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    if p.bench != "walkers" or not s["variance_theory"] > 0 or s["walkers_diverged"] >= 0:
        return None  # who has diverged stands still, at a smaller rate too
    waited = timeline.frame.step - max(timeline.marks, default=0)
    if abs(1 - p.walker_rate * p.curvature) ** (2 * waited) > 1e-4:
        return None  # what they came with has not died away
    law = s["variance_theory"]
    return Verdict(law, s["variance"], 4 * math.sqrt(2 / WALKERS) * law)


@claim("Ten gradients for one update make it ten times smaller.", "(8)")
def narrower(timeline: Timeline) -> Verdict | None:
    p, late = timeline.params, timeline.frame.step >= 300
    if not late or (p.bench, p.soft_batch, timeline.marks) != ("walkers", 10, (200,)):
        return None
    return Verdict(10.0, before(timeline) / timeline.frame.scalars["variance"], 10 * 4 * math.sqrt(4 / WALKERS))


def before(timeline: Timeline) -> float:
    """The variance when the soft batch was changed."""
    steps, values = timeline.trace("variance")
    return float(values[steps <= max(timeline.marks, default=0)][-1])


@claim("By hand and by graph it is the same gradient.", "backpropagation")
def by_hand(timeline: Timeline) -> Verdict | None:
    if timeline.params.bench != "net" or timeline.frame.step < 1:
        return None
    return Verdict.at_most(1e-10, timeline.frame.scalars["gradient_difference"])
