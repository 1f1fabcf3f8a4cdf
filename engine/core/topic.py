"""What a topic declares: its parameters, the outputs of its frames, its views, its claims and its experiments."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from engine.core.frame import Frame
from engine.core.params import Params
from engine.core.picture import Picture, Style
from engine.data import parsing

if TYPE_CHECKING:
    from engine.core.model import Model

GROUPS = ("latent", "discrete", "attention", "generation", "structured", "training", "geometry", "language")


@dataclass(frozen=True)
class Output:
    """One scalar or array of a topic's frames.

    Attributes:
        name: key in `Frame.scalars` (shape "") or `Frame.arrays`.
        shape: dimensions separated by spaces, "" for a scalar. A dimension is a number, the name of an integer
            parameter (then it equals that parameter), or any other name (then it is the same wherever it appears).
        meaning: one line in English; translated by the topic's catalogue.
        unit: "nats", "pixels", ... or "" for a pure number.
        when: a predicate on the parameters for outputs that exist only under some cold settings.
    """

    name: str
    shape: str
    meaning: str
    unit: str = ""
    when: Callable[[Any], bool] | None = None

    @property
    def scalar(self) -> bool:
        return self.shape == ""


@dataclass(frozen=True)
class Timeline:
    """What a view may look at: the shown frame and the run's history up to it.

    Attributes:
        frame: the frame to draw.
        params: the parameters in force at that frame.
        history: scalar name -> float array over the kept steps; "step" holds the steps.
        marks: steps at whose end a hot change was first in force.
        seed: the run's seed.
    """

    frame: Frame
    params: Any
    history: Mapping[str, np.ndarray] = field(default_factory=dict)
    marks: tuple[int, ...] = ()
    seed: int = 0

    @property
    def outputs(self) -> Mapping[str, Output]:
        """What the topic declares that its frames hold, by name: an axis that shows one takes meaning and unit from it."""
        return getattr(type(self.params), "declared", {})

    def trace(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """(steps, values) of a scalar up to the shown frame; at least the frame's own value."""
        if name in self.history and len(self.history["step"]):
            return self.history["step"], self.history[name]
        return np.array([float(self.frame.step)]), np.array([self.frame.scalars[name]])


@dataclass(frozen=True)
class View:
    """A pure function from a timeline to a picture, in the traces that `assets/lab/figure/figure.js` draws."""

    name: str
    title: str
    help: str
    draw: Callable[[Timeline, Style], Picture]
    when: Callable[[Any], bool] | None = None  # views that make sense only under some settings


@dataclass(frozen=True)
class Verdict:
    """A closed form held against the run: predicted and measured value with the tolerance that separates them."""

    predicted: float
    measured: float
    tolerance: float
    unit: str = ""

    @property
    def agrees(self) -> bool:
        return math.isfinite(self.measured) and abs(self.measured - self.predicted) <= self.tolerance


@dataclass(frozen=True)
class Claim:
    """A statement with a closed form; `judge` returns None while the run cannot say anything about it."""

    name: str
    statement: str
    source: str
    judge: Callable[[Timeline], Verdict | None]


@dataclass(frozen=True)
class Experiment:
    """Something to try: one click sets these values (cold ones restart) and plays, if `play`."""

    name: str
    title: str
    text: str
    values: Mapping[str, Any]
    play: bool = True
    steps: int | None = None  # stop after this many steps


@dataclass(frozen=True)
class Guess:
    """Something to guess before a run: how a scalar will go (a curve), or where on a parameter's axis something happens.

    Attributes:
        question: one sentence; translated by the topic's catalogue.
        low, high, log: the axis on which the guess is made; the score is relative to this range.
        scalar: for a curve, the output that is drawn against the step.
        parameter: for a threshold, the parameter on whose axis a mark is placed.
        theory: the closed form of the threshold under the run's settings; None where there is none.
        measured: (low, high) between which the run shows the threshold to lie (0 and inf where it only says below or
            above); None while the run cannot tell.
        after: steps since the last change from which a threshold can be judged.
        when: a predicate on the parameters for guesses that make sense only under some settings.
    """

    name: str
    question: str
    low: float
    high: float
    log: bool = False
    scalar: str = ""
    parameter: str = ""
    theory: Callable[[Timeline], float | None] | None = None
    measured: Callable[[Timeline], tuple[float, float] | None] | None = None
    after: int = 1
    when: Callable[[Any], bool] | None = None

    def __post_init__(self) -> None:
        if bool(self.scalar) == bool(self.parameter):
            raise ValueError(f"guess {self.name}: give a scalar (for a curve) or a parameter (for a threshold), not both")
        if not (
            math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high and (self.low > 0 or not self.log)
        ):
            raise ValueError(f"guess {self.name}: {self.low} to {self.high} is no range" + (" in decades" if self.log else ""))
        if self.parameter and self.theory is None and self.measured is None:
            raise ValueError(f"guess {self.name}: nothing can tell where the threshold is")


@dataclass(frozen=True)
class Topic:
    """A lab. `model` names the class that computes, as "module:Class", imported only where torch may be.

    Attributes:
        parts: names of the parts of one step, in order (what slow motion stops at).
        steps: how long a default run is; the player stops there.
        uploads: which kinds of own data the topic takes ("table", "images", "text").
        data_param / data_value: the choice parameter and its value that mean "own data".
        scripts: functions and methods of the model module that are shown as "the loop's source".
        stackable: live parameters whose values may differ between the arms of one model (`Model.observe_arm`).
        stacks: settings under which they may; always where None.
        cover: the view that stands for the topic in the gallery; the first one where empty.
        guesses: what a person may guess before a run, two or three.
    """

    slug: str
    group: str
    title: str
    question: str
    params: type[Params]
    outputs: tuple[Output, ...]
    views: tuple[View, ...]
    model: str
    parts: tuple[str, ...]
    steps: int
    claims: tuple[Claim, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    uploads: tuple[Literal["table", "images", "text"], ...] = ()
    data_param: str = ""
    data_value: str = ""
    scripts: tuple[str, ...] = ("steps",)
    cover: str = ""
    stackable: tuple[str, ...] = ()
    stacks: Callable[[Any], bool] | None = None
    guesses: tuple[Guess, ...] = ()

    def __post_init__(self) -> None:
        if self.group not in GROUPS:
            raise ValueError(f"topic {self.slug}: group “{self.group}” is not one of {', '.join(GROUPS)}")
        names = [output.name for output in self.outputs]
        if len(set(names)) != len(names):
            raise ValueError(f"topic {self.slug}: two outputs share a name")
        self.params.declared = {output.name: output for output in self.outputs}
        self._check_guesses()

    def _check_guesses(self) -> None:
        if len({guess.name for guess in self.guesses}) != len(self.guesses):
            raise ValueError(f"topic {self.slug}: two guesses share a name")
        scalars = {output.name for output in self.outputs if output.scalar}
        for guess in self.guesses:
            about, known = (guess.scalar, scalars) if guess.scalar else (guess.parameter, self.params.controls())
            if about not in known:
                raise ValueError(f"topic {self.slug}: guess {guess.name} is about “{about}”, which is not there")

    def load_model(self) -> type[Model]:
        """The class that computes (imports torch)."""
        module, name = self.model.split(":")
        return getattr(importlib.import_module(module), name)

    def view(self, name: str) -> View:
        """The view of that name; raises KeyError."""
        return next(view for view in self.views if view.name == name) if self.has_view(name) else _missing(name)

    def has_view(self, name: str) -> bool:
        return any(view.name == name for view in self.views)

    def views_for(self, params: Params) -> tuple[View, ...]:
        return tuple(view for view in self.views if view.when is None or view.when(params))

    def outputs_for(self, params: Params) -> tuple[Output, ...]:
        return tuple(output for output in self.outputs if output.when is None or output.when(params))

    def guesses_for(self, params: Params) -> tuple[Guess, ...]:
        """What can be guessed under these settings: a curve only of a scalar that there is."""
        scalars = {output.name for output in self.outputs_for(params)} | {""}
        return tuple(g for g in self.guesses if g.scalar in scalars and (g.when is None or g.when(params)))

    def check_frame(self, frame: Frame, params: Params) -> list[str]:
        """What is wrong with a frame: missing, undeclared or wrongly shaped outputs (empty when nothing is)."""
        problems, sizes = [], {k: v for k, v in params.values().items() if type(v) is int}
        declared = self.outputs_for(params)
        for output in declared:
            if output.scalar:
                if output.name not in frame.scalars:
                    problems.append(f"scalar {output.name} is missing")
                continue
            array = frame.arrays.get(output.name)
            if array is None:
                problems.append(f"array {output.name} is missing")
                continue
            dims = output.shape.split()
            if len(dims) != array.ndim:
                problems.append(f"array {output.name} has shape {array.shape}, declared “{output.shape}”")
                continue
            for dim, size in zip(dims, array.shape, strict=True):
                if sizes.setdefault(dim, int(dim) if dim.isdigit() else size) != size:
                    problems.append(
                        f"array {output.name} has shape {array.shape}, declared “{output.shape}”: {dim} is {sizes[dim]}"
                    )
        known = {output.name for output in declared}
        problems += [f"undeclared output {name}" for name in (*frame.scalars, *frame.arrays) if name not in known]
        return problems

    def source(self) -> str:
        """The source text of the loop as it runs, read from the model's file (nothing is imported)."""
        module, class_name = self.model.split(":")
        spec = importlib.util.find_spec(module)
        assert spec is not None and spec.origin is not None
        text = Path(spec.origin).read_text(encoding="utf-8")
        lines = text.splitlines()
        pieces = []
        for node in ast.walk(parsing.module(text)):
            if isinstance(node, ast.ClassDef) and node.name == class_name:
                for item in node.body:
                    if isinstance(item, ast.FunctionDef) and item.name in self.scripts:
                        indent = item.col_offset
                        pieces.append("\n".join(line[indent:] for line in lines[item.lineno - 1 : item.end_lineno]))
            elif isinstance(node, ast.FunctionDef) and node.col_offset == 0 and node.name in self.scripts:
                pieces.append("\n".join(lines[node.lineno - 1 : node.end_lineno]))
        return "\n\n".join(pieces)


def _missing(name: str) -> Any:
    raise KeyError(name)
