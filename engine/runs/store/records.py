"""What a list of saved runs shows, what opening one gives, and the words by which runs are found."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from engine.core import registry
from engine.core.frame import Frame
from engine.core.language import LANGUAGES, translate
from engine.core.params import Params, as_text
from engine.core.score import Change, Score, marks
from engine.core.topic import Timeline, Topic
from engine.guess.crowd import Crowd
from engine.runs.history import History

if TYPE_CHECKING:
    from engine.runs.store.tables import Run

MAX_TITLE, MAX_TAGS, MAX_TAG, MAX_NOTE, MAX_SEARCH = 200, 12, 40, 2000, 200


@dataclass(frozen=True)
class RunInfo:
    """One line of the list of saved runs. `settings` are the changed parameters and the seed, as text."""

    id: uuid.UUID
    created: datetime
    topic: str
    title: str
    tags: tuple[str, ...]
    settings: str
    steps: int
    seconds: float
    device: str
    note: str
    deleted_at: datetime | None


@dataclass(frozen=True)
class Found:
    """A page of a search, newest first, and how many runs match in all."""

    runs: list[RunInfo]
    total: int


@dataclass(frozen=True)
class KeptRun:
    """A saved run read back and checked: everything in it is what its topic declares."""

    info: RunInfo
    topic: Topic
    score: Score
    params: Params  # in force at the end
    history: History
    data: dict[str, np.ndarray] | None
    guesses: tuple[Crowd, ...] = ()  # what a class guessed of it

    @property
    def last(self) -> Frame:
        return self.history.frames[-1]

    def timeline(self) -> Timeline:
        """What the topic's views draw of the run's end."""
        marked = marks(self.topic, self.score.changes)
        return Timeline(self.last, self.params, self.history.scalars(), marked, self.score.seed)


def score_of(score: Score, frame: Frame) -> Score:
    """The score that ends at a frame of its run: what came into force at that very step is what the frame says."""
    early = score.prefix(frame.step)
    params = early.settings()
    for change in early.changes:
        params = params.change(change.values)
    late = {name: value for name, value in frame.settings.items() if value != getattr(params, name)}
    changes = (*early.changes, Change(step=frame.step, values=late)) if late else early.changes
    return early.model_copy(update={"params": early.settings().values(), "changes": changes})


def words(score: Score, last: Frame) -> tuple[str, str]:
    """(changed parameters and seed as people read them, everything of a score that a search may ask for)."""
    params = score.settings()
    topic = registry.find(score.topic)
    end = params.change(last.settings)
    settings = [f"{name}={value}" for name, value in end.to_text().items()] + ([f"seed={score.seed}"] if score.seed else [])
    asked = {f"seed={score.seed}", topic.slug, *(translate(topic.title, language, topic.slug) for language in LANGUAGES)}
    for values in (params.values(), end.values()):
        for name, control in params.controls().items():
            asked.add(f"{name}={as_text(values[name])}")
            if control.symbol:
                asked.add(f"{control.symbol}={as_text(values[name])}")
    return ", ".join(settings), clean(" ".join(sorted(asked)), 20_000).casefold()


def searched(run: Run, fixed: str) -> str:
    """The words of a run: those of its score, and after a tab those that can change."""
    return fixed + "\t" + " ".join([run.title, *(tag.name for tag in run.tags), run.note]).casefold()


def static(words: str) -> str:
    """The part of a run's words that its score fixes."""
    return words.partition("\t")[0]


def clean(text: str, most: int) -> str:
    """Text without control signs, broken surrogates and spaces in excess, of at most so many signs."""
    valid = str(text)[: most * 4].encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in valid).split())[:most].strip()


def clean_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Tags as they are kept: as they were written, without commas, each once whatever its case, in order."""
    names: dict[str, str] = {}
    for tag in tags:
        name = clean(tag.replace(",", " "), MAX_TAG)
        if name:
            names.setdefault(name.casefold(), name)
    return tuple(name for _, name in sorted(names.items()))[:MAX_TAGS]
