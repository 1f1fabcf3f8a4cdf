"""Frames: they travel whole, and two that differ say where."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.core import wire
from engine.core.frame import Frame, difference


def frame(step: int = 7, part: str = "", **changed) -> Frame:
    scalars = {"loss": 0.1, "unknown": math.nan, "far": math.inf, "deep": -math.inf}
    arrays = {"point": np.array([1.0, 2.0, math.nan], np.float32), "index": np.arange(4, dtype=np.int32).reshape(2, 2)}
    settings = {"rate": 0.1, "shown": ("point", "pair"), "noise": True, "shape": "bowl"}
    fields = {"step": step, "scalars": scalars, "arrays": arrays, "settings": settings, "part": part, "seconds": 1.5}
    return Frame(**{**fields, **changed})


def test_a_frame_comes_back_from_its_bytes_bit_for_bit():
    before = frame(part="gradient")
    after = Frame.from_bytes(before.to_bytes())
    assert difference(before, after) is None
    assert after.settings == before.settings and after.seconds == 1.5
    assert math.isnan(after.scalars["unknown"]) and after.scalars["deep"] == -math.inf
    assert after.to_bytes() == before.to_bytes()


def test_equal_frames_have_no_difference_whatever_time_they_took():
    assert difference(frame(seconds=1.0), frame(seconds=2.0)) is None


@pytest.mark.parametrize(
    ("other", "where"),
    [
        (frame(step=8), "step 7 against step 8"),
        (frame(part="move"), "step 7 against step 7move"),
        (frame(scalars={**frame().scalars, "loss": 0.1 + 2**-55}), "scalar loss is 0.1 against"),
        (frame(scalars={**frame().scalars, "unknown": 0.0}), "scalar unknown is nan against 0.0"),
        (frame(scalars={**frame().scalars, "new": 1.0}), "scalar new"),
        (frame(arrays={"point": frame().arrays["point"]}), "only one frame has the array index"),
        (frame(arrays={**frame().arrays, "index": np.arange(4, dtype=np.int32)}), r"array index is int32\(2, 2\)"),
        (frame(arrays={**frame().arrays, "index": np.arange(4).reshape(2, 2)}), r"int32\(2, 2\) against int64\(2, 2\)"),
        (
            frame(arrays={**frame().arrays, "point": np.array([1, 2.5, np.nan], np.float32)}),
            r"array point differs first at \[1\]",
        ),
        (frame(arrays={**frame().arrays, "point": np.array([1, 2, 3], np.float32)}), r"array point differs first at \[2\]"),
    ],
)
def test_a_difference_says_where(other, where):
    import re

    for sentence in (difference(frame(), other),):
        assert sentence is not None and re.search(where, sentence), sentence
    assert difference(other, frame()) is not None


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"step": 1},
        {**frame().header(), "step": "x"},
        {**frame().header(), "step": None},
        {**frame().header(), "scalars": [1]},
        {**frame().header(), "scalars": {"loss": "much"}},
        {**frame().header(), "scalars": {"loss": None}},
        {**frame().header(), "settings": None},
        {**frame().header(), "seconds": "long"},
    ],
)
def test_what_is_no_frame_is_a_value_error(header):
    with pytest.raises(ValueError):
        Frame.from_bytes(wire.pack(header, {}))


def test_the_size_of_a_frame_counts_its_arrays():
    assert frame().nbytes >= 3 * 4 + 4 * 4
