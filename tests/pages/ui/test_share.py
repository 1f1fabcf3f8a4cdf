"""A lesson's link as a QR code: what a phone's camera needs, and nothing of the link gets into the page."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import segno

from pages.kit.ui.share import qr_code


def attributes(html: str) -> dict[str, str]:
    """Those of the only element."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, named: found.append((tag, dict(named)))  # type: ignore[method-assign,assignment]
    parser.feed(html)
    assert [tag for tag, _ in found] == ["img"]
    return found[0][1]


def picture(html: str) -> str:
    """The SVG in its address."""
    kind, _, data = attributes(html)["src"].partition(",")
    return base64.b64decode(data).decode() if kind.endswith("base64") else unquote(data)


def test_every_module_is_drawn_within_a_quiet_zone_on_white():
    link = "http://lab.example/smoothing?follow=rSFl8I66"
    svg = picture(qr_code(link, "code", "9rem")).replace("'", '"')
    code = segno.make_qr(link, error="m")
    side = code.symbol_size(border=4)[0]
    assert f'viewBox="0 0 {side} {side}"' in svg and 'fill="#fff"' in svg
    drawn = set()  # strokes of one unit, "h" to the right
    x = y = 0.0
    for command, numbers in re.findall(r"([MmhHv])([-\d. ]+)", re.search(r'stroke="#000" d="([^"]+)"', svg)[1]):
        values = [float(value) for value in re.findall(r"-?[\d.]+", numbers)]
        if command == "M":
            x, y = values
        elif command == "m":
            x, y = x + values[0], y + values[1]
        else:
            drawn |= {(int(x) + k, int(y)) for k in range(int(values[0]))}
            x += values[0]
    assert drawn == {(x + 4, y + 4) for y, row in enumerate(code.matrix) for x, dark in enumerate(row) if dark}


def test_a_link_with_marks_stays_one_image():
    named = attributes(qr_code('http://lab.example/?a="><script>alert(1)</script>', 'say "it" <b>', "min(100%, 72vh)"))
    assert named["alt"] == 'say "it" <b>' and named["style"].endswith("min(100%, 72vh)")
