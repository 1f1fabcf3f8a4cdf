"""What a run of the BERT-whitening lab must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

from engine.core.topic import Timeline, Verdict, claim
from engine.language.bert_whitening.params import WORD_STEPS, BertWhiteningParams

LOUDNESSES = (1.0, 3.0, 10.0, 30.0)
POWERS = (0.0, 0.25, 0.5, 0.75, 1.0)


def made(timeline: Timeline, *free: str, **values: float) -> bool:
    """Whether the vectors are made with these settings, and else with the default ones, but for those that are free."""
    p, usual = timeline.params, BertWhiteningParams()
    names = ("width", "meanings", "loudness", "noise", "warp")
    return p.source == "made" and all(
        name in free or getattr(p, name) == values.get(name, getattr(usual, name)) for name in names
    )


def opened(timeline: Timeline) -> bool:
    """Made vectors, whitened in all dimensions."""
    p = timeline.params
    return made(timeline) and (p.centring, p.whitening_power) == (1, 1) and p.kept >= p.width


@claim("Whitened, the mean cosine of all pairs is at most a hundredth.", "(2)")
def rounded(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.01, timeline.frame.scalars["mean_cosine"]) if opened(timeline) else None


@claim("With all dimensions kept, whitened cosines agree worse with the truth than raw ones, by at least 0.2.", "phenomenon 1")
def worse(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_least(0.2, s["spearman_raw"] - s["spearman_full"]) if opened(timeline) else None


@claim("The best number of dimensions is that of the meanings.", "phenomenon 1")
def peak(timeline: Timeline) -> Verdict | None:
    if not made(timeline) or timeline.params.whitening_power != 1 or timeline.params.centring != 1:
        return None
    return Verdict(timeline.params.meanings, float(timeline.frame.arrays["spearman_by_dimension"].argmax() + 1), 0.0)


@claim("There the score is at least 0.98.", "phenomenon 1")
def nearly_perfect(timeline: Timeline) -> Verdict | None:
    if peak(timeline) is None or timeline.params.kept != timeline.params.meanings:
        return None
    return Verdict.at_least(0.98, timeline.frame.scalars["spearman"])


def loudnesses(timeline: Timeline, name: str) -> dict[float, float]:
    """A scalar by loudness ratio, in a sweep over it with as many dimensions kept as there are meanings; empty elsewhere."""
    lines = [line for line in timeline.arms.values() if made(line, "loudness") and line.params.kept == line.params.meanings]
    found = {line.params.loudness: line.frame.scalars[name] for line in lines}
    return found if set(LOUDNESSES) <= found.keys() else {}


@claim("From loudness ratio 1 to 30 the raw score falls by at least 0.15.", "measured")
def raw_falls(timeline: Timeline) -> Verdict | None:
    found = loudnesses(timeline, "spearman_raw")
    return Verdict.at_least(0.15, found[1.0] - found[30.0]) if found else None


@claim("The whitened one changes by at most 0.03: a louder meaning is another basis, no more.", "(4)")
def basis_free(timeline: Timeline) -> Verdict | None:
    found = loudnesses(timeline, "spearman")
    return Verdict.at_most(0.03, max(found.values()) - min(found.values())) if found else None


def trained_flow(timeline: Timeline, warp: float, steps: int = 400) -> bool:
    """A flow that has learned long enough, on eight made dimensions."""
    return made(timeline, warp=warp, width=8, noise=0.01) and timeline.frame.step >= steps


@claim("Whitening reaches 0.995.", "phenomenon 2")
def matrix_enough(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.995, timeline.frame.scalars["spearman_full"]) if trained_flow(timeline, 0.0) else None


@claim("The flow comes to at least 0.98, and not beyond whitening.", "phenomenon 2")
def flow_equal(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.between(0.98, s["spearman_full"], s["spearman_flow"]) if trained_flow(timeline, 0.0) else None


def linear(timeline: Timeline) -> bool:
    """A linear flow that has learned long enough."""
    return trained_flow(timeline, timeline.params.warp, 600) and timeline.params.flow_depth == 0


@claim("A linear flow ends at most 0.16 nats above the floor, and never below it.", "(5)")
def floor(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.between(-1e-4, 0.16, s["flow_nll"] - s["gaussian_nll"], "nats") if linear(timeline) else None


@claim("What it has learned scores as whitening does, within 0.005.", "(5)")
def same_score(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict(s["spearman_full"], s["spearman_flow"], 0.005) if linear(timeline) else None


@claim("On bent vectors the flow scores at least 0.02 more than whitening.", "phenomenon 3")
def bends(timeline: Timeline) -> Verdict | None:
    s, p = timeline.frame.scalars, timeline.params
    if not trained_flow(timeline, 0.5) or p.flow_depth < 6:
        return None
    return Verdict.at_least(0.02, s["spearman_flow"] - s["spearman_full"])


@claim("Its likelihood falls below the floor of all linear maps.", "(5)")
def below_floor(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_most(0.0, s["flow_nll"] - s["gaussian_nll"], 0.0, "nats") if bends(timeline) is not None else None


def learned(timeline: Timeline, loudness: float) -> bool:
    """Vectors of 48 dimensions from CBOW, learned to its end."""
    p = timeline.params
    told = (p.source, p.width, p.meanings, p.loudness) == ("trained", 48, 8, loudness)
    return told and timeline.frame.step >= WORD_STEPS


@claim("Learned vectors point the same way: their mean cosine is at least 0.4.", "phenomenon 4")
def cone(timeline: Timeline) -> Verdict | None:
    if not learned(timeline, 1.0) or timeline.params.output_bias:
        return None
    return Verdict.at_least(0.4, timeline.frame.scalars["mean_cosine_raw"])


@claim("Subtracting the mean raises the score by at least 0.1.", "phenomenon 4")
def mean_alone(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_least(0.1, s["spearman_centred"] - s["spearman_raw"]) if cone(timeline) is not None else None


@claim("With an output bias for the frequencies the mean cosine is at most 0.2.", "phenomenon 6")
def no_cone(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or not learned(other, 1.0) or not other.params.output_bias:
        return None
    return Verdict.at_most(0.2, other.frame.scalars["mean_cosine_raw"])


def powers(timeline: Timeline) -> dict[float, float]:
    """Scores of learned vectors with faint meanings by whitening power, in a sweep over it; empty elsewhere."""
    lines = [
        line for line in timeline.arms.values() if learned(line, 5.0) and (line.params.kept, line.params.centring) == (8, 1)
    ]
    found = {line.params.whitening_power: line.frame.scalars["spearman"] for line in lines}
    return found if set(POWERS) <= found.keys() else {}


@claim("Full whitening scores less than the mean subtracted alone: faint meanings are mostly noise.", "phenomenon 5")
def too_round(timeline: Timeline) -> Verdict | None:
    found = powers(timeline)
    return Verdict.at_most(timeline.frame.scalars["spearman_centred"], found[1.0]) if found else None


@claim("A power of a half is no worse than either end, within 0.01.", "kexue.fm/archives/9079")
def half(timeline: Timeline) -> Verdict | None:
    found = powers(timeline)
    return Verdict.at_least(max(found[0.0], found[1.0]), found[0.5], 0.01) if found else None
