"""One flat binary form for everything that travels: a JSON header followed by raw arrays. No pickle.

Layout (little endian): uint32 length of the header, the header as UTF-8 JSON, zero padding to a multiple of 8,
then the arrays, each starting at a multiple of 8. `header["arrays"]` lists name, dtype, shape and offset.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

DTYPES = ("float32", "float64", "uint8", "int32", "int64", "bool")


@dataclass(frozen=True, slots=True)
class Body:
    """A message but for the beginning of its header: made once, it is sealed for many who get the same."""

    text: str  # the rest of the header, as JSON without the opening brace
    raw: bytes  # the arrays


def pack(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Header and arrays as bytes. Raises TypeError for an array of another dtype than DTYPES."""
    return seal(header, prepare({}, arrays))


def prepare(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Body:
    """Arrays and the part of a header that speaks of them. Raises TypeError as `pack` does."""
    table, chunks, offset = [], [], 0
    for name, array in arrays.items():
        array = np.asarray(array, order="C")
        if array.dtype.name not in DTYPES:
            raise TypeError(f"array {name} has dtype {array.dtype}; use one of {', '.join(DTYPES)}")
        raw = array.tobytes()
        table.append({"name": name, "dtype": array.dtype.name, "shape": list(array.shape), "offset": offset})
        padding = -len(raw) % 8
        chunks += [raw, b"\0" * padding]
        offset += len(raw) + padding
    return Body(_json({**header, "arrays": table})[1:], b"".join(chunks))


def seal(header: Mapping[str, Any], body: Body) -> bytes:
    """The message of a prepared body; `header` holds what differs from one receiver to the next."""
    start = _json(header)[:-1]
    text = f"{start}{',' if header else ''}{body.text}".encode()
    return b"".join([struct.pack("<I", len(text)), text, b"\0" * (-(4 + len(text)) % 8), body.raw])


def _json(header: Mapping[str, Any]) -> str:
    return json.dumps(header, allow_nan=False, separators=(",", ":"))


def unpack(data: bytes | memoryview) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The inverse of `pack`. Raises ValueError for bytes that are not of this form."""
    try:
        (length,) = struct.unpack_from("<I", data)
        header = json.loads(bytes(data[4 : 4 + length]))
        start = 4 + length + (-(4 + length) % 8)
        arrays = {}
        for entry in header.pop("arrays"):
            if entry["dtype"] not in DTYPES:
                raise ValueError(f"unknown dtype {entry['dtype']}")
            if min(entry["offset"], *entry["shape"], 0) < 0:
                raise ValueError("a negative size")
            count = int(np.prod(entry["shape"], dtype=np.int64))
            flat = np.frombuffer(data, entry["dtype"], count, start + entry["offset"])
            arrays[entry["name"]] = flat.reshape(entry["shape"])
        return header, arrays
    except (struct.error, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"not a packed message: {error}") from None
