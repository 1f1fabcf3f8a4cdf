"""Bytes of a file as text: byte-order marks, one kind of line end, and what is refused rather than guessed."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

import numpy as np

from engine.data.errors import UploadError
from engine.data.reading import Reading, note

MAX_CHARACTERS = 500_000
MARKS = (  # the longer first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def marked(name: str, data: bytes) -> str | None:
    """The text of a file with a byte-order mark, or of UTF-8; None for bytes of another encoding.

    Raises UploadError where the bytes are not what their mark says.
    """
    encoding = next((encoding for mark, encoding in MARKS if data.startswith(mark)), None)
    try:
        return one_line_end(data.decode(encoding or "utf-8"))
    except UnicodeDecodeError:
        if encoding is None:
            return None
        raise UploadError(
            "{name} is damaged: it begins as {encoding}, but cannot be read as that. Save it again as UTF-8.",
            name=name,
            encoding=encoding.removesuffix("-sig").upper(),
        ) from None


def one_line_end(text: str) -> str:
    r"""The text with \n at the end of every line, whichever system wrote it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_text(name: str, data: bytes) -> Reading:
    """A text as its code points, {"codes": int32 (characters,)}; raises UploadError."""
    text = marked(name, data)
    if (text is None and b"\0" in data) or (text is not None and "\0" in text):
        raise UploadError("{name} is not text: it holds binary data.", name=name)
    if text is None:
        raise UploadError("{name} is not UTF-8 text; save it as UTF-8 in the program that wrote it.", name=name)
    if len(text) > MAX_CHARACTERS:
        raise UploadError(
            "{name} has {count} characters; at most {most} are taken.", name=name, count=len(text), most=MAX_CHARACTERS
        )
    if not text:
        raise UploadError("{name} is empty.", name=name)
    codes = np.array([ord(letter) for letter in text], np.int32)
    return Reading({"codes": codes}, note("{count} characters", count=len(text)))


def spelled(words: Sequence[str]) -> np.ndarray:
    """Words as code points, as a frame holds them: int32 (words, longest), padded with 0."""
    codes = np.zeros((len(words), max(map(len, words), default=0)), np.int32)
    for row, word in zip(codes, words, strict=True):
        row[: len(word)] = [ord(letter) for letter in word]
    return codes


def words(codes: np.ndarray) -> list[str]:
    """The words of code points (words, longest), padded with 0."""
    return ["".join(chr(code) for code in row if code) for row in codes]
