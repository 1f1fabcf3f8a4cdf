"""The story in nine chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

from engine.core.topic import Chapter, Guess, Timeline, when
from engine.geometry.feynman_paths import claims, theory

OPENS = (0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 4.0, 5.0, 6.5, 8.0)
FALLS = (0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05, 0.035, 0.025, 0.018, 0.013, 0.01)
WALKS = (0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0)
WELL = {"potential": "double_well", "barrier": 1.5, "beta": 10.0, "start": "left", "move": "single"}


def tube(timeline: Timeline) -> dict[str, float]:
    """Height of the first sine at which an arrow has made half a turn, and how many times it was that at ħ = 1."""
    half = claims.first_mode(timeline)[1]
    return {"half": half, "narrower": math.sqrt(1 / timeline.params.hbar)}


def drowned(timeline: Timeline) -> dict[str, float]:
    """What random arrows in real time would give: error over answer, for 200,000 samples of one and of eight sines."""
    return {"one": theory.sign_error(1, 1.0, 200_000), "eight": theory.sign_error(8, 0.1, 200_000)}


def both_sides(timeline: Timeline) -> dict[str, float]:
    """Shares of chains in the left well."""
    return {"stayed": claims.left_of(timeline), "flipped": claims.left_of(timeline.other)}


CHAPTERS = (
    Chapter("spiral", values={"window": 0.2}, steps=150, views=("paths", "spiral"), shows=(claims.overshoots, claims.whole),
        changes=tuple((10 * k + 5, {"window": window}) for k, window in enumerate(OPENS)), hero="window"),
    Chapter("stone", values={"window": 1.0}, steps=150, views=("paths", "spiral"), shows=(claims.added,), guess="tube",
        changes=tuple((10 * k + 10, {"hbar": hbar}) for k, hbar in enumerate(FALLS)), after=tube),
    Chapter("necklace", values={"move": "shift"}, steps=350, views=("necklace", "correlator"), shows=(claims.sampled, claims.slope)),
    Chapter("hot", values={"beta": 0.5, "slices": 32, "move": "shift"}, steps=250, views=("necklace", "convergence"),
        shows=(claims.classical, claims.zero_point), compare={"beta": 8.0}),
    Chapter("coarse", values={"slices": 16}, steps=350, views=("convergence", "discretisation"),
        shows=(claims.sampled, claims.biased), guess="coarse"),
    Chapter("slow", values={"slices": 128, "move": "single", "burn_in": 200}, steps=450, views=("convergence", "necklace"),
        shows=(claims.stuck, claims.staged), compare={"move": "staging"}),
    Chapter("well", values=WELL, steps=500, views=("necklace", "correlator"), shows=(claims.stay, claims.flip), guess="well",
        compare={"move": "shift"}, after=both_sides),
    Chapter("toll", values={"fk_time": 0.2}, steps=120, views=("walkers", "necklace"), shows=(claims.toll, claims.fine),
        changes=tuple((10 * k + 5, {"fk_time": time}) for k, time in enumerate(WALKS)), hero="fk_time", after=drowned),
    Chapter("coins", values={"fk_time": 0.2}, steps=130, views=("drift", "necklace"), shows=(claims.drifts, claims.rests),
        changes=tuple((10 * k + 5, {"fk_time": time}) for k, time in enumerate((*WALKS, 3.0))), hero="fk_time"),
)  # fmt: skip


def narrowed(timeline: Timeline) -> str | None:
    """By how much the tube has become narrower since ħ = 1."""
    if timeline.params.hbar > 0.0101:
        return None
    times = tube(timeline)["narrower"]
    return "same" if times < 3 else "ten" if times < 30 else "hundred"


def goes_to(timeline: Timeline) -> str | None:
    """Which of the three levels ⟨x²⟩ is nearest to."""
    s = timeline.frame.scalars
    if not claims.settled(timeline):
        return None
    return min(("lattice", "continuum", "classical"), key=lambda name: abs(s[f"x2_{name}"] - s["x2"]))


def gone(timeline: Timeline) -> str | None:
    """Where the chains of single moves are."""
    left = claims.left_of(timeline)
    return None if not math.isfinite(left) else "stay" if left > 0.8 else "some" if left > 0.6 else "half"


# fmt: off
GUESSES = (
    Guess("tube", "ħ falls to a hundredth. How much narrower does the tube of paths become whose arrows agree?",
        options=(("same", "Not at all"), ("ten", "Ten times"), ("hundred", "A hundred times")), answer=narrowed, numbers=tube,
        because="Half a turn comes at |a₁| = {half:.3f}, {narrower:.0f} times earlier: the phase grows as a₁².", hides=("paths", "spiral"),
        when=when(window=1.0)),
    Guess("coarse", "Sixteen slices, and ever more sweeps. What does ⟨x²⟩ come to?",
        options=(("classical", "The classical oscillator's"), ("lattice", "This lattice's own"), ("continuum", "The continuum's")),
        answer=goes_to, because="It is {x2:.4f} ± {x2_error:.4f}; the lattice has {x2_lattice:.4f}, the continuum {x2_continuum:.4f}.",
        hides=("convergence", "discretisation"), after=200, when=when(potential="harmonic", slices=16)),
    Guess("well", "All chains begin in the left well, and only single points move. How many are still there at the end?",
        options=(("half", "Half of them"), ("some", "Two thirds"), ("stay", "Nearly all")), answer=gone, numbers=both_sides,
        because="{stayed:.0%} are: to cross, a whole stretch of the path must climb.", hides=("necklace",), after=200,
        when=when(potential="double_well", start="left", move="single")),
)
# fmt: on
