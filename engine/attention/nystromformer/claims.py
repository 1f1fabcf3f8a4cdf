"""What the Nyströmformer lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

import numpy as np

from engine.attention.nystromformer import theory
from engine.attention.nystromformer.names import COSTS, METHODS, SWAPPED
from engine.attention.nystromformer.params import LANDMARKS, LENGTHS, TRAINED, WIDTH
from engine.core.topic import Timeline, Verdict, claim

NEAR = 1.5  # ‖q + k‖² up to which a few thousand random features measure their own variance


def errors(timeline: Timeline, m: int) -> dict[str, float]:
    """The error of every method with m landmarks; empty in the other bench."""
    if timeline.params.bench != "approximate":
        return {}
    found = timeline.frame.arrays["errors"][:, LANDMARKS.index(m)]
    return dict(zip(METHODS, found.tolist(), strict=True))


def smooth(timeline: Timeline) -> bool:
    """Smooth tokens of small size, segment means, the paper's six iterations."""
    p = timeline.params
    return (p.bench, p.scale, p.smoothness, p.landmark_rule, p.iterations) == ("approximate", 0.5, 0.95, "segment", 6)


@claim("Nyström's error lies between that of the best matrix of rank m and that without the middle, at m = 32.", "(4)")
def ordered(timeline: Timeline) -> Verdict | None:
    e = errors(timeline, 32)
    steps = (("svd", "pinv"), ("pinv", "iterated"), ("iterated", "double"))
    return Verdict.at_least(1.0, min(e[two] / e[one] for one, two in steps)) if smooth(timeline) else None


@claim("The Performer with as many features is more than four times as wrong.", "(1)")
def quarter(timeline: Timeline) -> Verdict | None:
    if not smooth(timeline) or timeline.params.m != 32 or timeline.frame.step < 20:
        return None
    e = errors(timeline, 32)
    return Verdict.at_least(4.0, e["performer"] / e["iterated"])


@claim("No method of rank m beats the singular value decomposition.", "Eckart & Young 1936")
def floor(timeline: Timeline) -> Verdict | None:
    if timeline.params.bench != "approximate":
        return None
    found = timeline.frame.arrays["errors"]
    others = found[1:, :-1] - found[0, :-1]  # with m = n there is nothing to beat
    return Verdict.at_least(0.0, float(np.nanmin(others)), 1e-12)


@claim("What passes through the iteration is what (6) says, direction by direction.", "(6)")
def follows(timeline: Timeline) -> Verdict | None:
    p, a = timeline.params, timeline.frame.arrays
    if p.bench != "approximate" or p.inverse == "exact":
        return None
    law = theory.passed(a["singular"], timeline.frame.scalars["norms"], p.iterations)
    return Verdict(0.0, float(np.abs(a["passed"] - law).max()), 1e-9)


def whole(timeline: Timeline) -> bool:
    """As many landmarks as tokens."""
    p = timeline.params
    return p.bench == "approximate" and p.m == LANDMARKS[-1] and p.landmark_rule == "segment" and p.scale <= 1


@claim("With as many landmarks as tokens the exact inverse rebuilds S.", "(4)")
def exact(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(1e-6, timeline.frame.scalars["error_pinv"]) if whole(timeline) else None


@claim("Six iterations do not.", "(6)")
def six_leave(timeline: Timeline) -> Verdict | None:
    usual = whole(timeline) and (timeline.params.scale, timeline.params.smoothness) == (1.0, 0.95)
    return Verdict.between(0.02, 0.1, float(timeline.frame.arrays["by_iterations"][5])) if usual else None


@claim("Twenty do.", "(6)")
def twenty(timeline: Timeline) -> Verdict | None:
    usual = whole(timeline) and (timeline.params.scale, timeline.params.smoothness) == (1.0, 0.95)
    return Verdict.at_most(1e-6, float(timeline.frame.arrays["by_iterations"][19])) if usual else None


def sharp(timeline: Timeline) -> bool:
    """Very smooth tokens, very sharp attention: A is nearly singular."""
    p = timeline.params
    return p.bench == "approximate" and (p.smoothness, p.scale, p.m, p.landmark_rule) == (0.99, 4.0, 64, "segment")


@claim("Six iterations do better than nothing.", "kexue.fm/archives/8180")
def six_help(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(1.0, float(timeline.frame.arrays["by_iterations"][5])) if sharp(timeline) else None


@claim("And the exact inverse is wrong by more than a hundred times S.", "kexue.fm/archives/8180")
def too_much(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(100.0, timeline.frame.scalars["error_pinv"]) if sharp(timeline) else None


@claim("Means of unrelated tokens are no centres.", "(4)")
def no_centres(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    usual = p.bench == "approximate" and (p.smoothness, p.scale, p.m, p.landmark_rule) == (0.0, 1.0, 64, "segment")
    return Verdict(0.68, timeline.frame.scalars["error_pinv"], 0.08) if usual else None


@claim("The Performer's error grows with the size of queries and keys.", "(2)")
def grows(timeline: Timeline) -> Verdict | None:
    lines = {
        line.params.scale: line.frame.scalars["error_performer"]
        for line in timeline.arms.values()
        if line.params.bench == "approximate"
    }
    found = np.array([lines[scale] for scale in sorted(lines)])
    return Verdict.at_least(0.0, float(np.diff(found).min())) if len(found) > 1 and timeline.frame.step >= 20 else None


@claim("A random feature's variance is what (2) says.", "(2)")
def variance_law(timeline: Timeline) -> Verdict | None:
    p, a = timeline.params, timeline.frame.arrays
    if (
        p.bench != "approximate"
        or timeline.frame.scalars["draws_done"] < 20
        or not (near := np.flatnonzero(a["pair_norms"] < NEAR)).size
    ):
        return None
    pair = near[a["pair_norms"][near].argmax()]
    squared, samples = float(a["pair_norms"][pair]), int(timeline.frame.scalars["draws_done"]) * LANDMARKS[-1]
    return Verdict(
        float(theory.relative_variance(squared)), float(a["pair_variances"][pair]), 4 * theory.variance_error(squared, samples)
    )


def swapped(timeline: Timeline, m: int) -> dict[str, float]:
    """Accuracies of the weights trained with softmax; empty before the swap, and with other numbers of landmarks."""
    p = timeline.params
    if p.bench != "swap" or p.m != m or p.iterations != 6 or timeline.frame.step < TRAINED:
        return {}
    return {"softmax": timeline.frame.scalars["accuracy_softmax"]} | dict(
        zip(SWAPPED, timeline.frame.arrays["accuracy_swapped"].tolist(), strict=True)
    )


@claim("Nyström takes the trained weights over.", "kexue.fm/archives/8180")
def takes_over(timeline: Timeline) -> Verdict | None:
    a = swapped(timeline, 64)
    return Verdict(a["softmax"], a["nystrom"], 0.05) if a else None


@claim("The Performer does not.", "kexue.fm/archives/7921")
def does_not(timeline: Timeline) -> Verdict | None:
    a = swapped(timeline, 64)
    return Verdict.at_least(0.4, a["softmax"] - a["performer"]) if a else None


@claim("After fine-tuning it is nearly back.", "kexue.fm/archives/7921")
def recovers(timeline: Timeline) -> Verdict | None:
    p, a = timeline.params, swapped(timeline, 64)
    if not a or p.swap_to != "performer" or timeline.frame.step < TRAINED + p.fine_tune or p.fine_tune < 40:
        return None
    return Verdict.at_most(0.1, a["softmax"] - timeline.frame.scalars["accuracy_tuned"])


@claim("With half as many landmarks six iterations keep more than the exact inverse.", "(6)")
def filter_helps(timeline: Timeline) -> Verdict | None:
    a = swapped(timeline, 32)
    return Verdict.at_least(0.1, a["nystrom"] - a["nystrom-exact"]) if a else None


def growth(timeline: Timeline, name: str) -> Verdict | None:
    """What twice the length multiplies the count by, at the last doubling: by the formula, and counted."""
    p = timeline.params
    if p.bench != "approximate":
        return None
    counts = timeline.frame.arrays["operations"][COSTS.index(name)].astype(float)
    law = theory.operations(name, np.array(LENGTHS[-2:]), WIDTH, p.m, p.iterations)
    return Verdict(float(law[1] / law[0]), float(counts[-1] / counts[-2]), 1e-3)


@claim("Twice the length, four times the multiplications of softmax.", "2 n² d")
def quadratic(timeline: Timeline) -> Verdict | None:
    return growth(timeline, "softmax")


@claim("Twice the length, at most twice those of Nyström.", "4 n m d + 2 m² d + 4 T m³")
def linear(timeline: Timeline) -> Verdict | None:
    return growth(timeline, "nystrom")
