"""One live run behind one page: the player's state machine around an arm, and where its course comes from.

Calls come from the page's websocket and from Streamlit's script thread; every public method takes the lock.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from functools import partial
from typing import Any, Self

from engine.core.frame import Frame
from engine.core.params import BadValue, Params
from engine.core.score import Score, check_seed
from engine.core.topic import Timeline, Topic
from engine.workers.pool import Pool
from pages.kit.live.guess import Guesses
from pages.kit.live.stage.arm import Arm
from pages.kit.live.stage.course import MAX_STEPS, Course
from pages.kit.live.stage.player import Pair, Player
from pages.kit.live.stage.sources.source import Source
from pages.kit.live.stage.status import TELL, describe, query, waits


class LiveRun(Course, Player):
    """A page's run: arm A, alone or beside its twin (`twins`)."""

    def __init__(
        self,
        topic: Topic,
        params: Params,
        seed: int,
        pool: Pool,
        language: str = "en",
        device: str = "auto",
        source: Source | None = None,
    ) -> None:
        super().__init__(topic, params, seed, pool, language, device, source)
        self.visitor = ""  # whose run it is: a browser session, or a person where people sign in
        self.query_asked: dict[str, str] = {}  # what the address said with which its page was opened
        self.loaded_again = False  # its page was, and has been drawn for another run
        self.interrupted = False  # it played when the last page left
        self.guesses = Guesses(self.wake)
        self.further = ""  # the tab of further views that its page shows
        self.twins: Pair | None = None
        self.planned_twin: dict[str, Any] | None = None  # values of the twin that the page's address asks for
        self._told: dict[str, Any] = {}

    @property
    def lead(self) -> Player:
        """What the player moves: this run, or both arms of a comparison."""
        return self.twins if self.twins is not None else self

    @property
    def arms(self) -> tuple[Arm, ...]:
        """This run, and its twin where it is compared."""
        return self.twins.arms if self.twins is not None else (self,)

    @property
    def doing(self) -> str:
        return self.state

    def speak(self, language: str) -> None:
        """Take the reader's language; pictures and words at rest are drawn anew where it is another one."""
        if self.language != language:
            for arm in self.arms:
                arm.language = language
            self.wake()

    # ---- life

    def open(self) -> None:
        """Build the session in a worker; afterwards the run is paused at its start, with its first frame."""
        if self.source.open(self) or (self.state == "opening" and not self.enter()):
            return
        self.begin()
        with self.lock:
            self.source.moved(self)
            if self.wanted_play and self.planned_twin is None and self.session is not None:
                self.play()

    def sibling(self) -> Self:
        """Another run with the same beginning, of which nothing is built yet."""
        return type(self)(self.topic, self.first, self.seed, self.pool, self.language, self.device)

    def rest(self, patience: float = TELL) -> None:
        """Nobody looks any more: stop computing, keep everything. One that waits for its worker computes nothing of its own."""
        with self.at_hand(patience) as mine:
            if not mine:
                return
            self.interrupted |= self.lead.doing == "playing" and self.hold is None
            if self.twins is not None:
                self.twins.pause()
            if self.state == "playing":
                self.pause()

    def close(self) -> None:
        with self.lock:
            if self.twins is not None:
                self.twins.close()
                self.twins = None
            self.release()

    def freeze(self) -> bool:
        """As an arm does; a comparison keeps its models."""
        return self.twins is None and super().freeze()

    def rescue(self) -> None:
        """Go on elsewhere, where a worker has not answered for long."""
        told = waits(*self.arms)
        for arm in self.arms if told is not None and told["rescue"] else ():
            Arm.rescue(arm)

    # ---- the player

    def play(self) -> None:
        with self.lock:
            if self.source.before(self, "play", self.play) is not None:
                return
            if not self.thaw():
                self.wanted_play = self.unbuilt or self.state == "waiting"
                return
            if self.session is None or self.state == "diverged":
                return
            self.hold, self.wanted_play = None, False
            self.recording.seek(None)
            self.chapters.started()
            if self.session.exhausted:
                return
            if self.at_its_limit():
                return
            if self.stop_steps is not None and self.session.step >= self.stop_steps:
                self.stop_steps = min(self.most_steps, self.session.step + self.topic.tempo(self.params).steps)
            if self.stop_seconds is not None and self.session.seconds >= self.stop_seconds:
                self.stop_seconds = None
            self.state, self.message = "playing", None
            self.follow_script()
            self.rate.go_on()

    def pause(self) -> None:
        with self.lock:
            self.hold, self.wanted_play = None, False
            if self.state == "playing":
                self.state = "paused"
                self.ask(lambda session: session.rest())

    def step(self, count: int = 1) -> None:
        with self.lock:
            if self.source.before(self, "step", partial(self.step, count)) is not None:
                return
            goal = self.step_now + max(1, min(count, 100_000))
            while self.step_now < goal:
                before, halt = self.step_now, self.halt
                self._advance(steps=(halt if halt is not None and before < halt < goal else goal) - before)
                if self.step_now == before:  # it has failed, or is over
                    return

    def part(self) -> None:
        with self.lock:
            if self.source.before(self, "part", self.part) is None:
                self._advance(parts=1)

    def _advance(self, **how: int) -> None:
        if self.state in ("playing", "paused", "finished") and self.thaw():
            self.state, self.hold = "paused", None
            self.recording.seek(None)
            self.follow_script()
            self.ask(lambda session: session.advance(**how))
            self.moved()
            self.source.moved(self)

    def reset(self, values: Mapping[str, Any] | None = None, seed: int | None = None) -> bool:
        """Start again from step 0, with the same seed unless another is given, and the present values."""
        with self.lock:
            answer = self.source.before(self, "reset", partial(self.reset, values, seed), values=values, seed=seed)
            if answer is not None:
                return answer
            self.touched = time.monotonic()
            if self.unbuilt:  # whoever builds the model looks at these at the end
                params = self.params if values is None else self.params.change(values)
                self.retime(params)
                self.first = self.params = params
                self.seed = self.seed if seed is None else seed
                return True
            if self.state == "waiting" or (self.session is None and self.frozen is not None and not self.enter()):
                return False
            present = self.params.change(self.script.undone())
            params = self.source.restart(present) if values is None else present.change(values)
            score = self.start_score(params, seed)
            playing = self.state == "playing"
            if not self.build(score):
                return False
            self.retime(params)
            self.first, self.seed, self.hold = params, score.seed, None
            self.script.done = 0
            self.chapters.rewound()
            length = self.chapters.length or self.topic.tempo(params).steps
            self.stop_steps = min(self.stop_steps or length, length)
            if playing:
                self.play()
            self.source.moved(self)
            return True

    def retime(self, params: Params) -> None:
        """Another loop under these settings than so far has its own length and pace."""
        old, new = self.topic.tempo(self.first), self.topic.tempo(params)
        if new != old:
            self.stop_steps, self.speed = min(self.most_steps, new.steps), new.pace

    def reseed(self, raw: Any) -> None:
        """Start again with another seed; None draws one."""
        with self.lock:
            try:
                self.reset(seed=secrets.randbelow(10_000) if raw is None else check_seed(raw))
                self.problems.pop("seed", None)
            except BadValue as problem:
                self.problems["seed"] = self.say(problem)

    def set(self, values: Mapping[str, Any]) -> None:
        """Change parameters: hot ones in the running loop, cold ones by a restart. A refused one changes nothing."""
        with self.lock:
            if self.source.before(self, "set", partial(self.set, values)) is not None:
                return
            controls = type(self.params).controls()
            values = {name: controls[name].snap(value) if name in controls else value for name, value in values.items()}
            for name in values:
                self.problems.pop(name, None)
            try:
                changed = self.params.change(values)
                if any(not controls[name].hot and getattr(changed, name) != getattr(self.params, name) for name in values):
                    self.reset(values)
                    return
                if self.frozen is not None and not self.thaw():
                    return
                if self.session is None:
                    self.params = self.first = changed
                else:
                    self.change(values)  # gives the first frame that shows the change
                    self.recording.seek(None)
                    self.params = changed
                    self.fresh = True
                    if self.session.step == 0:
                        self.first = changed
            except BadValue as problem:
                self.problems[next(iter(values)) if problem.name not in values else problem.name] = self.say(problem)

    def seek(self, index: int | None) -> None:
        """Show a kept frame (the run goes on), or the present one again."""
        with self.lock:
            if self.source.before(self, "seek", partial(self.seek, index)) is None:
                self.recording.seek(index)

    def stop_rule(self, steps: Any, seconds: Any) -> None:
        """When to stop by itself: after so many steps or seconds of computing; None for no limit."""
        with self.lock:
            for name, raw, least, most in (("stop_steps", steps, 1, MAX_STEPS), ("stop_seconds", seconds, 0.001, 86_400)):
                if raw is None or _between(raw, least, most):
                    setattr(self, name, int(raw) if raw is not None and name == "stop_steps" else raw)
                    self.problems.pop(name, None)
                else:
                    self.problems[name] = self.say(BadValue(name, raw, f"1 to {most}, or empty"))
            if self.state == "finished":
                self.state = "paused"

    def set_speed(self, value: Any) -> None:
        with self.lock:
            self.speed = float(value) if _between(value, 0.1, 1e6) else None

    def back(self) -> None:
        """The way back after a divergence: to just before the last hot change, or to the start where there was none."""
        with self.lock:
            if self.source.before(self, "back", self.back) is not None or self.session is None or self.state != "diverged":
                return
            safe = max(self.marks, default=0)
            self.recording.history.truncate(safe)
            if self.build(self.session.score.prefix(safe)):
                self.script.pass_over(safe)

    def stand_with(self, other: Arm, step: int | None) -> Score | None:
        score = super().stand_with(other, step)
        if isinstance(other, LiveRun):
            self.most_steps = other.most_steps
        return score

    @property
    def score(self) -> Score | None:
        shown = self.source.score if self.source.teacher is not None else None
        return shown if shown is not None else super().score

    def timeline(self, shown: Frame | None = None) -> Timeline | None:
        teacher = self.source.teacher
        return super().timeline(shown) if teacher is None else teacher.timeline(shown)

    def timelines(self) -> tuple[Timeline | None, Timeline | None]:
        """What the views draw: of this run alone."""
        return self.timeline(), None

    # ---- what is told

    def query(self) -> str:
        """The run's state as it stands in the page's address."""
        twin = self.twins.address if self.twins is not None else {}
        prescribed = self.source.address
        return query(self, self.chapters.address(twin) if prescribed is None else prescribed, twin)

    def status(self) -> dict[str, Any]:
        """Everything the player and the controls show, ready for JSON."""
        with self.lock:
            lesson = self.guesses.lesson(self, self.chapters.name)
            asks = bool(self.chapters.name) and (type(self.source) is Source or bool(lesson and lesson.get("open")))
            guesses = self.guesses.news(self, self.chapters.name) | {"asks": asks}
            self._told = {**describe(self), "query": self.query(), "guesses": guesses}
            self._told |= {"further": self.followed_view, "lesson": lesson}
            self._told |= {"chapter": self.chapters.news(), "hero": self.chapters.hero, "goesOn": self.goes_on}
            return self._told

    @property
    def follows(self) -> bool:
        """Whether it shows a teacher's run, and is not one's own."""
        return isinstance(self.source.teacher, LiveRun)

    @property
    def followed_view(self) -> str:
        """The tab of further views at the teacher's page; "" where nobody is followed."""
        teacher = self.source.teacher
        return teacher.further if isinstance(teacher, LiveRun) else ""

    @property
    def goes_on(self) -> bool:
        """Whether it goes on only as long as a hand moves one of its values."""
        return self.hold is not None and self.lead.doing == "playing"

    def announcement(self) -> dict[str, Any]:
        return {
            **self._told,
            "state": "recovering" if self.recovering else self.state,
            "message": self.message,
            "waits": waits(self),
        }


def _between(raw: Any, least: float, most: float) -> bool:
    """Whether this is a number from `least` to `most`."""
    return isinstance(raw, int | float) and not isinstance(raw, bool) and least <= raw <= most
