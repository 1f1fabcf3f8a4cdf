"""The film of a run: its newest frame, the kept ones, and which of them is on screen."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import cache

from engine.core.frame import Frame
from engine.core.language import ASSETS
from engine.core.params import Params
from engine.core.topic import Timeline, Topic
from engine.runs.history import History


@cache
def recorded(slug: str) -> Frame | None:
    """The recorded frame of a topic's default run (`python -m engine record`), shown before the engine is ready."""
    file = ASSETS / "recorded" / f"{slug}.frame"
    return Frame.from_bytes(file.read_bytes()) if file.exists() else None


class Recording:
    """Frames as they come in; the history keeps as many as it has room for. Hold the run's lock."""

    def __init__(self, topic: Topic, settings: Callable[[], Params]) -> None:
        self.topic, self.settings = topic, settings
        self.history = History()
        self.newest: Frame | None = None
        self.shown: int | None = None  # the place of the kept frame on screen; None for the newest
        self.held: Frame | None = None  # that frame: it stays on screen even when the history drops it
        self.version = 0  # counts the frames that came in

    def add(self, frame: Frame) -> None:
        """Take in a frame; what is on screen stays there."""
        self.newest = frame
        self.version += 1
        self.history.add(frame)
        if self.held is not None:  # thinning moves the places of frames
            self.shown = min(bisect_left(self.history.steps, self.held.step), len(self.history) - 1)

    def clear(self) -> None:
        """Forget the kept frames; the room for new ones stays as it was."""
        self.history = History(self.history.max_bytes, self.history.max_rows)

    def seek(self, index: int | None) -> None:
        """Put a kept frame on screen (the nearest there is), or the newest again."""
        count = len(self.history)
        self.shown = None if index is None or not count else max(0, min(int(index), count - 1))
        self.held = None if self.shown is None else self.history.frames[self.shown]

    def at(self, step: int) -> Frame | None:
        """The newest kept frame that is not newer than `step` (the first one where there is none)."""
        frames = self.history.frames
        return frames[max(0, bisect_right(self.history.steps, step) - 1)] if frames else self.newest

    @property
    def showing(self) -> Frame | None:
        """The frame on screen: a kept one, the newest, or the recorded one of these settings while the engine starts."""
        frame = self.newest if self.held is None else self.held
        return self._recorded() if frame is None else frame

    def _recorded(self) -> Frame | None:
        """The recorded frame where it is one of this run's settings: another run's picture would say what is not so."""
        frame, settings = recorded(self.topic.slug), self.settings()
        if frame is None:
            return None
        acts = [name for name, control in type(settings).controls().items() if control.kind != "lens"]
        was, now = self.topic.params.build(frame.settings).values(), settings.values()
        return frame if all(was[name] == now[name] for name in acts) else None

    def timeline(self, marks: tuple[int, ...], seed: int, shown: Frame | None = None) -> Timeline | None:
        """What the views draw, of the frame on screen or of another one; None while there is nothing at all to show."""
        frame = self.showing if shown is None else shown
        if frame is None:
            return None
        params = self.topic.params.build(frame.settings)
        if self.newest is None:  # a recorded frame: nothing came before it
            return Timeline(frame, params, {}, (), seed)
        return Timeline(frame, params, self.history.scalars(frame.step), marks, seed)
