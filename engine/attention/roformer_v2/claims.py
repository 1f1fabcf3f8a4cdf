"""What the RoFormerV2 lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

from engine.attention.roformer_v2 import theory
from engine.attention.roformer_v2.params import PRE_TRAINING, SYMBOLS
from engine.core.topic import Timeline, Verdict, claim

TRAINED = 160  # steps after which start-up is judged
ARTICLE = "kexue.fm/archives/8998"


def usual(timeline: Timeline | None, residual: str) -> bool:
    """A start-up run of this residual, of the default rate and depth (or deeper), that nobody touched, at its end."""
    if timeline is None or timeline.params.bench != "startup" or timeline.marks or timeline.frame.step != TRAINED:
        return False
    p = timeline.params
    return p.learning_rate == 2e-3 and p.depth >= 8 and p.residual == residual


def full_twin(timeline: Timeline) -> Timeline | None:
    """The twin with all small parts, of a start-up run without any."""
    p, other = timeline.params, timeline.other
    if p.bench != "startup" or other is None:
        return None
    return other if (p.norm, p.bias, other.params.norm, other.params.bias) == ("rms", False, "ln", True) else None


@claim("The net has as many numbers as the ledger says.", ARTICLE)
def counted(timeline: Timeline) -> Verdict | None:
    p, there = timeline.params, theory.there(timeline.params.norm, timeline.params.bias)
    gates = p.depth if p.residual == "rezero" else 0  # one α a layer, and norms only before the first
    kept = [n for name, n in theory.ledger(p.depth, p.width, SYMBOLS, inside=not gates).items() if there.get(name, True)]
    return Verdict(sum(kept) + gates, timeline.frame.scalars["parameters"], 0.0) if p.bench == "startup" else None


@claim("What was taken away: 13 D a layer, 2 D of one more norm, 12 in the head.", ARTICLE)
def removed(timeline: Timeline) -> Verdict | None:
    p, other = timeline.params, full_twin(timeline)
    if other is None or p.residual == "rezero":
        return None
    gone = other.frame.scalars["parameters"] - timeline.frame.scalars["parameters"]
    return Verdict(13 * p.width * p.depth + 2 * p.width + SYMBOLS, gone, 0.0)


@claim("The simpler net starts, too: it ends less than half a nat behind the full one.", ARTICLE)
def as_good(timeline: Timeline) -> Verdict | None:
    other = full_twin(timeline)
    if other is None or not usual(timeline, "post") or not 40 <= timeline.params.ramp <= 120:
        return None
    return Verdict.at_most(0.5, timeline.frame.scalars["loss_late"] - other.frame.scalars["loss_late"], unit="nats")


@claim("No net is better than the best possible one.", "(4)")
def floor(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    judged = timeline.params.bench == "startup" and timeline.frame.step >= 20
    return Verdict.at_least(s["bayes_loss"], s["loss_late"], 0.03, "nats") if judged else None


@claim("With the ramp the net ends lower.", "(3)")
def ramp_helps(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    good = usual(timeline, "post") and 40 <= p.ramp <= 120
    return Verdict.at_least(0.0, s["loss_plain"] - s["loss_late"], unit="nats") if good else None


@claim("Without it the net does little more than guess.", "(3)")
def plain_stuck(timeline: Timeline) -> Verdict | None:
    good = usual(timeline, "post")
    return Verdict.at_least(2.0, timeline.frame.scalars["loss_plain"], unit="nats") if good else None


@claim("At full weight less than 2 to the minus L of the direct path is left.", "(5)")
def path_lost(timeline: Timeline) -> Verdict | None:
    line = timeline if timeline.params.ramp == 0 else timeline.other
    if line is None or (line.params.bench, line.params.ramp, line.params.residual) != ("startup", 0, "post"):
        return None
    return (
        Verdict.at_most(2.0**-line.params.depth, float(line.frame.arrays["direct_path"][0])) if line.frame.step >= 10 else None
    )


@claim("While α is small, the direct path is open.", "(5)")
def path_kept(timeline: Timeline) -> Verdict | None:
    p, f = timeline.params, timeline.frame
    good = p.bench == "startup" and p.residual == "post" and f.scalars["alpha"] < 0.15 and not timeline.marks
    return Verdict.at_least(0.4, float(f.arrays["direct_path"][0])) if good else None


@claim("Pre-norm starts without any ramp.", "arXiv:2002.04745")
def pre_starts(timeline: Timeline) -> Verdict | None:
    good = usual(timeline, "pre")
    return Verdict.at_most(1.2, timeline.frame.scalars["loss_plain"], unit="nats") if good else None


@claim("ReZero starts, too: its α is learned, from 0 on.", "arXiv:2003.04887")
def rezero_starts(timeline: Timeline) -> Verdict | None:
    line = next((line for line in (timeline, timeline.other) if usual(line, "rezero")), None)
    return Verdict.at_most(1.2, line.frame.scalars["loss_late"], unit="nats") if line is not None else None


def timed(timeline: Timeline) -> bool:
    """All kernels have been timed."""
    return timeline.params.bench == "speed" and timeline.frame.step == len(timeline.frame.arrays["milliseconds"])


@claim("In composed operations LayerNorm takes longer than RMS.", ARTICLE)
def composed_slower(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(1.0, timeline.frame.scalars["composed_ratio"]) if timed(timeline) else None


def gains(timeline: Timeline) -> dict[str, float]:
    """What school of all five tasks was worth in accuracy, by labels a class, over the tested arms of a sweep."""
    found = {}
    for line in (timeline, *timeline.arms.values()):
        p, s = line.params, line.frame.scalars
        if p.bench == "tasks" and len(p.tasks) == 5 and line.frame.step > PRE_TRAINING:
            found[str(p.labels)] = s["accuracy_pretrained"] - s["accuracy_scratch"]
    return found


@claim("With one label a class, school is worth more than 0.1.", ARTICLE)
def few_gain(timeline: Timeline) -> Verdict | None:
    found = gains(timeline)
    return Verdict.at_least(0.1, found["1"]) if "1" in found else None


@claim("With five, more than 0.05.", ARTICLE)
def some_gain(timeline: Timeline) -> Verdict | None:
    found = gains(timeline)
    return Verdict.at_least(0.05, found["5"]) if "5" in found else None


@claim("With a hundred, less than 0.05.", ARTICLE)
def many_gain(timeline: Timeline) -> Verdict | None:
    found = gains(timeline)
    return Verdict.at_most(0.05, found["100"]) if "100" in found else None


@claim("Of two tasks of length 1 neither is hurt: both get the same share.", "(6)")
def fair_pair(timeline: Timeline) -> Verdict | None:
    p, a = timeline.params, timeline.frame.arrays
    if p.bench != "tasks" or len(p.tasks) != 2 or p.balance != "normalised" or timeline.frame.step < 1:
        return None
    together = max(0.0, (1 + float(a["gradient_cosine"][0, 1])) / 2) ** 0.5
    return Verdict(together, float(a["update_cosine"].min()), 1e-4)
