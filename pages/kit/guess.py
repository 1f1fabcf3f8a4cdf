"""What a page does with guesses: takes them from its websocket, keeps them on the run, shows and scores them.

A guess never reaches the session: it is no parameter, stands in no score and no link, and a run is the same without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.core.figures import figure
from engine.core.guess import Between, check, narrow, settled_at
from engine.core.guess_figures import overlay, picture, place_picture
from engine.core.look import Look
from engine.core.params import BadValue
from engine.core.topic import Guess, Timeline

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from pages.kit.run import LiveRun

VIEW = "guess:"  # before a guess's name, where a page asks for its picture
MOST_TRIED = 64  # runs whose verdict on a threshold is remembered


def declaration(run: LiveRun) -> dict[str, Any]:
    """The guesses of the run's topic as the browser takes them, in the reader's language; which of them apply now
    stands in the status."""
    return {
        "topic": run.topic.slug,
        "guesses": [
            {"name": guess.name, "question": run.t(guess.question), "curve": bool(guess.scalar), "title": _title(run, guess)}
            | {"low": guess.low, "high": guess.high, "log": guess.log}
            for guess in run.topic.guesses
        ],
    }


def news(run: LiveRun) -> dict[str, Any]:
    """What the status tells: the guesses that the present settings allow, those that were made, and what was refused."""
    offered = [guess.name for guess in run.topic.guesses_for(run.params)]
    return {"offered": offered, "made": list(run.guesses), "problem": run.problems.get("guess")}


def take(run: LiveRun, name: str, raw: Any) -> None:
    """Keep the points of a guess, or forget it where `raw` is None. What cannot be one changes nothing, and is told."""
    guess = next((guess for guess in run.topic.guesses if guess.name == name), None)
    if guess is None:
        return
    with run.lock:
        run.problems.pop("guess", None)
        if raw is None:
            run.guesses.pop(name, None)
            return
        try:
            run.guesses[name] = check(guess, raw, float(_last(run)))
        except BadValue as problem:
            run.problems["guess"] = run.say(problem)


def guess_figure(run: LiveRun, name: str, timeline: Timeline, look: Look) -> go.Figure:
    """The panel of a guess by name; a line of text where the settings do not allow it."""
    guess = next((guess for guess in run.topic.guesses_for(timeline.params) if guess.name == name), None)
    if guess is None:
        text = look.t("This cannot be guessed with the present settings.")
        return figure(look, alt=text, x={"visible": False}, y={"visible": False})
    drawn = run.guesses.get(name)
    if guess.scalar:
        return picture(guess, drawn, timeline, look, last=float(_last(run)))
    title = look.t(type(run.params).controls()[guess.parameter].title)
    return place_picture(guess, drawn, timeline, look, title=title, between=_learn(run, guess, timeline))


def with_guesses(run: LiveRun, view: go.Figure, timeline: Timeline, look: Look) -> go.Figure:
    """A view with every guessed curve beside the trace that shows the same scalar."""
    for guess in run.topic.guesses if run.guesses else ():
        if guess.scalar and guess.name in run.guesses:
            view = overlay(view, guess, run.guesses[guess.name], timeline, look)
    return view


def _last(run: LiveRun) -> int:
    """The step at which the axis of a curve ends: where the run will stop, or has come to."""
    return run.stop_steps or max(run.topic.steps, run.frame.step if run.frame is not None else 0)


def _title(run: LiveRun, guess: Guess) -> str:
    """What is guessed in a few words: the scalar's meaning or the parameter's title."""
    if guess.scalar:
        return run.t(next(output.meaning for output in run.topic.outputs if output.name == guess.scalar))
    return run.t(type(run.params).controls()[guess.parameter].title)


def _learn(run: LiveRun, guess: Guess, timeline: Timeline) -> Between | None:
    """Where the runs so far place a threshold: each settled value of its parameter says something, all else being equal."""
    values, controls = timeline.params.values(), type(timeline.params).controls()
    own = str(values.pop(guess.parameter)) * (controls[guess.parameter].kind != "lens")
    others = repr(sorted((name, value) for name, value in values.items() if controls[name].kind != "lens"))
    with run.lock:
        live = run.frame is not None and timeline.frame.step >= settled_at(guess, timeline)
        found = guess.measured(timeline) if guess.measured is not None and live else None
        if found is not None:
            run.tried.pop((guess.name, others, own), None)
            run.tried[guess.name, others, own] = found
            while len(run.tried) > MOST_TRIED:
                del run.tried[next(iter(run.tried))]
        return narrow([known for (name, rest, _), known in run.tried.items() if (name, rest) == (guess.name, others)])
