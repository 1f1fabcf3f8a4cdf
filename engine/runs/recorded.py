"""What a page without a server says of its run where its words speak to somebody who has sliders: which values were recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import groupby
from typing import Any

from engine.core.params import Control, as_text
from engine.core.picture import Style
from engine.core.score import Change, Score
from engine.core.topic import Topic

MOST = 6  # parameters that are named
FEW = 3  # changes of a parameter that are told one by one
HANDS = "Where a text on this page says drag, press, draw or guess, it means the running app."


def recorded(topic: Topic, scores: Sequence[Score], names: Sequence[str], kind: str, hero: str, look: Style) -> str:
    """The sentences below a chapter's words.

    Args:
        scores: of its runs, up to what is shown; the first of twins is A.
        names: what these runs are called beside each other.
        kind: "run", "twins" or "sweep".
        hero: the parameter that the words speak of.
    """
    t, score = look.t, scores[0]
    values = _listed("{list}, {next}", "list", "next", _begun(topic, scores, hero, look), t)
    text = (
        t("Recorded here: {steps} steps with seed {seed}, {values}.")
        if values
        else t("Recorded here: {steps} steps with seed {seed}.")
    )
    said = [text.format(steps=f"{score.steps:,}", seed=score.seed, values=values), *_changes(topic, score.changes, look)]
    if kind == "twins":
        said.append(t("A is with {first}, B with {second}.").format(first=names[0], second=names[-1]))
    if kind == "sweep":
        text = t("The second slider goes through {count} models, from {first} to {last}.")
        said.append(text.format(count=len(scores), first=names[0], last=names[-1]))
    return _listed("{one} {other}", "one", "other", [*said, t(HANDS)], t)


def _listed(text: str, before: str, after: str, parts: Sequence[str], t: Callable[[str], str]) -> str:
    """Texts one after the other, as a language joins them: two by two in a text with two fields."""
    return reduce(lambda one, other: t(text).format(**{before: one, after: other}), parts) if parts else ""


def _begun(topic: Topic, scores: Sequence[Score], hero: str, look: Style) -> list[str]:
    """The values with which all runs began, as far as they are not the usual ones; the hero's in any case."""
    first, *others = (score.settings().values() for score in scores)
    usual, controls = topic.params().values(), topic.params.controls()
    named = [name for name in dict.fromkeys([hero, *controls]) if name in controls and not controls[name].hidden]
    alike = [name for name in named if all(other[name] == first[name] for other in others)]
    told = [name for name in alike if name == hero or first[name] != usual[name]]
    return [valued(controls[name], first[name], look) for name in told[:MOST]] + (["…"] if len(told) > MOST else [])


def _changes(topic: Topic, changes: Sequence[Change], look: Style) -> list[str]:
    """What was changed on the way, parameter by parameter: its few values, or from where to where."""
    controls, t = topic.params.controls(), look.t
    moves = [(name, change.step, value) for change in changes for name, value in change.values.items() if name in controls]
    said = []
    for name, group in groupby(sorted(moves, key=lambda move: list(controls).index(move[0])), key=lambda move: move[0]):
        own = list(group)
        if len(own) <= FEW:
            text = t("From step {step} on: {value}.")
            said += [text.format(step=f"{step:,}", value=valued(controls[name], value, look)) for _, step, value in own]
        else:
            text = t("Between the steps {begin} and {end} {name} goes from {low} to {high}.")
            (_, begin, low), (_, end, high) = own[0], own[-1]
            low, high = (worded(controls[name], value, look) for value in (low, high))
            name = controls[name].symbol or t(controls[name].title)
            said.append(text.format(begin=f"{begin:,}", end=f"{end:,}", name=name, low=low, high=high))
    return said


def valued(control: Control, value: Any, look: Style) -> str:
    """A parameter with its value: "β = 4", "Noise: off"."""
    text = worded(control, value, look)
    if control.symbol:
        return f"{control.symbol} = {text}"
    return look.t("{title}: {value}").format(title=look.t(control.title), value=text)


def worded(control: Control, value: Any, look: Style) -> str:
    """A parameter's value as a reader sees it."""
    if isinstance(value, bool):
        return look.t("on") if value else look.t("off")
    if control.options:
        chosen = value if isinstance(value, tuple | list) else (value,)
        return ", ".join(look.t(control.labels.get(option, option)) for option in chosen)
    text = f"{value:.6g}" if isinstance(value, float) else as_text(value)
    return f"{text} {look.t(control.unit)}" if control.unit else text
