"""Reads the user's own data: tables (CSV, NPY, drawn points), images (ZIP, PNG, JPEG) and text. Nothing in it is executed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from engine.data.errors import UploadError
from engine.data.images import MAX_BYTES, read_picture, read_zip
from engine.data.reading import Reading, note
from engine.data.table import MAX_COLUMNS, MAX_PAIR_COLUMNS, read_csv, read_npy, table
from engine.data.text import read_text

LEAST_POINTS, MOST_POINTS = 12, 5_000  # of a drawing

KINDS: dict[str, tuple[str, ...]] = {
    "table": ("csv", "npy", "tsv"),
    "column": ("csv", "tsv"),  # a table of one column; how many rows it may have, the topic says
    "numbers": ("csv", "tsv"),  # rows of numbers that are no samples: what they mean and how many there are, the topic says
    "samples": ("csv", "tsv"),  # a table of numbers whose last column says which sample a row belongs to
    "pairs": ("csv", "npy", "tsv"),  # a table of numbers whose last column is a score of two vectors before it
    "images": ("zip", "png", "jpg", "jpeg"),
    "text": ("txt", "tsv"),  # lines of columns with tabs between them are text where no table of numbers is taken
}


def read_upload(name: str, data: bytes, kinds: Iterable[str]) -> Reading:
    """The arrays of an uploaded file, by what it really is.

    Returns:
        table, column: {"x": float64 (rows, columns)} and "labels": int32 (rows,) where it has them; numbers, samples, pairs: {"x": float64 (rows,
            columns)}, no column set aside; images: {"x": float32 (images, h*w) in [0, 1], "size": int32 (2,)};
        text: {"codes": int32 (characters,)}.

    Raises:
        UploadError: too large, of another kind than its name says, ragged, not numeric, not finite, too many.
    """
    kinds = tuple(kinds)
    suffix = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    allowed = list(dict.fromkeys(ending for kind in kinds for ending in KINDS[kind]))
    if suffix not in allowed:
        raise UploadError("{name}: this page takes files that end in {allowed}.", name=name, allowed=", ".join(allowed))
    if len(data) > MAX_BYTES:
        raise UploadError(
            "{name} has {size} MB; at most {most} MB are taken.", name=name, size=len(data) >> 20, most=MAX_BYTES >> 20
        )
    if not data:
        raise UploadError("{name} is empty.", name=name)
    most = MAX_PAIR_COLUMNS if "pairs" in kinds else MAX_COLUMNS
    match suffix:
        case "csv" | "tsv" if "csv" in allowed:
            whole = not {"numbers", "samples", "pairs"}.isdisjoint(kinds)
            return read_csv(name, data, whole=whole, most=most, sampled="numbers" not in kinds)
        case "npy":
            return read_npy(name, data, most=most)
        case "zip":
            return read_zip(name, data)
        case "txt" | "tsv":
            return read_text(name, data)
        case _:
            return read_picture(name, data)


def read_points(name: str, raw: Any) -> Reading:
    """The table of drawn points [[x, y], ...], as a browser sends them: {"x": float64 (points, 2)}, both in [-1, 1].

    Raises:
        UploadError: not a list of pairs of numbers, outside of the square, too few, too many, all in one place.
    """
    if not isinstance(raw, list):
        raise UploadError("{name} is not a list of points.", name=name)
    if not LEAST_POINTS <= len(raw) <= MOST_POINTS:
        raise UploadError(
            "{name} has {count} points; {least} to {most} are taken.",
            name=name,
            count=len(raw),
            least=LEAST_POINTS,
            most=MOST_POINTS,
        )
    for number, point in enumerate(raw, start=1):
        if not (isinstance(point, list) and len(point) == 2 and all(type(value) in (int, float) for value in point)):
            raise UploadError("{name}: point {number} is not a pair of numbers.", name=name, number=number)
        if not all(-1 <= value <= 1 for value in point):
            raise UploadError("{name}: point {number} lies outside of −1 to 1.", name=name, number=number)
    return Reading({"x": table(name, np.array(raw, np.float64))}, note("{count} points", count=len(raw)))


def read_typed(name: str, text: str) -> Reading:
    """Typed text under the same limits as a text file: {"codes": int32 (characters,)}; raises UploadError."""
    if not text.strip():
        raise UploadError("{name} is empty.", name=name)
    return read_text(name, text.encode("utf-8", "replace"))
