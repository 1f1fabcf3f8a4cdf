"""A score: everything that is needed to hear a run again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from engine.core import registry
from engine.core.params import BadValue, Params
from engine.core.topic import Topic

MAX_SEED = 2**32 - 1


class Change(BaseModel):
    """Hot values that come into force once `step` steps are complete."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    step: int = Field(ge=0)
    values: dict[str, Any]


class Score(BaseModel):
    """Everything that is needed to hear a run again: (topic, params, seed, changes, steps)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    topic: str
    params: dict[str, Any] = {}
    seed: int = Field(default=0, ge=0, le=MAX_SEED)
    changes: tuple[Change, ...] = ()
    steps: int = Field(default=0, ge=0)
    data: str | None = None  # digest of the user's own data, which travels beside the score

    def settings(self) -> Params:
        """The starting parameters, validated; raises BadValue or UnknownName."""
        return registry.find(self.topic).params.build(self.params)

    def prefix(self, step: int) -> Score:
        """The score of the first `step` steps (changes that come into force at `step` are left out)."""
        early = tuple(change for change in self.changes if change.step < step)
        return self.model_copy(update={"changes": early, "steps": step})


def check_seed(raw: Any) -> int:
    """A seed from text or number; raises BadValue."""
    try:
        seed = int(str(raw).strip())
    except ValueError:
        seed = -1
    if isinstance(raw, bool) or not 0 <= seed <= MAX_SEED:
        raise BadValue("seed", raw, f"a whole number, 0 to {MAX_SEED}")
    return seed


def digest(data: Mapping[str, np.ndarray] | None) -> str | None:
    """A short content hash of the user's own data."""
    if data is None:
        return None
    state = hashlib.sha256()
    for name in sorted(data):
        state.update(f"{name}{data[name].dtype}{data[name].shape}".encode())
        state.update(np.ascontiguousarray(data[name]).tobytes())
    return state.hexdigest()[:16]


def marks(topic: Topic, changes: list[Change] | tuple[Change, ...]) -> tuple[int, ...]:
    """Steps at which hot parameters (not lenses) changed."""
    controls = topic.params.controls()
    return tuple(c.step for c in changes if any(controls[name].kind == "hot" for name in c.values))
