"""Parameters of the lab of distances between normal distributions."""

from __future__ import annotations

from typing import Any, Literal

from engine.core.params import Params, choice, number
from engine.latent.gaussian_distances.theory import Gaussian, gaussian

SHAPES, RACE, MIXTURE, SAMPLES = "Two shapes", "Race", "Two humps", "Samples"
FLOOR, WIDEST, FARTHEST = 0.05, 3.0, 10.0


def _mean(default: float, title: str, help_: str, symbol: str) -> Any:
    return number(default, -FARTHEST, FARTHEST, title, help_, symbol=symbol, kind="hot", step=0.1, section=SHAPES)


def _sd(default: float, title: str, symbol: str) -> Any:
    return number(default, FLOOR, WIDEST, title, "A standard deviation along one axis of the ellipse; the thinness multiplies the "
        "second.", symbol=symbol, kind="hot", log=True, section=SHAPES)  # fmt: skip


def _angle(default: float, title: str, symbol: str) -> Any:
    return number(default, -180.0, 180.0, title, "How far the ellipse is turned, counter-clockwise.", symbol=symbol, unit="°",
        kind="hot", step=1.0, section=SHAPES)  # fmt: skip


class GaussianDistancesParams(Params):
    """Controls of the lab; the pair acts everywhere but on the two humps and the samples."""

    # fmt: off
    thinness: float = number(1.0, 0.005, 2.0, "Thinness",
        "Multiplies the second standard deviation of both: to the left both ellipses become flat.", symbol="s", kind="hot",
        log=True)
    coupling: float = number(0.0, -180.0, 180.0, "Coupling angle",
        "How the points of p are paired with points of q: turns the pairing through all couplings that are as tight as can be.",
        symbol="φ", unit="°", kind="hot", step=1.0)
    time: float = number(0.5, 0.0, 1.0, "Place on the way", "How far the mass has gone from p to q.", symbol="t", kind="lens",
        step=0.01)
    p_x: float = _mean(-1.0, "Mean of p", "Where p stands; you can also drag it in the plane.", "μₚ₁")
    p_y: float = _mean(0.0, "Mean of p", "Where p stands; you can also drag it in the plane.", "μₚ₂")
    p_s1: float = _sd(1.5, "First width of p", "sₚ₁")
    p_s2: float = _sd(0.5, "Second width of p", "sₚ₂")
    p_angle: float = _angle(30.0, "Angle of p", "θₚ")
    q_x: float = _mean(1.0, "Mean of q", "Where q stands; you can also drag it in the plane.", "μ_q₁")
    q_y: float = _mean(0.5, "Mean of q", "Where q stands; you can also drag it in the plane.", "μ_q₂")
    q_s1: float = _sd(1.0, "First width of q", "s_q₁")
    q_s2: float = _sd(0.7, "Second width of q", "s_q₂")
    q_angle: float = _angle(-40.0, "Angle of q", "θ_q")
    eta: float = number(0.1, 0.001, 1.0, "Step size", "How far every racer goes along its gradient.", symbol="η", kind="hot",
        log=True, section=RACE)
    start_distance: float = number(6.0, 0.0, 20.0, "Start distance",
        "How far from p the racers start, along the first axis; they have the shape of q.", symbol="D", step=0.5, section=RACE)
    race_optimiser: Literal["gradient", "adam"] = choice("gradient", "Optimiser",
        "How the racers of KL, Bhattacharyya and Hellinger step: along the plain gradient, or by Adam. That of W₂ always takes "
        "its own geometry's step.", kind="hot", section=RACE, labels={"gradient": "plain gradient", "adam": "Adam"})
    mixture_gap: float = number(2.0, 0.0, 4.0, "Half distance of the humps",
        "The target has a smaller hump at −c and a larger one at +c, each of width 0.5.", symbol="c", kind="hot", step=0.05,
        section=MIXTURE)
    m: int = number(200, 20, 2000, "Sample size", "Points in each of the two samples.", symbol="m", kind="hot", log=True,
        section=SAMPLES)
    n: int = number(8, 1, 64, "Dimensions", "Numbers in one point.", symbol="n", kind="hot", section=SAMPLES)
    data: Literal["sliders", "own"] = choice("sliders", "Data",
        "The two distributions of the sliders; your own two samples come beside them.",
        labels={"sliders": "sliders", "own": "your own data"}, section=SAMPLES)
    # fmt: on

    @property
    def p(self) -> Gaussian:
        """The first distribution, the target of the race."""
        return gaussian(self.p_x, self.p_y, self.p_s1, self.p_s2 * self.thinness, self.p_angle)

    @property
    def q(self) -> Gaussian:
        """The second distribution."""
        return gaussian(self.q_x, self.q_y, self.q_s1, self.q_s2 * self.thinness, self.q_angle)
