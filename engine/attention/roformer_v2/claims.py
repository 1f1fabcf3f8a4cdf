"""What the RoFormerV2 lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

from engine.attention.roformer_v2 import theory
from engine.attention.roformer_v2.params import PRE_TRAINING, SYMBOLS, RoFormerV2Params
from engine.core.topic import Timeline, Verdict, claim

TRAINED = 160  # steps after which start-up is judged


def usual(timeline: Timeline) -> bool:
    """A start-up run of the default rate and depth (or deeper) that nobody touched, at its end."""
    p = timeline.params
    return (
        p.bench == "startup"
        and p.learning_rate == 2e-3
        and p.depth >= 8
        and timeline.frame.step == TRAINED
        and not timeline.marks
    )


def kept(p: RoFormerV2Params) -> int:
    """Numbers that are trained, from the ledger; ReZero has one α a layer, and norms only before the first layer."""
    parts = theory.ledger(p.depth, p.width, SYMBOLS, inside=p.residual != "rezero")
    there = {"biases": p.bias, "gains": p.norm in ("ln", "rms-gain"), "shifts": p.norm == "ln"}
    return sum(count for name, count in parts.items() if there.get(name, True)) + p.depth * (p.residual == "rezero")


@claim("The net has as many numbers as the ledger says.", "kexue.fm/archives/8998")
def counted(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    return Verdict(kept(p), timeline.frame.scalars["parameters"], 0.0) if p.bench == "startup" else None


@claim("What was taken away: 13 D a layer, 2 D of one more norm, 12 in the head.", "kexue.fm/archives/8998")
def removed(timeline: Timeline) -> Verdict | None:
    p, other = timeline.params, timeline.other
    if (
        p.bench != "startup"
        or other is None
        or (p.norm, p.bias, other.params.norm, other.params.bias) != ("rms", False, "ln", True)
    ):
        return None
    return Verdict(
        13 * p.width * p.depth + 2 * p.width + SYMBOLS,
        other.frame.scalars["parameters"] - timeline.frame.scalars["parameters"],
        0.0,
    )


@claim("The simpler net learns as well, to 0.1.", "kexue.fm/archives/8998")
def as_good(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if (
        other is None
        or not usual(timeline)
        or (timeline.params.norm, other.params.norm, other.params.bias) != ("rms", "ln", True)
    ):
        return None
    return Verdict(other.frame.scalars["loss_late"], timeline.frame.scalars["loss_late"], 0.1, "nats")


@claim("No net is better than the best possible one.", "(4)")
def floor(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    if timeline.params.bench != "startup" or timeline.frame.step < 20:
        return None
    return Verdict.at_least(s["bayes_loss"], s["loss_late"], 0.03, "nats")


@claim("With the ramp the net learns more than half a nat further.", "(3)")
def ramp_helps(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    good = usual(timeline) and p.residual == "post" and 40 <= p.ramp <= 120
    return Verdict.at_least(0.5, s["loss_plain"] - s["loss_late"], unit="nats") if good else None


@claim("Without it the net does little more than guess.", "(3)")
def plain_stuck(timeline: Timeline) -> Verdict | None:
    good = usual(timeline) and timeline.params.residual == "post"
    return Verdict.at_least(2.0, timeline.frame.scalars["loss_plain"], unit="nats") if good else None


@claim("At full weight less than 2 to the minus L of the direct path is left.", "(5)")
def path_lost(timeline: Timeline) -> Verdict | None:
    line = timeline if timeline.params.ramp == 0 else timeline.other
    if (
        line is None
        or line.params.bench != "startup"
        or line.params.ramp
        or line.params.residual != "post"
        or line.frame.step < 10
    ):
        return None
    return Verdict.at_most(2.0**-line.params.depth, float(line.frame.arrays["direct_path"][0]))


@claim("While α is small, the direct path is open.", "(5)")
def path_kept(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    if p.bench != "startup" or p.residual != "post" or not s["alpha"] < 0.15 or timeline.marks:
        return None
    return Verdict.at_least(0.4, float(timeline.frame.arrays["direct_path"][0]))


@claim("Pre-norm starts without any ramp.", "arXiv:2002.04745")
def pre_starts(timeline: Timeline) -> Verdict | None:
    good = usual(timeline) and timeline.params.residual == "pre"
    return Verdict.at_most(1.2, timeline.frame.scalars["loss_plain"], unit="nats") if good else None


@claim("ReZero starts, too: its α is learned, from 0 on.", "arXiv:2003.04887")
def rezero_starts(timeline: Timeline) -> Verdict | None:
    line = timeline if timeline.params.residual == "rezero" else timeline.other
    if line is None or not usual(line) or line.params.residual != "rezero":
        return None
    return Verdict.at_most(1.2, line.frame.scalars["loss_late"], unit="nats")


def timed(timeline: Timeline) -> bool:
    """All kernels have been timed."""
    return timeline.params.bench == "speed" and timeline.frame.step == len(timeline.frame.arrays["milliseconds"])


@claim("In composed operations LayerNorm takes longer than RMS.", "kexue.fm/archives/8998")
def composed_slower(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(1.0, timeline.frame.scalars["composed_ratio"]) if timed(timeline) else None


def gain(timeline: Timeline) -> float | None:
    """What school was worth, in accuracy; None before the test, or where no task was learned."""
    p, s = timeline.params, timeline.frame.scalars
    tested = p.bench == "tasks" and len(p.tasks) == 5 and timeline.frame.step > PRE_TRAINING
    return s["accuracy_pretrained"] - s["accuracy_scratch"] if tested else None


def gains(timeline: Timeline) -> dict[str, float]:
    """What school was worth, by labels a class, over the arms of a sweep."""
    found = {line.params.labels: gain(line) for line in (timeline, *timeline.arms.values()) if line.params.bench == "tasks"}
    return {labels: value for labels, value in found.items() if value is not None}


@claim("With one label a class, school is worth more than 0.1.", "kexue.fm/archives/8998")
def few_gain(timeline: Timeline) -> Verdict | None:
    found = gains(timeline)
    return Verdict.at_least(0.1, found["1"]) if "1" in found else None


@claim("With five, more than 0.05.", "kexue.fm/archives/8998")
def some_gain(timeline: Timeline) -> Verdict | None:
    found = gains(timeline)
    return Verdict.at_least(0.05, found["5"]) if "5" in found else None


@claim("With a hundred, less than 0.05.", "kexue.fm/archives/8998")
def many_gain(timeline: Timeline) -> Verdict | None:
    found = gains(timeline)
    return Verdict.at_most(0.05, found["100"]) if "100" in found else None


@claim("Of two tasks of length 1 neither is hurt: both get the same share.", "(6)")
def fair_pair(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if p.bench != "tasks" or len(p.tasks) != 2 or p.balance != "normalised" or timeline.frame.step < 1:
        return None
    one, two = timeline.frame.arrays["update_cosine"].tolist()
    together = max(0.0, (1 + float(timeline.frame.arrays["gradient_cosine"][0, 1])) / 2) ** 0.5
    return Verdict(together, min(one, two), 1e-4)
