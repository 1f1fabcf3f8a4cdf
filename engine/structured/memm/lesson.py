"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.topic import Chapter, Guess, Timeline, glide, when
from engine.structured.memm import claims

STEPS, WORDS = 300, 200  # of a run of rib and rob, of the lexicon
SHORTLY = 10  # steps after the last change by hand
ROB = {"letter_2": "o"}
TYPED = tuple((step, {"letter_2": letter}) for step, letter in ((120, "o"), (180, "i"), (240, "o")))
FADING = glide("gamma", 1.0, 0.0, STEPS, STEPS + 60, digits=2)
PUSHED = (*glide("nudge", 0.0, 4.0, STEPS, STEPS + 30, digits=2), *glide("nudge", 4.0, -4.0, STEPS + 40, STEPS + 90, digits=2))


def firsts(timeline: Timeline) -> dict[str, float]:
    """What MEMM and CRF say of rib at the first letter; the MEMM's chance that its i follows."""
    nodes, pairs, other = (timeline.frame.arrays[name] for name in ("memm_nodes", "memm_pairs", "crf_nodes"))
    return {"memm_rib": float(nodes[0, 0]), "crf_rib": float(other[0, 0]), "then": float(pairs[0, 0, 1] / nodes[0, 0])}


def curves(timeline: Timeline) -> dict[str, float]:
    """The MEMM's errors at γ = 1 and 0, whatever γ is now."""
    curve = timeline.frame.arrays["memm_by_gamma"]
    return {"with_it": float(curve[-1]), "without": float(curve[0])}


def reaches(timeline: Timeline) -> dict[str, float]:
    """How far the second and the last letter reach back to the first label."""
    a = timeline.frame.arrays
    return {**firsts(timeline), "crf_back": float(a["crf_reach"][1, 0]), "bi_back": float(a["bi_reach"][2, 0]),
        "bi_middle": float(a["bi_reach"][1].max()), "bi_rib": float(a["bi_nodes"][0, 0])}  # fmt: skip


def twin(timeline: Timeline) -> dict[str, float]:
    """The numbers of the twin: memm_error_other is its error."""
    return {} if timeline.other is None else {f"{name}_other": value for name, value in timeline.other.frame.scalars.items()}


# fmt: off
CHAPTERS = (
    Chapter("doubt", views=("memm", "crf"), shows=(claims.biased, claims.sighted, claims.causal), changes=TYPED, hero="nudge",
        after=firsts),
    Chapter("forgotten", values=ROB, steps=STEPS + 80, views=("gamma", "memm"), shows=(claims.kept, claims.lost), changes=FADING,
        guess="forgotten", after=curves),
    Chapter("floor", values={"prior": 0.7}, views=("errors", "losses"), shows=(claims.floored, claims.below), guess="floor"),
    Chapter("evidence", values={"letter_2": "r"}, steps=STEPS + 110, views=("memm", "crf"), shows=(claims.cone, claims.whole),
        changes=PUSHED, hero="nudge", guess="evidence", after=reaches),
    Chapter("both_ways", values=ROB, views=("reach", "bi"), shows=(claims.uncured, claims.far_end, claims.middle), guess="both_ways",
        hero="nudge", after=reaches),
    Chapter("clean", values={"noise": 0.0, "letter_2": "o"}, views=("memm", "standing"), shows=(claims.clean, claims.taught),
        compare={"noise": claims.LITTLE}, guess="clean", hero="letter_2", after=twin),
    Chapter("words", values={"data": "lexicon"}, views=("errors", "gamma"), shows=(claims.helps, claims.close), guess="words"),
    Chapter("window", values={"data": "lexicon", "window": 0}, views=("standing", "memm"), shows=(claims.shrinks, claims.catches),
        compare={"window": 2}, guess="window", after=twin),
)
# fmt: on


def found_forgotten(timeline: Timeline) -> str | None:
    """Where the MEMM's error goes when its normalisers are left out."""
    verdict = claims.kept(timeline)
    if verdict is None:
        return None
    now, then = verdict.measured, timeline.frame.arrays["memm_by_gamma"][-1]
    return "gone" if now > 0.9 * then else "half" if now > 0.3 * then else "kept"


def found_floor(timeline: Timeline) -> str | None:
    """Where the MEMM's loss stops."""
    verdict = claims.floored(timeline)
    if verdict is None:
        return None
    s = timeline.frame.scalars
    middle = (s["memm_floor"] + s["crf_floor"]) / 2
    return "zero" if verdict.measured < s["crf_floor"] / 2 else "least" if verdict.measured < middle else "prior"


def found_evidence(timeline: Timeline) -> str | None:
    """In which models the second letter's evidence moves the first label."""
    verdict = claims.whole(timeline)
    if verdict is None:
        return None
    crf, memm = verdict.measured > 0.05, timeline.frame.arrays["reach"][1, 0] > 0.05
    return "both" if crf and memm else "crf" if crf else "neither"


def found_both_ways(timeline: Timeline) -> str | None:
    """What training from both ends does to the error."""
    verdict = claims.uncured(timeline)
    if verdict is None:
        return None
    s = timeline.frame.scalars
    share = (verdict.measured - s["bayes_error"]) / (s["memm_error"] - s["bayes_error"])
    return "cured" if share < 0.25 else "half" if share < 0.75 else "same"


def found_clean(timeline: Timeline) -> str | None:
    """What the MEMM's error is without noise."""
    verdict = claims.clean(timeline)
    return None if verdict is None else "none" if verdict.measured < 0.05 else "half" if verdict.measured < 0.3 else "same"


def found_words(timeline: Timeline) -> str | None:
    """How the MEMM stands between softmax and CRF on the lexicon."""
    if not claims.lexicon(timeline):
        return None
    share = claims.lead(timeline, "memm", "softmax") / claims.lead(timeline, "crf", "softmax")
    return "softmax" if share < 0.3 else "between" if share < 0.95 else "crf"


def found_window(timeline: Timeline) -> str | None:
    """What a wider window does to the CRF's lead."""
    verdict = claims.shrinks(timeline)
    return (
        None if verdict is None else "shrinks" if verdict.measured > 0.005 else "same" if verdict.measured > -0.005 else "grows"
    )


def shares(timeline: Timeline) -> Mapping[str, float]:
    """How far the MEMM has come from softmax to CRF, in points."""
    return {"step_one": claims.lead(timeline, "memm", "softmax"), "step_two": claims.lead(timeline, "crf", "memm")}


# fmt: off
PLAIN = when(data="rib_rob", rate_ratio=1)
GUESSES = (
    Guess("forgotten", "MEMM is wrong on 4 words in 10. Decode with the same trained scores, but leave its normalisers out. How often then?",
        options=(("gone", "As often: what it never learned is gone"), ("half", "About half as often"), ("kept", "About as seldom as the CRF")),
        answer=found_forgotten, because="{without:.1%} instead of {with_it:.1%}: the scores knew, the normalisers took it away.",
        numbers=curves, hides=("memm", "gamma", "tables", "standing"), after=SHORTLY, when=PLAIN & when(noise=0.1, prior=0.6)),
    Guess("floor", "Letters leave 0.138 nats of doubt a word; before any letter counts it is 0.611. Where does the MEMM's loss stop?",
        options=(("zero", "Near 0"), ("least", "Near 0.138, as the CRF's"), ("prior", "Near 0.611")), answer=found_floor,
        because="At {memm_nll:.3f} nats; the CRF's at {crf_nll:.3f}.", hides=("losses", "errors", "standing"), after=claims.LEARNED,
        when=PLAIN & when(prior=0.7, noise=0.1)),
    Guess("evidence", "Evidence δ goes to the second place. In which model does the first label change its chances?",
        options=(("both", "In both"), ("crf", "Only in the CRF"), ("neither", "In neither: it is another place")), answer=found_evidence,
        because="By up to {crf_back:.2f} in the CRF, by exactly 0 in the MEMM.", numbers=reaches, hides=("memm", "crf", "reach"),
        after=SHORTLY, when=PLAIN & when(noise=0.1, prior=0.6)),
    Guess("both_ways", "The Bi-MEMM learns from both ends and is read by their mean. What becomes of the 4 wrong words in 10?",
        options=(("cured", "They are right now"), ("half", "About 2 in 10 stay wrong"), ("same", "Still 4 in 10")),
        answer=found_both_ways, because="{bi_error:.1%} are wrong; the MEMM: {memm_error:.1%}.", hides=("bi", "reach", "errors", "standing", "gamma"),
        after=claims.LEARNED, when=PLAIN & when(noise=0.1, prior=0.6)),
    Guess("clean", "At 10 % noise the MEMM is wrong on 4 words in 10. And when every letter is clean?",
        options=(("same", "As often: it is blind to letters"), ("half", "About half as often"), ("none", "Never")), answer=found_clean,
        because="{memm_error:.1%}; with 2 % noise already {memm_error_other:.1%}.", numbers=twin, hides=("memm", "errors", "standing", "gamma"),
        after=claims.LEARNED, when=PLAIN & when(prior=0.6, noise=0.0)),
    Guess("words", "Words without blanks, four labels a letter. Where does the MEMM end?",
        options=(("softmax", "With the softmax"), ("between", "Between softmax and CRF"), ("crf", "With the CRF")), answer=found_words,
        because="It gains {step_one:.1%} on the softmax, and the CRF {step_two:.1%} on it.", numbers=shares, hides=("errors", "standing", "gamma"),
        after=claims.SETTLED, when=when(data="lexicon", window=1)),
    Guess("window", "A sees no neighbour, B two on either side. What becomes of the CRF's lead over the MEMM?",
        options=(("grows", "It is larger in B"), ("same", "It is the same"), ("shrinks", "It is smaller in B")), answer=found_window,
        because="A: {memm_error:.1%} against {crf_error:.1%} wrong. B: {memm_error_other:.1%} against {crf_error_other:.1%}.",
        numbers=twin, hides=("errors", "standing", "memm", "gamma"), after=claims.SETTLED, when=when(data="lexicon", window=0)),
)
# fmt: on
