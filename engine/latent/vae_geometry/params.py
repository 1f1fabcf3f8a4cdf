"""Parameters of the VAE geometry lab."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator

from engine.core.params import BadValue, Params, choice, number, toggle, when

CURVE = "Curve"
PROBE = "Looking closer"
PLANE, BOTH = when(plane=True), when(plane=True, twin=True)  # a code space that can be drawn; that of either arm
FARTHEST = 60.0  # how far from the origin a code may be pointed at
TOO_MANY = "code_size = {value} is more than the 3 numbers of a point on the roll; use 1 to 3."


def _place(title: str, symbol: str) -> Any:
    about = "Set by pointing at the code plane."
    return number(0.0, -FARTHEST, FARTHEST, title, about, symbol=symbol, kind="lens", hidden=True)


class VaeGeometryParams(Params):
    """Controls of the VAE geometry lab."""

    # fmt: off
    beta: float = number(4.0, 0.01, 1000.0, "KL weight",
        "How strongly every ellipse is pulled towards the unit disc. Above β_c every code dies.", symbol="β", kind="hot", log=True, zero=True)
    sigma_x: float = number(0.1, 0.05, 1.0, "Decoder noise",
        "How blurred the decoder believes pictures to be. Only s = β σₓ² matters for codes and decoder.", symbol="σₓ", kind="hot", log=True)
    lock_s: bool = toggle(False, "Keep s when σₓ moves",
        "β is then understood as given at σₓ = 0.1 and divided by (σₓ / 0.1)²: slide σₓ and nothing moves.", symbol="s", kind="hot")
    regulariser: Literal["kl", "quadratic", "none"] = choice("kl", "Regulariser",
        "KL divergence to the unit disc, the article's first try ‖μ‖² + ‖σ − 1‖², or nothing.", symbol="R", kind="hot",
        labels={"kl": "KL to the disc", "quadratic": "‖μ‖² + ‖σ − 1‖²", "none": "nothing"})
    noise: bool = toggle(True, "Sample noise", "Off: the decoder sees only the centre μ of every ellipse.", symbol="ε", kind="hot")
    learning_rate: float = number(2e-3, 1e-4, 1.0, "Learning rate", "Adam's step size. Far to the right the training blows up.",
        symbol="η", kind="hot", log=True)
    data: Literal["glyph", "hard-glyph", "digits", "swiss-roll", "long-roll", "moons", "own"] = choice("glyph", "Data",
        "A turning comma (a circle), a turning F, handwritten digits, a rolled-up sheet, two moons, or your own data.",
        labels={"glyph": "turning comma", "hard-glyph": "turning F", "digits": "handwritten digits", "swiss-roll": "Swiss roll", "long-roll": "long roll", "moons": "two moons", "own": "your own data"})
    code_size: int = number(2, 1, 8, "Code size", "Numbers in a code. The maps need 2; the axes' KL are shown for every size.", symbol="d")
    twin: bool = toggle(True, "Autoencoder twin",
        "Trains a plain autoencoder beside the VAE, from the same first weights and on the same batches.")
    metric: Literal["euclid", "pullback", "rbf"] = choice("rbf", "Ruler",
        "How code distances are measured: flat, by the change of the decoded picture, or with a price on holes.", symbol="G",
        kind="lens", section=CURVE, when=PLANE, labels={"euclid": "flat", "pullback": "pullback", "rbf": "pullback + holes"})
    angle_a: float = number(0.0, 0.0, 6.28, "Curve start",
        "The curve starts at the code of the sample with this angle (or at this place in the data's order).", symbol="θ_A",
        unit="rad", kind="lens", step=0.01, section=CURVE, when=PLANE)
    angle_b: float = number(2.4, 0.0, 6.28, "Curve end",
        "The curve ends at the code of the sample with this angle (or at this place in the data's order).", symbol="θ_B",
        unit="rad", kind="lens", step=0.01, section=CURVE, when=PLANE)
    curve_ends: Literal["free", "angles"] = choice("free", "Curve ends",
        "Free: drag the two handles; an end not yet dragged stays on its sample. Angles: both stay on their samples.",
        kind="lens", section=CURVE, when=PLANE, labels={"free": "free", "angles": "at the angles"})
    curve_place: float = number(0.5, 0.0, 1.0, "Place on the curve", "Moves a marker along the chosen curve.", symbol="t",
        kind="lens", step=0.01, section=CURVE, when=PLANE)
    fine: bool = toggle(False, "Full quality",
        "Geodesics, bounds and the union on fine grids: seconds a picture. Best while paused.", kind="lens", section=PROBE)
    radius: float = number(2.0, 0.5, 4.0, "Ellipse radius", "How many σ an ellipse reaches when coverage is counted.",
        symbol="r", kind="lens", step=0.1, section=PROBE, when=PLANE)
    same_scale: bool = toggle(False, "Same scale for both planes", "Draws the autoencoder's cloud to the scale of the VAE's.",
        kind="lens", section=PROBE, when=BOTH)
    gallery: Literal["grid", "draws"] = choice("grid", "Gallery",
        "Decode a regular grid of prior quantiles, or random draws from the prior.", kind="lens", section=PROBE,
        labels={"grid": "grid of quantiles", "draws": "random draws"})
    ax: float = _place("Curve start, first axis", "A₁")
    ay: float = _place("Curve start, second axis", "A₂")
    bx: float = _place("Curve end, first axis", "B₁")
    by: float = _place("Curve end, second axis", "B₂")
    probe_x: float = _place("Probe, first axis", "z₁")
    probe_y: float = _place("Probe, second axis", "z₂")
    # fmt: on

    @property
    def weight(self) -> float:
        """The KL weight in force: beta, or beta (0.1 / sigma_x)^2 when s is kept."""
        return self.beta * (0.1 / self.sigma_x) ** 2 if self.lock_s else self.beta

    @property
    def s(self) -> float:
        """beta sigma_x^2 (8)."""
        return self.weight * self.sigma_x**2

    @property
    def plane(self) -> bool:
        """Whether the code space is a plane that can be drawn."""
        return self.code_size == 2

    @property
    def draws(self) -> int:
        """Draws from the prior on which coverage is counted."""
        return 2000 if self.fine else 256

    @model_validator(mode="after")
    def _fits(self) -> VaeGeometryParams:
        if self.data in ("swiss-roll", "long-roll") and self.code_size > 3:
            raise BadValue("code_size", self.code_size, "1 to 3", template=TOO_MANY)
        return self
