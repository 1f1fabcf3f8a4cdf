"""Chapters played without a page: the runs that `python -m engine check` judges, and that tests look at.

runs = Runs(topic)
collapse(runs.play(topic.chapter("too_much")).timeline)
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.core import registry
from engine.core.chapter import Chapter
from engine.core.frame import Frame, Timeline
from engine.core.params import Params
from engine.core.score import Change, Score, marks
from engine.core.session import Session
from engine.core.topic import Topic
from engine.runs.history import History
from engine.workers.batched import SEED, Batched, Plan, stackable

LOOKS = 60  # frames that a timeline's history has, about: a look costs several steps
FEW = 12  # enough to judge by


@dataclass
class Played:
    """A chapter that was played to its end.

    Attributes:
        timeline: what its claims judge.
        score: of the run itself (of the shown arm, in a sweep).
        history: the kept frames and curves of that run.
        arms: the score and history of each run that belongs to it: itself, and its twin; or all of a sweep that did not diverge.
        seconds: computing time; what an earlier chapter had computed already is not counted again.
    """

    chapter: Chapter
    timeline: Timeline
    score: Score
    history: History
    arms: tuple[tuple[Score, History], ...]
    seconds: float
    _session: Session | None = None

    @property
    def session(self) -> Session:
        """The run at its end, weights and all; computed again where another chapter went on with it."""
        if self._session is None or self._session.score != self.score:
            self._session = Session.from_score(self.score, "cpu")
        return self._session


@dataclass
class _Arm:
    """A run that may go on: what was kept of it so far, by how it was looked at."""

    session: Session
    histories: dict[str, History]


_Line = tuple[Timeline, History, Session | None]
# Steps after which values of what only looks depend on hold; the first are those of the start.
_Lenses = list[tuple[int, dict[str, Any]]]


class Runs:
    """Plays chapters of one topic; a chapter that goes on where an earlier one ended only computes what is missing.

    Runs that differ in nothing but lenses (and what else acts on no training: `Topic.untrained`) are trained once and looked at
    through each. Those of one chapter always are; those of several where it is said beforehand which `chapters` are going to be
    played; and so is a run that an arm of a stacked sweep is anyway, where arms do not touch each other (`Topic.separate`). A run
    is looked at `looks` times, evenly.
    """

    def __init__(
        self, topic: Topic, device: str = "cpu", chapters: Iterable[Chapter] = (), seed: int | None = None, looks: int = LOOKS
    ) -> None:
        self.topic, self.device, self.looks = topic, device, looks
        self._arms: dict[str, _Arm] = {}
        self._wanted: dict[str, dict[str, list[Score]]] = {}  # by what is trained and by lenses: what is trained, and how long
        self._ended: dict[tuple[str, str], _Line] = {}  # what was seen of runs that have ended, by their score and lenses
        self._stacks: dict[str, Plan] = {}  # stacked sweeps that are going to be played, of arms that do not touch each other
        self._stacked: dict[str, dict[Any, _Line]] = {}  # and what was seen of their arms
        for chapter in chapters:
            self._foresee(chapter, seed)

    def _foresee(self, chapter: Chapter, seed: int | None) -> None:
        """Note through which lenses the chapter looks at its runs."""
        for score in scores_of(self.topic, chapter, seed):
            trained, lenses = apart(self.topic, score)
            scores = self._wanted.setdefault(beginning(trained), {}).setdefault(json.dumps(lenses), [])
            scores += [] if trained in scores else [trained]
        if self.topic.separate and chapter.sweep is not None and stacked(plan := plan_of(self.topic, chapter, seed)):
            self._stacks[plan.model_dump_json()] = plan

    def play(self, chapter: Chapter, seed: int | None = None) -> Played:
        """A chapter's run to its end, with its changes at their steps. Raises Diverged where a run does."""
        begin = time.perf_counter()
        self._foresee(chapter, seed)
        score = score_of(self.topic, chapter, seed)
        if chapter.sweep is not None:
            plan = plan_of(self.topic, chapter, seed)
            lines = self._stack(plan) if stacked(plan) else self._each(plan)
            own = score.seed if plan.name == SEED else score.settings().values()[plan.name]
            shown = own if own in lines else next(iter(lines))
            timeline, history, session = lines[shown]
            timeline = replace(timeline, arms={value: line[0] for value, line in lines.items()})
            score = plan.settings(plan.values.index(shown))
            arms = [(plan.settings(plan.values.index(value)), line[1]) for value, line in lines.items()]
        else:
            timeline, history, session = self._one(score)
            arms = [(score, history)]
            if chapter.compare is not None:
                twin = twin_of(score, chapter.compare)
                other = self._one(twin)
                timeline = replace(timeline, other=other[0])
                arms.append((twin, other[1]))
        return Played(chapter, timeline, score, history, tuple(arms), time.perf_counter() - begin, session)

    def _one(self, score: Score) -> _Line:
        """A run as an arm of a stack that is going to be played, or by itself."""
        for plan in self._stacks.values():
            for arm, value in enumerate(plan.values):
                if plan.settings(arm) == score and (line := self._stack(plan).get(value)):
                    return line[0], line[1].copy(), None
        return self._alone(score)

    def _stack(self, plan: Plan) -> dict[Any, _Line]:
        """All arms of a sweep as one model; kept where other chapters may ask for one of them."""
        name = plan.model_dump_json()
        if name not in self._stacks:
            return self._batched(plan)
        if name not in self._stacked:
            self._stacked[name] = self._batched(plan)
        return self._stacked[name]

    def _alone(self, score: Score) -> _Line:
        """A run of its own, or the rest of one that had the same beginning."""
        trained, lenses = apart(self.topic, score)
        first, end, own = beginning(trained), trained.model_dump_json(), json.dumps(lenses)
        arm = self._arms.get(first)
        if arm is not None and arm.session.step > score.steps and (line := self._ended.get((end, own))):
            return line[0], line[1].copy(), None  # its run has gone on since
        if arm is None or own not in arm.histories or not _continues(arm.session.score, trained):
            begun = trained.model_copy(update={"params": score.settings().values()})
            arm = self._arms[first] = _Arm(Session.begin(begun, self.device), {})
            for name, scores in self._wanted[first].items():
                if any(wanted == trained or _continues(trained, wanted) for wanted in scores):
                    arm.histories[name] = History()
            self._look(arm)
        arm.session.schedule(trained.changes)
        for step in moments(score, self.looks):
            if step > arm.session.step and not arm.session.finished:
                try:
                    arm.session.reach(step)
                except ArithmeticError:
                    del self._arms[first]  # whoever else asks for this run is told, too
                    raise
                for name in list(arm.histories):
                    if all(wanted.steps < arm.session.step for wanted in self._wanted[first][name]):
                        del arm.histories[name]  # nobody is going to ask for it any more
                self._look(arm)
        arm.session.settle()
        for name, history in arm.histories.items():
            frame = arm.session.look(seen(json.loads(name), score.steps, settled=True))
            history.add(frame)
            self._ended[end, name] = self._timeline(frame, history, score), history.copy(), None
        timeline, history, _ = self._ended[end, own]
        return timeline, history.copy(), arm.session

    def _look(self, arm: _Arm) -> None:
        for lenses, history in arm.histories.items():
            history.add(arm.session.look(seen(json.loads(lenses), arm.session.step)))

    def _each(self, plan: Plan) -> dict[Any, _Line]:
        """The arms of a sweep one after the other; raises Diverged where all did."""
        lines, lost = {}, []
        for arm, value in enumerate(plan.values):
            try:
                lines[value] = self._alone(plan.settings(arm))
            except ArithmeticError as problem:
                lost.append(problem)
        if not lines:
            raise lost[0]
        return lines

    def _batched(self, plan: Plan) -> dict[Any, _Line]:
        """All arms of a sweep as one model; raises Diverged where all did."""
        session = Batched(plan, self.device)
        histories = {arm: History() for arm in range(len(plan.values))}
        for step in (0, *moments(plan.score, self.looks)):
            while session.step < step and not session.finished:
                session.run(steps=step - session.step)
            if step == plan.score.steps:
                session.settle()  # as at the end of a run of its own
            for arm, history in list(histories.items()):
                try:
                    history.add(session.look_at(arm))
                except ArithmeticError:
                    del histories[arm]
                    if not histories:
                        raise
        ends = {arm: self._timeline(history.frames[-1], history, plan.settings(arm)) for arm, history in histories.items()}
        return {plan.values[arm]: (end, histories[arm], None) for arm, end in ends.items()}

    def _timeline(self, frame: Frame, history: History, score: Score) -> Timeline:
        params: Params = self.topic.params.build(frame.settings)
        return Timeline(frame, params, history.scalars(), marks(self.topic, score.changes), score.seed)


def score_of(topic: Topic, chapter: Chapter, seed: int | None = None) -> Score:
    """The score of a chapter's own run."""
    params = topic.params.build(chapter.values)
    read = topic.params.read
    changes = tuple(
        Change(step=step, values={name: read(name, value) for name, value in values.items()})
        for step, values in chapter.changes
    )
    own = chapter.seed if seed is None else seed
    return Score(topic=topic.slug, params=params.values(), seed=own, changes=changes, steps=topic.steps_of(chapter))


def scores_of(topic: Topic, chapter: Chapter, seed: int | None = None) -> list[Score]:
    """The scores of all runs of a chapter that are sessions of their own."""
    score = score_of(topic, chapter, seed)
    if chapter.sweep is None:
        return [score] if chapter.compare is None else [score, twin_of(score, chapter.compare)]
    plan = plan_of(topic, chapter, seed)
    return [] if stacked(plan) else [plan.settings(arm) for arm in range(len(plan.values))]


def stacked(plan: Plan) -> bool:
    """Whether the arms of a plan are trained as one model here: not where they need no more than several looks at one run."""
    return stackable(plan) and plan.name not in registry.find(plan.score.topic).untrained


def apart(topic: Topic, score: Score) -> tuple[Score, _Lenses]:
    """What a run's training depends on, as a score without all else; and the values of its lenses, which do not act on it."""
    names = [name for name, control in topic.params.controls().items() if control.kind == "lens" or name in topic.untrained]
    params = score.settings().values()
    lenses: _Lenses = [(-1, {name: params.pop(name) for name in names})]
    changes = []
    for change in score.changes:
        parts: tuple[dict[str, Any], dict[str, Any]] = {}, {}
        for name, value in change.values.items():
            parts[name in names][name] = value
        changes += [change.model_copy(update={"values": parts[0]})] if parts[0] else []
        lenses += [(change.step, parts[1])] if parts[1] else []
    return score.model_copy(update={"params": params, "changes": tuple(changes)}), lenses


def seen(lenses: _Lenses, step: int, settled: bool = False) -> dict[str, Any]:
    """The lenses that hold at a step: what is changed at that very one only when the run goes on from there, or is `settled`."""
    return {name: value for at, values in lenses if at < step + settled for name, value in values.items()}


def beginning(trained: Score) -> str:
    """What a run begins as, as text."""
    return trained.model_copy(update={"changes": (), "steps": 0}).model_dump_json()


def twin_of(score: Score, values: Mapping[str, Any]) -> Score:
    """The twin's score: the same seed, other values; changes hold for both, but not of what the twin has for itself."""
    params = score.settings().change(values).values()
    kept = [
        (change.step, {name: value for name, value in change.values.items() if name not in values}) for change in score.changes
    ]
    changes = tuple(Change(step=step, values=own) for step, own in kept if own)
    return score.model_copy(update={"params": params, "changes": changes})


def plan_of(topic: Topic, chapter: Chapter, seed: int | None = None) -> Plan:
    """The plan of a chapter's sweep; another seed shifts those of a sweep over seeds."""
    assert chapter.sweep is not None
    values = chapter.sweep.values
    if chapter.sweep.name == SEED and seed is not None:
        values = tuple(value + seed * len(values) for value in values)
    return Plan.checked(score_of(topic, chapter, seed), chapter.sweep.name, values)


def moments(score: Score, looks: int) -> list[int]:
    """Steps at which a run is looked at, evenly; the last is its end."""
    count = min(score.steps, looks)
    return [round(score.steps * (place + 1) / count) for place in range(count)]


def _continues(past: Score, score: Score) -> bool:
    """Whether a run that has come as far as `past`, and has changed by then what it says, is the beginning of this score."""
    early = tuple(change for change in score.changes if change.step < past.steps)
    return past.steps <= score.steps and past.changes == early
