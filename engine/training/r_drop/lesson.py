"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import numpy as np

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.training.r_drop import claims

PLAIN = {"alpha": 0.0}
STRAINED = {"alpha": 32.0, "dropout": 0.5, "label_noise": 0.0}


def beside(timeline: Timeline) -> dict[str, float]:
    """The numbers of the run beside this one: nll_other is its loss; and lengths of linear weights."""
    if timeline.other is None:
        return {}
    found = {f"{name}_other": value for name, value in timeline.other.frame.scalars.items()}
    if timeline.params.bench == "linear":
        for name, line in (("length", timeline), ("length_other", timeline.other)):
            found[name] = float(np.linalg.norm(line.frame.arrays["w"])) if "w" in line.frame.arrays else float("nan")
    return found


def swept(timeline: Timeline) -> dict[str, float]:
    """The numbers of every arm: gap_16 is the gap at α = 16."""
    arms = timeline.arms.values()
    return {f"{name}_{arm.params.alpha:g}": value for arm in arms for name, value in arm.frame.scalars.items()}


def sure(timeline: Timeline) -> dict[str, float]:
    """How sure the full net is on average."""
    return {"certainty": claims.certainty(timeline)} if timeline.params.bench == "net" else {}


# fmt: off
CHAPTERS = (
    Chapter("agree", values={"alpha": 16.0, "digit": 575}, compare=PLAIN, steps=200, views=("crowd", "scores"), shows=(claims.closer, claims.jensen),
        guess="better", after=beside),
    Chapter("noise", values={"alpha": 0.0}, steps=400, views=("scores", "confidence"), sweep=Sweep("alpha", claims.ALPHAS, "memorised"),
        shows=(claims.by_heart, claims.forgets, claims.helps), guess="heart", after=swept),
    Chapter("gap", values={"alpha": 0.0}, steps=400, views=("apart", "every_row"), sweep=Sweep("alpha", claims.ALPHAS, "gap"),
        shows=(claims.shrinks, claims.quieter), after=swept),
    Chapter("unseen", values=PLAIN, steps=100, views=("unseen", "losses"), shows=(claims.example, claims.hidden), guess="cheaper"),
    Chapter("clean", values={"label_noise": 0.0}, compare=PLAIN, steps=400, views=("scores", "confidence"), shows=(claims.no_miracle,), after=beside),
    Chapter("unlabelled", values={"unlabelled_weight": 4.0}, compare={"unlabelled_weight": 0.0}, steps=400, views=("scores", "apart"),
        hero="unlabelled_weight", shows=(claims.free_rows,), after=beside),
    Chapter("too_much", values={**STRAINED, "digit": 575}, steps=400, views=("confidence", "crowd"), shows=(claims.uniform, claims.still_right),
        guess="strained", after=sure),
    Chapter("linear", values={"bench": "linear"}, compare=PLAIN, steps=2000, views=("weights", "ridge"), shows=(claims.ridge, claims.shorter),
        after=beside),
)
# fmt: on


def found_better(timeline: Timeline) -> str | None:
    """Whether the full net that must agree is right more often."""
    pair = claims.agreed(timeline)
    if pair is None:
        return None
    more = pair[0]["accuracy_weight_average"] - pair[1]["accuracy_weight_average"]
    return "better" if more > 0.01 else "worse" if more < -0.01 else "same"


def found_heart(timeline: Timeline) -> str | None:
    """How many wrong labels the net of plain dropout knows by heart."""
    found = claims.ladder(timeline, "memorised")
    return None if not found else "few" if found[0.0] < 0.3 else "half" if found[0.0] < 0.8 else "all"


def found_strained(timeline: Timeline) -> str | None:
    """What becomes of the answers under α = 32."""
    if claims.uniform(timeline) is None:
        return None
    right, certain = timeline.frame.scalars["accuracy_weight_average"] > 0.5, claims.certainty(timeline) > 0.5
    return "sure" if right and certain else "unsure" if right else "wrong"


# fmt: off
GUESSES = (
    Guess("better", "A crowd that must agree: does its net answer better, or worse?",
        options=(("better", "Better"), ("same", "The same"), ("worse", "Worse")), answer=found_better, numbers=beside, hides=("scores",),
        because="It is right at {accuracy_weight_average:.1%} of the test rows, without agreement at {accuracy_weight_average_other:.1%}.",
        when=when(bench="net", alpha=16.0, label_noise=0.2)),
    Guess("heart", "Of the wrong labels, how many does a net with plain dropout learn by heart?",
        options=(("few", "Few"), ("half", "About half"), ("all", "Nearly all")), answer=found_heart, numbers=swept, arms=True,
        because="{memorised_0:.0%} without agreement, {memorised_16:.0%} at α = 16.", hides=("scores", "confidence"),
        when=when(bench="net", label_noise=0.2)),
    Guess("cheaper", "The first class is right. Which answer costs less cross-entropy: (.5 .2 .3) or (.5 .3 .2)?",
        options=(("first", "The first"), ("second", "The second"), ("equal", "Both the same")), answer=lambda timeline: "equal",
        because="Only the .5 counts. But their disagreement is {example_kl:.4f} nats.", hides=("unseen",), when=when(bench="net")),
    Guess("strained", "Clean labels, half of the units dropped, α = 32. What do the answers become?",
        options=(("sure", "Right and sure"), ("unsure", "Right, but hardly sure"), ("wrong", "Mostly wrong")), answer=found_strained, numbers=sure,
        because="Largest probability {certainty:.2f} on average, right at {accuracy_weight_average:.0%}.", hides=("confidence", "crowd"),
        when=when(bench="net", alpha=32.0, dropout=0.5, label_noise=0.0)),
)
# fmt: on
