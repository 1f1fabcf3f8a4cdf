"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

import numpy as np

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.training.optimizers import claims, theory

NET, WALKERS = {"bench": "net"}, {"bench": "walkers"}
VALLEY = {"surface": "quadratic", "condition": 50.0}


def reach(timeline: Timeline) -> dict[str, float]:
    """Edges of stability over the curvature, when the two diverged, and how much longer RK4's step may be."""
    diverged = timeline.frame.arrays.get("diverged", np.full(6, math.nan))
    more = theory.edge("rk4") / theory.edge("gd") - 1
    return {"edge": theory.edge("rk4"), "more": more, "gd_at": float(diverged[0]), "heun_at": float(diverged[1])}


def fewest(timeline: Timeline) -> dict[str, float]:
    """Gradients that each needed at its best rate."""
    pairs = {"gd": 0, "heun": 0, "rk4": 1, "momentum": 2}
    found = {f"needed_{name}": claims.needed(timeline, name, claims.RATES[place]) for name, place in pairs.items()}
    return {name: math.nan if value is None else value for name, value in found.items()}


def rolling(timeline: Timeline) -> dict[str, float]:
    """Where two methods stand, and momentum as a ball: friction, time step, and the β for a quarter of the rate by (6)."""
    p, a = timeline.params, timeline.frame.arrays
    friction, interval = theory.ball(p.momentum, p.learning_rate)
    x = a["positions"][:, 0] if "positions" in a else np.full(6, math.nan)
    quarter = 1 - (1 - p.momentum) / 2
    return {"friction": friction, "interval": interval, "quarter": quarter, "x_gd": float(x[0]), "x_ball": float(x[3])}


def halves(timeline: Timeline) -> dict[str, float]:
    """The variance before the change."""
    return {"before": claims.before(timeline)} if timeline.params.bench == "walkers" and timeline.marks else {}


def clocked(timeline: Timeline) -> dict[str, float]:
    """Medians of the times of one gradient."""
    found = {name: timeline.trace(f"{name}_ms")[1] for name in ("hand", "graph")} if timeline.params.bench == "net" else {}
    return {name: float(np.median(values[np.isfinite(values)])) for name, values in found.items() if np.isfinite(values).any()}


# fmt: off
CHAPTERS = (
    Chapter("solver", steps=150, views=("trails", "loss"), shows=(claims.worse, claims.nearer, claims.momentum_wins), guess="lowest"),
    Chapter("edges", values={**VALLEY, "learning_rate": 0.0555}, steps=60, views=("stability", "trails"),
        shows=(claims.two_diverge, claims.holds), guess="longer", after=reach),
    Chapter("ravine", values={**VALLEY, "momentum": claims.BALL, "learning_rate": claims.RATES[0]}, steps=260, views=("stability", "loss"),
        sweep=Sweep("learning_rate", claims.RATES, "loss_rk4"), shows=(claims.at_their_best, claims.best_ball),
        after=fewest),
    Chapter("barrier", values={"surface": "double_well", "learning_rate": 0.05}, steps=12, views=("trails", "loss"),
        shows=(claims.caught, claims.crosses), guess="rest", after=rolling),
    Chapter("soft", values=NET, steps=168, views=("net_loss", "difference"), shows=(claims.exact, claims.quieter), guess="same"),
    Chapter("slow", values={**NET, "net_rate": 0.001}, steps=168, views=("net_loss", "difference"), shows=(claims.ahead,), guess="ahead", hero="net_rate"),
    Chapter("noise", values=WALKERS, steps=400, views=("walkers", "spread"), shows=(claims.rests, claims.narrower),
        changes=((200, {"soft_batch": 10}),), guess="width", hero="soft_batch", after=halves),
    Chapter("by_hand", values={**NET, "accumulate": "10"}, steps=60, views=("net_loss", "speed"), shows=(claims.by_hand,), after=clocked),
)
# fmt: on


def found_lowest(timeline: Timeline) -> str | None:
    """Which of the three solvers has the lowest loss."""
    s = timeline.frame.scalars
    return min(theory.ORDERS, key=lambda name: s[f"loss_{name}"]) if claims.raced(timeline) else None


def found_longer(timeline: Timeline) -> str | None:
    """How much longer RK4's step may be, where the run has shown that it may."""
    more = reach(timeline)["more"]
    return None if claims.holds(timeline) is None else "four" if more > 2 else "twice" if more > 0.7 else "little"


def found_rest(timeline: Timeline) -> str | None:
    """Which well momentum is in."""
    verdict = claims.crosses(timeline)
    return None if verdict is None else "far" if verdict.agrees else "near"


def found_same(timeline: Timeline) -> str | None:
    """How near the accumulating run is to the one with big batches."""
    if claims.quieter(timeline) is None:
        return None
    s = timeline.frame.scalars
    alike = abs(s["loss_accumulated"] - s["loss_big"]) < abs(s["loss_accumulated"] - s["loss_small"])
    return "exact" if s["parameter_difference"] < 1e-10 else "close" if alike else "restless"


def found_ahead(timeline: Timeline) -> str | None:
    """Who has the lower loss at a tenth of the rate."""
    verdict = claims.ahead(timeline)
    return None if verdict is None else "small" if verdict.measured < 0.9 else "soft" if verdict.measured > 1.1 else "same"


def found_width(timeline: Timeline) -> str | None:
    """What has become of the width of the cloud."""
    verdict, ratios = claims.narrower(timeline), {"same": 1, "third": 10, "tenth": 100}
    return None if verdict is None else min(ratios, key=lambda name: abs(math.log(verdict.measured / ratios[name])))


# fmt: off
GUESSES = (
    Guess("lowest", "600 gradients each: which of these ends lowest?",
        options=(("gd", "Gradient descent"), ("heun", "Heun"), ("rk4", "RK4")), answer=found_lowest, hides=("trails", "loss"),
        because="The losses are {loss_gd:.3f}, {loss_heun:.3f}, {loss_rk4:.3f}: two or four gradients an update buy half or a quarter of the updates.",
        when=when(bench="surface", surface="rosenbrock", learning_rate=0.005)),
    Guess("longer", "An update of RK4 takes four gradients. How much longer may its step be than gradient descent's?",
        options=(("four", "Four times as long"), ("twice", "Twice as long"), ("little", "Not half as long again")), answer=found_longer, numbers=reach,
        because="{more:.0%} longer: the edges are at γλ = 2 and {edge:.3f}.", hides=("stability", "trails"),
        when=when(bench="surface", surface="quadratic", learning_rate=0.0555)),
    Guess("rest", "A ball with β = 0.9 starts at θ₁ = 1.5. Which well takes it?",
        options=(("near", "The near one"), ("far", "The far one")), answer=found_rest, numbers=rolling,
        because="It is at θ₁ = {x_ball:.2f}: what it has gained on the way down carries it over.", hides=("trails", "loss"),
        when=when(bench="surface", surface="double_well", learning_rate=0.05)),
    Guess("same", "One picture in memory at a time, fifty gradients kept for one update. How near is that to a batch of fifty?",
        options=(("exact", "The same, but for rounding"), ("close", "Close, and it drifts off"), ("restless", "As restless as batches of one")),
        answer=found_same, because="The parameters differ by {parameter_difference:.0e} at most.", hides=("net_loss", "difference"),
        when=when(bench="net", net_rate=0.01, bug_2018=False, batch_norm=False)),
    Guess("ahead", "A tenth of the rate. Who has the lower loss after six epochs?",
        options=(("small", "Batches of one"), ("soft", "Accumulated, as before"), ("same", "No difference")), answer=found_ahead,
        because="{loss_small:.3f} against {loss_accumulated:.3f}: fifty times as many updates.", hides=("net_loss",),
        when=when(bench="net", net_rate=0.001, bug_2018=False, batch_norm=False)),
    Guess("width", "At step 200 each update begins to average ten gradients. How wide is the cloud afterwards?",
        options=(("same", "As wide as before"), ("third", "A third as wide"), ("tenth", "A tenth as wide")), answer=found_width, numbers=halves,
        because="Its variance goes from {before:.4f} to {variance:.4f}, a tenth; its width is the root of that.", hides=("walkers", "spread"),
        when=when(bench="walkers", walker_rate=0.1)),
)
# fmt: on
