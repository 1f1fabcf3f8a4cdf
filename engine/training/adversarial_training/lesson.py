"""The story in seven chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.core.topic import Chapter, Claim, Guess, Sweep, Timeline, when
from engine.training.adversarial_training import claims, theory

DIGITS = {"bench": "digits"}


def beside(timeline: Timeline) -> dict[str, float]:
    """The numbers of the run beside this one: slope_max_other is its largest slope."""
    theirs = {} if timeline.other is None else timeline.other.frame.scalars
    return {f"{name}_other": value for name, value in theirs.items()}


def depths(timeline: Timeline) -> dict[str, float]:
    """Slopes over losses of both nets, and how often the chosen point is shaken across the boundary."""
    found = {}
    for name, line in (("", timeline), ("_other", timeline.other)):
        if line is None or "gradient" not in line.frame.arrays:
            return {}
        a, p = line.frame.arrays, line.params
        row = min(p.pointed, len(a["points"]) - 1)
        cloud = a["points"][row] + theory.shaken(p.norm, p.attack_radius, line.seed)
        found[f"escaped{name}"] = float((theory.losses(a, cloud, int(a["labels"][row])) > np.log(2)).mean())
        found[f"steepness{name}"] = float(np.nanmedian(theory.steepness(a)))
    return beside(timeline) | found


def swept(timeline: Timeline) -> dict[str, float]:
    """The numbers of every method: robust_accuracy_fgm is that of FGM."""
    arms = timeline.arms.values()
    return {f"{name}_{arm.params.method}": value for arm in arms for name, value in arm.frame.scalars.items()}


def meter(timeline: Timeline) -> dict[str, float]:
    """How far FGM and its penalty are apart at ε = 0.001, 0.01 and 0.3."""
    apart = timeline.frame.arrays.get("apart", np.full((2, 7), np.nan))[1]
    return {"smallest": float(apart[0]), "small": float(apart[2]), "large": float(apart[5])}


def one_step(timeline: Timeline) -> dict[str, float]:
    """By how much one step overstates."""
    s = timeline.frame.scalars
    return {"overstated": s["fgm_accuracy"] - s["robust_accuracy"]}


def by_radius(timeline: Timeline) -> dict[str, float]:
    """Clean accuracies at ε = 0.3 and 1, and the radius at which most survive."""
    found = claims.radii(timeline)
    if not found:
        return {}
    best = max(found, key=lambda radius: found[radius]["robust_accuracy"])
    clean = {"clean_middle": found[0.3]["clean_accuracy"], "clean_most": found[1.0]["clean_accuracy"]}
    return clean | {"best": best, "robust_best": found[best]["robust_accuracy"]}


# fmt: off
CHAPTERS = (
    Chapter("worst", compare={"method": "none"}, steps=400, views=("plane", "robustness"),
        shows=(claims.survives, claims.costs_little), guess="price", after=beside),
    Chapter("pit", values={"points": 60, "noise": 0.05, "attack_epsilon": 0.45, "pointed": 56}, compare={"method": "none"}, steps=300,
        views=("pit", "slopes"), shows=(claims.flatter, claims.only_deeper), guess="flat", after=depths),
    Chapter("same", steps=100, views=("equivalence", "plane"),
        shows=(claims.proportional, claims.alike), guess="tenth", after=meter),
    Chapter("random", values=DIGITS, steps=300, views=("robustness", "cost"), sweep=Sweep("method", claims.RACED, "robust_accuracy"),
        shows=(claims.protects, claims.cheap, claims.not_random, claims.enough), guess="dice", after=swept),
    Chapter("twenty", values={**DIGITS, "method": "none"}, steps=300, views=("gallery", "robustness"), hero="digits_attack_epsilon",
        shows=(claims.overstates,), guess="steps", after=one_step),
    Chapter("too_far", steps=300, views=("plane", "robustness"), sweep=Sweep("epsilon", claims.SWEPT, "clean_accuracy"),
        shows=(claims.in_reach, claims.too_far), after=by_radius),
    Chapter("texts", values={"bench": "embedding", "perturb": "vectors", "epsilon": 1.0}, compare={"perturb": "matrix"}, steps=200,
        views=("robustness", "accuracy"), shows=(claims.nearer_to_the_text,), guess="where", after=beside),
)
# fmt: on


def graded(judged: Claim, *grades: tuple[float, str], above: str) -> Callable[[Timeline], str | None]:
    """The answer to a choice: the first (highest value, option) that holds for what a claim measured, or the option above all."""

    def answer(timeline: Timeline) -> str | None:
        verdict = judged(timeline)
        return None if verdict is None else next((name for most, name in grades if verdict.measured <= most), above)

    return answer


def found_dice(timeline: Timeline) -> str | None:
    """How much of FGM's gain random noise has."""
    found = claims.raced(timeline)
    if not found:
        return None
    gain = {name: found[name]["robust_accuracy"] - found["none"]["robust_accuracy"] for name in ("noise", "fgm")}
    share = gain["noise"] / gain["fgm"]
    return "well" if share > 0.8 else "half" if share > 0.5 else "little"


# fmt: off
GUESSES = (
    Guess("price", "What does robustness cost on clean points?",
        options=(("nothing", "Next to nothing"), ("some", "1 to 5 in a hundred"), ("much", "More")),
        answer=graded(claims.costs_little, (0.01, "nothing"), (0.05, "some"), above="much"), numbers=beside, hides=("plane", "robustness"),
        because="Clean: {clean_accuracy:.1%} here, {clean_accuracy_other:.1%} for the plain net. There is room between the moons.",
        when=when(bench="moons", method="fgm", points=200, data="moons")),
    Guess("flat", "Nobody asked the attack for flat ground. How steep is its steepest training point, beside the plain net's?",
        options=(("alike", "About as steep"), ("flatter", "At least ten times flatter"), ("steeper", "Steeper")),
        answer=graded(claims.flatter, (0.8, "steeper"), (9.99, "alike"), above="flatter"), numbers=beside, hides=("pit", "slopes"),
        because="Slope {slope_max:.1g} in place of {slope_max_other:.1g}: the whole floor of the pit has sunk, and is flat.",
        when=when(bench="moons", method="fgm", points=60, noise=0.05)),
    Guess("tenth", "Make ε ten times smaller. The relative difference between attack and penalty becomes…",
        options=(("same", "no smaller"), ("ten", "ten times smaller"), ("hundred", "a hundred times smaller")),
        answer=graded(claims.proportional, (0.5, "same"), (1.5, "ten"), above="hundred"), numbers=meter, hides=("equivalence",),
        because="{small:.2g} at ε = 0.01, {smallest:.2g} at 0.001: only bends of the loss tell them apart.",
        when=when(bench="moons", method="fgm", points=200, data="moons")),
    Guess("dice", "Does random noise of the same length protect digits as well as FGM?",
        options=(("well", "Nearly as well"), ("half", "More than half as well"), ("little", "Hardly")),
        answer=found_dice, numbers=swept, arms=True, hides=("robustness",),
        because="Under attack {robust_accuracy_noise:.0%} are right with noise, {robust_accuracy_fgm:.0%} with FGM, {robust_accuracy_none:.0%} with neither.",
        when=when(bench="digits")),
    Guess("steps", "Of a hundred digits, how many survive one step of attack but fall to twenty?",
        options=(("none", "None"), ("few", "1 to 15"), ("many", "More than 15")),
        answer=graded(claims.overstates, (0.0099, "none"), (0.15, "few"), above="many"), numbers=one_step, hides=("gallery", "robustness"),
        because="One step leaves {fgm_accuracy:.1%} right, twenty leave {robust_accuracy:.1%}.",
        when=when(bench="digits", method="none")),
    Guess("where", "A disturbance of length 1 for every text, or one of length 1 for the whole embedding matrix: which protects better?",
        options=(("vectors", "Every text its own"), ("matrix", "One for the matrix"), ("alike", "No difference")),
        answer=graded(claims.nearer_to_the_text, (-0.01, "matrix"), (0.01, "alike"), above="vectors"), numbers=beside, hides=("robustness", "accuracy"),
        because="Under attack {robust_accuracy:.1%} against {robust_accuracy_other:.1%}: the matrix shares its length among sixty tokens.",
        when=when(bench="embedding", perturb="vectors", epsilon=1.0)),
)
# fmt: on
