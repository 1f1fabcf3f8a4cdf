"""A session: a model being trained or sampled, pulled forward slice by slice."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from engine.core import registry
from engine.core.frame import Frame
from engine.core.params import BadValue, Params
from engine.core.score import Change, Score, check_seed, digest, marks
from engine.core.topic import Topic

if TYPE_CHECKING:
    from engine.core.model import Model

DEVICES = ("auto", "cpu", "cuda", "mps")


class Session:
    """A run in this process. Nothing happens unless somebody calls `advance`.

    What is to be changed at known steps is its schedule: whoever pulls the session, and however far at a time, each change comes
    into force when the run goes on from its step (a look at that very step still shows what the steps up to it were computed with),
    or when `settle` is called there.

    >>> session = Session.start("vae-geometry", {"beta": 4.0}, seed=0)   # doctest: +SKIP
    >>> session.advance(steps=100).scalars["kl"]                          # doctest: +SKIP
    """

    def __init__(
        self,
        topic: Topic,
        params: Params,
        seed: int = 0,
        device: str = "auto",
        data: Mapping[str, np.ndarray] | None = None,
        schedule: Iterable[Change] = (),
    ) -> None:
        from engine.core.model import choose  # torch is imported only where sessions live

        self.topic, self.params, self.seed = topic, params, check_seed(seed)
        self.device = choose(device)
        self.seconds = 0.0
        self.finished = False
        self.version = 0  # counts changes, so that a viewer can tell whether it knows them all
        if data is not None:  # in the order of a saved file: the last digits of sums over rows hang on it
            data = {name: np.asarray(array, order="C") for name, array in data.items()}
        self._first, self._digest = params, digest(data)
        self._changes: list[Change] = []
        self._pending: dict[str, Any] = {}
        self._schedule = list(schedule)
        self._part = ""
        self._model = self._make(data)
        self._ahead: Iterator[None] = self._model.prepare()
        self._loop: Iterator[str] = self._model.steps()

    def _make(self, data: Mapping[str, np.ndarray] | None) -> Model:
        return self.topic.load_model()(self.params, self.seed, self.device, data)

    @classmethod
    def start(
        cls,
        slug: str,
        values: Mapping[str, Any] | None = None,
        *,
        seed: int = 0,
        device: str = "auto",
        data: Mapping[str, np.ndarray] | None = None,
    ) -> Self:
        """A session of topic `slug`; raises UnknownName or BadValue for a topic, name or value that is not possible."""
        topic = registry.find(slug)
        return cls(topic, topic.params.build(values or {}), seed, device, data)

    @classmethod
    def from_score(cls, score: Score, device: str = "auto", data: Mapping[str, np.ndarray] | None = None) -> Self:
        """A session standing at the end of a score. Raises ValueError when the score's own data are not given."""
        session = cls.begin(score, device, data)
        session.reach(score.steps)
        session.settle()
        return session

    @classmethod
    def begin(cls, score: Score, device: str = "auto", data: Mapping[str, np.ndarray] | None = None) -> Self:
        """A session at step 0 of a score, which has the score's changes ahead of it."""
        if score.data != digest(data):
            raise ValueError("this run was made with the user's own data, which are not here")
        within = [change for change in score.changes if change.step <= score.steps]
        return cls(registry.find(score.topic), score.settings(), score.seed, device, data, within)

    def schedule(self, changes: Iterable[Change]) -> None:
        """What is to come into force from here on, in place of what was ahead; changes of steps that are past are let go."""
        self._schedule = [change for change in changes if change.step >= self.step]

    def reach(self, step: int, seconds: float | None = None) -> bool:
        """Advance to a step; True once there (or at the loop's own end). With `seconds`, at most that much computing: call again."""
        self.run(steps=max(0, step - self.step), seconds=seconds)
        return self.step >= step or self.finished

    def settle(self) -> None:
        """Let what is scheduled for the present step come into force now."""
        while self._schedule and self._schedule[0].step <= self.step:
            self.set(**self._schedule.pop(0).values)

    @property
    def step(self) -> int:
        """Completed steps."""
        return self._model.step

    @property
    def part(self) -> str:
        """The part of the next step that was just done; "" at the end of a step."""
        return self._part

    def prepare(self, seconds: float) -> bool:
        """Do what the model wants done before its first step, for about so long; True when nothing of it is left."""
        with self._computing() as begin:
            while next(self._ahead, self) is None:
                if time.perf_counter() - begin >= seconds:
                    return False
        return True

    def run(self, *, seconds: float | None = None, steps: int | None = None, parts: int | None = None) -> int:
        """Advance without looking; returns the steps completed. Raises Diverged with the step at which it happened.

        What the model wants done before its first step is done first; that takes of the seconds, but is no step.
        """
        first, done_parts = self.step, 0
        with self._computing() as begin:
            clock = begin
            while not self.finished:
                if steps is not None and self.step - first >= steps:
                    break
                if parts is not None and done_parts >= parts:
                    break
                if seconds is not None and clock - begin >= seconds:
                    break
                if next(self._ahead, self) is None:
                    clock = time.perf_counter()
                    continue
                if self._schedule and not self._part:
                    self.settle()
                part = next(self._loop, None)
                if part is None:
                    self.finished, self._part = True, ""
                    break
                done_parts += 1
                self._part = part
                if part == self.topic.parts[-1]:
                    self._part = ""
                    self._model.step += 1
                    if self._pending:
                        self._apply(self._pending)
                        self._pending = {}
                    clock = time.perf_counter()
        return self.step - first

    @contextmanager
    def _computing(self) -> Iterator[float]:
        """Counts its time, which begins at what is yielded; what diverges ends the run and is raised with its step."""
        from engine.core.model import Diverged

        begin = time.perf_counter()
        try:
            yield begin
        except Diverged as error:
            self.finished = True
            raise Diverged(error.quantity, error.value, self.step) from None
        finally:
            self.seconds += time.perf_counter() - begin

    def look(self, lenses: Mapping[str, Any] | None = None) -> Frame:
        """The frame of the present state; seen through other lenses where some are given, which leaves no trace in the run."""
        if not lenses:
            return self._frame(self.params)
        seen = self.params.change(lenses)
        self._model.take((seen,))
        try:
            return self._frame(seen)
        finally:
            self._model.take((self.params,))

    def _frame(self, params: Params) -> Frame:
        scalars, arrays = self._model.observe()
        return Frame(self.step, scalars, arrays, params.values(), self._part, self.seconds, *self.topic.kinds)

    def weights(self) -> dict[str, np.ndarray]:
        """What the model has learned so far, by name; empty where nothing is learned."""
        from engine.core.model import portable

        return portable(self._model.weights())

    def advance(self, *, seconds: float | None = None, steps: int | None = None, parts: int | None = None) -> Frame:
        """Run a slice (by computing time, steps or parts of a step) and return the frame at its end."""
        self.run(seconds=seconds, steps=steps, parts=parts)
        return self.look()

    def set(self, **values: Any) -> int:
        """Change hot parameters; returns the step from which they hold (the next one, in the middle of a step).

        Lenses hold at once: the loop does not read them.

        Raises BadValue (also for a cold parameter: that takes a new session) or UnknownName, and changes nothing then.
        """
        for name in values:
            control = type(self.params).controls().get(name)
            if control is not None and not control.hot:
                raise BadValue(
                    name, values[name], "a new run", template="{name} restarts the run: start a new session with it."
                )
        changed = self.params.change({**self._pending, **values})
        self._model.admit(changed)
        if self._part and any(type(self.params).controls()[name].kind == "hot" for name in values):
            self._pending = {name: value for name, value in changed.values().items() if value != getattr(self.params, name)}
            return self.step + 1
        clean = {name: getattr(changed, name) for name in values if getattr(changed, name) != getattr(self.params, name)}
        if clean:
            self._apply(clean)
        return self.step

    def _apply(self, clean: dict[str, Any]) -> None:
        self._take(clean)
        if self._changes and self._changes[-1].step == self.step:
            clean = {**self._changes.pop().values, **clean}
        self._changes.append(Change(step=self.step, values=clean))
        self.version += 1

    def _take(self, clean: dict[str, Any]) -> None:
        """New values for the model."""
        self.params = self.params.change(clean)
        self._model.take((self.params,))

    @property
    def score(self) -> Score:
        return Score(
            topic=self.topic.slug,
            params=self._first.values(),
            seed=self.seed,
            changes=tuple(self._changes),
            steps=self.step,
            data=self._digest,
        )

    @property
    def marks(self) -> tuple[int, ...]:
        """Steps after which a changed hot parameter was in force (lens changes do not count)."""
        return marks(self.topic, self._changes)

    def close(self) -> None:
        """Free the model. Calling it twice does no harm."""
        self.finished = True
        self._ahead, self._loop = iter(()), iter(())
