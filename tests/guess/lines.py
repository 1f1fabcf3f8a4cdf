"""Guesses of every kind, and timelines against which they are held."""

from __future__ import annotations

import numpy as np

from engine.core.frame import Frame
from engine.core.picture import Style
from engine.core.topic import Guess, Timeline

LINEAR = Guess("kl", "How high?", 0.0, 10.0, scalar="kl")
DECADES = Guess("loss", "How low?", 0.01, 1.0, log=True, scalar="loss")
PLACE = Guess("die", "Where?", 1.0, 100.0, log=True, parameter="beta", theory=lambda _: 20.0, measured=lambda _: None, after=10)
EVEN = Guess("turn", "Where?", 0.0, 1.0, parameter="rate", theory=lambda _: 0.25)
LOOK = Style()


def timeline(step: int = 100, marks: tuple[int, ...] = (), **curves: np.ndarray) -> Timeline:
    steps = np.linspace(0, step, len(next(iter(curves.values())))) if curves else np.zeros(0)
    last = {name: float(values[-1]) for name, values in curves.items()}
    return Timeline(Frame(step, last, {}, {}), None, {"step": steps, **curves} if curves else {}, marks)
