"""Parameters of the RNN and ODE lab."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, when

SOLVE, FIT = when(task="solve"), when(task="fit")
LOGISTIC = SOLVE & when(system="logistic")
ADAM = FIT & when(optimizer="adam")
GENERATED, OWN = FIT & when(data="generated"), FIT & when(data="own")
SCHEDULE = 2000  # steps in which Adam's rate falls to 0
SLOWEST = 1e-4  # learning rate


class RnnOdeParams(Params):
    """Controls of the RNN and ODE lab."""

    # fmt: off
    h: float = number(1.0, 0.05, 4.0, "Step size", "Time that one cell stands for. A change acts at once: the curve is computed anew, up to where it was.",
        symbol="h", kind="hot", log=True)
    task: Literal["fit", "solve"] = choice("fit", "Task", "solve: run the cell forward; fit: find the six weights from a few measurements.",
        labels={"fit": "fit the equation", "solve": "solve the equation"})
    system: Literal["competition", "logistic", "oscillator", "sir", "predator_prey"] = choice("competition", "Equation", "What is solved.",
        labels={"competition": "two rivals", "logistic": "logistic growth", "oscillator": "oscillator", "sir": "epidemic (SIR)", "predator_prey": "predator and prey"},
        when=SOLVE)
    cell: Literal["euler", "midpoint", "rk4"] = choice("euler", "Cell", "How often a step asks the equation: once, twice, four times.",
        labels={"euler": "Euler", "midpoint": "midpoint", "rk4": "RK4"})
    horizon: float = number(42.0, 1.0, 1000.0, "Horizon", "Time at which the solution ends.", symbol="T", log=True, when=SOLVE)
    growth: float = number(1.0, 0.05, 4.0, "Growth", "Rate of logistic growth.", symbol="r", log=True, when=LOGISTIC)
    start_value: float = number(0.1, 0.01, 2.0, "Start", "Where logistic growth begins; 1 is full.", symbol="x(0)", log=True, when=LOGISTIC)
    optimizer: Literal["adam", "gauss_newton", "lbfgs"] = choice("adam", "Optimiser",
        "Adam walks along the gradient; Gauss-Newton and L-BFGS are SciPy's (trust region; without bounds).",
        labels={"adam": "Adam", "gauss_newton": "Gauss-Newton", "lbfgs": "L-BFGS"}, when=FIT)
    data: Literal["article", "generated", "own"] = choice("article", "Measurements",
        "The article's six rows, rows made from the exact solution, or your own table t, x1, x2.",
        labels={"article": "the article's table", "generated": "generated", "own": "your own"}, when=FIT)
    observations: int = number(6, 2, 42, "Observations", "How many rows are generated.", symbol="m", when=GENERATED)
    noise: float = number(0.0, 0.0, 0.1, "Noise", "Standard deviation of a generated number, as a share of it.", symbol="σ", step=0.005, when=GENERATED)
    learning_rate: float = number(0.01, SLOWEST, 0.1, "Learning rate", "Of Adam; it falls to 0 along a cosine within 2,000 steps.",
        symbol="η", kind="hot", log=True, when=ADAM)
    clip: float = number(1.0, 0.1, 1000.0, "Clip", "Longest gradient that Adam sees; 0 does not clip.", symbol="c", kind="hot", log=True, zero=True,
        when=ADAM)
    # fmt: on
