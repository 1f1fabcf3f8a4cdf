"""What a class guessed as further views of its topic: a page of a run's history or a report shows them as it shows the topic's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from engine.core.picture import Picture, Style
from engine.core.topic import Guess, Timeline, Topic, View
from engine.guess.crowd import Crowd
from engine.guess.crowd_figures import crowd_picture
from engine.guess.score import settled_at

PREFIX = "class/"  # before a guess's name


def names(crowds: Sequence[Crowd]) -> tuple[str, ...]:
    """What the views are called."""
    return tuple(PREFIX + crowd.guess for crowd in crowds)


def with_crowds(topic: Topic, crowds: Sequence[Crowd]) -> Topic:
    """The topic with a view for each question that a class was asked, before its own."""
    guesses = {guess.name: guess for guess in topic.guesses}
    added = [(guesses[crowd.guess], crowd) for crowd in crowds if crowd.guess in guesses]
    views = tuple(
        View(PREFIX + guess.name, "What the class guessed", guess.question, partial(_draw, topic, guess, crowd), guess.when)
        for guess, crowd in added
    )
    return replace(topic, views=(*views, *topic.views)) if views else topic


def _draw(topic: Topic, guess: Guess, crowd: Crowd, timeline: Timeline, look: Style) -> Picture:
    between = None
    if guess.measured is not None and timeline.frame.step >= settled_at(guess, timeline):
        between = guess.measured(timeline)
    title = look.t(topic.params.controls()[guess.parameter].title) if guess.parameter else ""
    last = float(topic.tempo(timeline.params).steps)
    return crowd_picture(guess, crowd, timeline, look, last=last, title=title, between=between)
