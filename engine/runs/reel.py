"""A run's kept steps as the browser takes them to make a video: the pictures of some views, packed, and what stands above them."""

from __future__ import annotations

import json

from engine.core.picture import Style
from engine.core.topic import Topic
from engine.runs.history_page import BUDGET, NOTHING, WORDS, Part, Pictures, chosen

MOST = 90  # steps of a video: at ten pictures a second nine seconds


def reel(topic: Topic, part: Part, look: Style) -> str:
    """The steps of a run, alone or beside its twin, as JSON (assets/lab/film/reel.js).

    Args:
        part: its views are shown beside each other; of twins each view of both.

    Raises:
        ValueError: a history has no frames.
    """
    if not all(arm.history.frames for arm in part.arms):
        raise ValueError(NOTHING)
    views = [topic.view(name) for name in part.views]
    packed = [Pictures(topic, arm, look, views) for arm in part.arms]
    places = chosen(part, packed, MOST, BUDGET)
    steps = [part.arms[0].history.steps[place] for place in places[0]]
    params = topic.params.build(part.arms[0].history.frames[-1].settings)
    panels = []
    for view in views:
        title = look.t(view.title_for(params))
        for letter, arm, own, row in zip("AB", part.arms, packed, places, strict=False):
            arm_is = [f"{letter}: {arm.name}" if arm.name else letter] if part.kind == "twins" else []
            panels.append({"title": " · ".join([*arm_is, title]), "pictures": [own.of(place, view) for place in row]})
    told = {
        "title": look.t(topic.title) if part.told is None else part.told.title,
        "steps": [look.t(WORDS["step"]).format(step=f"{step:,}") for step in steps],
        "panels": panels,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
