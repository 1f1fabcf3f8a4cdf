"""Parameters of the adversarial training lab."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, when

RADII = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)  # of the attacks in the curve of robust accuracy
CURVE_EVERY = 50  # steps between two looks at that curve
SIZES = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0)  # ε of the equivalence meter
ATTACK_STEPS = 20  # of the attack at test, PGD-20
SHOWN = 5  # test digits in the gallery
TOKENS, VOCABULARY, EMBEDDING = 6, 60, 16  # of a text, and of the embedding matrix

MOONS, DIGITS, TEXTS = when(bench="moons"), when(bench="digits"), when(bench="embedding")
GENERATED = MOONS & ~when(data="own")
TRAINS_ON_IT = ~when(method="none")
Method = Literal["fgm", "none", "noise", "fgsm", "pgd", "raw", "penalty1", "penalty2"]


class AdversarialTrainingParams(Params):
    """Controls of the adversarial training lab."""

    # fmt: off
    bench: Literal["moons", "digits", "embedding"] = choice("moons", "Bench",
        "Moons: points of a plane, to see. Digits: 64 pixels, to measure. Embedding: texts of six tokens, whose vectors are disturbed.",
        labels={"moons": "a plane", "digits": "digits", "embedding": "texts"})
    method: Method = choice("fgm", "Method", "What is minimised: the plain loss, the loss at a disturbed input, or the loss and a penalty on its slope.",
        kind="hot", labels={"fgm": "FGM", "none": "plain", "noise": "random noise", "fgsm": "FGSM", "pgd": "PGD", "raw": "raw gradient",
                            "penalty1": "penalty ε‖g‖", "penalty2": "penalty ε‖g‖²/2"})
    epsilon: float = number(0.3, 0.0, 1.0, "Training radius", "How far an input is moved in training, or the weight of the penalty.", symbol="ε",
        kind="hot", step=0.01, when=~DIGITS & TRAINS_ON_IT)
    digits_epsilon: float = number(0.5, 0.0, 1.0, "Training radius", "How far a digit is moved in training, or the weight of the penalty.", symbol="ε",
        kind="hot", step=0.01, when=DIGITS & TRAINS_ON_IT)
    attack_epsilon: float = number(0.3, 0.0, 1.0, "Attack radius", "How far the attack may move a test input. It changes nothing in training.", symbol="εₜ",
        kind="lens", step=0.01, when=~DIGITS)
    digits_attack_epsilon: float = number(0.5, 0.0, 1.0, "Attack radius", "How far the attack may move a test digit. It changes nothing in training.",
        symbol="εₜ", kind="lens", step=0.01, when=DIGITS)
    norm: Literal["l2", "linf"] = choice("l2", "Norm", "Of the ball that the attack stays in, and of PGD and noise in training: a disc or a square.", symbol="p",
        kind="hot", labels={"l2": "L2", "linf": "L∞"})
    pgd_steps: int = number(5, 1, 20, "PGD steps", "Steps uphill for every step of training.", symbol="k", kind="hot", when=when(method="pgd"))
    pgd_alpha: float = number(0.0, 0.1, 2.5, "PGD step size", "As a share of ε; 0 stands for 2.5/k.", symbol="α/ε", kind="hot", step=0.1, zero=True,
        when=when(method="pgd"))
    perturb: Literal["matrix", "vectors"] = choice("matrix", "Disturbed", "One disturbance of the whole embedding matrix, shared by all texts, or one for the vectors of every text.",
        kind="hot", labels={"matrix": "the matrix", "vectors": "each text's vectors"}, when=TEXTS)
    data: Literal["moons", "blobs", "circles", "spiral", "own"] = choice("moons", "Data", "Two classes of points.",
        labels={"moons": "two moons", "blobs": "two blobs", "circles": "two circles", "spiral": "two spirals", "own": "your own"}, when=MOONS)
    points: int = number(200, 4, 500, "Points", "How many points are trained on.", symbol="n", when=GENERATED)
    noise: float = number(0.12, 0.0, 0.4, "Noise in the data", "Deviation of the points, before they are scaled.", symbol="σ", step=0.01, when=GENERATED)
    pointed: int = number(0, 0, 499, "Point", "Whose surroundings are shown; a click on a point sets it.", kind="lens", hidden=True, when=MOONS)
    # fmt: on

    @property
    def radius(self) -> float:
        """The training radius of this bench."""
        return self.digits_epsilon if self.bench == "digits" else self.epsilon

    @property
    def attack_radius(self) -> float:
        """The attack radius of this bench."""
        return self.digits_attack_epsilon if self.bench == "digits" else self.attack_epsilon
