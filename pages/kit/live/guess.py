"""What a page does with guesses: takes them from its websocket, keeps them on the run, shows and scores them.

A guess never reaches the session: it is no parameter, stands in no score and no link, and a run is the same without it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from engine.core.frame import Frame
from engine.core.params import BadValue
from engine.core.picture import Picture, Style
from engine.core.topic import Guess, Timeline
from engine.guess.crowd_figures import crowd_picture
from engine.guess.crowd_views import PREFIX
from engine.guess.figures import choice_picture, overlay, picture, place_picture
from engine.guess.score import Between, Made, check, narrow, settled_at
from engine.plot import HIDDEN, Plot
from pages.kit.live.classroom.polls import Pace, Polls, Refused
from pages.kit.live.stage.course import Course

VIEW = "guess:"  # before a guess's name, where a page asks for its picture
MOST_TRIED = 64  # runs whose verdict on a threshold is remembered


def declaration(run: Course) -> dict[str, Any]:
    """The guesses of the run's topic as the browser takes them, in the reader's language; which of them apply now
    stands in the status."""
    return {
        "topic": run.topic.slug,
        "guesses": [
            {"name": guess.name, "question": run.t(guess.question), "kind": guess.kind, "title": _title(run, guess)}
            | {"low": guess.low, "high": guess.high, "log": guess.log, "hides": guess.hides}
            | {"options": [[name, run.t(text)] for name, text in guess.options]}
            for guess in run.topic.guesses
        ],
    }


class Guesses:
    """What the person at one page expects, and what the runs so far say of it. All methods take the page's arm A.

    Attributes:
        polls: what the class is asked that follows this page.
    """

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        self.polls = Polls(wake)
        self._pace = Pace()
        self.made: dict[str, Made] = {}  # by guess: shown and scored, and it changes nothing
        self.tried: dict[tuple[str, ...], Between] = {}  # where the runs so far place guessed thresholds
        # Of its own: a sweep that holds its lock learns here, while the page holds the run's and asks the sweep.
        self._lock = threading.Lock()

    def news(self, run: Course, chapter: str | None = None) -> dict[str, Any]:
        """What the status tells: the guesses that are offered, those that were made, and what was refused."""
        chosen = {name: made for name, made in self.made.items() if isinstance(made, str)}
        told = {"offered": self._offered(run, chapter), "made": list(self.made), "chosen": chosen}
        return {**told, "problem": run.problems.get("guess")}

    def _offered(self, run: Course, chapter: str | None) -> list[str]:
        """The question of the chapter, if it asks one; in free play all that the present settings allow."""
        asked = run.topic.chapter(chapter).guess if chapter else None
        allowed = run.topic.guesses_for(run.params)
        return [guess.name for guess in allowed if (not guess.arms if asked is None else guess.name == asked)]

    def lesson(self, run: Course, chapter: str | None = None) -> dict[str, Any] | None:
        """What the status tells of a question to a class: to its teacher, or to one who follows."""
        polls = _followed(run)
        return self.polls.for_teacher() if polls is None else polls.for_follower(run.token, self._offered(run, chapter), run.t)

    def take(self, run: Course, name: str, raw: Any, signed: Any = "") -> None:
        """Keep a guess (points, or the name of an option), or forget it where `raw` is None. What cannot be one changes nothing, and is told.

        In a lesson it is the class's, too, where the class is asked for it; `signed` is the student's name there.
        """
        guess = next((guess for guess in run.topic.guesses if guess.name == name), None)
        if guess is None:
            return
        with run.lock:
            run.problems.pop("guess", None)
            try:
                last, polls = float(_last(run)), _followed(run)
                taken = None if polls is None else polls.take(run.token, guess, raw, signed, last, self._pace)
                if raw is None:
                    self.made.pop(name, None)
                else:
                    self.made[name] = check(guess, raw, last) if taken is None else taken.made
            except BadValue as problem:
                run.problems["guess"] = run.say(problem)
            except Refused as refused:
                run.problems["guess"] = run.t(str(refused))

    def teach(self, run: Course, what: str, name: str) -> None:
        """What a teacher does with a question: "ask", "stop", "show" or "forget". A follower's page has no class."""
        if run.source.teacher is not None or not any(guess.name == name for guess in run.topic.guesses):
            return
        match what:
            case "ask":
                self.polls.ask(name)
            case "stop":
                self.polls.stop()
            case "show":
                self.polls.show(name)
            case "forget":
                self.polls.forget(name)

    def goes_on(self, run: Course, before: str) -> None:
        """This page was another one of the lesson before it was loaded again."""
        polls = _followed(run)
        if polls is not None:
            polls.rename(before, run.token)

    def figure(self, run: Course, name: str, timeline: Timeline, style: Style) -> Picture:
        """The panel of a guess by name, or of all guesses of the class; a line of text where the settings do not allow it."""
        if name.startswith(PREFIX):
            return self._class_figure(run, name.removeprefix(PREFIX), timeline, style)
        guess = next((guess for guess in run.topic.guesses_for(timeline.params) if guess.name == name), None)
        if guess is None:
            return Plot(timeline, style, x=HIDDEN, y=HIDDEN).done("This cannot be guessed with the present settings.")
        drawn = self.made.get(name)
        if guess.options:
            return choice_picture(guess, None if drawn is None else str(drawn), timeline, style)
        assert not isinstance(drawn, str)
        if guess.scalar:
            return picture(guess, drawn, timeline, style, last=float(_last(run)))
        return place_picture(
            guess, drawn, timeline, style, title=_axis_title(guess, run), between=self._known(run, guess, timeline)
        )

    def _class_figure(self, run: Course, name: str, timeline: Timeline, style: Style) -> Picture:
        """What the class has guessed, once its teacher has shown it."""
        guess = next((guess for guess in run.topic.guesses_for(timeline.params) if guess.name == name), None)
        crowd = self.polls.shown(name)
        if guess is None or crowd is None:
            return Plot(timeline, style, x=HIDDEN, y=HIDDEN).done("This cannot be guessed with the present settings.")
        if run.recording.newest is None:  # the recorded run would give the answer away
            timeline = Timeline(Frame(0, {}, {}, {}), timeline.params)
        between = self._known(run, guess, timeline) if guess.parameter else None
        return crowd_picture(
            guess, crowd, timeline, style, last=float(_last(run)), title=_axis_title(guess, run), between=between
        )

    def _known(self, run: Course, guess: Guess, timeline: Timeline) -> Between | None:
        """Where all runs so far place a threshold; the present one, too."""
        if run.recording.newest is not None:  # else it is the recorded run, which has told nobody anything
            self._learn(run, guess, timeline)
        return self._between(run, guess, timeline)

    def beside(self, run: Course, name: str, view: Picture, timeline: Timeline, style: Style) -> Picture:
        """The view of that name with every guessed curve beside the trace that shows the same scalar."""
        for guess in run.topic.guesses if self.made and not name.startswith(VIEW) else ():
            drawn = self.made.get(guess.name)
            if guess.scalar and drawn is not None and not isinstance(drawn, str):
                view = overlay(view, guess, drawn, timeline, style)
        return view

    def learn(self, run: Course, timelines: Iterable[Timeline]) -> None:
        """Take in what finished runs with other values (the arms of a sweep) show of every threshold that can be guessed."""
        for timeline in timelines:
            for guess in run.topic.guesses_for(timeline.params):
                if guess.kind == "place":
                    self._learn(run, guess, timeline)

    def _learn(self, run: Course, guess: Guess, timeline: Timeline) -> None:
        found = None
        if guess.measured is not None and timeline.frame.step >= settled_at(guess, timeline):
            found = guess.measured(timeline)
        if found is None:
            return
        key = (*_key(guess, timeline), str(_own(guess, timeline)))
        with self._lock:
            self.tried.pop(key, None)
            self.tried[key] = found
            while len(self.tried) > MOST_TRIED:
                del self.tried[next(iter(self.tried))]

    def _between(self, run: Course, guess: Guess, timeline: Timeline) -> Between | None:
        """Where all runs of these settings together place a threshold."""
        key = _key(guess, timeline)
        with self._lock:
            return narrow([known for tried, known in self.tried.items() if tried[:2] == key])


def _last(run: Course) -> int:
    """The step at which the axis of a curve ends: where the run will stop, or has come to."""
    return run.stop_steps or max(
        run.topic.tempo(run.params).steps, run.recording.newest.step if run.recording.newest is not None else 0
    )


def _followed(run: Course) -> Polls | None:
    """The questions of the teacher whose lesson a page follows; None for a page on its own."""
    guesses = getattr(run.source.teacher, "guesses", None)
    return guesses.polls if isinstance(guesses, Guesses) else None


def _axis_title(guess: Guess, run: Course) -> str:
    """The title of the axis on which a place is marked; "" for other guesses."""
    return run.t(type(run.params).controls()[guess.parameter].title) if guess.parameter else ""


def _title(run: Course, guess: Guess) -> str:
    """What is guessed in a few words: the scalar's meaning or the parameter's title; a choice's question."""
    if guess.options:
        return run.t(guess.question)
    if guess.scalar:
        return run.t(next(output.meaning for output in run.topic.outputs if output.name == guess.scalar))
    return run.t(type(run.params).controls()[guess.parameter].title)


def _key(guess: Guess, timeline: Timeline) -> tuple[str, str]:
    """The guess and everything but its parameter that the run depends on."""
    controls = type(timeline.params).controls()
    values = timeline.params.values().items()
    rest = [(name, value) for name, value in values if name != guess.parameter and controls[name].kind != "lens"]
    return guess.name, repr(sorted(rest))


def _own(guess: Guess, timeline: Timeline) -> Any:
    """The parameter's value, where the run depends on it at all: what is only looked at has one verdict, the newest."""
    controls = type(timeline.params).controls()
    return timeline.params.values()[guess.parameter] if controls[guess.parameter].kind != "lens" else None
