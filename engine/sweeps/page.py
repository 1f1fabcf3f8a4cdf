"""A sweep as one HTML page: the slider through its trained models, and their numbers against the parameter beside the theory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.core.language import translator
from engine.core.picture import Picture, Style
from engine.core.score import Score
from engine.core.topic import Topic
from engine.runs.history import History
from engine.runs.history_page import NOTHING, STORY, Against, Arm, Part, named, parts_page
from engine.runs.told import Told
from engine.sweeps.summary import Results, reason
from engine.sweeps.sweep import Sweep

MOST = 24  # steps of each model at most
Models = Mapping[Any, tuple[Score, History]]  # by the value of the swept parameter, those that did not fail


def models_of(sweep: Sweep) -> Models:
    """The models of a sweep as they stand, whatever becomes of it."""
    return {
        arm.value: (sweep.plan.settings(place), arm.history.copy())
        for place, arm in enumerate(sweep.arms)
        if arm.problem is None and arm.history.frames
    }


def missing(sweep: Sweep, t: Callable[[str], str]) -> tuple[str, ...]:
    """A sentence about each model that failed, after its name."""
    look = Style(language="en", t=t)
    lost = [(place, arm.problem) for place, arm in enumerate(sweep.arms) if arm.problem is not None]
    names = [named(sweep.topic, sweep.plan.settings(place), [sweep.plan.name], look) for place, _ in lost]
    return tuple(f"{name}. {reason(problem, t)}" for name, (_, problem) in zip(names, lost, strict=True))


def swept_part(
    topic: Topic,
    name: str,
    models: Models,
    views: Sequence[str],
    look: Style,
    *,
    own: Any = None,
    opened: int = 2,
    told: Told | None = None,
    beside: str = "",
    missing: Sequence[str] = (),
) -> Part:
    """What a page shows of a sweep.

    Args:
        name: the parameter, or "seed".
        own: the value of the model that is shown first; the first one where it is not among them.
        beside: the quantity that stands against the parameter at first; the results' own choice where it is empty.

    Raises:
        ValueError: there is no model.
    """
    if not models:
        raise ValueError(NOTHING)
    arms = tuple(Arm(history, score, named(topic, score, [name], look)) for score, history in models.values())
    results = Results(topic, name, tuple(models), [arm.timeline(topic) for arm in arms], look.t)

    def drawer(quantity: str) -> Callable[[Style], Picture]:
        return lambda style: results.draw(quantity, style)

    against = tuple(Against(one["name"], one["title"], one["kind"], drawer(one["name"])) for one in results.quantities())
    axis = results.axis
    return Part(
        arms,
        tuple(views),
        "sweep",
        list(models).index(own) if own in models else 0,
        opened,
        told,
        axis.blend,
        against,
        results.quantity_or_first(beside),
        {"words": axis.words, "places": list(axis.places), "log": axis.log},
        tuple(missing),
    )


def sweep_page(topic: Topic, part: Part, look: Style) -> str:
    """The page of one sweep, below eight megabytes; raises as `parts_page` does."""
    return parts_page(topic, [part], look, budget=STORY, most=MOST)


def page_of(sweep: Sweep, language: str, theme: str = "light") -> str:
    """The page of a sweep that was trained, in all views that its models have; raises ValueError where all failed."""
    topic, t = sweep.topic, translator(language, sweep.topic.slug)
    look = Style("dark" if theme == "dark" else "light", language, t)
    models = models_of(sweep)
    if all(isinstance(value, int | float) for value in models):  # a slider goes upwards, however they were named
        models = dict(sorted(models.items()))
    known = {view.name for score, _ in models.values() for view in topic.views_for(score.settings())}
    views = [view.name for view in topic.views if view.name in known]
    own = {"seed": sweep.plan.score.seed, **sweep.plan.score.settings().values()}[sweep.plan.name]
    return sweep_page(topic, swept_part(topic, sweep.plan.name, models, views, look, own=own, missing=missing(sweep, t)), look)
