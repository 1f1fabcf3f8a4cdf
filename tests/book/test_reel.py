"""A chapter's pictures in one message: what comes out is what went in, to what a screen shows, and equal things are there once."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest

from engine.book.lab import level
from engine.book.reel import BITS, longest, pack, rounded
from engine.core import wire
from engine.core.picture import Picture, scatter


def opened(packed: str):
    header, arrays = wire.unpack(zlib.decompress(base64.b64decode(packed)))
    numbers = np.ascontiguousarray(arrays["planes"].T).view("<f4").ravel()
    flat = {"planes": numbers, "bytes": arrays["bytes"]}
    table = [flat[e["kind"]][e["at"] : e["at"] + int(np.prod(e["shape"]))].reshape(e["shape"]) for e in header["table"]]

    def whole(value):
        if isinstance(value, list):
            return [whole(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "$array" in value:
            return table[value["$array"]]
        return whole(header["nodes"][value["$"]]) if "$" in value else {key: whole(item) for key, item in value.items()}

    return whole(header["pictures"]), table, header


def picture(y: np.ndarray, color: str = "#123456") -> Picture:
    return Picture([scatter(x=np.arange(y.size) * 0.5, y=y, mode="lines", line={"color": color, "width": 2.5})], {"title": {"text": "curve"}})  # fmt: skip


def test_figures_come_out_as_they_went_in_and_a_growing_curve_is_there_once():
    curve = np.sin(np.arange(200) / 9).astype(np.float32)
    frames = [
        {theme: picture(curve[:n], color) for theme, color in (("light", "#123456"), ("dark", "#fedcba"))}
        for n in (50, 120, 200)
    ]
    pixels = np.arange(1200, dtype=np.uint8).reshape(20, 60)
    frames[1]["light"].add({"type": "heatmap", "z": pixels})
    got, table, header = opened(pack({"view": [[*frames, None]]}))
    (arm,) = got["view"]
    assert arm[3] is None
    for shown, frame in zip(arm, frames, strict=False):
        for theme, figure in frame.items():
            trace = shown[theme]["data"][0]
            assert (
                np.allclose(trace["y"], figure.data[0]["y"], atol=2 * 2.0**-BITS)
                and trace["y"].size == figure.data[0]["y"].size
            )
            assert trace["line"] == figure.data[0]["line"] and shown[theme]["layout"] == figure.layout
    assert (arm[1]["light"]["data"][1]["z"] == pixels).all()
    assert sum(array.size for array in table if array.dtype == np.float32) > 700
    assert len({entry["at"] for entry in header["table"] if entry["kind"] == "planes"}) == 2  # x and y, from one beginning each


def test_an_array_lies_in_the_longest_that_begins_like_it():
    long = np.arange(40, dtype=np.float32)
    assert longest([long[:10], long, long[:10] + 1, long[:39]]) == [1, 1, 2, 1]
    assert longest([long, long.astype(np.uint8)]) == [0, 1]


@pytest.mark.parametrize(
    "array",
    [
        np.linspace(-3, 5, 400),
        np.geomspace(1e-9, 1e3, 400),
        1000 + np.linspace(0, 1e-2, 400),
        np.array([np.nan, 1.0, np.inf, -2.0, 3.4e38]),
        np.full(9, 0.1),
    ],
    ids=["plain", "decades", "far from zero", "not numbers", "equal"],
)
def test_rounding_cannot_be_seen(array):
    array = array.astype(np.float32)
    got = rounded(array)
    finite = np.isfinite(array)
    assert np.array_equal(np.isfinite(got), finite) and np.array_equal(np.isnan(got), np.isnan(array))
    if np.ptp(array[finite]) == 0:
        assert np.array_equal(got, array)
    error = np.abs(got[finite].astype(float) - array[finite].astype(float))
    assert (error <= 2.0**-BITS * np.abs(array[finite].astype(float))).all()
    assert error.max() <= 2.0**-BITS * max(float(np.ptp(array[finite].astype(float))), 1e-9)


def test_small_chapters_stay_whole_and_large_ones_share_what_is_left():
    assert level([10, 20, 30], 100) == 30
    assert level([10, 50, 90], 100) == 45
    assert level([50, 50], 10) == 5
