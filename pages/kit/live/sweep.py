"""The sweep of one page: one parameter over a range, one trained model for each value, and what differs between them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.core.params import BadValue, Control
from engine.core.picture import Picture, Style
from engine.core.score import MAX_SEED, Score, digest
from engine.core.topic import Timeline
from engine.plot import sentence
from engine.sweeps import summary
from engine.sweeps.page import Models, missing, models_of
from engine.sweeps.summary import Results, reason
from engine.sweeps.sweep import Plan, Sweep, spaced
from engine.workers import logs
from pages.kit.live.drawing import draw_view
from pages.kit.live.stage.run import LiveRun

SEED = "seed"
FEWEST, MOST = 2, 16  # models of one sweep
NAMED = ("toggle", "choice")


def sweepable(run: LiveRun) -> list[Control]:
    """What can be swept: every parameter with one value that is set by hand, and the seed."""
    kinds = ("number", "integer", *NAMED)
    chosen = [control for control in type(run.params).controls().values() if control.type in kinds and control.kind != "lens"]
    return [*chosen, summary.SEED]


@dataclass(frozen=True)
class Kept:
    """A sweep as it stands, whatever becomes of it: its plan and models, sentences about those that failed, and, of a chapter's
    sweep that is done, what the chapter's claims judge."""

    plan: Plan
    models: Models
    missing: tuple[str, ...]
    beside: str
    judged: Timeline | None


class PageSweep:
    """State: empty -> waiting (for a place, in a full class) -> training -> done | stopped; another plan begins again.

    Calls come from the sweep's websocket; nothing is trained unless it polls.
    """

    def __init__(self, run: LiveRun) -> None:
        self.run = run
        self.lock = threading.RLock()
        self.state = "empty"
        self.number = 0  # counts the sweeps, so that the page can tell a new one
        self.problems: dict[str, str] = {}
        self.message: str | None = None
        self.control: Control | None = None
        self.sweep: Sweep | None = None
        self.planned: Plan | None = None  # of the page's chapter
        self.beside = self.first_view = ""  # what the chapter wants to be seen: against the parameter, and of every model
        self.step = 0
        self.stacked = False
        self._begun = 0.0
        self._started = False

    # ---- training

    def prepare(self, plan: Plan, beside: str = "", view: str = "") -> None:
        """Take up the plan of a chapter, which `begin` trains, and what it wants to be seen of it.

        The models of another sweep would contradict the chapter's words: they go.
        """
        with self.lock:
            if self.sweep is not None and self.sweep.plan != plan:
                self.close()
            self.planned, self.beside, self.first_view = plan, beside, view

    def begin(self) -> None:
        """Train what was prepared, in place of the sweep there is."""
        with self.lock:
            plan = self.planned
            control = next((one for one in sweepable(self.run) if plan is not None and one.name == plan.name), None)
            if plan is not None and control is not None:
                self.problems, self.message = {}, None
                self._take(plan, control)

    def judged(self) -> Timeline | None:
        """What claims look at once it is done: the arm of the run's own value, or the first, with all arms that did not fail."""
        with self.lock:
            sweep = self.sweep
            if sweep is None or self.state != "done" or sweep.plan != self.planned:
                return None
            lines = {
                sweep.plan.values[number]: sweep.timeline(number)
                for number, arm in enumerate(sweep.arms)
                if arm.frame is not None and arm.problem is None
            }
            score, name = sweep.plan.score, sweep.plan.name
            own = score.seed if name == SEED else score.settings().values()[name]
            shown = lines.get(own, next(iter(lines.values()), None))
            return None if shown is None else replace(shown, arms=lines)

    def train(self, wish: Mapping[str, Any]) -> None:
        """Begin a sweep, in place of the one there is. What is not possible is told beside its field and changes nothing."""
        with self.lock:
            self.problems, self.message = {}, None
            plan, control = self._plan(wish)
            if plan is None or control is None:
                return
            self._take(plan, control)

    def _take(self, plan: Plan, control: Control) -> None:
        """Put a sweep of this plan in place of the one there is."""
        sweep = Sweep(self.run.pool, plan, self.run.device, self.run.data_of(plan.score))
        self.close()
        self.sweep, self.control = sweep, control
        self.number += 1
        self.state, self.step, self._started = "waiting", 0, False
        self._enter()

    @property
    def _place(self) -> str:
        """The name under which a sweep holds a place among those who compute."""
        return f"sweep:{self.run.token}"

    def _enter(self) -> None:
        """Begin, or go on, as soon as there is a place."""
        places, sweep = self.run.places, self.sweep
        number = places.ask(self._place) if places is not None else 0
        if number:
            text = self.run.t("The class is full: you are number {number} in the queue.")
            self.message = text.format(number=number)
        elif sweep is not None:
            self.state, self.message = "training", None
            if not self._started:
                self._started, self._begun = True, time.monotonic()
                sweep.start()
                self._tell("sweep.begun", over=sweep.plan.name, arms=len(sweep.arms))

    def _leave(self, state: str) -> None:
        """Compute no more: for now ("waiting"), or for good, and then the models are given back (their frames stay)."""
        if self.sweep is not None and self._started:
            if state == "waiting":
                self.sweep.rest()
            else:
                self.sweep.close()
                if self.under_way:
                    self._tell("sweep.ended", steps=self.step, seconds=round(time.monotonic() - self._begun, 2))
                usable = [number for number, arm in enumerate(self.sweep.arms) if arm.frame is not None and arm.problem is None]
                self.run.guesses.learn(
                    self.run, [self.sweep.timeline(number) for number in usable]
                )  # a guessed threshold is judged by it
                self.run.wake()
        if self.run.places is not None:
            self.run.places.leave(self._place)
        self.state, self.message = state, None

    def _tell(self, name: str, **more: Any) -> None:
        logs.event(name, run=logs.public_name(self.run.token), topic=self.run.topic.slug, **more)

    @property
    def under_way(self) -> bool:
        """Whether polling leads anywhere."""
        return self.state in ("waiting", "training")

    def poll(self) -> bool:
        """One turn of training: renews the lease; whether anything is new."""
        with self.lock:
            if self.sweep is None or not self.under_way:
                return False
            if self.state == "waiting":
                self._enter()
                return True
            progress = self.sweep.poll()
            before = self.step
            self.step, self.stacked = progress.steps, progress.stacked
            if progress.finished:
                self._leave("done")
            return progress.finished or progress.steps != before

    def cancel(self) -> None:
        """Stop where it is; what was trained so far stays."""
        with self.lock:
            if self.under_way:
                self._leave("stopped")

    def rest(self) -> None:
        """Nobody looks any more: compute nothing. Training goes on when somebody polls again."""
        with self.lock:
            if self.under_way:
                self._leave("waiting")

    def close(self) -> None:
        """Forget the models."""
        with self.lock:
            self._leave("empty")
            self.sweep = self.control = None

    # ---- what a person asks for

    def _plan(self, wish: Mapping[str, Any]) -> tuple[Plan | None, Control | None]:
        """The plan that a person asks for, or none and the reasons in `problems`."""
        controls = {control.name: control for control in sweepable(self.run)}
        control = controls.get(str(wish.get("name")))
        if control is None:
            self._refuse("name", BadValue("name", wish.get("name"), ", ".join(controls)))
            return None, None
        values = self._values(control, wish)
        steps = self._whole("steps", wish.get("steps"), 1, self.run.most_steps)
        if self.problems or values is None or steps is None:
            return None, None
        run = self.run
        try:
            data = digest(run.data) if run.learns_own(run.params) else None
            score = Score(topic=run.topic.slug, params=run.params.values(), seed=run.seed, steps=steps, data=data)
            return Plan.checked(score, control.name, values), control
        except BadValue as problem:
            self._refuse("name", problem)
            return None, None

    def _values(self, control: Control, wish: Mapping[str, Any]) -> tuple[Any, ...] | None:
        if control.type == "toggle":
            return (False, True)
        low, high = (self._end(control, name, wish.get(name)) for name in ("low", "high"))
        if control.type == "choice":
            if low is None or high is None:
                return None
            first, last = sorted((control.options.index(low), control.options.index(high)))
            if first == last:
                self._refuse("high", BadValue(control.name, high, "", template="Choose another value than the first one."))
                return None
            return control.options[first : last + 1]
        count = self._whole("count", wish.get("count"), FEWEST, MOST)
        if low is None or high is None or count is None:
            return None
        if low >= high:
            self._refuse("high", BadValue(control.name, high, "", template="Must be larger than {low}.", low=f"{low:.6g}"))
            return None
        try:
            return spaced(control, low, high, count)
        except BadValue as problem:
            self._refuse("count", problem)
            return None

    def _end(self, control: Control, name: str, raw: Any) -> Any:
        """One end of the range, read like the parameter itself; None and a sentence where that is not possible."""
        try:
            if control.name != SEED:
                return self.run.topic.params.read(control.name, raw)
            return self._whole(name, raw, 0, MAX_SEED)
        except BadValue as problem:
            self._refuse(name, problem)
            return None

    def _whole(self, name: str, raw: Any, low: int, high: int) -> int | None:
        """A whole number that a person typed; None and a sentence where it is none."""
        text = str(raw).strip()
        value = int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None
        if value is None or not low <= value <= high:
            template = "{value} is not possible; a whole number from {low} to {high} is needed."
            self._refuse(name, BadValue(name, raw, "", template=template, low=str(low), high=str(high)))
            return None
        return value

    def _refuse(self, field: str, problem: BadValue) -> None:
        self.problems[field] = self.run.say(problem)

    # ---- what is told

    @property
    def results(self) -> Results | None:
        """Numbers and claims of the models as they are now, in the reader's language."""
        if self.sweep is None or self.control is None:
            return None
        plan = self.sweep.plan
        return Results(self.run.topic, plan.name, plan.values, self.sweep.timelines(), self.run.t)

    def status(self, view: str = "", quantity: str = "") -> dict[str, Any]:
        """Everything about the sweep but its pictures, ready for JSON; `view` and `quantity` are what the page shows."""
        with self.lock:
            told: dict[str, Any] = {
                "state": self.state,
                "sweep": self.number,
                "problems": self.problems,
                "message": self.message,
            }
            results = self.results
            if results is None or self.sweep is None:
                return {**told, "plan": None, "failed": {}, "views": [], "quantities": [], "surprise": None}
            total = self.sweep.plan.score.steps
            left = (total - self.step) * (time.monotonic() - self._begun) / self.step if self.step else None
            return {
                **told,
                "step": self.step,
                "total": total,
                "eta": round(left, 1) if left is not None and self.state == "training" else None,
                "stacked": self.stacked,
                "models": len(results.axis.values),
                "plan": results.axis.describe(),
                "failed": self.failures(),
                "views": self.views(),
                "view": self.view_or_first(view),
                "quantities": results.quantities(kept=quantity),
                "quantity": results.quantity_or_first(quantity or (self.beside if self._is_chapters else "")),
                "claims": bool(self.run.topic.claims),
                "surprise": results.surprise(),
            }

    def failures(self) -> dict[int, str]:
        """Why a model is missing, by its place."""
        if self.sweep is None:
            return {}
        return {index: reason(arm.problem, self.run.t) for index, arm in enumerate(self.sweep.arms) if arm.problem is not None}

    def kept(self) -> Kept | None:
        """The sweep to take home; None before any of its models has a frame."""
        with self.lock:
            sweep = self.sweep
            if sweep is None or not (models := models_of(sweep)):
                return None
            beside = self.beside if self._is_chapters else ""
            return Kept(sweep.plan, models, missing(sweep, self.run.t), beside, self.judged())

    # ---- pictures

    def views(self) -> list[dict[str, str]]:
        """The topic's views that at least one of the models has."""
        topic, t = self.run.topic, self.run.t
        titles: dict[str, set[str]] = {}
        for arm in self.sweep.arms if self.sweep else ():
            for view in topic.views_for(arm.params):
                titles.setdefault(view.name, set()).add(view.title_for(arm.params))
        # Where the models' settings ask for different titles, the general one stands above all of them.
        return [
            {"name": view.name, "title": t(min(titles[view.name]) if len(titles[view.name]) == 1 else view.title)}
            for view in topic.views
            if view.name in titles
        ]

    def view_or_first(self, name: str) -> str:
        names = [view["name"] for view in self.views()]
        wanted = [name, self.first_view if self._is_chapters else "", *names]
        return next((view for view in wanted if view in names), "")

    def pictures(self, view: str, style: Style) -> dict[str, Picture]:
        """A view of every model that has a frame, by the model's place; a model that failed says so."""
        with self.lock:
            if self.sweep is None:
                return {}
            failed = self.failures()
            lines = {
                index: None if index in failed else self.sweep.timeline(index)
                for index, arm in enumerate(self.sweep.arms)
                if index in failed or arm.frame is not None
            }
        return {
            str(index): sentence(style, failed[index]) if timeline is None else draw_view(self.run, view, timeline, style)
            for index, timeline in lines.items()
        }

    def summary(self, quantity: str, style: Style) -> Picture | None:
        with self.lock:
            results = self.results
            wanted = quantity or (self.beside if self._is_chapters else "")
        return None if results is None else results.draw(results.quantity_or_first(wanted), style)

    @property
    def _is_chapters(self) -> bool:
        return self.sweep is not None and self.sweep.plan == self.planned

    def csv(self) -> str:
        """The table of all numbers at the models' ends."""
        with self.lock:
            results = self.results
        return "" if results is None else results.csv()

    # ---- one model

    def open(self, arm: Any) -> None:
        """Bring the page's run to one model: the same values and seed, trained as long."""
        with self.lock:  # given up before the run's: the page holds the run's while it asks the sweep
            if self.sweep is None or type(arm) is not int or not 0 <= arm < len(self.sweep.arms):
                return
            plan, run = self.sweep.plan, self.run
            score = plan.settings(arm)
        if run.twins is not None:  # two arms go on in lockstep: only the value is theirs to take
            run.lead.reseed(score.seed) if plan.name == SEED else run.lead.set({plan.name: plan.values[arm]})
        elif run.reset(score.params, score.seed):
            run.stop_rule(score.steps, None)
            run.play()
        run.wake()
