"""Parameters of the RoFormerV2 lab."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import model_validator

from engine.core.params import BadValue, Params, choice, choices, number, toggle, when

Task = Literal["parity", "large", "prime", "three", "hole"]
TASKS = {"parity": "odd", "large": "5 or more", "prime": "prime", "three": "multiple of 3", "hole": "has a hole"}
NORMS = {"ln": "LayerNorm, γ β", "ln-plain": "LayerNorm", "rms-gain": "RMS, γ", "rms": "RMS"}
HEADS = 4
SYMBOLS, LENGTH, FAITHFUL, MASKED = 12, 16, 0.9, 0.2  # the language: x_{t+1} = π(x_t) with probability 0.9; a fifth is masked
PRE_TRAINING = 300  # steps of the tasks bench before the one that fine-tunes

STARTUP, FEW, SPEED = when(bench="startup"), when(bench="tasks"), when(bench="speed")


class RoFormerV2Params(Params):
    """Controls of the RoFormerV2 lab."""

    # fmt: off
    bench: Literal["startup", "tasks", "speed"] = choice("startup", "Bench",
        "Start-up: an encoder learns a language from scratch, with and without the ramp. Tasks: related tasks first, then few labels. "
        "Speed: the small parts are timed.",
        labels={"startup": "start from scratch", "tasks": "many tasks, few labels", "speed": "what parts cost"})
    ramp: int = number(80, 0, 300, "Ramp", "Over how many steps the branches come in: their weight α grows from 0 to 1. 0: they are there at once. "
        "Moved while it learns, α never falls.", symbol="τ", unit="steps", kind="hot", when=STARTUP)
    norm: Literal["ln", "ln-plain", "rms-gain", "rms"] = choice("rms", "Norm",
        "LayerNorm subtracts the mean, divides by the deviation, multiplies by γ and adds β; RMS only divides.",
        labels=NORMS, when=STARTUP)
    bias: bool = toggle(False, "Biases", "Every linear layer adds a learned vector.", when=STARTUP)
    residual: Literal["post", "pre", "rezero"] = choice("post", "Residual",
        "Post: the norm stands behind the sum. Pre: before the branch. ReZero: no norm, a learned weight from 0 on.",
        labels={"post": "post-norm", "pre": "pre-norm", "rezero": "ReZero"}, when=STARTUP)
    depth: int = number(8, 2, 16, "Depth", "Layers; each has attention and a feed-forward part.", symbol="L", when=STARTUP)
    width: int = number(32, 16, 64, "Width", "Components of a token; four heads share them.", symbol="D", step=4, when=STARTUP)
    learning_rate: float = number(2e-3, 3e-4, 5e-3, "Learning rate", "Step size of Adam.", symbol="η", kind="hot", log=True,
        when=STARTUP | FEW)
    balance: Literal["normalised", "mean"] = choice("normalised", "Balance of the tasks",
        "Normalised: the gradient of every task has length 1 before they are added. Mean: they are added as they are.",
        kind="hot", labels={"normalised": "each of length 1", "mean": "as they are"}, when=FEW)
    tasks: tuple[Task, ...] = choices(tuple(TASKS), "Tasks before", "Yes-or-no questions about a digit that are learned first; none is possible.",
        least=0, labels=TASKS, when=FEW)
    labels: Literal["1", "2", "5", "20", "100"] = choice("5", "Labels a class",
        "How many labelled pictures of each digit the last step may see.", symbol="K", when=FEW)
    against: Literal["rms", "ln"] = choice("rms", "Compared with", "Whose time is 1 in the bars.", kind="lens",
        labels={"rms": "RMS", "ln": "LayerNorm, γ β"}, when=SPEED)
    # fmt: on

    @classmethod
    def read(cls, name: str, raw: Any) -> Any:
        """As of every lab; the labels a class may be given as a whole number, too."""
        return super().read(name, str(raw) if name == "labels" and type(raw) is int else raw)

    @model_validator(mode="after")
    def _whole_heads(self) -> Self:
        if self.width % HEADS:
            said = "width = {value} must be a multiple of 4: four heads share it; allowed: {allowed}."
            raise BadValue("width", self.width, "16, 20, …, 64", template=said)
        return self

    @property
    def labels_each(self) -> int:
        """Labelled pictures a class."""
        return int(self.labels)
