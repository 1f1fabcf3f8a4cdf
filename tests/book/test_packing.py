"""A chapter's pictures in one message: what comes out is what went in, to what a screen shows, and equal things are there once."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest

from engine.book.lab import level
from engine.book.packing import longest, pack
from engine.core import wire
from engine.core.picture import Picture, scatter
from engine.plot.quantised import BITS, COARSE, NOTHING


def opened(packed: str):
    header, arrays = wire.unpack(zlib.decompress(base64.b64decode(packed)))
    kinds = {"fixed": "<u2", "floats": "<f4", "bytes": "u1"}
    flat = {kind: np.ascontiguousarray(arrays[kind].T).view(type_).ravel() for kind, type_ in kinds.items()}

    def read(entry):
        own = flat[entry["kind"]][entry["at"] : entry["at"] + int(np.prod(entry["shape"]))]
        if entry["kind"] == "fixed":
            places = own.cumsum() & 0xFFFF if entry.get("steps") else own
            own = np.where(places == NOTHING, np.nan, entry["low"] + places.astype(float) * entry["unit"]).astype(np.float32)
        return own.reshape(entry["shape"])

    table = [read(entry) for entry in header["table"]]

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
                np.allclose(trace["y"], figure.data[0]["y"], atol=2 * 2.0**-COARSE)
                and trace["y"].size == figure.data[0]["y"].size
            )
            assert trace["line"] == figure.data[0]["line"] and shown[theme]["layout"] == figure.layout
    assert (arm[1]["light"]["data"][1]["z"] == pixels).all()
    assert sum(array.size for array in table if array.dtype == np.float32) > 700
    assert len({entry["at"] for entry in header["table"] if entry["kind"] == "fixed"}) == 2  # x and y, from one beginning each


def test_an_array_lies_in_the_longest_that_begins_like_it():
    long = np.arange(40, dtype=np.float32)
    assert longest([long[:10], long, long[:10] + 1, long[:39]]) == [1, 1, 2, 1]
    assert longest([long, long.astype(np.uint8)]) == [0, 1]


def through(array: np.ndarray) -> np.ndarray:
    """The array as it comes out of a message."""
    return opened(pack({"view": [[{"light": Picture([scatter(y=array)])}]]}))[1][0]


@pytest.mark.parametrize(
    "array",
    [
        np.linspace(-3, 5, 400) ** 3,
        np.sin(np.arange(3000.0)) * 7,
        1000 + np.geomspace(1e-3, 1e-2, 400),
        np.where(np.arange(900) % 28 == 0, np.nan, np.cos(np.arange(900) / 5)),
    ],
    ids=["smooth", "a cloud", "far from zero", "outlines with gaps"],
)
def test_what_is_lost_of_a_range_cannot_be_seen(array):
    array = array.astype(np.float32)
    got = through(array)
    assert np.array_equal(np.isnan(got), np.isnan(array))
    assert np.nanmax(np.abs(got.astype(float) - array.astype(float))) <= 0.51 * 2.0**-COARSE * float(np.nanmax(array) - np.nanmin(array)) + 1e-4 * (np.nanmax(array) > 900)  # fmt: skip


def test_over_decades_each_number_keeps_its_own_precision_and_what_is_no_number_stays_so():
    for array in (np.geomspace(1e-9, 1e3, 400), np.array([np.nan, 1.0, np.inf, -2.0, 3.4e38, -np.inf, 0.0, 5.0, 7.0])):
        array = array.astype(np.float32)
        got, finite = through(array), np.isfinite(array)
        assert np.array_equal(np.nan_to_num(got[~finite], nan=-1.0), np.nan_to_num(array[~finite], nan=-1.0))
        assert (np.abs(got[finite].astype(float) - array[finite]) <= 2.0**-BITS * np.abs(array[finite].astype(float))).all()


def test_grids_steps_and_equal_numbers_come_out_as_they_were():
    for array in (np.arange(0, 1600, 25), np.linspace(-2, 2, 81), np.full(9, 0.1), np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5])):
        assert np.allclose(through(array), array.astype(np.float32), rtol=1e-6, atol=1e-6)


def test_small_chapters_stay_whole_and_large_ones_share_what_is_left():
    assert level([10, 20, 30], 100) == 30
    assert level([10, 50, 90], 100) == 45
    assert level([50, 50], 10) == 5
