"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.generation.repetition import claims
from engine.generation.repetition.params import NEURAL, OFF

STAGE = 30  # steps at each cut of the first chapter


def swept(timeline: Timeline) -> dict[str, float]:
    """The numbers of every arm, by its place in the sweep: rho_0 is ρ of the first."""
    arms = timeline.arms.values()
    return {f"{name}_{place}": value for place, arm in enumerate(arms) for name, value in arm.frame.scalars.items()}


def beside(timeline: Timeline) -> dict[str, float]:
    """The numbers of the twin: rho_other is its ρ."""
    other = timeline.other
    return {} if other is None else {f"{name}_other": value for name, value in other.frame.scalars.items()}


def depth(timeline: Timeline) -> dict[str, float]:
    """The KL to pairs at the start and in the valley, and how long greedy loops were there."""
    kl, periods = timeline.trace("kl_bigram")[1], timeline.trace("period_greedy")[1]
    return {"first": float(kl[0]), "lowest": float(kl.min()), "short": float(periods[kl.argmin()])}


CHAPTERS = (
    Chapter("cut", values={"top_k": OFF}, steps=7 * STAGE, views=("texts", "cells"), shows=(claims.greedy, claims.between),
        changes=tuple((STAGE * place, {"top_k": k}) for place, k in enumerate((10, 5, 3, 2, 1), 2))),
    Chapter("counting", values={"top_k": OFF}, steps=200, views=("walks", "counted"), shows=(claims.counted, claims.below),
        guess="many"),
    Chapter("harder", values={"top_k": OFF}, steps=60, views=("bounds", "texts"), shows=(claims.harder, claims.twenty),
        sweep=Sweep("top_k", claims.SWEPT_K, "rho"), after=swept),
    Chapter("certain", values={"top_k": OFF, "row": claims.T, "column": claims.H, "sharpen": 0.9}, steps=60,
        views=("cells", "eigenvalues"), shows=(claims.harmless, claims.harmful), compare={"column": claims.T}, hero="sharpen",
        guess="certainty", after=beside),
    Chapter("colder", values={"top_k": OFF, "against": "temperature"}, steps=100, views=("bounds", "texts"),
        shows=(claims.colder, claims.cold_loops), sweep=Sweep("temperature", claims.SWEPT_T, "rho"), hero="temperature", after=swept),
    Chapter("no_end", values={"top_k": 5}, steps=60, views=("texts", "counted"), shows=(claims.endless, claims.ends_again),
        compare={"force_eos": True}, guess="ending", after=beside),
    Chapter("merging", values={"top_k": OFF}, steps=40, views=("texts", "counted"),
        shows=(claims.not_lower, claims.fewer, claims.per_letter), sweep=Sweep("merge", claims.SWEPT_MERGE, "rho"),
        guess="merged", after=swept),
    Chapter("valley", values={"bench": "neural"}, steps=400, views=("written", "valley"),
        shows=(claims.dips, claims.freed, claims.full), guess="unlearning", after=depth),
)  # fmt: skip


def found_many(timeline: Timeline) -> str | None:
    """How many loops a text has."""
    verdict = claims.counted(timeline)
    return None if verdict is None else "tenth" if verdict.measured < 0.3 else "one" if verdict.measured < 2.5 else "five"


def found_certainty(timeline: Timeline) -> str | None:
    """What became of R when h was made nearly certain after t; R is 0.032 without."""
    risk = timeline.frame.scalars["risk"]
    return None if claims.harmless(timeline) is None else "same" if risk < 0.05 else "ten" if risk < 3 else "beyond"


def found_ending(timeline: Timeline) -> str | None:
    """How many texts end."""
    verdict = claims.endless(timeline)
    return None if verdict is None else "few" if verdict.measured < 0.1 else "half" if verdict.measured < 0.7 else "most"


def found_merged(timeline: Timeline) -> str | None:
    """Which way ρ goes as γ falls."""
    rho = claims.along(timeline, "merge", claims.SWEPT_MERGE, "rho")
    return None if rho is None else "falls" if rho[-1] == min(rho) else "rises" if rho[0] == min(rho) else "turns"


# fmt: off
GUESSES = (
    Guess("many", "A text has 42 letters on average. How many loops, a piece said twice and begun again, as “an” in “banana”?",
        options=(("tenth", "One in ten texts has one"), ("one", "One"), ("five", "Five")), answer=found_many,
        because="Exactly {events:.4f}, counted {events_measured:.4f}.", hides=("counted", "texts"),
        when=when(bench="matrix", source="text", top_k=OFF, sharpen=0.0, temperature=1.0, merge=1.0)),
    Guess("certainty", "After t, h becomes 90 % certain. The sum R over all loops was 0.032; what is it now?",
        options=(("same", "About the same"), ("ten", "Ten times as large"), ("beyond", "A hundred times or more")),
        answer=found_certainty, hides=("cells", "eigenvalues"), when=when(bench="matrix", source="text", top_k=OFF, sharpen=0.9),
        because="R is {risk:.3f}: the way from h back to t is rare, and a loop needs all of its steps twice."),
    Guess("ending", "Only the five likeliest continuations stay. How many texts end within 300 symbols?",
        options=(("few", "Fewer than one in ten"), ("half", "About half"), ("most", "Most")), answer=found_ending, after=5,
        because="{ended:.1%} end: the end of the sentence is hardly ever among the five.", hides=("counted", "texts"),
        when=when(bench="matrix", source="text", top_k=5, force_eos=False, temperature=1.0, nucleus=1.0, sharpen=0.0, merge=1.0)),
    Guess("merged", "Frequent pairs become symbols of their own, more and more of them. What does ρ do?",
        options=(("falls", "It falls all the way"), ("rises", "It rises all the way"), ("turns", "It falls, then rises")),
        answer=found_merged, numbers=swept, because="From {rho_0:.3f} to {rho_3:.3f} at γ = 0.3, and {rho_4:.3f} at γ = 0.2.",
        hides=("texts", "counted"), arms=True, when=when(bench="matrix")),
    Guess("unlearning", "Draw how much of the network's greedy text is stuck in loops while it trains.", scalar="stuck_greedy",
        hides=("valley", "written"), when=NEURAL),
)
# fmt: on
