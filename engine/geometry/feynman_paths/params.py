"""Parameters of the path lab, and the potential and the lattice that they mean. numpy only."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from engine.core.params import BadValue, Params, choice, number, when
from engine.geometry.feynman_paths.theory import Lattice, Potential

Shape = Literal["harmonic", "quartic", "double_well"]
Move = Literal["staging", "single", "shift"]
Start = Literal["cold", "hot", "left"]
HARMONIC, DOUBLE_WELL = when(potential="harmonic"), when(potential="double_well")
ARROWS, SAMPLER, WALKERS = "Arrows in real time", "Sampler", "Walkers"


class FeynmanPathsParams(Params):
    """Controls of the path lab; the mass is 1."""

    # fmt: off
    hbar: float = number(1.0, 0.01, 3.0, "Planck's constant", "One turn of an arrow per 2πħ of action. The smaller, the fewer paths "
        "help each other. A change starts the sampler's burn-in anew.", symbol="ħ", kind="hot", log=True)
    potential: Shape = choice("harmonic", "Potential", "The valley in imaginary time: ½ω²x², x⁴, or (x² − f²)².",
        labels={"double_well": "double well"})
    barrier: float = number(1.0, 0.0, 2.0, "Barrier", "The wells lie at −f and f.", symbol="f", step=0.1, when=DOUBLE_WELL)
    omega: float = number(1.0, 0.2, 3.0, "Frequency", "Of the harmonic valley and of the walkers' toll.", symbol="ω", step=0.1)
    beta: float = number(8.0, 0.5, 20.0, "Inverse temperature", "A closed path is βħ of imaginary time long: cold is long.",
        symbol="β", step=0.5)
    slices: int = number(64, 8, 256, "Slices", "Points of a closed path, an even number; the spacing is a = βħ/N.",
        symbol="N", step=2)
    move: Move = choice("staging", "Move", "How paths are changed: 15 points redrawn as a Brownian bridge, single points, or staging "
        "with shifts and flips of whole paths. A change starts the burn-in anew.", kind="hot",
        labels={"staging": "staging", "single": "single points", "shift": "staging, shift and flip"})
    step_size: float = number(2.0, 0.1, 4.0, "Step size", "How far a single point may jump, in units of √(aħ); a whole path, of "
        "1/√β.", symbol="δ", kind="hot", step=0.1, section=SAMPLER, when=when(move=("single", "shift")))
    start: Start = choice("cold", "Start", "Where all chains begin: at 0, at random, or in the left well.", section=SAMPLER,
        labels={"cold": "all at 0", "hot": "random", "left": "left well"})
    chains: int = number(300, 20, 2000, "Chains", "Independent closed paths; their spread gives the error.", symbol="C",
        section=SAMPLER)
    burn_in: int = number(100, 0, 1000, "Burn-in", "Sweeps that the averages leave out.", section=SAMPLER)
    window: float = number(1.0, 0.0, 8.0, "Window", "Paths with |a₁| ≤ A are added; a₁ is the height of the first sine.",
        symbol="A", kind="hot", step=0.05, section=ARROWS)
    travel_time: float = number(1.0, 0.1, 6.0, "Travel time", "From the start to the end.", symbol="T", kind="hot", step=0.05,
        section=ARROWS)
    real_omega: float = number(0.0, 0.0, 3.0, "Spring", "Frequency of the oscillator in real time; at 0 the particle is free.",
        symbol="Ω", kind="hot", step=0.05, section=ARROWS)
    modes: int = number(10, 1, 40, "Modes", "Sines that the product of modes takes.", symbol="n", kind="hot", section=ARROWS)
    x_a: float = number(0.0, -3.0, 3.0, "Start of the way", "Set by dragging.", symbol="x_a", kind="hot", hidden=True)
    x_b: float = number(1.0, -3.0, 3.0, "End of the way", "Set by dragging.", symbol="x_b", kind="hot", hidden=True)
    fk_time: float = number(2.0, 0.2, 5.0, "Walking time", "How long the random walkers walk.", symbol="t", kind="hot", step=0.1,
        section=WALKERS)
    # fmt: on

    @model_validator(mode="after")
    def _even(self) -> Self:
        if self.slices % 2:  # even and odd points move in turn: on a ring with an odd number two neighbours would move together
            raise BadValue(
                "slices", self.slices, "even numbers, 8 to 256", template="{name} = {value} is odd; allowed: {allowed}."
            )
        return self

    @property
    def valley(self) -> Potential:
        """The potential in imaginary time."""
        return Potential(self.potential, self.barrier, self.omega)

    @property
    def lattice(self) -> Lattice:
        """The closed path's lattice."""
        return Lattice(self.beta, self.slices, self.hbar)
