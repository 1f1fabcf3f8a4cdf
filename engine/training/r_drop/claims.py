"""What a run of the R-Drop lab must bear out."""

from __future__ import annotations

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.training.r_drop import theory

ALPHAS = (0.0, 1.0, 4.0, 16.0)
ENOUGH = 200  # steps after which the scores of a run are judged


def untouched(timeline: Timeline) -> bool:
    """Whether nothing was changed on the way: on a page a twin gets its other values at step 0."""
    return max(timeline.marks, default=0) == 0


def usual(timeline: Timeline) -> bool:
    """A run on the digits with 100 labels, far enough and untouched."""
    p = timeline.params
    known = (p.bench, p.data, p.labelled, p.divergence) == ("net", "digits", 100, "kl")
    return known and timeline.frame.step >= ENOUGH and untouched(timeline)


def couple(timeline: Timeline, **mine: float) -> tuple[dict[str, float], dict[str, float]] | None:
    """Scalars of a run with these settings and of the one beside it; None for any other run."""
    other = timeline.other
    if other is None or not usual(timeline) or not usual(other):
        return None
    if any(getattr(timeline.params, name) != value for name, value in mine.items()):
        return None
    return timeline.frame.scalars, other.frame.scalars


def agreed(timeline: Timeline) -> tuple[dict[str, float], dict[str, float]] | None:
    """Scalars of a run with α = 16 under noisy labels, and of plain dropout beside it."""
    pair = couple(timeline, alpha=16.0, dropout=0.3, label_noise=0.2, unlabelled_weight=0.0)
    return pair if pair is not None and timeline.other is not None and timeline.other.params.alpha == 0 else None


def ladder(timeline: Timeline, name: str) -> dict[float, float]:
    """A scalar by agreement weight, in a sweep under noisy labels; empty elsewhere."""
    arms = {line.params.alpha: line for line in timeline.arms.values() if usual(line) and line.params.label_noise == 0.2}
    return {alpha: line.frame.scalars[name] for alpha, line in arms.items()} if set(ALPHAS) <= arms.keys() else {}


@claim("Two thinned nets differ at most half as much as under plain dropout.", "kexue.fm/archives/8496")
def closer(timeline: Timeline) -> Verdict | None:
    pair = agreed(timeline)
    return None if pair is None else Verdict.at_most(0.5, pair[0]["pair"] / pair[1]["pair"])


@claim("Without agreement the full net learns at least nine of ten wrong labels by heart.", "measured")
def by_heart(timeline: Timeline) -> Verdict | None:
    found = ladder(timeline, "memorised")
    return Verdict.at_least(0.9, found[0.0]) if found else None


@claim("At α = 16 it is at most six of ten.", "measured")
def forgets(timeline: Timeline) -> Verdict | None:
    found = ladder(timeline, "memorised")
    return Verdict.at_most(0.6, found[16.0]) if found else None


@claim("At α = 4 the test loss is lower than without agreement.", "phenomenon 1")
def helps(timeline: Timeline) -> Verdict | None:
    found = ladder(timeline, "nll")
    return Verdict.at_most(found[0.0], found[4.0], 0.0, "nats") if found else None


@claim("At α = 16 at most four tenths of the gap are left.", "phenomenon 2")
def shrinks(timeline: Timeline) -> Verdict | None:
    found = ladder(timeline, "gap")
    return Verdict.at_most(0.4, found[16.0] / found[0.0]) if found else None


@claim("And at most half of the disagreement of two masks.", "phenomenon 2")
def quieter(timeline: Timeline) -> Verdict | None:
    found = ladder(timeline, "pair")
    return Verdict.at_most(0.5, found[16.0] / found[0.0]) if found else None


@claim("The crowd's average is never worse than its members are on average, in nats.", "Jensen's inequality")
def jensen(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_most(s["nll_member"], s["nll_model_average"], 0.0, "nats") if timeline.params.bench == "net" else None


@claim("The article's two answers disagree by 0.1 ln 1.5.", "(2)")
def example(timeline: Timeline) -> Verdict | None:
    return Verdict(0.1 * np.log(1.5), timeline.frame.scalars["example_kl"], 1e-9, "nats")


@claim("More than half of the batch's disagreement is between wrong classes.", "measured")
def hidden(timeline: Timeline) -> Verdict | None:
    a = timeline.frame.arrays
    if (
        timeline.params.bench != "net"
        or timeline.params.data != "digits"
        or timeline.frame.step == 0
        or timeline.params.dropout == 0
    ):
        return None
    one, two = (a[name].astype(float) for name in ("p1", "p2"))
    return Verdict.at_least(0.5, float(theory.unseen(one, two, a["batch_labels"]).sum() / theory.disagreement(one, two).sum()))


@claim("With clean labels the full net is right as often as without agreement, within 0.02.", "phenomenon 3")
def no_miracle(timeline: Timeline) -> Verdict | None:
    pair = couple(timeline, alpha=4.0, dropout=0.3, label_noise=0.0, unlabelled_weight=0.0)
    if pair is None or timeline.other is None or timeline.other.params.alpha != 0:
        return None
    return Verdict(pair[1]["accuracy_weight_average"], pair[0]["accuracy_weight_average"], 0.02)


@claim("Agreement on rows without labels makes the full net right at least one in a hundred times more often.", "phenomenon 4")
def free_rows(timeline: Timeline) -> Verdict | None:
    pair = couple(timeline, alpha=4.0, dropout=0.3, label_noise=0.2, unlabelled_weight=4.0)
    if pair is None or timeline.other is None or timeline.other.params.unlabelled_weight != 0:
        return None
    return Verdict.at_least(0.01, pair[0]["accuracy_weight_average"] - pair[1]["accuracy_weight_average"])


def strained(timeline: Timeline) -> bool:
    """A run with α = 32, half of the units dropped, clean labels."""
    p = timeline.params
    return usual(timeline) and (p.alpha, p.dropout, p.label_noise, p.unlabelled_weight) == (32.0, 0.5, 0.0, 0.0)


def certainty(timeline: Timeline) -> float:
    """Mean of the full net's largest probability on the test rows."""
    return float(timeline.frame.arrays["test_weight_average"].max(1).mean())


@claim("Answers come near to uniform: the largest probability is below 0.3 on average.", "phenomenon 7")
def uniform(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.3, certainty(timeline)) if strained(timeline) else None


@claim("The largest is still the right one at three of four test rows.", "measured")
def still_right(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.75, timeline.frame.scalars["accuracy_weight_average"]) if strained(timeline) else None


@claim("SGD under masks finds the weights of formula (4), within a twentieth.", "(4)")
def ridge(timeline: Timeline) -> Verdict | None:
    a = timeline.frame.arrays
    if timeline.params.bench != "linear" or timeline.frame.step < 2000 or not untouched(timeline):
        return None
    return Verdict.at_most(0.05, float(np.linalg.norm(a["w"] - a["w_closed"]) / np.linalg.norm(a["w_closed"])))


@claim("They are shorter than those of plain dropout.", "(4)")
def shorter(timeline: Timeline) -> Verdict | None:
    if ridge(timeline) is None or timeline.other is None or ridge(timeline.other) is None:
        return None
    mine, plain = (float(np.linalg.norm(line.frame.arrays["w"])) for line in (timeline, timeline.other))
    return Verdict.at_most(1.0, mine / plain) if timeline.other.params.alpha < timeline.params.alpha else None
