"""Every chapter of every topic: moving the slider under the reader's thumb visibly changes the chapter's first picture."""

from __future__ import annotations

import json
import math
import os
import traceback
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.cli.chapters import score_of
from engine.core import registry
from engine.core.frame import Frame
from engine.core.params import Control
from engine.core.picture import Picture, Style, Trace
from engine.core.session import Session
from engine.core.topic import Chapter, Timeline, Topic
from engine.workers.forkserver import CAN_FORK
from tests.contract.runs import kept, played

BEFORE = 26  # steps before the hand moves, where a topic computes as fast as it can; one with a pace has played its chapter
SECOND = {
    "vae-geometry": 40,
    "vae-bayes": 40,
    "gumbel-softmax": 2,
    "vae-clustering": 40,
}  # steps that a second has at least, where a topic plays as fast as it computes;
# one with a pace takes so many, and the others must answer without any
LEAST = 0.03  # of the extent of a line or raster: less is not seen
WORDS_ONLY = {"same_s"}  # where the lesson is that nothing moves, the numbers in the picture do

CHAPTERS = [(topic, chapter) for topic in registry.topics().values() for chapter in topic.chapters]


def moved(control: Control, value: Any) -> Any:
    """A value a third of the slider away, or another option."""
    if control.type == "toggle":
        return not value
    if control.type == "choice":
        return next(option for option in ("replace", *control.options) if option in control.options and option != value)
    assert control.low is not None and control.high is not None
    low, high = (math.log(end) if control.log else end for end in (control.low, control.high))
    at = (math.log(max(value, control.low)) if control.log else value) - low
    there = low + at + (high - low) * (0.35 if at < 0.6 * (high - low) else -0.35)
    there = math.exp(there) if control.log else there
    return round(there) if control.type == "integer" else there


def drawn(topic: Topic, chapter: Chapter, change: dict[str, Any], steps: int) -> list[Picture]:
    """The chapter's first picture without the change and with it, the given number of steps later."""
    run, view = (topic.slug, json.dumps(chapter.values), chapter.seed, beginning(topic, chapter)), topic.view(chapter.views[0])
    frames = [branch(*run, json.dumps({}), steps), branch(*run, json.dumps(change), steps)]
    return [view.draw(Timeline(frame, topic.params.build(frame.settings)), Style()) for frame in frames]


@kept
def begun(slug: str, values: str, seed: int, begin: int) -> Session:
    """A run before the hand moves, trained once; where that is the end of a chapter, the chapter's own."""
    topic = registry.find(slug)
    for chapter in topic.chapters:
        same = (json.dumps(chapter.values), chapter.seed, topic.steps_of(chapter)) == (values, seed, begin)
        if same and not chapter.changes and (run := played(slug, chapter.name)).score == score_of(topic, chapter):
            return run.session
    session = Session.start(slug, json.loads(values), seed=seed, device="cpu")
    session.run(steps=begin)
    return session


@kept
def branch(slug: str, values: str, seed: int, begin: int, change: str, steps: int) -> Frame:
    """What a run is so many steps after its change; the run itself stays where it was: its branch is a process of its own."""
    session = begun(slug, values, seed, begin)
    if not CAN_FORK:
        return moved_on(Session.from_score(session.score, "cpu"), change, steps)
    source, sink = os.pipe()
    if (child := os.fork()) == 0:
        status = 1
        try:
            with os.fdopen(sink, "wb") as answer:
                answer.write(moved_on(session, change, steps).to_bytes())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(sink)
    with os.fdopen(source, "rb") as answer:
        told = answer.read()
    assert os.waitpid(child, 0)[1] == 0, "what went wrong in the branch stands above"
    return Frame.from_bytes(told)


def moved_on(session: Session, change: str, steps: int) -> Frame:
    session.set(**json.loads(change))
    return session.advance(steps=steps)


def beginning(topic: Topic, chapter: Chapter) -> int:
    """Steps before the hand moves."""
    return BEFORE if topic.tempo(topic.params.build(chapter.values)).pace is None else topic.steps_of(chapter)


def extent(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.ptp(known)) if known.size else 0.0


def reach(pictures: list[Picture]) -> dict[str, float]:
    """How far the pictures' marks reach along each axis: a single mark has no extent of its own."""
    found = {}
    for name in ("x", "y"):
        values = [
            np.ravel(np.asarray(trace[name])) for picture in pictures for trace in picture.data if trace.get(name) is not None
        ]
        found[name] = extent(np.concatenate([np.asarray(v, float) for v in values if v.dtype.kind in "fiu"] or [np.zeros(1)]))
    return found


def differs(one: Trace, two: Trace, reaches: dict[str, float]) -> bool:
    """Whether a line, an area, a raster or a single mark has another shape, place or strength."""
    if one["type"] != two["type"]:
        return True
    if abs((one.get("line") or {}).get("width", 0) - (two.get("line") or {}).get("width", 0)) > 0.5:
        return True
    for name in ("x", "y", "z"):
        if one.get(name) is None or np.asarray(one[name]).dtype.kind not in "fiu":
            continue
        first, second = np.asarray(one[name], float), np.asarray(two[name], float)
        if first.shape != second.shape:
            return True
        own = extent(np.concatenate([first.ravel(), second.ravel()])) if first.size > 1 else reaches.get(name, 0.0)
        if own > 0:
            with np.errstate(invalid="ignore"):
                away = np.nan_to_num(np.abs(first - second))
            if away.max() > LEAST * own:
                return True
    return False


@pytest.mark.parametrize(("topic", "chapter"), CHAPTERS, ids=[f"{topic.slug}-{chapter.name}" for topic, chapter in CHAPTERS])
def test_the_hero_slider_moves_the_hero_picture(topic: Topic, chapter: Chapter) -> None:
    params = topic.params.build(chapter.values)
    hero = topic.hero_for(params, chapter)
    control = topic.params.controls()[hero]
    assert control.hot and (control.when is None or control.when(params)), f"{hero} does nothing here"
    steps = SECOND.get(topic.slug, round(topic.tempo(params).pace or 0))
    slider = replace(control, high=params.upper_ends(None).get(hero, control.high))  # as the page shows it
    still, after = drawn(topic, chapter, {hero: moved(slider, getattr(params, hero))}, steps)
    if chapter.name in WORDS_ONLY:
        assert [note["text"] for note in still.layout["annotations"]] != [note["text"] for note in after.layout["annotations"]]
        return
    changed = len(still.data) != len(after.data) or any(
        differs(one, two, reach([still, after])) for one, two in zip(still.data, after.data, strict=True)
    )
    assert changed, f"{hero} leaves the picture “{chapter.views[0]}” as it is"
