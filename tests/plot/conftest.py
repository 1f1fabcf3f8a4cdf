"""A timeline to draw on: two declared scalars, one hot change."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from engine.core.frame import Frame
from engine.core.picture import Picture, Style
from engine.core.topic import Output, Timeline
from engine.plot import Cast, Plot

CAST = Cast({"rope": ("RoPE", 0), "xl": ("Transformer-XL", 2, "dot"), "exact": ("exact gradient", "theory", "dash")})


class Params:
    declared: ClassVar = {"kl": Output("kl", "", "mean divergence", "nats"), "loss": Output("loss", "", "training loss", "")}


def timeline(steps: int = 300, marks: tuple[int, ...] = (100,)) -> Timeline:
    step = np.arange(float(steps))
    history = {"step": step, "loss": np.exp(-step / 50) + 0.01, "kl": step / 100}
    last = (
        {name: float(values[-1]) for name, values in history.items() if name != "step"} if steps else {"loss": 1.0, "kl": 0.0}
    )
    return Timeline(Frame(max(steps - 1, 0), last, {}, {}), Params(), history, marks)


@pytest.fixture
def plot() -> Plot:
    return Plot(timeline(), Style())


def shout(text: str) -> str:
    """A translator: placeholders stay, everything else is written in capitals."""
    out, inside = "", 0
    for letter in text:
        inside += letter == "{"
        out += letter if inside else letter.upper()
        inside -= letter == "}"
    return out


def texts(picture: Picture) -> list[str]:
    return [note["text"] for note in picture.layout["annotations"]]
