"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from engine.core.topic import Chapter, Guess, Timeline, when
from engine.latent.em import claims, mixture
from engine.latent.em.claims import MIX_OF_NEEDLES


def both_ways(timeline: Timeline) -> dict[str, float]:
    """How far gradient ascent is below EM."""
    s = timeline.frame.scalars
    return {"behind": s["ell"] - s["ell_gradient"]}


def both_inertias(timeline: Timeline) -> dict[str, float]:
    """Inertia of K-means from the same start."""
    a = timeline.frame.arrays
    return {"of_kmeans": mixture.inertia(a["points"], a["lloyd"])} if "lloyd" in a else {}


def both_accuracies(timeline: Timeline) -> dict[str, float]:
    """Share of points in the cloud of their class, of both twins."""
    lines = {"any_shape": timeline, "round": timeline.other}
    return {name: line.frame.scalars["accuracy"] for name, line in lines.items() if line is not None}


def both_ratios(timeline: Timeline) -> dict[str, float]:
    """Observed ratios of errors of both twins."""
    lines = {"near": timeline, "far": timeline.other}
    return {name: line.frame.scalars["rho_observed"] for name, line in lines.items() if line is not None}


def flat(timeline: Timeline) -> dict[str, float]:
    """How many points the flat cloud owns."""
    return {"owned": claims.least_variance(timeline)[1] * len(timeline.frame.arrays["points"])}


CHAPTERS = (
    Chapter(
        "climb",
        values={"k": 4, "init": "random"},
        steps=40,
        views=("plane", "ledger"),
        shows=(claims.never_falls, claims.below),
    ),
    Chapter(
        "touch",
        values={"data": "two_gaussians", "separation": 1.0, "put_x": 1.6, "put_y": 2.1},  # a start from which the way is long
        steps=30,
        views=("bound", "landscape"),
        shows=(claims.touches, claims.never_falls),
        after=both_ways,
    ),
    Chapter("coins", values={"data": "coins"}, steps=10, views=("plane", "bound"), shows=(claims.coin_a, claims.coin_b)),
    Chapter(
        "speed",
        values={"data": "two_gaussians", "separation": 1.0, "n": 4000},
        steps=40,
        views=("rate", "plane"),
        shows=(claims.missing, claims.missing_apart),
        compare={"separation": 4.0},
        guess="slower",
        after=both_ratios,
    ),
    Chapter(
        "harden",
        values={"data": "iris", "covariance": "fixed", "init": "rows"},
        steps=60,
        views=("plane", "entropy"),
        shows=(claims.hard, claims.as_kmeans, claims.smooth_minimum),
        changes=((15, {"softness": 0.3}), (30, {"softness": 0.1}), (45, {"softness": 0.03})),
        after=both_inertias,
    ),
    Chapter(
        "needles",
        values={"data": "crosses", "k": 2, "softness": 1.0},
        steps=40,
        views=("plane", "ledger"),
        shows=(claims.needles_found, claims.needles_halved),
        compare={"covariance": "fixed"},
        guess="which",
        after=both_accuracies,
    ),
    Chapter(
        "saddle",
        values={"data": "two_gaussians", "init": "equal"},
        steps=30,
        views=("landscape", "plane"),
        shows=(claims.stays, claims.parted),
        compare={"nudge": 0.001},
        hero="nudge",
        guess="equal",
    ),
    Chapter(
        "collapse",
        values={"data": "iris", "k": 5, "init": "rows"},
        steps=60,
        views=("plane", "ledger"),
        shows=(claims.at_the_floor, claims.unbounded),
        compare={"floor": 1e-9},
        hero="floor",
        after=flat,
    ),
)


def slower(timeline: Timeline) -> str | None:
    """Which of both twins needs more iterations for a digit."""
    ratios = both_ratios(timeline)
    if len(ratios) < 2 or not all(0 < ratio < 1 for ratio in ratios.values()):
        return None
    if abs(ratios["near"] - ratios["far"]) < 0.02:
        return "same"
    return "near" if ratios["near"] > ratios["far"] else "far"


def which(timeline: Timeline) -> str | None:
    """Which of both twins tells the needles apart."""
    found = both_accuracies(timeline)
    if len(found) < 2:
        return None
    good = (found["any_shape"] > MIX_OF_NEEDLES, found["round"] > MIX_OF_NEEDLES)
    return {(True, False): "any", (False, True): "round", (True, True): "both", (False, False): "neither"}[good]


def equal(timeline: Timeline) -> str | None:
    """Whether two equal means part."""
    verdict = claims.stays(timeline)
    return None if verdict is None else "stay" if verdict.agrees else "part"


def distance_apart(timeline: Timeline) -> dict[str, float]:
    """Of the two means."""
    verdict = claims.stays(timeline)
    return {} if verdict is None else {"apart": verdict.measured}


# fmt: off
GUESSES = (
    Guess("surer", "Will the labels grow surer? Draw their entropy over the iterations.", 0.0, 1.2, scalar="label_entropy",
        when=when(data="blobs", k=(3, 4))),
    Guess("slower", "A: the two bells are 1 apart, B: 4 apart. Who needs more iterations for a further digit?",
        options=(("near", "A, where they overlap"), ("far", "B, where they are apart"), ("same", "Both the same")),
        answer=slower, numbers=both_ratios,
        because="In A an iteration leaves {near:.3f} of the error, in B {far:.3f}.",
        hides=("rate",), after=10, when=when(data="two_gaussians", init=("kmeans++", "random"))),
    Guess("which", "Two long needles cross. Who will tell them apart?",
        options=(("any", "A: clouds of any shape"), ("round", "B: round clouds of one width"), ("both", "Both"),
            ("neither", "Neither")), answer=which, numbers=both_accuracies,
        because="In A {any_shape:.1%} of the points are in the cloud of their needle, in B {round:.1%}.",
        hides=("plane", "ledger"), after=30, when=when(data="crosses", covariance="full")),
    Guess("equal", "A: both means begin at the same place, the mean of the data. What will EM do?",
        options=(("part", "They part, slowly at first"), ("stay", "They stay there for ever")),
        answer=equal, numbers=distance_apart, because="After so many iterations they are {apart:.1g} apart.",
        hides=("landscape", "plane"), after=20, when=when(data="two_gaussians", init="equal")),
)
# fmt: on
