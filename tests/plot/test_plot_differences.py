"""Differences of pictures: whoever applies them to what they know sees the same picture, exactly or as a screen can show it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import wire
from engine.core.picture import Picture, scatter
from engine.plot.differences import Course, Received, changed, difference
from engine.plot.quantised import BITS, COARSE

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, "a", "b", ""]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["x", "y", "$", "=", "#", "+", "-", "n"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def same(one, two) -> bool:
    """Equal as JSON: 1, 1.0 and true are three things."""
    return json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True)


@given(JSON, JSON)
def test_a_change_leads_from_any_value_to_any_other_and_leaves_the_old_one(old, new):
    before = json.dumps(old, sort_keys=True)
    change = json.loads(json.dumps(difference(old, new)))
    assert same(changed(old, change), new) and json.dumps(old, sort_keys=True) == before
    assert difference(new, json.loads(json.dumps(new))) is None


def test_only_what_is_another_is_told():
    old = {"data": [{"y": [1, 2]}, {"y": [3]}], "layout": {"title": "one", "shapes": [{"x": 0}]}}
    new = {"data": [{"y": [1, 2]}, {"y": [3, 4]}], "layout": {"title": "two", "shapes": [{"x": 0}, {"x": 1}]}}
    layout = {"title": {"=": "two"}, "shapes": {"+": [{"x": 1}]}}
    assert difference(old, new) == {"$": {"data": {"#": {"1": {"$": {"y": {"+": [4]}}}}}, "layout": {"$": layout}}}
    assert difference(new, {"data": new["data"][:1]}) == {"$": {"data": {"n": 1}}, "-": ["layout"]}


def film(frames: int = 6) -> list[Picture]:
    """A cloud that moves over a grid that stays, under a title that counts."""
    random, grid = np.random.default_rng(0), np.linspace(0, 1, 500) ** 3
    path = random.normal(size=(frames, 300)).cumsum(axis=0)
    pixels = random.integers(0, 256, (12, 12)).astype(np.uint8)
    return [
        Picture(
            [scatter(x=path[k], y=path[k] ** 3, mode="markers"), scatter(x=grid, y=grid**2), {"type": "heatmap", "z": pixels}],
            {"title": {"text": f"step {k}"}, "shapes": [{"x0": float(path[k, 0])}] * (k + 1)},
        )
        for k in range(frames)
    ]


def seen(whole, picture: Picture, exact: bool) -> bool:
    """Whether what came out is the picture."""
    for trace, own in zip(whole["data"], picture.data, strict=True):
        for name in ("x", "y", "z"):
            if name not in own:
                continue
            want = own[name] if own[name].dtype == np.uint8 else own[name].astype(np.float32)
            reach = 0.0 if exact or want.dtype == np.uint8 else 0.51 * 2.0**-COARSE * float(np.ptp(want))
            if trace[name].shape != want.shape or np.abs(trace[name].astype(float) - want).max() > reach:
                return False
    return whole["layout"]["title"] == picture.layout["title"] and len(whole["layout"]["shapes"]) == len(
        picture.layout["shapes"]
    )


@pytest.mark.parametrize("exact", [True, False])
def test_the_former_picture_and_the_difference_give_the_picture(exact):
    course, received = Course(), Received()
    for picture in film():
        course.show(picture, exact)
        received.take(course.message(received.version))
        assert seen(received.whole(), picture, exact) and course.message(received.version) is None


def test_what_did_not_change_is_not_sent():
    course, received, (one, two, *_) = Course(), Received(), film()
    course.show(one, False)
    received.take(course.message(None))
    grid = received.whole()["data"][1]["x"]
    course.show(two, False)
    header, arrays = wire.unpack(wire.unsqueeze(course.message(1)))
    assert len(header["table"]) == 2 and arrays["raw"].size == 2 * 2 * 300, "the cloud alone, two bytes a number"
    assert len(course.message(1)) < 0.8 * len(course.message(None))
    received.take(course.message(1))
    assert received.whole()["data"][1]["x"] is grid
    assert course.show(two, False) == 2, "the same picture is the same version"


def test_a_picture_that_stays_is_followed_by_its_exact_numbers_which_are_not_taken_back():
    course, received, (picture, *_) = Course(), Received(), film()
    course.show(picture, False)
    received.take(course.message(None))
    assert seen(received.whole(), picture, False) and not seen(received.whole(), picture, True)
    course.show(picture, True)
    received.take(course.message(1))
    assert seen(received.whole(), picture, True)
    moved = picture.copy()
    moved.layout = {**picture.layout, "title": {"text": "moved"}}
    course.show(moved, False)
    assert wire.unpack(wire.unsqueeze(course.message(2)))[0]["table"] == []
    received.take(course.message(2))
    assert seen(received.whole(), moved, True)


def test_who_has_missed_some_goes_on_from_what_they_know_and_who_has_missed_many_gets_the_whole():
    course, pictures = Course(most=3), film(8)
    late, lost = Received(), Received()
    for received in (late, lost):
        course.show(pictures[0], False)
        received.take(course.message(received.version))
    for picture in pictures[1:3]:
        course.show(picture, False)
    late.take(course.message(late.version))
    assert seen(late.whole(), pictures[2], False)
    for picture in pictures[3:]:
        course.show(picture, False)
    assert course.message(lost.version) == course.message(None)
    lost.take(course.message(lost.version))
    assert seen(lost.whole(), pictures[-1], False) and len(course._numbers) < 30, "nothing older is kept"


def test_a_message_from_elsewhere_is_refused_and_changes_nothing():
    course, received, (one, two, three, *_) = Course(), Received(), film()
    course.show(one)
    received.take(course.message(None))
    course.show(two)
    course.show(three)
    with pytest.raises(ValueError, match="from version 2, known is 1"):
        received.take(course.message(2))
    assert seen(received.whole(), one, True)
    for broken in (b"", b"x" * 40, course.message(1)[:-6]):
        with pytest.raises(ValueError):
            received.take(broken)


def test_numbers_over_decades_keep_their_precision():
    course, received = Course(), Received()
    values = np.geomspace(1e-6, 1e6, 400)
    course.show(Picture([scatter(y=values)]), False)
    received.take(course.message(None))
    assert (np.abs(received.whole()["data"][0]["y"] - values) <= 2.0**-BITS * values).all()


def test_a_bundle_comes_apart_again_and_is_told_from_a_message():
    parts = [b"{}", b"", b"abc"]
    assert wire.unbundle(wire.bundle(parts)) == parts and wire.unbundle(wire.bundle([])) == []
    assert wire.unbundle(wire.pack({}, {})) is None
    for broken in (wire.bundle(parts)[:-1], wire.bundle(parts) + b"\0"):
        with pytest.raises(ValueError):
            wire.unbundle(broken)


def test_a_squeezed_message_that_would_fill_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr(wire, "MOST", 1000)
    assert wire.unsqueeze(wire.squeeze(b"a" * 1000)) == b"a" * 1000
    with pytest.raises(ValueError, match="larger than 1000"):
        wire.unsqueeze(wire.squeeze(b"a" * 1001))
