"""Words that came from outside, as a page may show them."""

from __future__ import annotations


def plain(text: str) -> str:
    """Text that Markdown must show as it is (names and values that came from outside)."""
    for sign in "\\`*_{}[]()<>#+-.!|$:~":
        text = text.replace(sign, "\\" + sign)
    return text
