"""Parameters of the optimiser lab."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, toggle, when

Surface = Literal["rosenbrock", "quadratic", "double_well", "himmelblau"]
BUDGET = 4  # gradients a step gives every method
WALKERS = 20_000
HEIGHTS = 80  # bins of the walkers' histogram

SURFACE, NET, VALLEY = when(bench="surface"), when(bench="net"), when(bench="walkers")
QUADRATIC = SURFACE & when(surface="quadratic")
WRAPPERS = "Wrappers"


class OptimizersParams(Params):
    """Controls of the optimiser lab."""

    # fmt: off
    bench: Literal["surface", "net", "walkers"] = choice("surface", "Bench",
        "Surface: six methods race on two parameters. Net: soft batches for a classifier of digits. Walkers: SGD in a noisy parabola.",
        labels={"surface": "a surface", "net": "a net", "walkers": "20,000 walkers"})
    surface: Surface = choice("rosenbrock", "Surface", "What is descended: a bent valley, a straight one, two wells, or four.",
        labels={"rosenbrock": "Rosenbrock", "quadratic": "quadratic", "double_well": "double well", "himmelblau": "Himmelblau"}, when=SURFACE)
    learning_rate: float = number(0.005, 1e-4, 1.0, "Learning rate", "Step size of all six methods.", symbol="γ", kind="hot", log=True, when=SURFACE)
    momentum: float = number(0.9, 0.0, 0.999, "Momentum", "Share of the velocity that momentum and Nesterov keep.", symbol="β", kind="hot",
        step=0.001, when=SURFACE)
    condition: float = number(50.0, 1.0, 1000.0, "Condition", "How much steeper the valley is across than along.", symbol="κ", log=True, when=QUADRATIC)
    weight_decay: float = number(0.0, 0.0, 1.0, "Weight decay", "Each update also takes γ times this share of the parameters away.", kind="hot", step=0.01,
        section=WRAPPERS, when=SURFACE)
    lookahead_k: int = number(0, 0, 20, "Lookahead, every", "After so many updates a slow copy follows, and the method goes on from it; 0 is off.",
        symbol="k", kind="hot", section=WRAPPERS, when=SURFACE)
    lookahead_a: float = number(0.5, 0.0, 1.0, "Lookahead, how far", "Share of the way that the slow copy goes.", symbol="a", kind="hot", step=0.05,
        section=WRAPPERS, when=SURFACE & ~when(lookahead_k=0))
    net_rate: float = number(0.01, 1e-4, 1.0, "Learning rate", "Of Adam, in all three runs.", symbol="γ", kind="hot", log=True, when=NET)
    accumulate: Literal["1", "2", "5", "10", "25", "50", "100"] = choice("50", "Accumulate", "Micro-batches whose gradients are kept for one update.",
        symbol="m", kind="hot", when=NET)
    micro_batch: int = number(1, 1, 64, "Micro-batch", "Pictures whose gradient is computed at once: what must fit into memory.", symbol="b", when=NET)
    bug_2018: bool = toggle(False, "The bug of 2018", "Both branches of the condition are carried out: the accumulating run begins anew and updates at every micro-batch.", when=NET)
    batch_norm: bool = toggle(False, "Batch normalisation", "Before each ReLU, with the statistics of the batch at hand.", when=NET)
    walker_rate: float = number(0.1, 0.01, 1.0, "Learning rate", "Step size of the walkers.", symbol="γ", kind="hot", log=True, when=VALLEY)
    curvature: float = number(2.0, 0.1, 10.0, "Curvature", "Of the parabola λθ²/2.", symbol="λ", kind="hot", log=True, when=VALLEY)
    gradient_noise: float = number(1.0, 0.0, 3.0, "Gradient noise", "Deviation of one sample's gradient.", symbol="s", kind="hot", step=0.1, when=VALLEY)
    soft_batch: int = number(1, 1, 100, "Soft batch", "Gradients averaged for one update: s² becomes s²/m.", symbol="m", kind="hot", when=VALLEY)
    # fmt: on
