"""The words of a page: sections of its text with the run's own numbers filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PIECES = re.compile(r"(```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]+\$|\{\{|\}\}|\{\w+(?::[^{}]*)?\})", re.DOTALL)
_FIELD = re.compile(r"\{(\w+)(?::([^{}]*))?\}")


def fields(text: str) -> set[str]:
    """The names of all `{name}` fields outside mathematics and code."""
    return {match[1] for piece in _PIECES.findall(text) if (match := _FIELD.fullmatch(piece))}


def fill(text: str, values: Mapping[str, Any]) -> str:
    """`text` with every `{name:format}` outside mathematics and code replaced; "–" for what does not exist yet."""

    def replace(match: re.Match[str]) -> str:
        piece = match[0]
        if piece in ("{{", "}}"):
            return piece[0]
        field = _FIELD.fullmatch(piece)
        if field is None:
            return piece
        value = values.get(field[1])
        if value is None or (isinstance(value, float) and value != value):
            return "–"
        return format(value, field[2] or "") if not isinstance(value, str) else value

    return _PIECES.sub(replace, text)


def plain(text: str) -> str:
    """Text that Markdown must show as it is (names and values that came from outside)."""
    for sign in "\\`*_{}[]()<>#+-.!|$:~":
        text = text.replace(sign, "\\" + sign)
    return text
