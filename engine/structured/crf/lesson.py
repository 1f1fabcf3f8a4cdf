"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.topic import Chapter, Guess, Sweep, Timeline, glide, when
from engine.structured.crf import claims
from engine.structured.sequences import LEGAL

STEPS, GROWING = 150, 16  # of a run; between two lengths of the shown sequence
FADING = glide("transition_scale", 1.0, 0.0, STEPS, STEPS + 40, digits=2)
# a sequence of which the softmax takes impossible steps, and makes up a part when it may not
LEXICON = {"data": "lexicon", "window": 1, "training_sequences": 300, "sequence": 2}


def steps(timeline: Timeline) -> dict[str, float]:
    """The least learned score of a possible step, and the largest of an impossible one."""
    g = timeline.frame.arrays["g"]
    return {"least": float(g[LEGAL].min()), "most": float(g[~LEGAL].max())}


def likely(timeline: Timeline) -> dict[str, float]:
    """What the listed paths hold, and how many of the softmax's are possible."""
    a = timeline.frame.arrays
    return {"crf_30": float(a["paths"][0].sum()), "softmax_30": float(a["paths"][1].sum()), "crf_1": float(a["paths"][0, 0]),
        "softmax_1": float(a["paths"][1, 0])}  # fmt: skip


def length(timeline: Timeline) -> dict[str, float]:
    """How many paths are shown, and in how many additions they are summed."""
    n = len(timeline.frame.arrays["labels"])
    return {"paths": 4**n, "additions": 16 * (n - 1) + 4}


def arms(timeline: Timeline) -> dict[str, float]:
    """The numbers of the first arm and of that at λ = 0.8: crf_accuracy_0, crf_accuracy_8 ..."""
    found = {key: timeline.arms[value] for key, value in ((0, 0.0), (8, 0.8)) if value in timeline.arms}
    return {f"{name}_{key}": value for key, arm in found.items() for name, value in arm.frame.scalars.items()}


def twin(timeline: Timeline) -> dict[str, float]:
    """The numbers of the twin: entropy_other is its entropy."""
    return {} if timeline.other is None else {f"{name}_other": value for name, value in timeline.other.frame.scalars.items()}


def pinned(timeline: Timeline) -> dict[str, float]:
    """The twin's numbers, and the largest changes on both sides."""
    left, right = claims.sides(timeline) or (0.0, 0.0)
    return {**twin(timeline), "left": left, "right": right}


# fmt: off
CHAPTERS = (
    Chapter("mass", views=("paths", "race"), hero="sequence", shows=(claims.possible, claims.split),
        after=steps),
    Chapter("bound", values={"ambiguity": 0.0}, views=("paths", "race"), shows=(claims.near, claims.far, claims.more_right),
        guess="bound", hero="sequence"),
    Chapter("fading", steps=STEPS + 60, views=("paths", "frames"), shows=(claims.alone, claims.broken), changes=FADING,
        guess="without"),
    Chapter("counting", values={"length_shown": 1}, views=("halves", "paths"), shows=(claims.summed, claims.marginal),
        changes=tuple((GROWING * (n - 1), {"length_shown": n}) for n in range(2, 9)), hero="length_shown", after=length),
    Chapter("likeliest", views=("spectrum", "frames"), shows=(claims.impossible, claims.holds, claims.frozen),
        hero="inverse_temperature", guess="likeliest", after=likely),
    Chapter("ambiguous", views=("paths", "race"), shows=(claims.level, claims.apart),
        sweep=Sweep("ambiguity", claims.SWEPT, "crf_accuracy"), hero="sequence", guess="lead", after=arms),
    Chapter("pinning", views=("paths", "halves"), shows=(claims.both_ways,), compare={"pin": True}, hero="sequence",
        guess="side", after=pinned),
    Chapter("forbidding", values=LEXICON, views=("frames", "race"), shows=(claims.helps, claims.better_still),
        compare={"forbid_illegal": True}, hero="sequence", guess="forbidden", after=twin),
)
# fmt: on


def found_bound(timeline: Timeline) -> str | None:
    """How far the softmax stays from the exact answer."""
    verdict = claims.far(timeline)
    return None if verdict is None else "near" if verdict.measured < 1.3 else "twice" if verdict.measured < 2.5 else "thrice"


def found_without(timeline: Timeline) -> str | None:
    """How many steps of the CRF cannot be once κ is 0."""
    verdict = claims.broken(timeline)
    return None if verdict is None else "none" if verdict.measured < 0.02 else "tenth" if verdict.measured < 0.25 else "half"


def found_likeliest(timeline: Timeline) -> str | None:
    """How many of the softmax's likeliest paths can be."""
    verdict = claims.impossible(timeline)
    return None if verdict is None else "few" if verdict.measured >= 25 else "half" if verdict.measured >= 10 else "most"


def found_lead(timeline: Timeline) -> str | None:
    """By how much the CRF leads in right labels at λ = 0.8."""
    verdict = claims.level(timeline)
    return None if verdict is None else "gone" if verdict.measured < 0.05 else "same" if verdict.measured < 0.15 else "more"


def found_side(timeline: Timeline) -> str | None:
    """On which side of the pinned label chances change."""
    moved = claims.sides(timeline)
    if moved is None or max(moved) < 0.01:
        return None
    return "both" if min(moved) > 0.01 else "left" if moved[0] > moved[1] else "right"


def found_forbidden(timeline: Timeline) -> str | None:
    """Which share of the CRF's lead the softmax makes up when it may take no impossible step."""
    found = claims.words(timeline)
    if found is None:
        return None
    share = (found[1] - found[0]) / (found[2] - found[0])
    return "little" if share < 0.25 else "part" if share < 0.85 else "all"


def shares(timeline: Timeline) -> Mapping[str, float]:
    """Right labels of the three decodings."""
    plain, forbidden, crf = claims.words(timeline) or (0.0, 0.0, 0.0)
    return {"plain": plain, "forbidden": forbidden, "crf": crf}


# fmt: off
PLAIN = when(data="hmm", window=0)
GUESSES = (
    Guess("bound", "The exact answer loses about 6 nats a sequence. Where will the softmax end?",
        options=(("near", "About there, too"), ("twice", "At about twice as much"), ("thrice", "At about three times as much")),
        answer=found_bound, because="It ends at {softmax_nll:.1f} nats, the CRF at {crf_nll:.1f}, the exact answer at {bayes_nll:.1f}.",
        hides=("race", "transitions"), after=claims.LEARNED, when=PLAIN & when(ambiguity=0.0)),
    Guess("without", "The trained CRF takes no impossible step. How many will it take once κ is 0?",
        options=(("none", "None: it has learned them"), ("tenth", "About one in ten"), ("half", "Nearly half")), answer=found_without,
        because="{crf_illegal:.0%} of its steps, as many as the softmax ({softmax_illegal:.0%}): only g knew.", hides=("paths", "frames"),
        when=PLAIN),
    Guess("likeliest", "Eight symbols have 65,536 paths. Of the softmax's 30 likeliest, how many are possible?",
        options=(("few", "Five or fewer"), ("half", "About half"), ("most", "Nearly all")), answer=found_likeliest,
        because="All 30 hold {softmax_30:.0%} of its probability; the CRF's 30 hold {crf_30:.0%}, and all of them are possible.",
        numbers=likely, hides=("spectrum", "frames"), after=claims.LEARNED, when=PLAIN),
    Guess("lead", "With clear symbols the CRF gets 13 points more labels right. And at λ = 0.8?",
        options=(("gone", "Fewer than 5"), ("same", "5 to 15"), ("more", "More than 15")), answer=found_lead, numbers=arms,
        because="{crf_accuracy_8:.0%} against {softmax_accuracy_8:.0%}.", hides=("race", "paths"), arms=True, when=PLAIN),
    Guess("side", "In B the fifth label is pinned to M. Which other labels change their chances?",
        options=(("left", "Those before it"), ("right", "Those after it"), ("both", "Both")), answer=found_side, numbers=pinned,
        because="By up to {left:.2f} before it and {right:.2f} after it.", hides=("paths", "halves"), after=claims.LEARNED,
        when=PLAIN ),
    Guess("forbidden", "B lets neither model take an impossible step. How much of the CRF's lead does that give the softmax?",
        options=(("little", "Hardly any"), ("part", "A part"), ("all", "All of it")), answer=found_forbidden, numbers=shares,
        because="{plain:.1%} of its labels are right in A, {forbidden:.1%} in B; the CRF gets {crf:.1%}.", hides=("frames", "race"),
        after=claims.LEARNED, when=when(data="lexicon")),
)
# fmt: on
