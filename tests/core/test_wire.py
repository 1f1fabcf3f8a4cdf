"""The wire form: what goes in comes out, and what is no message is a ValueError."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.core import wire

names = st.text(st.characters(codec="utf-8"), max_size=8)
values = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | names
headers = st.dictionaries(
    names.filter(lambda name: name not in ("arrays", "shared")), values | st.lists(values, max_size=3), max_size=4
)
shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
arrays = st.sampled_from(wire.DTYPES).flatmap(lambda dtype: hnp.arrays(dtype, shapes))


@settings(max_examples=200, deadline=None)
@given(headers, st.dictionaries(names, arrays, max_size=4))
def test_header_and_arrays_come_back_bit_for_bit(header, given_arrays):
    back, got = wire.unpack(wire.pack(header, given_arrays))
    assert back == header and got.keys() == given_arrays.keys()
    for name, array in given_arrays.items():
        assert got[name].dtype == array.dtype and got[name].shape == array.shape
        assert got[name].tobytes() == array.tobytes()


@settings(max_examples=50, deadline=None)
@given(headers, headers, st.dictionaries(names, arrays, max_size=2))
def test_a_body_is_sealed_for_many(one, two, given_arrays):
    body = wire.prepare({"shared": [1, "β"]}, given_arrays)
    for header in (one, two):
        assert wire.seal(header, body) == wire.pack({**header, "shared": [1, "β"]}, given_arrays)


def test_arrays_lie_at_multiples_of_eight_for_the_browser():
    data = wire.pack({"a": "β"}, {"x": np.arange(3, dtype=np.uint8), "y": np.arange(3.0)})
    (length,) = struct.unpack_from("<I", data)
    start = 4 + length + (-(4 + length) % 8)
    table = json.loads(data[4 : 4 + length])["arrays"]
    assert start % 8 == 0 and [entry["offset"] % 8 for entry in table] == [0, 0]
    assert np.frombuffer(data, "<f8", 3, start + table[1]["offset"]).tolist() == [0, 1, 2]


def test_a_transposed_array_travels_as_it_looks():
    array = np.arange(6, dtype=np.float32).reshape(2, 3).T
    assert np.array_equal(wire.unpack(wire.pack({}, {"x": array}))[1]["x"], array)


@pytest.mark.parametrize("dtype", ["object", "U3", "complex64", "float16", "uint64"])
def test_other_dtypes_are_refused_by_name(dtype):
    with pytest.raises(TypeError, match=r"array x has dtype .*; use one of float32"):
        wire.pack({}, {"x": np.zeros(2, dtype)})


def test_nan_in_a_header_is_refused():
    with pytest.raises(ValueError):
        wire.pack({"x": float("nan")}, {})


def test_a_message_cut_anywhere_is_a_value_error():
    data = wire.pack({"step": 3, "name": "β"}, {"x": np.arange(5, dtype=np.float32), "y": np.ones((2, 2))})
    for end in range(len(data)):
        with pytest.raises(ValueError):
            wire.unpack(data[:end])


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80))
def test_random_bytes_are_a_value_error(data):
    with pytest.raises(ValueError):
        wire.unpack(data)


def message(text: str | bytes) -> bytes:
    raw = text if isinstance(text, bytes) else text.encode()
    return struct.pack("<I", len(raw)) + raw + b"\0" * (-(4 + len(raw)) % 8) + b"\0" * 64


ENTRY = {"name": "x", "dtype": "float32", "shape": [2], "offset": 0}
HOSTILE = {
    "no object": "5",
    "text": '"arrays"',
    "list": "[]",
    "null": "null",
    "no arrays": "{}",
    "arrays is a number": '{"arrays": 5}',
    "arrays of numbers": '{"arrays": [1]}',
    "arrays of texts": '{"arrays": ["x"]}',
    "entry without shape": '{"arrays": [{"name": "x", "dtype": "float32", "offset": 0}]}',
    "deep": "[" * 200_000,
    "not utf-8": b'{"a": "\xff"}',
    **{
        f"{key} = {value!r}": json.dumps({"arrays": [{**ENTRY, key: value}]})
        for key, value in [
            ("dtype", "object"),
            ("dtype", "O"),
            ("dtype", "<f4"),
            ("dtype", None),
            ("dtype", []),
            ("shape", [10**12]),
            ("shape", [2**32, 2**32]),
            ("shape", [10**30]),
            ("shape", [-1]),
            ("shape", [-2, -1]),
            ("shape", ["2"]),
            ("shape", [2.5]),
            ("shape", 2),
            ("shape", None),
            ("shape", [float("inf")]),
            ("offset", 10**12),
            ("offset", 10**30),
            ("offset", -8),
            ("offset", -(10**9)),
            ("offset", 0.5),
            ("offset", None),
            ("name", []),
            ("name", {}),
        ]
    },
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_well_framed_message_of_nonsense_is_a_value_error(text):
    with pytest.raises(ValueError):
        wire.unpack(message(text))
