"""Two arms side by side: the page's run and its twin, on the same seed and the same batches, step by step together."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from engine.core.frame import Frame, difference
from engine.core.params import as_text
from engine.core.topic import Timeline
from pages.kit.live.script import Hold
from pages.kit.live.stage.lockstep import Lockstep
from pages.kit.live.stage.player import Pair
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.status import waits
from pages.kit.live.stage.twins_status import describe_both, different, numbers_of


class Twins(Pair):
    """The arms A (the page's run) and B. The state machine of the player, for both; `hand` says whose controls are shown."""

    def __init__(self, first: LiveRun, second: LiveRun) -> None:
        self.first, self.second = first, second
        self.lock = first.lock
        self.hand = "b"
        self.playing = False
        self.wanted_play = False  # both shall play as soon as B is there; Pause takes it back
        self.over = False
        self.fresh = False
        self.together = Lockstep(self.arms)
        self.compared: int | None = None  # the last step at which both frames were held against each other
        self.parted: int | None = None  # the first one at which they differed
        self.left_at: int | None = None  # the step at which B left A, where it did not start with it
        self._told: dict[str, Any] = {}

    # ---- life

    def open(self, at: int | None, values: Mapping[str, Any] | None = None) -> None:
        """Bring B to where A stands, or to A's step `at`, by playing A's score; then give it other values."""
        first, second = self.first, self.second
        with self.lock:
            first.pause()
            score = second.stand_with(first, at)
            if score is None:
                return
            self.left_at = score.steps or None
        built = second.build(score)  # without the lock: the page is drawn meanwhile
        with self.lock:
            if built and first.twins is self:
                first.seek(None)
                if values:
                    second.set(values)
                    second.script.drop(values)
                self.hand = self.hand_of_the_hero()
                self._compare()
                if self.wanted_play:
                    self.play()
            elif first.twins is self:
                first.message = second.message
                first.twins = None
        first.wake()

    def close(self) -> None:
        self.second.close()

    def hand_of_the_hero(self) -> str:
        """Whose controls are shown: the twin's, which is there to be changed; A's where the hero does nothing in the twin."""
        acting = [{control.name for control in arm.topic.controls_for(arm.params)} for arm in self.arms]
        return "a" if self.first.chapters.hero in acting[0] - acting[1] else "b"

    @property
    def arms(self) -> tuple[LiveRun, LiveRun]:
        return self.first, self.second

    @property
    def held(self) -> tuple[LiveRun, ...]:
        """The arms whose controls are in the hand."""
        return {"a": (self.first,), "b": (self.second,)}.get(self.hand, self.arms)

    @property
    def doing(self) -> str:
        states = [arm.state for arm in self.arms]
        if any(arm.recovering for arm in self.arms):
            return "recovering"
        if "opening" in states or self.second.session is None:
            return "opening" if self.second.state == "opening" else "lost"
        if self.playing:
            return "playing"
        for bad in ("lost", "diverged"):
            if all(state == bad for state in states):
                return bad
        return "finished" if self.over else "paused"

    # ---- the player

    def play(self) -> None:
        with self.lock:
            self.wanted_play = self.doing == "opening"
            if self.doing not in ("paused", "finished", "playing"):
                return
            for arm in self.arms:
                arm.recording.seek(None)
                if arm.state == "finished":
                    arm.state = "paused"
            self.first.hold = None
            self.first.chapters.started()
            for arm in self.arms:
                arm.follow_script()
            stop, steps = self.first.stop_steps, [arm.step_now for arm in self.together.alive()]
            if stop is not None and min(steps, default=0) >= stop:
                self.first.stop_steps = max(steps) + self.first.topic.tempo(self.first.params).steps
            self.playing, self.over, self.together.goal = True, False, None
            self.first.message = None

    def pause(self) -> None:
        with self.lock:
            self.first.hold, self.wanted_play = None, False
            if self.playing:
                self.playing = False
                self._settle()

    def _settle(self) -> None:
        self.together.settle()
        self._compare()
        self._moved()

    def _moved(self) -> None:
        """Both arms stand at another step: what happens there by itself."""
        self.first.chapters.moved()
        for arm in self.arms:
            arm.follow_script()

    def step(self, count: int = 1) -> None:
        self._advance(steps=max(1, min(count, 100_000)))

    def part(self) -> None:
        self._advance(parts=1)

    def _advance(self, **how: int) -> None:
        with self.lock:
            self.pause()
            for arm in self.arms:
                arm.recording.seek(None)
            self.together.advance(**how)
            self.over = False
            self._compare()

    def reset(self) -> None:
        with self.lock:
            self.pause()
            for arm in self.arms:
                arm.reset()
            self._restarted()

    def reseed(self, raw: Any) -> None:
        """Another seed for both; None draws one."""
        with self.lock:
            self.pause()
            self.first.reseed(raw)
            if "seed" not in self.first.problems:
                self.second.reset(seed=self.first.seed)
                self._restarted()

    def _restarted(self) -> None:
        self.over, self.left_at = False, None
        self._forget()

    def _forget(self) -> None:
        """Hold the arms against each other as if for the first time."""
        self.together.stop()
        self.parted = self.compared = None
        self._compare()

    def set(self, values: Mapping[str, Any]) -> None:
        """Change the arm in the hand, or both. A value that restarts an arm lets it catch up with the other."""
        with self.lock:
            before = {id(arm): arm.step_now for arm in self.arms}
            if self.playing:
                self._settle()
            for arm in self.held:
                arm.set(values)
                if arm.step_now < before[id(arm)]:
                    self._restarted()
            self.fresh = True
            self.over = False
            self._compare()

    def drag(self, values: Mapping[str, Any]) -> None:
        with self.lock:
            held, was = self.held, self.doing
            before = [arm.params for arm in held]
            self.set(values)
            for arm in held:
                arm.script.drop(values)
            if not any(arm.trained_otherwise(old) for arm, old in zip(held, before, strict=True)):
                self.over = was == "finished"
            elif self.first.hold is not None:
                self.first.hold = Hold(self.first.hold.state)
            elif was in ("paused", "finished"):
                if all(arm.session is not None and arm.session.exhausted for arm in self.together.alive()):
                    self.reset()
                    self.play()
                    return
                self.first.hold, self.playing, self.together.goal = Hold(was), True, None

    def set_speed(self, value: Any) -> None:
        self.first.set_speed(value)

    def stop_rule(self, steps: Any, seconds: Any) -> None:
        with self.lock:
            self.first.stop_rule(steps, seconds)
            self.over, self.together.goal = False, None

    def back(self) -> None:
        with self.lock:
            for arm in self.arms:
                arm.back()
            self._forget()

    def seek(self, index: int | None) -> None:
        self.first.seek(index)

    # ---- frames

    def tick(self) -> None:
        """One turn while playing: both arms to the same next step, then a frame of each."""
        with self.lock:
            if not self.playing:
                return
            if self.fresh:
                self.fresh = False
                return
            if self.first.hold is not None and self.first.hold.over:
                was = self.first.hold.state
                self.pause()
                self.over = was == "finished"
                return
            if self.together.goal is None:
                self._set_out()
            if self.playing and self.together.wait():
                self._arrive()

    def _set_out(self) -> None:
        anybody = bool(self.together.alive())
        if not self.together.set_out():
            self.playing, self.over, self.first.hold = False, anybody, None

    def _arrive(self) -> None:
        self.together.look()
        self._compare()
        self._moved()
        self._set_out()  # the workers go on while the page draws
        seconds = self.first.stop_seconds
        if self.playing and seconds is not None and max(a.session.seconds for a in self.arms if a.session) >= seconds:
            self.pause()
            self.over = True

    def _compare(self) -> None:
        """Hold the newest frames against each other, if they are of the same step."""
        one, two = self.first.recording.newest, self.second.recording.newest
        if one is None or two is None or one.step != two.step or one.part != two.part:
            return
        if self.parted is not None and one.step >= self.parted:
            return
        self.compared = one.step
        self.parted = one.step if difference(one, two) is not None else None

    @property
    def identical(self) -> bool:
        """Whether every frame so far was the same in both arms, bit for bit."""
        return self.compared is not None and self.parted is None

    def frames(self) -> tuple[Frame | None, Frame | None]:
        """The frames on screen: of the same step as far as both arms have been there."""
        with self.lock:
            held = self.first.recording.held
            if held is not None:
                return held, self.second.recording.at(held.step)
            one, two = self.first.recording.newest, self.second.recording.newest
            if one is not None and two is not None and one.step != two.step:
                step = min(one.step, two.step)
                return self.first.recording.at(step), self.second.recording.at(step)
            return one, two

    def timelines(self) -> tuple[Timeline | None, Timeline | None]:
        """What the views draw: of both arms."""
        with self.lock:
            one, two = self.frames()
            return self.first.timeline(one), self.second.timeline(two) if two is not None else None

    # ---- what is told

    @property
    def step_now(self) -> int:
        """The step at which the arms stand that can go on, or the one behind."""
        return min(arm.step_now for arm in self.together.alive() or self.arms)

    @property
    def address(self) -> dict[str, str]:
        values = self.second.params.values()
        return {f"twin.{name}": as_text(values[name]) for name in self.different()} or {"twin": "1"}

    def different(self) -> list[str]:
        """The names of the parameters that differ now."""
        return different(*self.arms)

    def status(self) -> dict[str, Any]:
        """The player's and the controls' state: of both arms together, with the parameters of the arm in the hand."""
        with self.lock:
            first, second = self.first.status(), self.second.status()
            both = {**describe_both(self.first, self.second, first, second, self.hand), **self._together()}
            both["twins"] |= {"same": self.identical, "compared": self.compared, "parted": self.parted, "leftAt": self.left_at}
            both["twins"]["numbers"] = numbers_of(self.first, *self.frames())
            self._told = both
            return self._told

    def _together(self) -> dict[str, Any]:
        """Where both arms stand, as one run would say it."""
        run, step = self.first, self.step_now
        rate = run.rate.value if self.playing else 0.0
        left = None if run.stop_steps is None or not self.playing else run.stop_steps - step
        return {
            "state": self.doing,
            "step": step,
            "waits": waits(*self.arms),
            "stepsPerSecond": round(rate, 1),
            "eta": round(max(0.0, left / rate), 1) if left is not None and rate else None,
        }

    def announcement(self) -> dict[str, Any]:
        now = {"state": self.doing, "message": self.first.message, "step": self.step_now, "waits": waits(*self.arms)}
        return {**self.first.announcement(), **self._told, **now}


def open_page(run: LiveRun) -> None:
    """Open a page's run, and its twin where the address asks for one."""
    run.open()
    if run.planned_twin is not None and run.session is not None:
        values, run.planned_twin = run.planned_twin, None
        play, run.wanted_play = run.wanted_play, False
        compare(run, values=values, play=play)


def compare(run: LiveRun, at: int | None = None, values: Mapping[str, Any] | None = None, play: bool = False) -> None:
    """Give a run a twin: where it stands, or branching off at step `at` (in the background); then both play, if they shall."""
    with run.lock:
        if run.session is None or run.state in ("opening", "lost"):
            return
        end(run)
        twins = Twins(run, run.sibling())
        if run.places is not None and run.places.ask(twins.second.token):
            run.places.leave(twins.second.token)
            run.message = run.t("The class is full: there is no place for a twin now.")
            run.wake()
            return
        twins.second.places, twins.wanted_play = run.places, play
        run.twins = twins
        twins.second.listeners.append(run.wake)
    threading.Thread(target=twins.open, args=(at, values), daemon=True).start()


def end(run: LiveRun, keep: str = "a") -> None:
    """No twin any more; the page goes on with arm A, or with B."""
    with run.lock:
        twins, run.twins = run.twins, None
        if twins is None:
            return
        twins.pause()
        if keep == "b" and isinstance(twins, Twins) and twins.second.session is not None:
            run.take_over(twins.second)
        twins.close()
