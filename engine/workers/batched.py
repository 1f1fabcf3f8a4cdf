"""One parameter at many values: the plan of a sweep, and the session that trains all arms as one stacked model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from engine.core import registry
from engine.core.frame import Frame
from engine.core.params import BadValue, Control, Params, UnknownName
from engine.core.score import MAX_SEED, Score, check_seed, digest
from engine.core.session import Session

if TYPE_CHECKING:
    from engine.core.model import Model

MOST = 32  # arms of one sweep
SEED = "seed"  # the one thing that can be swept and is no parameter


class Plan(BaseModel):
    """A run to be made with several values of one parameter; `score.steps` says how long."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    score: Score
    name: str
    values: tuple[Any, ...]

    @classmethod
    def checked(cls, score: Score, name: str, values: tuple[Any, ...]) -> Self:
        """A plan whose every arm is possible; raises BadValue or UnknownName."""
        controls = registry.find(score.topic).params.controls()
        if name != SEED and name not in controls:
            raise UnknownName(name, [*controls, SEED])
        if name != SEED and (controls[name].type == "choices" or controls[name].kind == "lens"):
            raise BadValue("over", name, "a number, a choice or a switch that the run itself depends on")
        if not 2 <= len(values) <= MOST or len(set(values)) != len(values):
            raise BadValue("values", ", ".join(map(str, values)), f"2 to {MOST} different values")
        if score.steps < 1:
            raise BadValue("steps", score.steps, "at least 1")
        plan = cls(score=score, name=name, values=tuple(values))
        plan = cls(score=score, name=name, values=tuple(plan._read(arm) for arm in range(len(values))))
        if len(set(plan.values)) != len(values):  # "1" and "1.0" are one value
            raise BadValue("values", ", ".join(map(str, values)), f"2 to {MOST} different values")
        for arm in range(len(values)):
            plan.params(arm)
        return plan

    def _read(self, arm: int) -> Any:
        if self.name == SEED:
            return check_seed(self.values[arm])
        return registry.find(self.score.topic).params.read(self.name, self.values[arm])

    def params(self, arm: int) -> Params:
        """The starting parameters of an arm; raises BadValue."""
        return self.settings(arm).settings()

    def settings(self, arm: int) -> Score:
        """The score of one arm alone: what the others change by hand holds for it, too, but not its swept value."""
        if self.name == SEED:
            return self.score.model_copy(update={"seed": self.values[arm]})
        changes = []
        for change in self.score.changes:
            values = {name: value for name, value in change.values.items() if name != self.name}
            changes += [change.model_copy(update={"values": values})] if values else []
        params = {**self.score.params, self.name: self.values[arm]}
        return self.score.model_copy(update={"params": params, "changes": tuple(changes)})


def spaced(control: Control | None, low: float, high: float, count: int) -> tuple[Any, ...]:
    """Values of a parameter from `low` to `high`, evenly on its own scale (seeds: None); raises BadValue."""
    if control is not None and control.type in ("choice", "toggle"):
        return tuple(control.options) if control.type == "choice" else (False, True)
    name = SEED if control is None else control.name
    least, most = (0.0, float(MAX_SEED)) if control is None else (float(control.low or 0.0), float(control.high or 0.0))
    bottom = 0.0 if control is not None and control.zero else least
    for value in (low, high):
        if not bottom <= value <= most:
            raise BadValue(name, value, control.allowed() if control is not None else f"a whole number, 0 to {MAX_SEED}")
    if not 2 <= count <= MOST:
        raise BadValue("count", count, f"2 to {MOST}")
    if not low < high:
        raise BadValue(name, f"{low} … {high}", "a smaller value first, then a larger one")
    if control is not None and control.log:
        start = max(low, least)
        rest = np.geomspace(start, high, count - (low < least))
        values = [0.0, *rest] if low < least else list(rest)
    else:
        values = list(np.linspace(low, high, count))
    whole = control is None or control.type == "integer"
    found = [round(value) if whole else min(max(float(f"{value:.4g}"), low), high) for value in values]
    return tuple(dict.fromkeys(found))


def stackable(plan: Plan) -> bool:
    """Whether the arms of a plan can be trained as one model."""
    topic = registry.find(plan.score.topic)
    return plan.name in topic.stackable and (topic.stacks is None or topic.stacks(plan.params(0)))


class Batched(Session):
    """All arms of a plan in one model: the same batches and the same noise, one optimiser step for all."""

    def __init__(self, plan: Plan, device: str = "auto", data: Mapping[str, np.ndarray] | None = None) -> None:
        self.plan = plan
        self.arms = [plan.params(arm) for arm in range(len(plan.values))]
        if plan.score.data != digest(data):
            raise ValueError("this run was made with the user's own data, which are not here")
        super().__init__(registry.find(plan.score.topic), self.arms[0], plan.score.seed, device, data, plan.settings(0).changes)

    def _make(self, data: Mapping[str, np.ndarray] | None) -> Model:
        return self.topic.load_model()(self.params, self.seed, self.device, data, self.arms)

    def _take(self, clean: dict[str, Any]) -> None:
        """What is changed is changed in all arms."""
        self.arms = [params.change(clean) for params in self.arms]
        self.params = self.arms[0]
        self._model.take(self.arms)

    def run(self, *, seconds: float | None = None, steps: int | None = None, parts: int | None = None) -> int:
        """As a session runs, but never past the plan's end."""
        left = self.plan.score.steps - self.step
        steps = left if steps is None else min(left, steps)
        done = super().run(seconds=seconds, steps=max(0, steps), parts=parts)
        self.finished = self.finished or len(self._model.lost) == len(self.arms)
        return done

    def look_at(self, arm: int) -> Frame:
        """The frame of an arm; raises Diverged where that arm has."""
        if arm in self._model.lost:
            raise self._model.lost[arm]
        return Frame(self.step, *self._model.observe_arm(arm), self.arms[arm].values(), "", self.seconds, *self.topic.kinds)
