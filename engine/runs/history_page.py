"""Runs as one HTML file: their kept frames, a scrubber through them, their views, and a topic's chapters where runs are of chapters.

It opens by double click, offline. The file holds the pictures (what the views gave for each frame, in both themes, in the wire form
that live pages take) and the same renderer that draws them there. A content policy in the page itself forbids every request and every
other script.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np

from engine.core.frame import Frame
from engine.core.language import ASSETS, labels
from engine.core.params import Control
from engine.core.picture import Picture, Style
from engine.core.score import Score, marks
from engine.core.topic import Timeline, Topic, View
from engine.plot.packing import encode
from engine.runs.browser_bundle import bundle, inline
from engine.runs.history import History
from engine.runs.recorded import recorded, valued, worded
from engine.runs.told import Told, chapter_of, told

BUDGET = 24_000_000  # bytes of pictures in the page of one run
STORY = 7_000_000  # bytes of pictures in the page of a topic's chapters
MOST = 200  # frames of one run: more than a hand can tell apart on a slider
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
    "saveVideo": "Save video (WebM)",
    "videoMaking": "Recording: {done} of {total}",
    "videoCannot": "This browser cannot record a WebM video. Chromium and Firefox can.",
    "keys": "← → one step, Home and End, Space plays",
    "chapterKeys": "[ ] the chapter before, the next",
    "chapters": "Chapters",
    "previous": "Previous",
    "next": "Next",
    "runs": "Runs of this chapter",
    "between": "between {low} and {high}, blended",
    "verdicts": "Theory, measured",
    "claim": "claim",
    "predicted": "predicted",
    "measured": "measured",
    "failed": "This page cannot be shown by this browser: {reason}",
}


NOTHING = "nothing to show: the run has no frames yet"
AGAINST = "against:"  # what stands before a quantity's name where its picture lies among those of the first arm
Kind = Literal["run", "twins", "sweep"]


@dataclass(frozen=True)
class Arm:
    """A run on the page: its kept frames, the score up to the last of them, and its name beside others."""

    history: History
    score: Score
    name: str = ""

    def timeline(self, topic: Topic) -> Timeline:
        """The run as it stands at its last kept frame."""
        return timeline(topic, self, self.history.frames[-1])


@dataclass(frozen=True)
class Against:
    """A quantity of a sweep's models against the parameter: a number ("scalar"), or a claim with its closed form ("claim")."""

    name: str
    title: str
    kind: str
    draw: Callable[[Style], Picture]


@dataclass(frozen=True)
class Part:
    """What is seen at a time: a run, or a chapter's run with its words; its twin beside it, or the arms of a sweep.

    Attributes:
        views: names of its views.
        kind: "run" has one arm, "twins" two that are shown side by side, "sweep" several of which one is shown.
        shown: place of the arm that is shown first.
        opened: how many of the views are open at first.
        blends: whether something lies between two neighbouring arms of a sweep (not so for names, switches and seeds).
        told: the chapter's words; None for a run that is of no chapter.
        against: of a sweep, the quantities that can stand against its parameter, and `beside` the one that does at first.
        axis: of a sweep, what the parameter is called ("words") and where on it the arms stand ("places", logarithms where "log").
        missing: sentences about models that failed.
    """

    arms: tuple[Arm, ...]
    views: tuple[str, ...]
    kind: Kind = "run"
    shown: int = 0
    opened: int = 2
    told: Told | None = None
    blends: bool = False
    against: tuple[Against, ...] = ()
    beside: str = ""
    axis: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


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
    """The page of one run's kept frames, in all views of the topic where none are named; raises as `parts_page` does."""
    names = tuple(view.name for view in topic.views) if views is None else tuple(views)
    part = run_part(topic, (Arm(history, score),), names, look or Style())
    return parts_page(topic, [part], look, budget=budget, most=most)


def run_part(topic: Topic, arms: tuple[Arm, ...], views: tuple[str, ...], look: Style) -> Part:
    """A run, alone or beside its twin, with the words of the chapter from whose settings it began."""
    if not all(arm.history.frames for arm in arms):
        raise ValueError(NOTHING)
    first, *others = arms
    chapter = chapter_of(topic, first.score, others[0].score.settings() if others else None)
    if others:
        values = [arm.score.settings().values() for arm in arms]
        names = [name for name in values[0] if values[0][name] != values[1][name]]
        arms = tuple(replace(arm, name=named(topic, arm.score, names, look)) for arm in arms)
    words = None
    if chapter is not None:
        other = others[0].timeline(topic) if others else None
        words = told(topic, chapter, replace(first.timeline(topic), other=other), look)
    return Part(arms, views, "twins" if others else "run", told=words)


def parts_page(
    topic: Topic, parts: Sequence[Part], look: Style | None = None, *, budget: int = BUDGET, most: int = MOST
) -> str:
    """The page of one part, or of several among which one goes to and fro.

    Args:
        look: language of the page and the theme in which it opens (both themes are inside).
        budget: bytes that the pictures may take; more frames than fit are thinned evenly (the first and the last stay).
        most: frames of a run at most, thinned likewise.

    Raises:
        ValueError: there is no part, or a history has no frames.
        KeyError: the topic has no view of a name.
    """
    if not parts or not all(arm.history.frames for part in parts for arm in part.arms):
        raise ValueError(NOTHING)
    look = look or Style()
    described, pictures = [], list[list[dict[str, list[str | None]]]]()
    looks = both(look)
    beside = [{f"{AGAINST}{one.name}": [packed_picture(one.draw, looks)] for one in part.against} for part in parts]
    left = budget - sum(len(packed) for own in beside for (packed,) in own.values())
    for number, part in enumerate(parts):
        views = [topic.view(name) for name in part.views]
        packed = [Pictures(topic, arm, look, views) for arm in part.arms]
        places = chosen(part, packed, most, left // (len(parts) - number))  # what one part leaves, the next ones may take
        left -= sum(one.size(place) for one, own in zip(packed, places, strict=True) for place in own)
        seen = [view for view in views if any(one.of(p, view) for one, own in zip(packed, places, strict=True) for p in own)]
        pictures.append(
            [{view.name: [one.of(p, view) for p in own] for view in seen} for one, own in zip(packed, places, strict=True)]
        )
        pictures[-1][0].update({name: [*own] for name, own in beside[number].items()})
        described.append(part_of(topic, part, seen, places, look))
    first = parts[0]
    which = first.axis.get("words") or f"{look.t('Seed')} {first.arms[0].score.seed}"
    title = look.t(topic.title) if len(parts) > 1 else f"{look.t(topic.title)} · {which}"
    return document(title, look.language, {**shared(topic, look), "parts": described}, pictures)


def chosen(part: Part, packed: Sequence[Pictures], most: int, budget: int) -> list[list[int]]:
    """The places of the frames that each arm shows, as many as fit."""
    offered = offers(part)
    if part.kind != "twins":
        return [thin(len(own), most, one.size, budget // len(packed)) for one, own in zip(packed, offered, strict=True)]

    def size(place: int) -> int:
        return sum(one.size(own[place]) for one, own in zip(packed, offered, strict=True))

    kept = thin(len(offered[0]), most, size, budget)
    return [[own[place] for place in kept] for own in offered]


def offers(part: Part) -> list[list[int]]:
    """The places of the frames that each arm could show: all; of twins, which stand side by side, those of the same steps."""
    steps = [arm.history.steps for arm in part.arms]
    if part.kind != "twins":
        return [list(range(len(own))) for own in steps]
    common = sorted(set.intersection(*map(set, steps)))
    # Where they were never kept at the same step: the last ones at least.
    return [[own.index(step) for step in common] or [len(own) - 1] for own in steps]


def timeline(topic: Topic, arm: Arm, frame: Frame) -> Timeline:
    """What views and claims look at, of one of a run's kept frames."""
    params = topic.params.build(frame.settings)
    return Timeline(frame, params, arm.history.scalars(frame.step), marks(topic, arm.score.changes), arm.score.seed)


class Pictures:
    """The packed pictures of a run's kept frames, each made when it is asked for, once."""

    def __init__(self, topic: Topic, arm: Arm, look: Style, views: Sequence[View]) -> None:
        self.topic, self.arm, self.views = topic, arm, views
        self.looks = both(look)
        self._made: dict[int, dict[str, str]] = {}

    def of(self, place: int, view: View) -> str | None:
        """A view of the frame at a place in the history; None where its settings have no such view."""
        return self._frame(place).get(view.name)

    def size(self, place: int) -> int:
        """Bytes that all views of a frame take."""
        return sum(map(len, self._frame(place).values()))

    def _frame(self, place: int) -> dict[str, str]:
        if place not in self._made:
            line = timeline(self.topic, self.arm, self.arm.history.frames[place])
            known = {view.name for view in self.topic.views_for(line.params)}
            self._made[place] = {view.name: self._pack(view, line) for view in self.views if view.name in known}
        return self._made[place]

    def _pack(self, view: View, line: Timeline) -> str:
        return packed_picture(lambda look: view.draw(line, look), self.looks)


def both(look: Style) -> dict[str, Style]:
    """The two themes of a language, by name."""
    return {theme: Style(theme, look.language, look.t) for theme in ("light", "dark")}  # type: ignore[arg-type]


def packed_picture(draw: Callable[[Style], Picture], looks: Mapping[str, Style]) -> str:
    """A picture in each of some themes, packed."""
    raw = encode({}, {theme: draw(look) for theme, look in looks.items()})
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


def shared(topic: Topic, look: Style) -> dict[str, Any]:
    """What the page says of the topic, ready for JSON."""
    return {
        "title": look.t(topic.title),
        "question": look.t(topic.question),
        "theme": look.theme,
        "parameters": [{"name": c.name, "title": look.t(c.title), "symbol": c.symbol} for c in shown_controls(topic)],
        "words": {key: look.t(text) for key, text in WORDS.items()},
        "themes": {
            theme: {"background": one.background, "text": one.text, "grid": one.grid, "accent": one.measured}
            for theme in ("light", "dark")
            for one in (Style(theme),)  # type: ignore[arg-type]
        },
        "slug": topic.slug,
        "labels": {key: text for key, text in labels(look.language).items() if key.startswith(("glide", "helpFor"))},
    }


def part_of(topic: Topic, part: Part, views: Sequence[View], places: Sequence[Sequence[int]], look: Style) -> dict[str, Any]:
    """Everything of a part but its pictures, ready for JSON."""
    last = part.arms[part.shown].history.frames[-1]
    params = topic.params.build(last.settings)
    outputs = [output for output in topic.outputs_for(params) if output.scalar]
    names = [output.name for output in outputs]
    scores, names_of = [arm.score for arm in part.arms], [arm.name for arm in part.arms]
    shown, kept = len(places[part.shown]), len(part.arms[part.shown].history)
    thinned = look.t("{shown} of {kept} kept steps, evenly spaced; the first and the last are among them.")
    return {
        "kind": part.kind,
        "shown": part.shown,
        "opened": part.opened,
        "blends": part.blends,
        "told": None if part.told is None else asdict(part.told),
        "recorded": "" if part.told is None else recorded(topic, scores, names_of, part.kind, part.told.hero, look),
        "views": [{"name": view.name, "title": look.t(view.title_for(params)), "help": look.t(view.help)} for view in views],
        "thinned": thinned.format(shown=shown, kept=kept) if shown < kept else "",
        "missing": list(part.missing),
        "against": [{"kind": one.kind, "name": one.name, "title": one.title} for one in part.against],
        "beside": part.beside,
        "axis": dict(part.axis),
        "outputs": [{"name": o.name, "meaning": look.t(o.meaning), "unit": look.t(o.unit) if o.unit else ""} for o in outputs],
        "arms": [arm_of(topic, arm, own, names, look) for arm, own in zip(part.arms, places, strict=True)],
    }


def arm_of(topic: Topic, arm: Arm, places: Sequence[int], outputs: Sequence[str], look: Style) -> dict[str, Any]:
    """A run's steps with their settings and numbers, ready for JSON."""
    frames: list[Frame] = [arm.history.frames[place] for place in places]
    controls = shown_controls(topic)
    return {
        "name": arm.name,
        "seed": arm.score.seed,
        "steps": [frame.step for frame in frames],
        "marks": list(marks(topic, arm.score.changes)),
        "settings": differences([{c.name: worded(c, frame.settings[c.name], look) for c in controls} for frame in frames]),
        "scalars": [[finite(frame.scalars.get(name)) for name in outputs] for frame in frames],
    }


def differences(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The first row, and of each other one what differs from the row before: a run has hundreds, most of them equal."""
    return [
        {name: text for name, text in row.items() if not place or rows[place - 1][name] != text}
        for place, row in enumerate(rows)
    ]


def shown_controls(topic: Topic) -> list[Control]:
    """The parameters that a page lists."""
    return [control for control in topic.params.controls().values() if not control.hidden]


def named(topic: Topic, score: Score, names: Sequence[str], look: Style) -> str:
    """A run's name beside others: the values (or the seed) in which they differ."""
    params, controls = score.settings(), topic.params.controls()
    words = [f"{look.t('Seed')} {score.seed}"] if "seed" in names else []
    words += [valued(controls[name], getattr(params, name), look) for name in names if name in controls]
    return ", ".join(words)


def finite(value: float | None) -> float | None:
    """A number as JSON can hold it."""
    return value if value is not None and math.isfinite(value) else None


def document(title: str, language: str, page: dict[str, Any], pictures: list[Any]) -> str:
    """The HTML around a page's data, its styles and its one script."""
    script = inline(bundle(LAB / "history" / "file.js"))
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
