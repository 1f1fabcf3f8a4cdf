"""What a topic declares: its parameters, the outputs of its frames, its views, its chapters and what can be guessed."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from engine.core.chapter import Chapter, Claim, Sweep, Verdict, claim, glide
from engine.core.frame import Frame, Output, Timeline, array, clock, constant, scalar, under
from engine.core.guess import Guess
from engine.core.params import Condition, Control, Params, UnknownName, above, at_least, at_most, below, when
from engine.core.picture import Picture, Style

if TYPE_CHECKING:
    from engine.core.model import Model

__all__ = [  # what a topic's declaration needs, from one place
    "Chapter", "Claim", "Guess", "Output", "Sweep", "Tempo", "Timeline", "Topic", "Verdict", "View", "above", "array", "at_least",
    "at_most", "below", "claim", "clock", "constant", "glide", "scalar", "under", "when",
]  # fmt: skip

GROUPS = ("latent", "discrete", "attention", "generation", "structured", "training", "geometry", "language")


@dataclass(frozen=True)
class View:
    """A pure function from a timeline to a picture, in the traces that `assets/lab/figure/figure.js` draws.

    Attributes:
        title: what is in the picture; under settings of which one of `cases` holds, the title of that case (the first counts).
        when: a predicate on the parameters for views that make sense only under some settings.
    """

    name: str
    title: str
    help: str
    draw: Callable[[Timeline, Style], Picture]
    when: Callable[[Any], bool] | None = None
    cases: tuple[tuple[Condition, str], ...] = ()

    def title_for(self, params: Any) -> str:
        """The title under these settings."""
        return next((title for condition, title in self.cases if condition(params)), self.title)

    @property
    def titles(self) -> tuple[str, ...]:
        """All titles it can have."""
        return (self.title, *(title for _, title in self.cases))


@dataclass(frozen=True)
class Tempo:
    """How long a run is, and at which pace it plays, under some settings of a topic whose loop is another one there."""

    when: Condition
    steps: int
    pace: float | None = None


@dataclass(frozen=True)
class Topic:
    """A lab. `model` names the class that computes, as "module:Class", imported only where torch may be.

    Attributes:
        parts: names of the parts of one step, in order (what slow motion stops at).
        steps: how long a default run is; the player stops there.
        uploads: which kinds of own data the topic takes ("table", "column", "numbers", "samples", "pairs", "images", "text").
        data_param / data_value: the choice parameter and its value that mean "own data".
        scripts: functions and methods of the model module that are shown as "the loop's source".
        chapters: the story, five to ten; the first is what a newcomer sees move.
        hero: the parameter under the reader's thumb, or (name, condition) pairs, of which the first that holds counts; a chapter
            may name another.
        after: slugs of the topics that this one builds on.
        short: a short title for navigation; the title where empty.
        stackable: live parameters whose values may differ between the arms of one model (`Model.observe_arm`).
        stacks: settings under which they may; always where None.
        separate: whether the arms of one model do not touch each other: each is, to the last digit, what it would be alone.
        untrained: live parameters that act on no training, only on what is measured: runs that differ in nothing else learn the same.
        cover: the view that stands for the topic in the gallery; the first one where empty.
        guesses: what a person may guess before a run, two or three.
        pace: steps a second at which a page plays unless the reader asks for another speed: for a loop that would be over before it
            is seen. None plays as fast as it computes.
        tempos: settings under which `steps` and `pace` are others; the first that holds counts.
        seed: of a run for which none is given (page, command line, recorded picture); 0 but for a reason.
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
    chapters: tuple[Chapter, ...] = ()
    hero: str | tuple[tuple[str, Condition], ...] = ""
    after: tuple[str, ...] = ()
    short: str = ""
    uploads: tuple[Literal["table", "column", "numbers", "samples", "pairs", "images", "text"], ...] = ()
    data_param: str = ""
    data_value: str = ""
    scripts: tuple[str, ...] = ("steps",)
    cover: str = ""
    untrained: tuple[str, ...] = ()
    stackable: tuple[str, ...] = ()
    stacks: Callable[[Any], bool] | None = None
    separate: bool = False
    guesses: tuple[Guess, ...] = ()
    pace: float | None = None
    tempos: tuple[Tempo, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        if self.group not in GROUPS:
            raise ValueError(f"topic {self.slug}: group “{self.group}” is not one of {', '.join(GROUPS)}")
        names = [output.name for output in self.outputs]
        if len(set(names)) != len(names):
            raise ValueError(f"topic {self.slug}: two outputs share a name")
        self.params.declared = {output.name: output for output in self.outputs}
        self._check_conditions()
        self._check_chapters()
        self._check_guesses()

    def _check_conditions(self) -> None:
        """Conditions speak of parameters (or properties) that there are, and of values that these can take."""
        controls = self.params.controls()
        conditions = [(f"parameter {name}", control.when) for name, control in controls.items()]
        for kind, items in (("output", self.outputs), ("view", self.views), ("guess", self.guesses)):
            conditions += [(f"{kind} {item.name}", item.when) for item in items if isinstance(item.when, Condition)]
        conditions += [("tempo", tempo.when) for tempo in self.tempos]
        conditions += [(f"title of view {view.name}", condition) for view in self.views for condition, _ in view.cases]
        conditions += [] if isinstance(self.hero, str) else [(f"hero {name}", condition) for name, condition in self.hero]
        for what, condition in conditions:
            for part in condition.statements if condition is not None else ():
                if part.name not in controls and not hasattr(self.params, part.name):
                    raise ValueError(f"topic {self.slug}: {what} depends on “{part.name}”, which is not there")
                if part.name in controls and part.plain:
                    for value in part.values:
                        self.params.read(part.name, (value,) if controls[part.name].type == "choices" else value)
        for part in (part for tempo in self.tempos for part in tempo.when.statements):
            if part.name in controls and controls[part.name].hot:
                raise ValueError(f"topic {self.slug}: a tempo depends on “{part.name}”, which changes while it runs")
        for name in [self.hero] if isinstance(self.hero, str) else [name for name, _ in self.hero]:
            if name and name not in controls:
                raise ValueError(f"topic {self.slug}: its hero “{name}” is no parameter")

    def _check_chapters(self) -> None:
        controls, views = self.params.controls(), {view.name for view in self.views}
        if len({chapter.name for chapter in self.chapters}) != len(self.chapters):
            raise ValueError(f"topic {self.slug}: two chapters share a name")
        for chapter in self.chapters:
            where = f"topic {self.slug}: chapter {chapter.name}"
            params = self.params.build(chapter.values)
            if chapter.compare is not None:
                params.change(chapter.compare)
            if chapter.sweep is not None and chapter.sweep.name != "seed":
                for value in chapter.sweep.values:
                    params.change({chapter.sweep.name: value})
            beside = "" if chapter.sweep is None else chapter.sweep.beside
            for step, values in chapter.changes:
                params = params.change(values)
                if step < 1 or not all(controls[name].hot for name in values):
                    raise ValueError(f"{where}: changes are hot values after at least one step")
            known: list[tuple[str, tuple[str, ...], set[str]]] = [("view", chapter.views, views)]
            known.append(("scalar", (beside,), {"", *(output.name for output in self.outputs if output.scalar)}))
            known.append(("hero", (chapter.hero,), {"", *controls}))
            known.append(("section", (chapter.section,), {"", *(control.section for control in controls.values())}))
            known.append(("guess", (chapter.guess,), {"", *(guess.name for guess in self.guesses)}))
            for what, names, there in known:
                for name in names:
                    if name not in there:
                        raise ValueError(f"{where}: there is no {what} “{name}”")

    def _check_guesses(self) -> None:
        if len({guess.name for guess in self.guesses}) != len(self.guesses):
            raise ValueError(f"topic {self.slug}: two guesses share a name")
        scalars = {output.name for output in self.outputs if output.scalar}
        for guess in self.guesses:
            about, known = (guess.scalar, scalars) if guess.scalar else (guess.parameter, self.params.controls())
            if not guess.options and about not in known:
                raise ValueError(f"topic {self.slug}: guess {guess.name} is about “{about}”, which is not there")
            for view in guess.hides:
                if not self.has_view(view):
                    raise ValueError(f"topic {self.slug}: guess {guess.name} hides “{view}”, which is no view")

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What its chapters show, each claim once, in their order."""
        return tuple({shown.name: shown for chapter in self.chapters for shown in chapter.shows}.values())

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

    def controls_for(self, params: Params) -> tuple[Control, ...]:
        """The controls that act under these settings; the others need not be shown."""
        controls = type(params).controls().values()
        return tuple(control for control in controls if control.when is None or control.when(params))

    def chapter(self, name: str) -> Chapter:
        """The chapter of that name; raises UnknownName with the nearest one."""
        known = {chapter.name: chapter for chapter in self.chapters}
        if name not in known:
            raise UnknownName(name, list(known), what="chapter")
        return known[name]

    def steps_of(self, chapter: Chapter) -> int:
        """How long a chapter's run is."""
        return chapter.steps or self.tempo(self.params.build(chapter.values)).steps

    def tempo(self, params: Params) -> Tempo:
        """How long a run under these settings is, and at which pace a page plays it."""
        usual = Tempo(Condition("all"), self.steps, self.pace)
        return next((tempo for tempo in self.tempos if tempo.when(params)), usual)

    def hero_for(self, params: Params, chapter: Chapter | None = None) -> str:
        """The parameter under the reader's thumb under these settings, in this chapter; "" where there is none."""
        if chapter is not None and chapter.hero:
            return chapter.hero
        if isinstance(self.hero, str):
            return self.hero
        return next((name for name, condition in self.hero if condition(params)), "")

    @cached_property
    def kinds(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of the outputs that are clocks, and of those that are constants: what a frame of the topic says of itself."""
        clocks, constants = (tuple(o.name for o in self.outputs if o.kind == kind) for kind in ("clock", "constant"))
        return clocks, constants

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
            found = frame.arrays.get(output.name)
            if found is None:
                problems.append(f"array {output.name} is missing")
                continue
            dims = output.shape.split()
            if len(dims) != found.ndim:
                problems.append(f"array {output.name} has shape {found.shape}, declared “{output.shape}”")
                continue
            if output.exact and found.dtype != np.float64:
                problems.append(f"array {output.name} is {found.dtype}, declared exact: float64")
            for dim, size in zip(dims, found.shape, strict=True):
                if sizes.setdefault(dim, int(dim) if dim.isdigit() else size) != size:
                    problems.append(
                        f"array {output.name} has shape {found.shape}, declared “{output.shape}”: {dim} is {sizes[dim]}"
                    )
        known = {output.name for output in declared}
        problems += [f"undeclared output {name}" for name in (*frame.scalars, *frame.arrays) if name not in known]
        return problems


def _missing(name: str) -> Any:
    raise KeyError(name)
