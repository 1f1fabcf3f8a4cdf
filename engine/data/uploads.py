"""Reads the user's own data: tables (CSV, NPY, drawn points), images (ZIP, PNG, JPEG) and text. Nothing in it is executed.

A ZIP holds many pictures, each shrunk to 28 × 28 pixels. A single PNG or JPEG would be one sample, from which nothing can
be learned: it is cut into overlapping patches of 28 × 28 pixels instead, as is usual for models of natural images.
"""

from __future__ import annotations

import csv
import io
import math
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

MAX_BYTES = 5 * 2**20
MAX_ROWS, MAX_COLUMNS = 20_000, 1024
MAX_IMAGES, MAX_PIXELS, SIDE = 5_000, 4_000_000, 28
PATCH_STEP = SIDE // 4  # pixels from one patch of a single picture to the next
PATCHED_PIXELS = 420**2  # a larger picture is shrunk to so many before it is cut: about 3,500 patches
LEAST_POINTS, MOST_POINTS = 12, 5_000  # of a drawing
MAX_UNZIPPED = 64 * 2**20
MAX_CHARACTERS = 500_000

KINDS: dict[str, tuple[str, ...]] = {"table": ("csv", "npy"), "images": ("zip", "png", "jpg", "jpeg"), "text": ("txt",)}


class UploadError(ValueError):
    """A file that cannot be used; `template` and `fields` let a page translate the sentence."""

    def __init__(self, template: str, **fields: Any) -> None:
        self.template, self.fields = template, {name: str(value) for name, value in fields.items()}
        super().__init__(template.format(**self.fields))


def read_upload(name: str, data: bytes, kinds: Iterable[str]) -> dict[str, np.ndarray]:
    """The arrays of an uploaded file, by what it really is.

    Returns:
        table: {"x": float32 (rows, columns)}; images: {"x": float32 (images, h*w) in [0, 1], "size": int32 (2,)};
        text: {"codes": int32 (characters,)}.

    Raises:
        UploadError: too large, of another kind than its name says, ragged, not numeric, not finite, too many.
    """
    suffix = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    allowed = [ending for kind in kinds for ending in KINDS[kind]]
    if suffix not in allowed:
        raise UploadError("{name}: this page takes files that end in {allowed}.", name=name, allowed=", ".join(allowed))
    if len(data) > MAX_BYTES:
        raise UploadError(
            "{name} has {size} MB; at most {most} MB are taken.", name=name, size=len(data) >> 20, most=MAX_BYTES >> 20
        )
    if not data:
        raise UploadError("{name} is empty.", name=name)
    match suffix:
        case "csv":
            return {"x": table(name, _read_csv(name, data))}
        case "npy":
            return {"x": table(name, _read_npy(name, data))}
        case "zip":
            return _read_zip(name, data)
        case "txt":
            return {"codes": _read_text(name, data)}
        case _:
            return _stack(name, _patches(name, data))


def read_points(name: str, raw: Any) -> dict[str, np.ndarray]:
    """The table of drawn points [[x, y], ...], as a browser sends them: {"x": float32 (points, 2)}, both in [-1, 1].

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
    return {"x": table(name, np.array(raw, np.float64))}


def read_typed(name: str, text: str) -> dict[str, np.ndarray]:
    """Typed text under the same limits as a text file: {"codes": int32 (characters,)}; raises UploadError."""
    if not text.strip():
        raise UploadError("{name} is empty.", name=name)
    return {"codes": _read_text(name, text.encode("utf-8", "replace"))}


def _decode(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UploadError("{name} is not UTF-8 text.", name=name) from None


def _read_csv(name: str, data: bytes) -> np.ndarray:
    text = _decode(name, data)
    if "\0" in text:
        raise UploadError("{name} is not a CSV file: it holds binary data.", name=name)
    rows: list[list[float]] = []
    width = 0
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline="")), start=1):
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if width and len(cells) != width:
                raise UploadError(
                    "{name}, line {line}: {found} values, but the first line has {width}.",
                    name=name,
                    line=number,
                    found=len(cells),
                    width=width,
                )
            try:
                values = [float(cell) for cell in cells]
            except ValueError:
                if not rows and not width:  # a header
                    width = len(cells)
                    continue
                wrong = next(cell for cell in cells if not _is_number(cell))
                raise UploadError(
                    "{name}, line {line}: “{value}” is not a number.", name=name, line=number, value=wrong[:40]
                ) from None
            width = len(cells)
            rows.append(values)
            if len(rows) > MAX_ROWS or width > MAX_COLUMNS:
                raise UploadError(
                    "{name} is larger than {rows} rows of {columns} values.", name=name, rows=MAX_ROWS, columns=MAX_COLUMNS
                )
    except csv.Error as error:
        raise UploadError("{name} is not a CSV file: {reason}.", name=name, reason=error) from None
    return np.array(rows, np.float64).reshape(len(rows), width)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _read_npy(name: str, data: bytes) -> np.ndarray:
    if data[:6] != b"\x93NUMPY":
        raise UploadError("{name} is not an NPY file.", name=name)
    try:
        array = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    except ValueError as error:
        if "Object arrays" in str(error) or "pickle" in str(error).lower():
            raise UploadError(
                "{name} holds Python objects (a pickle), which are never opened; save plain numbers.", name=name
            ) from None
        raise UploadError("{name} is a damaged NPY file.", name=name) from None
    except Exception:  # numpy's reader tokenises the head: what it may raise on garbage is not a closed list
        raise UploadError("{name} is a damaged NPY file.", name=name) from None
    if array.dtype.kind not in "fiub":
        raise UploadError("{name} holds {dtype}, not numbers.", name=name, dtype=array.dtype)
    if array.ndim < 2:
        raise UploadError(
            "{name} has shape {shape}; a table of samples (rows, values) is needed.", name=name, shape=array.shape
        )
    return array.reshape(len(array), -1).astype(np.float64) if len(array) else array.astype(np.float64)


def table(name: str, array: np.ndarray) -> np.ndarray:
    """A table (rows, columns) as float32 after all checks; raises UploadError for one that cannot be learned from."""
    if array.ndim != 2 or array.shape[0] < 2 or array.shape[1] < 1:
        raise UploadError("{name} has fewer than 2 samples.", name=name)
    if array.shape[0] > MAX_ROWS or array.shape[1] > MAX_COLUMNS:
        raise UploadError(
            "{name} is larger than {rows} rows of {columns} values.", name=name, rows=MAX_ROWS, columns=MAX_COLUMNS
        )
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        row, column = (int(i) + 1 for i in bad[0])
        raise UploadError(
            "{name}: row {row}, column {column} is not a finite number ({count} such values).",
            name=name,
            row=row,
            column=column,
            count=len(bad),
        )
    if np.ptp(array, axis=0).max() == 0:
        raise UploadError("{name}: all samples are the same.", name=name)
    if np.abs(array).max() > 1e9:
        raise UploadError("{name} holds values beyond ±1e9; rescale it.", name=name)
    return array.astype(np.float32)


def _read_image(name: str, data: bytes) -> np.ndarray:
    """One picture shrunk (or stretched) to SIDE × SIDE grey values in [0, 1], float32."""
    return _opened(name, data, lambda width, height: (SIDE, SIDE))


def _patches(name: str, data: bytes) -> list[np.ndarray]:
    """A single picture cut into overlapping patches of SIDE × SIDE grey values, row by row from the top left."""

    def size(width: int, height: int) -> tuple[int, int]:
        smaller = min(1.0, math.sqrt(PATCHED_PIXELS / (width * height)))
        return max(1, round(width * smaller)), max(1, round(height * smaller))

    whole = _opened(name, data, size)
    if min(whole.shape) < SIDE or max(whole.shape) < SIDE + PATCH_STEP:
        raise UploadError(
            "{name} is too small or too narrow to be cut into patches of {side} × {side} pixels. "
            "Give a larger picture, or a ZIP of many.",
            name=name,
            side=SIDE,
        )
    windows = np.lib.stride_tricks.sliding_window_view(whole, (SIDE, SIDE))[::PATCH_STEP, ::PATCH_STEP]
    return list(windows.reshape(-1, SIDE, SIDE))


def _opened(name: str, data: bytes, resized: Callable[[int, int], tuple[int, int]]) -> np.ndarray:
    """The grey values (height, width) in [0, 1] of a picture at the size that `resized` gives for its width and height."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:  # the size stands in the file's head: nothing was decoded yet
                raise UploadError(
                    "{name} has {width} × {height} pixels; at most {most} pixels are taken.",
                    name=name,
                    width=width,
                    height=height,
                    most=MAX_PIXELS,
                )
            small = image.convert("L").resize(resized(width, height), Image.Resampling.BOX)
            return np.asarray(small, np.float32) / 255
    except UploadError:
        raise
    except Image.DecompressionBombError:
        raise UploadError("{name} has more than {most} pixels.", name=name, most=MAX_PIXELS) from None
    except Exception:  # what decoders may raise on garbage is not a closed list
        raise UploadError("{name} is not a PNG or JPEG image.", name=name) from None


def _read_zip(name: str, data: bytes) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [
                info
                for info in archive.infolist()
                if not info.is_dir() and info.filename.lower().endswith((".png", ".jpg", ".jpeg"))
            ]
            if len(entries) > MAX_IMAGES:
                raise UploadError(
                    "{name} holds {count} images; at most {most} are taken.", name=name, count=len(entries), most=MAX_IMAGES
                )
            if sum(info.file_size for info in archive.infolist()) > MAX_UNZIPPED:
                raise UploadError("{name} would unpack to more than {most} MB.", name=name, most=MAX_UNZIPPED >> 20)
            images, total = [], 0
            for info in entries:
                with archive.open(info) as member:
                    raw = member.read(MAX_BYTES + 1)  # what is said of its size may be a lie: never read more
                total += len(raw)
                if len(raw) > MAX_BYTES or total > MAX_UNZIPPED:
                    raise UploadError("{name} would unpack to more than {most} MB.", name=name, most=MAX_UNZIPPED >> 20)
                images.append(_read_image(info.filename.rsplit("/", 1)[-1], raw))
    except UploadError:
        raise
    except Exception:  # damaged archives also raise zlib.error, LZMAError, struct.error, RuntimeError, ...
        raise UploadError("{name} is not a ZIP file that can be read.", name=name) from None
    return _stack(name, images)


def _stack(name: str, images: list[np.ndarray]) -> dict[str, np.ndarray]:
    if len(images) < 2:
        raise UploadError("{name} has fewer than 2 images.", name=name)
    x = np.stack(images).reshape(len(images), -1)
    if np.ptp(x, axis=0).max() == 0:
        raise UploadError("{name}: all samples are the same.", name=name)
    return {"x": x.astype(np.float32), "size": np.array([SIDE, SIDE], np.int32)}


def _read_text(name: str, data: bytes) -> np.ndarray:
    text = _decode(name, data)
    if "\0" in text:
        raise UploadError("{name} is not text: it holds binary data.", name=name)
    if len(text) > MAX_CHARACTERS:
        raise UploadError(
            "{name} has {count} characters; at most {most} are taken.", name=name, count=len(text), most=MAX_CHARACTERS
        )
    return np.array([ord(letter) for letter in text], np.int32)
