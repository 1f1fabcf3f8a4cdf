"""A whole run as one HTML file: its kept frames, a scrubber through them, every view. It opens by double click, offline.

The file holds the pictures (what the views gave for each frame, in both themes, in the wire form that live pages take) and the
same renderer that draws them there. A content policy in the page itself forbids every request and every other script.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.core.frame import Frame
from engine.core.language import ASSETS
from engine.core.params import Control, as_text
from engine.core.picture import Style
from engine.core.score import Score, marks
from engine.core.topic import Timeline, Topic, View
from engine.plot.packing import encode
from engine.runs.browser_bundle import bundle, inline
from engine.runs.history import History

BUDGET = 24_000_000  # bytes of pictures in one page
MOST = 200  # frames in one page: more than a hand can tell apart on a slider
PROBES = 5  # frames that are packed first, to learn how many the budget allows

LAB = ASSETS / "lab"
WORDS: dict[str, str] = {
    "step": "step {step}",
    "history": "History",
    "play": "Play",
    "pause": "Pause",
    "views": "Views",
    "light": "Light",
    "dark": "Dark",
    "parameters": "Parameters",
    "numbers": "Numbers",
    "seed": "Seed",
    "changed": "a setting was changed at step {step}",
    "absent": "This view does not exist with these settings.",
    "saveSvg": "Save SVG",
    "keys": "← → one step, Home and End, Space plays",
    "failed": "This page cannot be shown by this browser: {reason}",
}


def history_page(
    topic: Topic,
    history: History,
    score: Score,
    look: Style | None = None,
    *,
    views: Sequence[str] | None = None,
    budget: int = BUDGET,
    most: int = MOST,
) -> str:
    """The page of a run's kept frames.

    Args:
        score: the run up to its last kept frame: its seed, and the changes that are marked on the scrubber.
        look: language of the page and the theme in which it opens (both themes are inside).
        views: names of the views to show; all of the topic where None.
        budget: bytes that the pictures may take; more frames than fit are thinned evenly (the first and the last stay).
        most: frames at most, thinned likewise.

    Raises:
        ValueError: the history has no frames.
        KeyError: the topic has no view of that name.
    """
    if not history.frames:
        raise ValueError("nothing to show: the run has no frames yet")
    look = look or Style()
    chosen = [topic.view(name) for name in views] if views is not None else list(topic.views)
    pictures = Pictures(topic, history, score, look, chosen)
    places = thin(len(history.frames), most, pictures.size, budget)
    frames = [history.frames[place] for place in places]
    shown = [view for view in chosen if any(pictures.of(place, view) for place in places)]
    return document(
        f"{look.t(topic.title)} · {look.t('Seed')} {score.seed}",
        look.language,
        {
            **described(topic, frames, score, look, len(history.frames)),
            "views": [{"name": view.name, "title": look.t(view.title), "help": look.t(view.help)} for view in shown],
        },
        {view.name: [pictures.of(place, view) for place in places] for view in shown},
    )


class Pictures:
    """The packed pictures of a run's kept frames, each made when it is asked for, once."""

    def __init__(self, topic: Topic, history: History, score: Score, look: Style, views: Sequence[View]) -> None:
        self.topic, self.history, self.score, self.views = topic, history, score, views
        self.marks = marks(topic, score.changes)
        self.looks = {theme: Style(theme, look.language, look.t) for theme in ("light", "dark")}  # type: ignore[arg-type]
        self._made: dict[int, dict[str, str]] = {}

    def of(self, place: int, view: View) -> str | None:
        """A view of the frame at a place in the history; None where its settings have no such view."""
        return self._frame(place).get(view.name)

    def size(self, place: int) -> int:
        """Bytes that all views of a frame take."""
        return sum(map(len, self._frame(place).values()))

    def _frame(self, place: int) -> dict[str, str]:
        if place not in self._made:
            frame = self.history.frames[place]
            params = self.topic.params.build(frame.settings)
            line = Timeline(frame, params, self.history.scalars(frame.step), self.marks, self.score.seed)
            known = {view.name for view in self.topic.views_for(params)}
            self._made[place] = {view.name: self._pack(view, line) for view in self.views if view.name in known}
        return self._made[place]

    def _pack(self, view: View, line: Timeline) -> str:
        raw = encode({}, {theme: view.draw(line, look) for theme, look in self.looks.items()})
        return base64.b64encode(zlib.compress(raw, 6)).decode()


def spread(count: int, most: int) -> list[int]:
    """At most `most` of `count` places, evenly, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, max(2, most))).round().astype(int)).tolist()


def thin(count: int, most: int, size: Callable[[int], int], budget: int) -> list[int]:
    """As many evenly spread places as `most` and a budget of bytes allow, two at least."""
    probes = spread(count, min(most, PROBES))
    fitting = int(budget * len(probes) / max(1, sum(map(size, probes))))
    while True:
        places = spread(count, min(most, fitting))
        used = sum(map(size, places))
        if used <= budget or len(places) <= 2:
            return places
        fitting = min(len(places) - 1, int(len(places) * budget / used))


def described(topic: Topic, frames: Sequence[Frame], score: Score, look: Style, kept: int) -> dict[str, Any]:
    """Everything of the page but its pictures, ready for JSON."""
    controls = [control for control in topic.params.controls().values() if not control.hidden]
    settings: list[dict[str, str]] = []
    for frame in frames:
        settings.append({control.name: worded(control, frame.settings[control.name], look) for control in controls})
    outputs = [output for output in topic.outputs_for(topic.params.build(frames[-1].settings)) if output.scalar]
    told = look.t("{shown} of {kept} kept steps, evenly spaced; the first and the last are among them.")
    return {
        "title": look.t(topic.title),
        "question": look.t(topic.question),
        "theme": look.theme,
        "seed": score.seed,
        "steps": [frame.step for frame in frames],
        "marks": list(marks(topic, score.changes)),
        "thinned": told.format(shown=len(frames), kept=kept) if len(frames) < kept else "",
        "parameters": [{"name": c.name, "title": look.t(c.title), "symbol": c.symbol} for c in controls],
        "settings": settings,
        "outputs": [{"name": o.name, "meaning": look.t(o.meaning), "unit": look.t(o.unit) if o.unit else ""} for o in outputs],
        "scalars": [[finite(frame.scalars.get(output.name)) for output in outputs] for frame in frames],
        "words": {key: look.t(text) for key, text in WORDS.items()},
        "themes": {
            theme: {"background": one.background, "text": one.text, "grid": one.grid, "accent": one.measured}
            for theme in ("light", "dark")
            for one in (Style(theme),)  # type: ignore[arg-type]
        },
        "slug": topic.slug,
    }


def worded(control: Control, value: Any, look: Style) -> str:
    """A parameter's value as a reader sees it."""
    if isinstance(value, bool):
        return look.t("on") if value else look.t("off")
    if control.options:
        chosen = value if isinstance(value, tuple | list) else (value,)
        return ", ".join(look.t(control.labels.get(option, option)) for option in chosen)
    text = f"{value:.6g}" if isinstance(value, float) else as_text(value)
    return f"{text} {look.t(control.unit)}" if control.unit else text


def finite(value: float | None) -> float | None:
    """A number as JSON can hold it."""
    return value if value is not None and math.isfinite(value) else None


def document(title: str, language: str, page: dict[str, Any], pictures: dict[str, Any]) -> str:
    """The HTML around a page's data, its styles and its one script."""
    script = inline(bundle(LAB / "history" / "page.js"))
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; script-src 'sha256-{allowed}'; style-src 'unsafe-inline'; img-src data: blob:"
    style = "\n".join((LAB / name).read_text(encoding="utf-8") for name in ("base/lab.css", "history/page.css"))
    data = "".join(
        f'<script type="application/json" id="{name}">{_json(content)}</script>\n'
        for name, content in (("page", page), ("pictures", pictures))
    )
    needed = page["words"]["failed"].format(reason="JavaScript")
    return (
        f'<!doctype html>\n<html lang="{html.escape(language)}">\n<head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{html.escape(title)}</title>\n'
        f"<style>\n{style}\n</style></head>\n<body>\n<noscript>{html.escape(needed)}</noscript>\n"
        f'{data}<script type="module">{script}</script>\n</body></html>\n'
    )


def _json(value: Any) -> str:
    """JSON that may stand inside a script element."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
