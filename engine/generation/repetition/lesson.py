"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.generation.repetition import claims
from engine.generation.repetition.params import NEURAL, OFF

STAGE = 30  # steps at each cut of the first chapter
CERTAIN = {"top_k": OFF, "row": claims.T, "column": claims.H, "sharpen": 0.9}


def by_cut(timeline: Timeline) -> dict[str, float]:
    """Loops in texts of full, top-3 and top-2 sampling."""
    arms = timeline.arms
    return {f"loops_{k}": arms[k].frame.scalars["events_measured"] for k in (28, 3, 2) if k in arms}


def by_temperature(timeline: Timeline) -> dict[str, float]:
    """ρ at both ends of the sweep, loops at the cold one."""
    arms = timeline.arms
    if not {1.5, 0.3} <= arms.keys():
        return {}
    hot, cold = arms[1.5].frame.scalars, arms[0.3].frame.scalars
    return {"rho_hot": hot["rho"], "rho_cold": cold["rho"], "loops_cold": cold["events_measured"]}


def beside(timeline: Timeline) -> dict[str, float]:
    """R and the loops of the twin."""
    if timeline.other is None:
        return {}
    s = timeline.other.frame.scalars
    return {
        "risk_other": s["risk"],
        "events_other": s["events"],
        "found_other": s["events_measured"],
        "ended_other": s["ended"],
    }


def by_merge(timeline: Timeline) -> dict[str, float]:
    """Symbols, ρ and loops in 100 letters at both ends of the sweep."""
    arms = timeline.arms
    if not {1.0, 0.3, 0.2} <= arms.keys():
        return {}
    plain, some, merged = (arms[value].frame.scalars for value in (1.0, 0.3, 0.2))
    return {
        "rho_plain": plain["rho"],
        "rho_some": some["rho"],
        "rho_merged": merged["rho"],
        "many": merged["symbols"],
        "loops_plain": plain["per_100"],
        "loops_merged": merged["per_100"],
        "events_plain": plain["events"],
        "events_merged": merged["events"],
    }


def depth(timeline: Timeline) -> dict[str, float]:
    """The KL to pairs at the start and in the valley, and how long greedy loops were there."""
    kl, periods = timeline.trace("kl_bigram")[1], timeline.trace("period_greedy")[1]
    return {"first": float(kl[0]), "lowest": float(kl.min()), "short": float(periods[kl.argmin()])}


CHAPTERS = (
    Chapter(
        "cut",
        values={"top_k": OFF},
        steps=7 * STAGE,
        views=("texts", "cells"),
        shows=(claims.greedy, claims.between),
        changes=tuple((STAGE * place, {"top_k": k}) for place, k in enumerate((10, 5, 3, 2, 1), 2)),
    ),
    Chapter(
        "counting",
        values={"top_k": OFF},
        steps=200,
        views=("walks", "counted"),
        shows=(claims.counted, claims.lengths, claims.below),
        guess="many",
    ),
    Chapter(
        "harder",
        values={"top_k": OFF},
        steps=60,
        views=("bounds", "texts"),
        shows=(claims.harder, claims.twenty),
        sweep=Sweep("top_k", claims.SWEPT_K, "rho"),
        guess="times",
        after=by_cut,
    ),
    Chapter(
        "certain",
        values=CERTAIN,
        steps=60,
        views=("cells", "eigenvalues"),
        shows=(claims.harmless, claims.harmful, claims.between),
        compare={"column": claims.T},
        hero="sharpen",
        guess="certainty",
        after=beside,
    ),
    Chapter(
        "colder",
        values={"top_k": OFF, "against": "temperature"},
        steps=100,
        views=("bounds", "texts"),
        shows=(claims.colder, claims.cold_loops),
        sweep=Sweep("temperature", claims.SWEPT_T, "rho"),
        hero="temperature",
        after=by_temperature,
    ),
    Chapter(
        "no_end",
        values={"top_k": 5},
        steps=60,
        views=("texts", "counted"),
        shows=(claims.endless, claims.ends_again),
        compare={"force_eos": True},
        guess="ending",
        after=beside,
    ),
    Chapter(
        "merging",
        values={"top_k": OFF},
        steps=40,
        views=("texts", "counted"),
        shows=(claims.not_lower, claims.fewer, claims.per_letter),
        sweep=Sweep("merge", claims.SWEPT_MERGE, "per_100"),
        guess="merged",
        after=by_merge,
    ),
    Chapter(
        "valley",
        values={"bench": "neural"},
        steps=400,
        views=("written", "valley"),
        shows=(claims.dips, claims.freed, claims.full),
        guess="unlearning",
        after=depth,
    ),
)


def found_many(timeline: Timeline) -> str | None:
    """How many loops a text has."""
    verdict = claims.counted(timeline)
    if verdict is None or timeline.params.top_k != OFF:
        return None
    return "tenth" if verdict.measured < 0.3 else "one" if verdict.measured < 2.5 else "five"


def found_times(timeline: Timeline) -> str | None:
    """How many times more loops top-2 has."""
    verdict = claims.twenty(timeline)
    return None if verdict is None else "ten" if verdict.measured < 10 else "fifty" if verdict.measured < 100 else "hundreds"


def found_certainty(timeline: Timeline) -> str | None:
    """What became of R when h was made nearly certain after t; R is 0.032 without."""
    if claims.harmless(timeline) is None:
        return None
    risk = timeline.frame.scalars["risk"]
    return "same" if risk < 0.05 else "ten" if risk < 3 else "beyond"


def found_ending(timeline: Timeline) -> str | None:
    """How many texts end."""
    verdict = claims.endless(timeline)
    return None if verdict is None else "few" if verdict.measured < 0.1 else "half" if verdict.measured < 0.7 else "most"


def found_merged(timeline: Timeline) -> str | None:
    """Which way ρ goes as γ falls."""
    rho = claims.merges(timeline, "rho")
    if rho is None:
        return None
    return "falls" if rho[-1] < min(rho[:-1]) else "rises" if rho[0] == min(rho) else "turns"


GUESSES = (
    Guess(
        "many",
        "A text has 42 letters on average. How many loops, a piece said twice and begun again, as “an” in “banana”?",
        options=(("tenth", "One in ten texts has one"), ("one", "One"), ("five", "Five")),
        answer=found_many,
        because="Exactly {events:.4f}, counted {events_measured:.4f}.",
        hides=("counted", "texts"),
        when=when(bench="matrix", source="text", top_k=OFF, sharpen=0.0, temperature=1.0, merge=1.0),
    ),
    Guess(
        "times",
        "Only the two likeliest letters may follow. How many times more loops than without a cut?",
        options=(("ten", "Up to 10 times"), ("fifty", "10 to 100 times"), ("hundreds", "More than 100 times")),
        answer=found_times,
        because="It is {more:.0f} times as many.",
        numbers=lambda timeline: {"more": verdict.measured if (verdict := claims.twenty(timeline)) else math.nan},
        hides=("bounds", "texts"),
        arms=True,
        when=when(bench="matrix"),
    ),
    Guess(
        "certainty",
        "After t, h becomes 90 % certain. The sum R over all loops was 0.032; what is it now?",
        options=(("same", "About the same"), ("ten", "Ten times as large"), ("beyond", "A hundred times or more")),
        answer=found_certainty,
        because="R is {risk:.3f}: the way from h back to t is rare, and a loop needs all of its steps twice.",
        hides=("cells", "eigenvalues"),
        when=when(bench="matrix", source="text", top_k=OFF, sharpen=0.9),
    ),
    Guess(
        "ending",
        "Only the five likeliest continuations stay. How many texts end within 300 symbols?",
        options=(("few", "Fewer than one in ten"), ("half", "About half"), ("most", "Most")),
        answer=found_ending,
        because="{ended:.1%} end: the end of the sentence is hardly ever among the five.",
        hides=("counted", "texts"),
        after=5,
        when=when(bench="matrix", source="text", top_k=5, sharpen=0.0, merge=1.0),
    ),
    Guess(
        "merged",
        "Frequent pairs become symbols of their own, more and more of them. What does ρ do?",
        options=(("falls", "It falls all the way"), ("rises", "It rises all the way"), ("turns", "It falls, then rises")),
        answer=found_merged,
        because="From {rho_plain:.3f} to {rho_some:.3f} at γ = 0.3, and {rho_merged:.3f} at γ = 0.2.",
        numbers=by_merge,
        hides=("texts", "counted"),
        arms=True,
        when=when(bench="matrix"),
    ),
    Guess(
        "unlearning",
        "Draw how much of the network's greedy text is stuck in loops while it trains.",
        low=0.0,
        high=1.0,
        scalar="stuck_greedy",
        hides=("valley", "written"),
        when=NEURAL,
    ),
)
