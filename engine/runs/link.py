"""A score as text: short enough for a link, or as a file. Never a pickle; what comes in is bounded and checked."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from typing import Any

from pydantic import ValidationError

from engine.core.params import BadValue
from engine.core.score import Score

VERSION = "1"
LONGEST_LINK = 2000  # characters of a score in an address: longer addresses are cut by mail programs and chats
MAX_BYTES = 2**20  # of the JSON behind a link or in a file
MAX_STEPS = 1_000_000  # of a replay
ALLOWED = "a score as “Share” gives it"


def to_link(score: Score) -> str:
    """The score as letters, digits, - and _ : a version, then compressed JSON in base64."""
    return VERSION + base64.urlsafe_b64encode(zlib.compress(to_file(score).encode(), 9)).decode().rstrip("=")


def whole(text: str) -> str:
    """A score as it was made, without blanks and line breaks inside it and what a sentence left at its end."""
    return re.sub(r"[^A-Za-z0-9_-]+$", "", re.sub(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]+", "", text))


def from_link(text: str) -> Score:
    """The score of a link; raises BadValue when the text is damaged, too large, or asks for what is not allowed."""
    text = whole(text)
    if not text.startswith(VERSION) or not text.isascii():
        raise BadValue("score", _short(text), ALLOWED)
    body = text[len(VERSION) :]
    if len(body) % 4 == 1:  # no number of bytes has so many letters
        raise _cut(text)
    try:
        packed = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        inflate = zlib.decompressobj()
        data = inflate.decompress(packed, MAX_BYTES)
        if not inflate.eof and not inflate.unconsumed_tail and len(data) < MAX_BYTES:
            raise _cut(text)
        if not inflate.eof:
            raise BadValue("score", _short(text), f"at most {MAX_BYTES >> 20} MB")
    except BadValue:
        raise
    except (binascii.Error, zlib.error, ValueError):
        raise BadValue("score", _short(text), ALLOWED) from None
    return from_file(data)


def _cut(text: str) -> BadValue:
    return BadValue("score", _short(text), "", "The replay in this link is cut off: copy the whole link, or ask for the file.")


def to_file(score: Score) -> str:
    """The score as JSON, without what is empty."""
    content = {name: value for name, value in score.model_dump(mode="json").items() if value not in (None, [], {})}
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)


def from_file(data: bytes) -> Score:
    """The score of a file's bytes; raises BadValue (also for a topic, a value or a step that is not possible)."""
    if len(data) > MAX_BYTES:
        raise BadValue("score", f"{len(data) >> 10} KB", f"at most {MAX_BYTES >> 20} MB")
    try:
        content: Any = json.loads(data.decode("utf-8"))
        score = Score.model_validate(content)
    except (ValidationError, ValueError, RecursionError):
        raise BadValue("score", _short(data.decode("utf-8", "replace")), ALLOWED) from None
    return checked(score)


def checked(score: Score) -> Score:
    """A score whose every value and step is possible; raises BadValue or UnknownName (a topic that is not known)."""
    params = score.settings()
    controls = type(params).controls()
    if score.steps > MAX_STEPS:
        raise BadValue("steps", score.steps, f"0 to {MAX_STEPS}")
    before = -1
    for change in score.changes:
        if not before < change.step <= score.steps:
            raise BadValue("changes", change.step, "steps that ascend, up to the last one")
        before = change.step
        for name, value in change.values.items():
            if name in controls and not controls[name].hot:
                raise BadValue(name, value, "a live parameter: this one restarts the run")
        params = params.change(change.values)
    return score


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
