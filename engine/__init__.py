"""Everything of Latent Lab that computes. Five lines in a notebook:

import engine
run = engine.start("vae-geometry", {"beta": 4.0}, seed=0)
run.advance(steps=500)
run.set(beta=40.0)
engine.show(run, "plane")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.core.frame import Frame
from engine.core.params import BadValue, UnknownName
from engine.core.picture import Style
from engine.core.registry import find, topics
from engine.core.score import Change, Score
from engine.core.session import Session
from engine.core.topic import Timeline

if TYPE_CHECKING:
    import plotly.graph_objects as go

__version__ = "0.1.0"
__all__ = [
    "BadValue",
    "Change",
    "Frame",
    "Score",
    "Session",
    "Style",
    "Timeline",
    "UnknownName",
    "find",
    "show",
    "start",
    "topics",
]

start = Session.start


def show(session: Session, view: str, look: Style | None = None) -> go.Figure:
    """The named view of a session's present state, as a plotly figure. Raises KeyError for an unknown view."""
    timeline = Timeline(session.look(), session.params, {}, session.marks, session.seed)
    return session.topic.view(view).draw(timeline, look or Style()).plotly()
