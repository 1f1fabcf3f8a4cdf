"""Short real runs of a topic, made once and shared by the contract tests."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from engine.cli.chapters import FEW, Played, Runs
from engine.core import registry
from engine.core.frame import Frame
from engine.core.params import BadValue, Control
from engine.core.session import Session
from engine.core.topic import Timeline, Topic, View
from engine.data.uploads import read_upload
from engine.runs.history import History

STEPS, EVERY = 30, 10
TEXTS = {  # of labs that read a language of their own
    "on-lstm": "A b b1 A2 c c1 D d D1 a a2\n",
    "dgcnn-extraction": "《红海》导演王伟，生于新港。\n“Sky Sea” director Wang Wei.\n",
    "dgcnn-reading": "Anna draws?\nToday Hugo draws a fox. Anna still draws now moon stone, and Hugo often sleeps.\n",
    "text-matching": "1 2 3\t4 5\t1\n6 2\t7 8 9\t0\n3\t1 2\n" * 40,
}
T = TypeVar("T")
_of_topic: dict[str, dict[Any, Any]] = {}  # what was made for the topic that was asked about last


def kept(make: Callable[..., T]) -> Callable[..., T]:
    """Make a thing of a topic once. Tests of a topic come one after the other: what was made for another one is let go."""

    @wraps(make)
    def get(slug: str, *more: Any) -> T:
        if slug not in _of_topic:
            _of_topic.clear()
        made = _of_topic.setdefault(slug, {})
        if (make, more) not in made:
            made[make, more] = make(slug, *more)
        return made[make, more]

    return get


@dataclass
class Run:
    """A short run: its frames at step ends, those within one step, and what a view sees of each."""

    topic: Topic
    session: Session
    history: History
    parts: list[Frame]

    @property
    def frames(self) -> list[Frame]:
        return [*self.history.frames, *self.parts]

    def timeline(self, frame: Frame, *, bare: bool = False) -> Timeline:
        """What a view sees; `bare` as for the recorded frame, which has no history."""
        params = self.topic.params.build(frame.settings)
        if bare:
            return Timeline(frame, params)
        return Timeline(frame, params, self.history.scalars(frame.step), self.session.marks, self.session.seed)

    @property
    def timelines(self) -> list[Timeline]:
        return [*(self.timeline(frame) for frame in self.frames), self.timeline(self.frames[-1], bare=True)]


@kept
def run_of(slug: str) -> Run:
    """Defaults, seed 0, 30 steps with a frame kept every 10 and one hot change; then one step part by part."""
    topic = registry.find(slug)
    session = Session(topic, topic.params(), 0, "cpu")
    history = History()
    history.add(session.look())
    for step in range(EVERY, STEPS + 1, EVERY):
        history.add(session.advance(steps=EVERY))
        if step == EVERY:
            nudge(session)
    parts = [session.advance(parts=1) for _ in topic.parts]
    return Run(topic, session, history, parts)


def nudge(session: Session) -> str | None:
    """Change one hot parameter a little; returns its name, None for a topic without any that can be changed."""
    for control in session.topic.params.controls().values():
        if control.kind == "hot":
            for value in inside(control):
                if value != getattr(session.params, control.name):
                    try:
                        session.set(**{control.name: value})
                    except BadValue:
                        continue
                    return control.name
    return None


def named(problem: BadValue, topic: Topic) -> None:
    """A rule between fields says first which parameter it is about."""
    assert problem.name in topic.params.controls(), f"the rule does not name its parameter first: {problem}"


def middle(control: Control) -> Any:
    assert control.low is not None and control.high is not None
    value = math.sqrt(control.low * control.high) if control.log else (control.low + control.high) / 2
    return round(value) if control.type == "integer" else value


def inside(control: Control) -> list[Any]:
    """Values a parameter must be able to take: its ends, the middle, a step inside; every option of a choice."""
    match control.type:
        case "toggle":
            return [False, True]
        case "choice":
            return list(control.options)
        case "choices":
            alone = [(option,) for option in control.options if control.least <= 1]
            return [*alone, control.options[: max(control.least, 1)], control.options]
    assert control.low is not None and control.high is not None
    whole = control.type == "integer"
    step = control.step or (1 if whole else (control.high - control.low) / 7)
    near = min(control.low + step, control.high)
    values = [near, middle(control), control.low, control.high]
    if control.zero:
        values.append(0)
    return [int(value) if whole else float(value) for value in values]


def own_data(topic: Topic) -> dict[str, np.ndarray] | None:
    """Data as a person would upload them, of the first kind that the topic takes."""
    if not topic.uploads:
        return None
    random = np.random.default_rng(0)
    match topic.uploads[0]:
        case "table":
            rows = "\n".join(",".join(f"{value:.3f}" for value in row) for row in random.normal(size=(300, 3)))
            return read_upload("own.csv", rows.encode(), topic.uploads)
        case "column":
            return read_upload("own.csv", "\n".join(f"{value:.3f}" for value in random.normal(size=40)).encode(), topic.uploads)
        case "samples":
            table = np.column_stack([random.normal(size=(300, 2)), np.arange(300) % 2])
            rows = "\n".join(",".join(f"{value:.3f}" for value in row) for row in table)
            return read_upload("own.csv", rows.encode(), topic.uploads)
        case "pairs":
            table = random.normal(size=(300, 9))
            return read_upload(
                "own.csv", "\n".join(",".join(f"{value:.3f}" for value in row) for row in table).encode(), topic.uploads
            )
        case "images":
            file = io.BytesIO()
            with zipfile.ZipFile(file, "w") as archive:
                for index in range(60):
                    picture = io.BytesIO()
                    Image.fromarray(random.integers(0, 256, (28, 28), np.uint8)).save(picture, "PNG")
                    archive.writestr(f"{index}.png", picture.getvalue())
            return read_upload("own.zip", file.getvalue(), topic.uploads)
        case _:
            text = TEXTS.get(topic.slug) or (
                "The quick brown fox jumps! Over the lazy dog it goes, and the dog sleeps on. " * 100
            )  # two marks that end a sentence
            return read_upload("own.txt", text.encode(), topic.uploads)


def own_bytes(frame: Frame) -> int:
    """Bytes of a frame in its wire form without its constants, which are kept and sent once."""
    return len(frame.to_bytes()) - sum(frame.arrays[name].nbytes for name in frame.constants if name in frame.arrays)


def variants(topic: Topic) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every value of every cold choice and toggle, and the low end of every cold number, each alone.

    Where several may be chosen: the fewest, the last alone, and all of them.
    """
    for control in topic.params.controls().values():
        if control.kind != "cold":
            continue
        values = [control.low] if control.type in ("number", "integer") else inside(control)
        for value in values if control.type != "choices" else dict.fromkeys(values[-3:]):
            if value != control.default:
                yield f"{control.name} = {value}", {control.name: value}


@dataclass
class Variant:
    """A run of three steps under another cold setting (its beginning, within a step, its end), or what refuses the setting."""

    name: str
    session: Session | None
    frames: list[Frame]
    refused: BadValue | None = None

    @property
    def timelines(self) -> list[Timeline]:
        if self.session is None:
            return []
        history = History()
        made = []
        for frame in self.frames:
            history.add(frame)
            params = self.session.topic.params.build(frame.settings)
            made.append(Timeline(frame, params, history.scalars(), (), 0))
        return made


@kept
def variants_of(slug: str) -> list[Variant]:
    topic = registry.find(slug)
    made = []
    for name, values in variants(topic):
        try:
            params = topic.params.build(values)
            data = own_data(topic) if values.get(topic.data_param) == topic.data_value and topic.data_value else None
            session = Session(topic, params, 0, "cpu", data)
        except BadValue as problem:
            made.append(Variant(name, None, [], problem))
            continue
        frames = [session.look(), session.advance(parts=1), session.advance(steps=3)]
        made.append(Variant(name, session, frames))
    return made


def views(timeline: Timeline, topic: Topic) -> tuple[View, ...]:
    return topic.views_for(timeline.params)


@kept
def chapters_of(slug: str) -> Runs:
    topic = registry.find(slug)
    return Runs(topic, chapters=topic.chapters, looks=FEW)


@kept
def played(slug: str, chapter: str) -> Played:
    """A chapter's run to its end with its own seed, trained once for all tests of this process."""
    return chapters_of(slug).play(registry.find(slug).chapter(chapter))
