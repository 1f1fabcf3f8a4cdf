"""Every topic: every view draws from every frame, in both themes and languages, in what the browser can draw."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest

from engine.core import wire
from engine.core.language import translator
from engine.core.picture import Picture, Style, Trace, scatter
from engine.core.topic import Timeline
from engine.gallery.cover import wordless
from pages.kit.live.stage.recording import recorded
from pages.kit.web.packing import encode
from tests.contract.plotly_knows import hand_over
from tests.contract.runs import Run, own_bytes, run_of, variants_of

SUPPORTED = {"scatter", "bar", "heatmap", "image", "contour", "surface", "scatter3d"}
MAX_MESSAGE = 512 * 1024  # a page shows two to four views; one must not fill the line alone


def check(picture: Picture, where: str) -> dict:
    """What is drawn is a picture of this house: plotly accepts it, supported traces, an alternative text, packable, and small.

    Every mark that can be pointed at says what it is.
    """
    assert isinstance(picture, Picture), where
    hand_over(picture)  # raises ValueError for whatever plotly does not know
    kinds = {trace["type"] for trace in picture.data}
    assert kinds <= SUPPORTED, f"{where}: {kinds - SUPPORTED} cannot be drawn by assets/lab/figure/figure.js"
    alt = picture.meta.get("alt")
    assert isinstance(alt, str) and alt.strip(), f"{where}: no alternative text"
    assert not re.search(r"(?<![A-Za-z])nan(?![A-Za-z])|[{}]", alt), f"{where}: {alt!r} cannot be read out"
    assert all(map(says, picture.data)), f"{where}: what is a person told who points at it?"
    assert not pushed_aside(picture), f"{where}: bars do not stand at their values"
    data = encode({"type": "frame"}, {"view": picture})
    assert len(data) <= MAX_MESSAGE, f"{where}: {len(data)} bytes"
    header, arrays = wire.unpack(data)
    packed = header["figures"]["view"]
    assert len(packed["data"]) == len(picture.data), where
    assert {str(index) for index in references(packed)} == arrays.keys(), where
    return packed


def says(trace: Trace) -> bool:
    """Whether a mark that answers to the pointer tells more than its numbers.

    One that does not answer stands for nothing of its own, and where no value is a number yet there is nothing to point at.
    """
    if isinstance(trace.get("y"), np.ndarray) and trace["y"].dtype.kind == "f" and not np.isfinite(trace["y"]).any():
        return True
    bar = trace.get("colorbar") or (trace.get("marker") or {}).get("colorbar") or {}
    silent = trace.get("hoverinfo") == "skip"
    return silent or bool(trace.get("name") or trace.get("hovertemplate") or bar.get("title")) or trace.get("text") is not None


def pushed_aside(picture: Picture) -> bool:
    """Whether bars that share axes but not their places would be drawn as groups, each beside its value."""
    places: dict[tuple, set[tuple]] = {}
    for trace in picture.data:
        if trace["type"] == "bar" and trace.get("offset") is None:
            at = trace["y"] if trace.get("orientation") == "h" else trace["x"]
            places.setdefault((trace.get("xaxis") or "x", trace.get("yaxis") or "y"), set()).add(tuple(at))
    return picture.layout.get("barmode") in (None, "group") and any(len(sets) > 1 for sets in places.values())


def references(node) -> set[int]:
    if isinstance(node, dict):
        if set(node) == {"$array"}:
            return {node["$array"]}
        return set().union(*(references(item) for item in node.values()))
    return set().union(*(references(item) for item in node)) if isinstance(node, list) else set()


@pytest.mark.parametrize(
    ("trace", "layout"),
    [
        ({"opacity": 2.0}, {}),
        ({"line": {"color": "#000000", "width": -1}}, {}),
        ({"line": {"colour": "#000000"}}, {}),
        ({"marker": {"size": np.array([1.0, -1.0])}}, {}),
        ({"nothing": 1}, {}),
        ({"showlegend": 1}, {}),  # which is True to Python, but not to plotly
        ({}, {"annotations": [{"text": "a", "x": 0}, {"text": "a", "x": 0, "textangle": "left"}]}),
        ({}, {"xaxis": {"title": {"text": "x", "font": {"size": 0}}}}),
        ({}, {"barmode": "heap"}),
    ],
)
def test_what_plotly_refuses_is_refused_however_much_of_it_it_has_accepted_before(trace, layout):
    marker = {"size": np.array([1.0, 1.0])}
    good = scatter(x=[0, 1], y=[1, 2], opacity=0.5, showlegend=True, line={"color": "#000000", "width": 1}, marker=marker)
    axis = {"title": {"text": "x", "font": {"size": 9}}}
    words = {"annotations": [{"text": "a", "x": 0, "textangle": 30}], "xaxis": axis, "barmode": "group"}
    for _ in range(2):
        hand_over(Picture([good], words))
        with pytest.raises(ValueError, match="Invalid"):
            hand_over(Picture([{**good, **trace}], {**words, **layout}))


def looks(slug: str) -> list[Style]:
    return [Style(theme, language, translator(language, slug)) for theme in ("light", "dark") for language in ("en", "zh")]


def test_every_view_draws_from_every_frame_in_both_themes_and_languages(topic):
    """In all four looks from the beginning, the end and without a history; in one of them, in turn, from every other frame."""
    lines, all_looks = run_of(topic.slug).timelines, looks(topic.slug)
    for place, timeline in enumerate(lines):
        edge = place in (0, len(lines) - 2, len(lines) - 1)
        for view in topic.views_for(timeline.params):
            for look in all_looks if edge else (all_looks[place % 4],):
                where = f"{view.name} at step {timeline.frame.step}{timeline.frame.part}, {look.theme}, {look.language}"
                check(view.draw(timeline, look), where)


def test_every_view_draws_under_every_cold_choice(topic):
    for index, variant in enumerate(variants_of(topic.slug)):
        look = looks(topic.slug)[index % 4]
        for timeline in (variant.timelines[0], variant.timelines[-1]) if variant.timelines else ():
            for view in topic.views_for(timeline.params):
                check(view.draw(timeline, look), f"{view.name}, {variant.name}, step {timeline.frame.step}")


def test_every_view_can_be_seen_under_some_setting(topic):
    lines = [*run_of(topic.slug).timelines, *(line for variant in variants_of(topic.slug) for line in variant.timelines)]
    seen = {view.name for timeline in lines for view in topic.views_for(timeline.params)}
    never = [view.name for view in topic.views if view.name not in seen]
    possible = [view.name for view in topic.views if view.when is None or reachable(topic, view)]
    assert [name for name in never if name not in possible] == []


def reachable(topic, view) -> bool:
    """Whether a chapter, or a hot choice or toggle, brings the view about."""
    values = [made.values for made in topic.chapters]
    for control in topic.params.controls().values():
        values += [{control.name: option} for option in control.options if control.type == "choice"]
        values += [{control.name: not control.default}] if control.type == "toggle" else []
    return any(view.when(topic.params.build(value)) for value in values)


def test_a_view_changes_nothing_it_looks_at_and_draws_the_same_twice(topic):
    run = run_of(topic.slug)
    timeline = run.timelines[3]
    before = timeline.frame.to_bytes()
    for view in topic.views_for(timeline.params):
        one, two = (encode({}, {"view": view.draw(timeline, Style())}) for _ in range(2))
        assert one == two, f"{view.name} draws itself differently the second time"
    assert timeline.frame.to_bytes() == before


def test_the_themes_differ_and_no_figure_brings_a_background_of_its_own(topic):
    run: Run = run_of(topic.slug)
    timeline = run.timelines[3]
    for view in topic.views_for(timeline.params):
        light, dark = (view.draw(timeline, Style(theme)) for theme in ("light", "dark"))
        assert light.layout["paper_bgcolor"] == Style("light").background, view.name
        assert dark.layout["paper_bgcolor"] == Style("dark").background, view.name


def test_views_are_named_once_and_the_cover_is_one_of_them(topic):
    names = [view.name for view in topic.views]
    assert len(set(names)) == len(names) and all("|" not in name for name in names)
    assert not topic.cover or topic.has_view(topic.cover)
    assert all(view.title and view.help for view in topic.views)


def test_what_a_figure_lets_a_person_point_at_is_a_parameter(topic):
    """`hover`, `click` and `handle` name the parameters that pointing at a picture sets."""
    controls = topic.params.controls()

    def named(meta) -> list[str]:
        keys = [meta.get(key) for key in ("hover", "click", "handle", "click_data")] if isinstance(meta, dict) else []
        flat = [name for key in keys if key for name in ([key] if isinstance(key, str) else key)]
        return [name for name in flat if name]

    for timeline in (run_of(topic.slug).timelines[-2], *(v.timelines[-1] for v in variants_of(topic.slug) if v.timelines)):
        for view in topic.views_for(timeline.params):
            figure = view.draw(timeline, Style())
            for name in [*named(figure.meta), *(name for trace in figure.data for name in named(trace.get("meta")))]:
                assert name in controls and controls[name].hot, f"{view.name}: pointing sets {name}"


def test_the_recorded_picture_is_a_frame_of_the_topic_and_draws(topic):
    frame = recorded(topic.slug)
    assert frame is not None, f"make it: python -m engine record {topic.slug}"
    params = topic.params.build(frame.settings)
    assert params == topic.params(), "recorded with other defaults; make it again"
    assert frame.step == topic.steps and frame.part == ""
    assert topic.check_frame(frame, params) == [] and own_bytes(frame) <= 256 * 1024
    for view in topic.views_for(params):
        for look in looks(topic.slug):
            check(view.draw(Timeline(frame, params), look), f"{view.name}, recorded")


def test_on_a_card_every_view_keeps_its_lines_and_its_alternative_text_and_loses_its_words(topic):
    frame = recorded(topic.slug)
    timeline = Timeline(frame, topic.params.build(frame.settings))
    for view in topic.views_for(timeline.params):
        whole, packed = view.draw(timeline, Style()), check(wordless(view.draw(timeline, Style())), f"{view.name}, on a card")
        assert [trace["type"] for trace in packed["data"]] == [trace["type"] for trace in whole.data], view.name
        assert packed["layout"]["meta"]["alt"] == whole.meta["alt"], view.name
        assert list(words(packed["layout"])) == [], view.name
        assert not any("text" in trace.get("mode", "") or "texttemplate" in trace for trace in packed["data"]), view.name


def words(node) -> Iterator[str]:
    """The texts that a layout would write into the picture; numbers at an axis are named as such."""
    for key, item in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if key == "text" and item:
            yield item
        elif str(key)[1:5] == "axis" and item.get("visible", True) and item.get("showticklabels", True):
            yield f"numbers at {key}"
        yield from words(item)
