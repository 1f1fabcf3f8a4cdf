"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.latent.vae_clustering import claims

WEIGHTS = (2.0, 5.0, 20.0, 60.0, 200.0)


def of_arms(timeline: Timeline) -> dict[str, float]:
    """Accuracy and distance of centres at each weight."""
    found: dict[str, float] = {}
    for lam, arm in timeline.arms.items():
        found[f"accuracy_{lam:.0f}"] = arm.frame.scalars["accuracy"]
        found[f"apart_{lam:.0f}"] = arm.frame.scalars["centre_distance"]
    return found


def of_both(timeline: Timeline) -> dict[str, float]:
    """The twin's numbers."""
    if timeline.other is None:
        return {}
    names = ("accuracy", "gap", "sureness", "clusters_used", "centre_distance", "loss")
    return {f"other_{name}": timeline.other.frame.scalars[name] for name in names}


def crowd(timeline: Timeline) -> dict[str, float]:
    """How far a centre is from its next one, in both arms."""
    lines = {"here": timeline, "there": timeline.other}
    return of_both(timeline) | {name: claims.nearest(line) for name, line in lines.items() if line is not None}


# fmt: off
CHAPTERS = (
    Chapter("sorted", views=("plane", "drawn"), shows=(claims.all_used, claims.agrees), guess="accuracy"),
    Chapter("weight", steps=600, views=("plane", "centres"), shows=(claims.merged, claims.apart), guess="best",
        sweep=Sweep("lam", WEIGHTS, "centre_distance"), after=of_arms),
    Chapter("third", values={"balance": 0.0}, steps=900, views=("centres", "plane"), hero="balance", guess="extremes",
        shows=(claims.die, claims.grey, claims.two_parts), compare={"balance": 6.0}, after=of_both),
    Chapter("rule", values={"classifier": "bayes"}, steps=800, views=("ledger", "plane"),
        shows=(claims.no_gap, claims.near_bayes), compare={"classifier": "learned"}, after=of_both),
    Chapter("race", values={"race": True}, views=("race", "table"), shows=(claims.keeps_up,)),
    Chapter("saddle", values={"centre_scale": 0.0}, steps=1000, views=("centres", "race"), shows=(claims.behind,), guess="parting",
        compare={"centre_scale": 0.5}, after=of_both),
    Chapter("flat", values={"latents": 2}, steps=1000, views=("plane", "drawn"), shows=(claims.crowded,), compare={"latents": 10},
        after=crowd),
    Chapter("styles", values={"clusters": 20}, views=("drawn", "table"), shows=(claims.purer,), hero="spread"),
)
# fmt: on


def best(timeline: Timeline) -> str | None:
    """Where among the weights the accuracy is highest."""
    found = {lam: arm.frame.scalars["accuracy"] for lam, arm in timeline.arms.items()}
    if len(found) < 3:
        return None
    top = max(found, key=lambda lam: found[lam])
    return "small" if top == min(found) else "large" if top == max(found) else "middle"


def extremes(timeline: Timeline) -> str | None:
    """Which of both twins loses clusters."""
    first, second = claims.die(timeline), claims.grey(timeline)
    if first is None or second is None or timeline.other is None:
        return None
    loses = (first.agrees, timeline.other.frame.scalars["clusters_used"] <= 6)
    return {(True, False): "without", (False, True): "with", (True, True): "both", (False, False): "neither"}[loses]


def parting(timeline: Timeline) -> str | None:
    """Whether centres that begin in one point part."""
    verdict = claims.behind(timeline)
    if verdict is None:
        return None
    return "never" if timeline.frame.scalars["centre_distance"] < claims.MERGED else "late" if verdict.agrees else "same"


# fmt: off
GUESSES = (
    Guess("accuracy", "Nobody tells it what a 3 is. Which share of the digits will be in the cluster of their kind? Draw it over the run.",
        0.0, 1.0, scalar="accuracy", when=when(data="digits", clusters=10)),
    Guess("best", "Small λ: sort first. Large λ: draw faithfully first. Where will the sorting be best?",
        options=(("small", "At the smallest λ"), ("middle", "In between"), ("large", "At the largest λ")),
        answer=best, arms=True, numbers=of_arms,
        because="The accuracy is {accuracy_2:.2f} at λ = 2, {accuracy_20:.2f} at 20, {accuracy_60:.2f} at 60 and {accuracy_200:.2f} at 200.",
        hides=("plane", "centres"), after=500, when=when(data="digits")),
    Guess("extremes", "A does without the third term, B has it six times. Who will lose clusters?",
        options=(("without", "A, without it"), ("with", "B, with too much of it"), ("both", "Both"), ("neither", "Neither")),
        answer=extremes, numbers=of_both, hides=("centres", "plane"), after=500, when=when(data="digits", balance=0.0),
        because="A uses {clusters_used:.0f} clusters, B {other_clusters_used:.0f}; but in B they hold {other_sureness:.3f} nats about z."),
    Guess("parting", "In A all ten centres begin in one point. What will become of them?",
        options=(("never", "They stay together"), ("late", "They part, but long after B's"), ("same", "No difference in the end")),
        answer=parting, numbers=of_both, hides=("centres", "race"), after=800, when=when(data="digits", centre_scale=0.0),
        because="The accuracy is {accuracy:.2f} in A and {other_accuracy:.2f} in B."),
)
# fmt: on
