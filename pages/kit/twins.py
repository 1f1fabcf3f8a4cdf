"""Two arms side by side: the page's run and its twin, on the same seed and the same batches, step by step together."""

from __future__ import annotations

import math
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.core.frame import Frame, difference
from engine.core.params import BadValue
from engine.core.topic import Timeline

if TYPE_CHECKING:
    from pages.kit.run import LiveRun

PATIENCE = 0.25  # seconds one turn waits for the slower arm before it lets the page draw again
TURN = 0.085  # seconds of computing that one turn should take
LONGEST = 500  # steps of one turn


class Twins:
    """The arms A (the page's run) and B. The state machine of the player, for both; `hand` says whose controls are shown."""

    def __init__(self, first: LiveRun, make: Callable[[], LiveRun]) -> None:
        self.first, self.second = first, make()
        self.lock = first.lock
        self.hand = "b"
        self.playing = False
        self.over = False
        self.fresh = False
        self.goal: int | None = None  # the step that the moving arms head for
        self.chunk = 1
        self.compared: int | None = None  # the last step at which both frames were held against each other
        self.parted: int | None = None  # the first one at which they differed
        self.left_at: int | None = None  # the step at which B left A, where it did not start with it
        self._begun: dict[int, tuple[int, float]] = {}  # by arm: step and computing time when it set out
        self._moving: list[LiveRun] = []

    # ---- life

    def open(self, at: int | None, values: Mapping[str, Any] | None = None) -> None:
        """Bring B to where A stands, or to A's step `at`, by playing A's score; then give it other values."""
        first, second = self.first, self.second
        with self.lock:
            first.pause()
            session = first.session
            if session is None:
                return
            score = session.score if at is None else session.score.prefix(min(at, session.step))
            second.data, second.data_name = first.data, first.data_name
            second.first = second.params = score.settings()
            second.seed, second.stop_steps, second.stop_seconds = first.seed, first.stop_steps, first.stop_seconds
            second.history, second.most_steps = first.history.copy(), first.most_steps
            second.history.truncate(score.steps)
            self.left_at = score.steps or None
        built = second._build(score)  # without the lock: the page is drawn meanwhile
        with self.lock:
            if built and first.twins is self:
                first.seek(None)
                if values:
                    second.set(values)
                self._compare()
            elif first.twins is self:
                first.message = second.message
                first.twins = None
        first.wake()

    def close(self) -> None:
        self.second.close()

    @property
    def arms(self) -> tuple[LiveRun, LiveRun]:
        return self.first, self.second

    @property
    def held(self) -> tuple[LiveRun, ...]:
        """The arms whose controls are in the hand."""
        return {"a": (self.first,), "b": (self.second,)}.get(self.hand, self.arms)

    @property
    def state(self) -> str:
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

    def _alive(self) -> list[LiveRun]:
        return [arm for arm in self.arms if arm.session is not None and arm.state not in ("diverged", "lost")]

    def _movers(self) -> tuple[list[LiveRun], int]:
        """The arms that move next (both, or the one behind), and the step where they must stop."""
        alive = [arm for arm in self._alive() if arm.session is not None and not arm.session.exhausted]
        if not alive:
            return [], 0
        steps = sorted(_step(arm) for arm in alive)
        movers = [arm for arm in alive if _step(arm) == steps[0]]
        limits = [step for step in (self.first.stop_steps, next((s for s in steps if s > steps[0]), None)) if step is not None]
        limit = min(limits, default=steps[0] + LONGEST)
        return ([], 0) if limit <= steps[0] else (movers, limit)

    def play(self) -> None:
        with self.lock:
            if self.state not in ("paused", "finished", "playing"):
                return
            for arm in self.arms:
                arm.shown = None
                if arm.state == "finished":
                    arm.state = "paused"
            stop = self.first.stop_steps
            if stop is not None and all(_step(arm) >= stop for arm in self._alive()):
                self.first.stop_steps = max(_step(arm) for arm in self._alive()) + self.first.topic.steps
            self.playing, self.over, self.goal = True, False, None
            self.first.message = None

    def pause(self) -> None:
        with self.lock:
            if self.playing:
                self.playing = False
                self._settle()

    def _settle(self) -> None:
        """Bring arms that moved together to rest at the same step."""
        moving, self.goal = self._moving, None
        self._moving = []
        for arm in moving:
            arm._do(lambda session: session.rest(frame=False))
        ahead = max((_step(arm) for arm in moving), default=0)
        for arm in moving:
            if arm.state not in ("diverged", "lost"):
                behind = ahead - _step(arm)
                arm._do(lambda session, steps=behind: session.advance(steps=steps))
        self._compare()

    def _advance(self, **how: int) -> None:
        self.pause()
        for arm in self.arms:
            arm.shown = None
        movers, _ = self._movers()
        if not movers and self._alive():
            movers = [arm for arm in self._alive() if _step(arm) == min(_step(other) for other in self._alive())]
        for arm in movers:
            arm._do(lambda session: session.advance(**how))
        self.over = False
        self._compare()

    def step(self, count: int = 1) -> None:
        with self.lock:
            self._advance(steps=max(1, min(count, 100_000)))

    def part(self) -> None:
        with self.lock:
            self._advance(parts=1)

    def reset(self) -> None:
        with self.lock:
            self.pause()
            self._restart(lambda arm: arm.reset())
            self.left_at = None

    def reseed(self, raw: Any) -> None:
        """Another seed for both; None draws one."""
        with self.lock:
            self.pause()
            self.first.reseed(raw)
            if "seed" not in self.first.problems:
                self._restart(lambda arm: arm is self.first or arm.reset(seed=self.first.seed))
                self.left_at = None

    def _restart(self, begin: Callable[[LiveRun], Any]) -> None:
        for arm in self.arms:
            begin(arm)
        self.over = False
        self._forget()

    def _forget(self) -> None:
        self.goal, self._moving = None, []
        self.parted = self.compared = None
        self._compare()

    def set(self, values: Mapping[str, Any]) -> None:
        """Change the arm in the hand, or both. A value that restarts an arm lets it catch up with the other."""
        with self.lock:
            before = {id(arm): _step(arm) for arm in self.arms}
            if self.playing:
                self._settle()
            for arm in self.held:
                arm.set(values)
                if _step(arm) < before[id(arm)]:
                    self.left_at = None
                    self._forget()
            self.fresh = True
            self.over = False
            self._compare()

    def set_speed(self, value: Any) -> None:
        self.first.set_speed(value)

    def stop_rule(self, steps: Any, seconds: Any) -> None:
        with self.lock:
            self.first.stop_rule(steps, seconds)
            self.over = False
            self.goal = None

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
            if self.goal is None:
                self._set_out()
            begin = time.perf_counter()
            while self.playing and not self._arrived() and time.perf_counter() - begin < PATIENCE:
                time.sleep(0.003)
                self._pull()
            if self.playing and self._arrived():
                self._arrive()

    def _set_out(self) -> None:
        """Send the movers towards the next common step."""
        self._moving, limit = self._movers()
        if not self._moving:
            self.playing, self.over = False, bool(self._alive())
            for arm in self._alive():
                arm._do(lambda session: session.rest())
            return
        at = _step(self._moving[0])
        speed = self.first.speed
        chunk = self.chunk if speed is None else max(1, min(self.chunk, round(speed * TURN)))
        self.goal = min(at + chunk, limit)
        self._begun = {id(arm): (_step(arm), _seconds(arm)) for arm in self._moving}
        self._pull()

    def _pull(self) -> None:
        for arm in self._moving:
            if self.goal is not None and _step(arm) < self.goal and arm.state not in ("diverged", "lost"):
                arm._do(
                    lambda session: (
                        session.pull(lease=self.first.lease, until=self.goal, rate=self.first.speed, frame=False).frame
                    )
                )

    def _arrived(self) -> bool:
        there = [
            arm.state in ("diverged", "lost")
            or self.goal is None
            or _step(arm) >= self.goal
            or (arm.session is not None and arm.session.exhausted)
            for arm in self._moving
        ]
        return all(there)

    def _arrive(self) -> None:
        self._pace()
        for arm in self._moving:
            if arm.state not in ("diverged", "lost"):
                arm._do(lambda session: session.look())
        self.first._measure(min((_step(arm) for arm in self._alive()), default=0))
        self._compare()
        self._set_out()  # the workers go on while the page draws
        seconds = self.first.stop_seconds
        if self.playing and seconds is not None and max(a.session.seconds for a in self.arms if a.session) >= seconds:
            self.pause()
            self.over = True

    def _pace(self) -> None:
        """Choose how many steps the next turn takes: what the slower arm computes in TURN seconds."""
        rates = []
        for arm in self._moving:
            step, seconds = self._begun[id(arm)]
            rates.append((_step(arm) - step) / max(_seconds(arm) - seconds, 1e-5))
        wanted = round(min(rates, default=1.0) * TURN)
        self.chunk = max(1, min(LONGEST, 4 * self.chunk, max(wanted, self.chunk // 4)))

    def _compare(self) -> None:
        """Hold the newest frames against each other, if they are of the same step."""
        one, two = self.first.frame, self.second.frame
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
            if self.first.shown is not None and self.first.held is not None:
                held = self.first.held
                return held, _kept(self.second, held.step)
            one, two = self.first.frame, self.second.frame
            if one is not None and two is not None and one.step != two.step:
                step = min(one.step, two.step)
                return _kept(self.first, step), _kept(self.second, step)
            return one, two

    def timelines(self) -> tuple[Timeline | None, Timeline | None]:
        with self.lock:
            one, two = self.frames()
            return self.first.timeline(one), self.second.timeline(two) if two is not None else None

    # ---- what is told

    def different(self) -> list[str]:
        """The names of the parameters that differ now."""
        one, two = (arm.params.values() for arm in self.arms)
        return [name for name in one if one[name] != two[name]]

    def status(self) -> dict[str, Any]:
        """The player's and the controls' state: of both arms together, with the parameters of the arm in the hand."""
        with self.lock:
            one, two = self.first.status(), self.second.status()
            hand = two if self.hand == "b" else one
            alive = self._alive() or list(self.arms)
            step = min(_step(arm) for arm in alive)
            told = [f"{letter}: {arm.message}" for letter, arm in zip("AB", self.arms, strict=True) if arm.message]
            left = None if self.first.stop_steps is None or not self.playing else self.first.stop_steps - step
            rate = self.first.steps_per_second if self.playing else 0.0
            return {
                **one,
                "state": self.state,
                "message": "\n".join(told) or None,
                "step": step,
                "params": hand["params"],
                "problems": {**hand["problems"], **{k: v for k, v in one["problems"].items() if k == "seed" or "stop" in k}},
                "stepsPerSecond": round(rate, 1),
                "eta": round(max(0.0, left / rate), 1) if left is not None and rate else None,
                "marks": sorted({*one["marks"], *two["marks"]}),
                "twins": {
                    "hand": self.hand,
                    "steps": [arm.frame.step if arm.frame is not None else 0 for arm in self.arms],
                    "states": [arm.state for arm in self.arms],
                    "params": [one["params"], two["params"]],
                    "different": [self._difference(name) for name in self.different()],
                    "same": self.identical,
                    "compared": self.compared,
                    "parted": self.parted,
                    "leftAt": self.left_at,
                    "numbers": self._numbers(),
                },
            }

    def _difference(self, name: str) -> dict[str, Any]:
        control = type(self.first.params).controls()[name]
        values = [arm.params.values()[name] for arm in self.arms]
        shown = [list(v) if isinstance(v, tuple) else v for v in values]
        return {"name": name, "title": self.first.t(control.title), "symbol": control.symbol, "values": shown}

    def _numbers(self) -> list[dict[str, Any]]:
        """Every scalar that both shown frames know: both values, in the topic's order."""
        one, two = self.frames()
        if one is None or two is None:
            return []
        rows = []
        for output in self.first.topic.outputs:
            pair = [frame.scalars.get(output.name, math.nan) for frame in (one, two)] if output.scalar else [math.nan]
            if all(math.isfinite(value) for value in pair):
                rows.append({"name": output.name, "meaning": self.first.t(output.meaning), "values": pair})
        return rows

    def announcement(self) -> dict[str, Any]:
        return {**self.first.announcement(), "state": self.state}


def _step(arm: LiveRun) -> int:
    return arm.session.step if arm.session is not None else 0


def _seconds(arm: LiveRun) -> float:
    return arm.session.seconds if arm.session is not None else 0.0


def _kept(arm: LiveRun, step: int) -> Frame | None:
    """The newest kept frame of an arm that is not newer than `step` (its first one where there is none)."""
    frames = arm.history.frames
    return frames[max(0, bisect_right(arm.history.steps, step) - 1)] if frames else arm.frame


def compare(run: LiveRun, at: int | None = None, values: Mapping[str, Any] | None = None, hand: str = "b") -> None:
    """Give a run a twin: where it stands, or branching off at step `at` (in the background)."""
    from pages.kit.run import LiveRun

    with run.lock:
        if run.session is None or run.state in ("opening", "lost"):
            return
        end(run)
        twins = Twins(run, lambda: LiveRun(run.topic, run.first, run.seed, run.pool, run.language, run.device))
        twins.hand = hand
        if run.places is not None and run.places.ask(twins.second.token):
            run.places.leave(twins.second.token)
            run.message = run.t("The class is full: there is no place for a twin now.")
            run.wake()
            return
        twins.second.places = run.places
        run.twins = twins
        twins.second.on_change = run.wake
    threading.Thread(target=twins.open, args=(at, values), daemon=True).start()


def end(run: LiveRun, keep: str = "a") -> None:
    """No twin any more; the page goes on with arm A, or with B."""
    with run.lock:
        twins, run.twins = run.twins, None
        if twins is None:
            return
        if twins.playing:
            twins.playing = False
            twins._settle()
        if keep == "b" and twins.second.session is not None:
            run.take_over(twins.second)
        twins.close()


def refuse(run: LiveRun, problem: BadValue) -> None:
    """Tell why a twin could not be made."""
    run.message = run.say(problem)
