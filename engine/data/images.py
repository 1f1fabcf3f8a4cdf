"""Pictures (ZIP, PNG, JPEG) as grey values: upright, on white, 16 bits scaled to 8. What was skipped is said.

A ZIP holds many pictures, each shrunk to 28 × 28 pixels. A single PNG or JPEG would be one sample, from which nothing can
be learned: it is cut into overlapping patches of 28 × 28 pixels instead, as is usual for models of natural images.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.data.errors import UploadError
from engine.data.reading import Note, Reading, note

MAX_BYTES = 5 * 2**20
MAX_IMAGES, MAX_PIXELS, SIDE = 5_000, 4_000_000, 28
PATCH_STEP = SIDE // 4  # pixels from one patch of a single picture to the next
PATCHED_PIXELS = 420**2  # a larger picture is shrunk to so many before it is cut: about 3,500 patches
MAX_UNZIPPED = 64 * 2**20
ENDINGS = (".png", ".jpg", ".jpeg")
LITTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")  # what systems leave in archives
FORMATS = {"webp": "WebP", "heic": "HEIC", "gif": "GIF", "tif": "TIFF", "tiff": "TIFF", "bmp": "BMP", "zip": "ZIP"}


class Unreadable(UploadError):
    """A picture that is damaged or of another format: in an archive it is skipped and said."""


def read_picture(name: str, data: bytes) -> Reading:
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
    patches = list(windows.reshape(-1, SIDE, SIDE))
    return _stack(name, patches, note("{count} patches of {side} × {side} pixels", count=len(patches), side=SIDE))


def read_zip(name: str, data: bytes) -> Reading:
    """The pictures of an archive; what is no PNG or JPEG is skipped and said."""
    skipped: Counter[str] = Counter()
    images: list[np.ndarray] = []
    first: Unreadable | None = None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info, raw in _members(name, archive, skipped):
                try:
                    images.append(_opened(info.filename.rsplit("/", 1)[-1], raw, lambda width, height: (SIDE, SIDE)))
                except Unreadable as problem:
                    first = first or problem
                    skipped["damaged"] += 1
    except UploadError:
        raise
    except Exception:  # damaged archives also raise zlib.error, LZMAError, struct.error, RuntimeError, ...
        raise UploadError("{name} is not a ZIP file that can be read.", name=name) from None
    if len(images) < 2 and first is not None:
        raise first
    what = ", ".join(sorted(skipped))
    if len(images) < 2 and skipped:
        raise UploadError(
            "{name} has fewer than 2 images that are PNG or JPEG (1 file skipped: {what}). Save the pictures as PNG or JPEG, and "
            "put them into the archive themselves."
            if skipped.total() == 1
            else "{name} has fewer than 2 images that are PNG or JPEG ({count} files skipped: {what}). Save the pictures as PNG or "
            "JPEG, and put them into the archive themselves.",
            name=name,
            count=skipped.total(),
            what=what,
        )
    notes = [note("{count} pictures, shrunk to {side} × {side} pixels", count=len(images), side=SIDE)]
    if skipped:
        several = "{count} files skipped: {what}" if skipped.total() > 1 else "1 file skipped: {what}"
        notes.append(note(several, count=skipped.total(), what=what))
    return _stack(name, images, *notes)


def _members(name: str, archive: zipfile.ZipFile, skipped: Counter[str]) -> Any:
    """(entry, bytes) of every picture in an archive; the others are counted in `skipped` by what they are."""
    entries = []
    for info in archive.infolist():
        if info.is_dir():
            continue
        if info.flag_bits & 1:
            raise UploadError("{name} is encrypted; pack it again without a password.", name=name)
        parts = info.filename.replace("\\", "/").split("/")
        if any(part in LITTER for part in parts) or parts[-1].startswith("."):
            skipped["system files"] += 1
        elif not info.filename.lower().endswith(ENDINGS):
            ending = parts[-1].rsplit(".", 1)[-1].lower() if "." in parts[-1] else ""
            skipped[FORMATS.get(ending) or ending.upper()[:10] or "without ending"] += 1
        else:
            entries.append(info)
    if len(entries) > MAX_IMAGES:
        raise UploadError(
            "{name} holds {count} images; at most {most} are taken.", name=name, count=len(entries), most=MAX_IMAGES
        )
    if sum(info.file_size for info in archive.infolist()) > MAX_UNZIPPED:
        raise UploadError("{name} would unpack to more than {most} MB.", name=name, most=MAX_UNZIPPED >> 20)
    total = 0
    for info in entries:
        with archive.open(info) as member:
            raw = member.read(MAX_BYTES + 1)  # what is said of its size may be a lie: never read more
        total += len(raw)
        if len(raw) > MAX_BYTES or total > MAX_UNZIPPED:
            raise UploadError("{name} would unpack to more than {most} MB.", name=name, most=MAX_UNZIPPED >> 20)
        yield info, raw


def _opened(name: str, data: bytes, resized: Callable[[int, int], tuple[int, int]]) -> np.ndarray:
    """The grey values (height, width) in [0, 1] of a picture at the size that `resized` gives for its width and height."""
    from PIL import Image, ImageOps

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
            grey = _grey(ImageOps.exif_transpose(_eight_bits(data, image)))
            small = grey.resize(resized(*grey.size), Image.Resampling.BOX)
            return np.asarray(small, np.float32) / 255
    except UploadError:
        raise
    except Image.DecompressionBombError:
        raise UploadError("{name} has more than {most} pixels.", name=name, most=MAX_PIXELS) from None
    except Exception:  # what decoders may raise on garbage is not a closed list
        raise Unreadable("{name} is not a PNG or JPEG image.", name=name) from None


DEEP = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L"}  # how Pillow reads the upper bytes -> how it reads the lower ones


def _eight_bits(data: bytes, image: Any) -> Any:
    """A coloured PNG of 16 bits as the 8-bit one nearest to it (1/257 of every value); any other picture as it is.

    Pillow reads the upper bytes only. The lower ones come from a second reading, as if the file's numbers began with them.
    """
    from PIL import Image

    stored = image.tile[0].args if image.format == "PNG" and len(image.tile) == 1 else None
    if stored == "LA;16B":  # two values of two bytes: as many as four of one byte
        image.tile = [image.tile[0]._replace(args="RGBA")]
        four = np.asarray(image).astype(np.uint32)
        deep = np.stack([four[..., 0] << 8 | four[..., 1]] * 3 + [four[..., 2] << 8 | four[..., 3]], axis=-1)
    elif stored in DEEP:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as again:
            again.tile = [again.tile[0]._replace(args=DEEP[stored])]
            deep = np.asarray(image).astype(np.uint32) << 8 | np.asarray(again)
        clear = image.info.pop("transparency", None)
        if stored == "RGB;16B" and clear is not None:
            solid = np.where((deep == clear).all(-1), 0, 65535)
            deep = np.concatenate([deep, solid[..., None]], axis=-1)
    else:
        return image
    eight = Image.fromarray(np.rint(deep / 257).astype(np.uint8))
    eight.info = image.info  # it also holds how the picture is turned
    return eight


def _grey(image: Any) -> Any:
    """The picture in 8 bits of grey, what is transparent on white (as browsers and paper show it)."""
    from PIL import Image

    if image.mode.startswith("I"):  # 16 bits: Pillow's own conversion clips them at 255
        deep = np.asarray(image).astype(np.float64)
        clear = image.info.get("transparency")
        values = np.rint(deep / 257).clip(0, 255).astype(np.uint8)
        return Image.fromarray(np.where(deep == clear, np.uint8(255), values) if isinstance(clear, int) else values)
    if "A" in image.getbands() or "transparency" in image.info:
        colours = image.convert("RGBA")
        white = Image.new("RGBA", colours.size, "white")
        return Image.alpha_composite(white, colours).convert("L")
    return image.convert("L")


def _stack(name: str, images: list[np.ndarray], *notes: Note) -> Reading:
    if len(images) < 2:
        raise UploadError("{name} has fewer than 2 images.", name=name)
    x = np.stack(images).reshape(len(images), -1)
    if np.ptp(x, axis=0).max() == 0:
        raise UploadError("{name}: all samples are the same.", name=name)
    return Reading({"x": x.astype(np.float32), "size": np.array([SIDE, SIDE], np.int32)}, *notes)
