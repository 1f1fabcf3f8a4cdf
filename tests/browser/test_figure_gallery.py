"""The gallery of figures (python -m tests.figures): every sample drawn at three widths, in both languages, with nothing in the way."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.core import registry
from engine.plot.packing import encode
from tests.bench.server import until
from tests.figures.page import gallery
from tests.figures.sample import SAMPLES
from tests.figures.views import shown


@pytest.fixture(scope="module")
def page(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The gallery opened from a file, as a reader would; at the end it has asked for nothing and complained of nothing."""
    file: Path = tmp_path_factory.mktemp("gallery") / "figures.html"
    file.write_text(gallery(), encoding="utf-8")
    said: list[str] = []
    page = chromium.new_page(viewport={"width": 1160, "height": 900})
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if not request.url.startswith((file.as_uri(), "data:")) else 0)
    page.goto(file.as_uri())
    until(page, "window.gallery")
    yield page
    page.close()
    assert said == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [340, 600, 1000])
def test_no_two_texts_overlap_none_is_cut_and_none_is_crossed_by_a_thick_line(page: Any, width: int, language: str) -> None:
    theme = "dark" if width == 600 else "light"
    assert page.evaluate("([width, theme, language]) => gallery.check(width, theme, language)", [width, theme, language]) == {}


SIZES = {340: 320, 600: 360, 1000: 460}  # width -> height of a view: on a phone, beside another, as the first picture


@pytest.mark.parametrize("slug", list(registry.topics()))
def test_in_no_view_of_a_lab_do_texts_overlap_or_leave_the_frame_or_meet_a_thick_line(page: Any, slug: str) -> None:
    """At three widths, in both languages."""
    views = list(shown(slug))
    faults = {}
    for language in ("en", "zh"):
        packed = {one.name: base64.b64encode(encode({}, {"one": one.draw(language)})).decode() for one in views}
        for width, height in SIZES.items():
            faults[language, width] = page.evaluate("(given) => gallery.look(...given)", [packed, width, height, "light"])
    assert {where: found for where, found in faults.items() if found} == {}


def test_the_gallery_has_a_sample_of_every_word(page: Any) -> None:
    assert page.evaluate("gallery.samples.map((sample) => sample.name)") == [sample.name for sample in SAMPLES]
    source = (Path(__file__).parents[1] / "figures" / "words.py").read_text(encoding="utf-8")
    words = (
        "curve theory band level upright over_time histogram errors bars dots handle heat contour paths ellipses arrows image tiles"
        " tokens nodes surface curve3 dots3 text label corner region title click hover grid mosaic"
    )
    assert [word for word in words.split() if f".{word}(" not in source] == []


def test_the_account_of_a_picture_finds_what_is_wrong(sheet: Any) -> None:
    """Two words on one spot, and a word on a thick line that has no other place to go to."""
    faults = sheet.evaluate(
        """async () => {
          const words = { mode: 'text', x: [0.5, 0.5], y: [0.5, 0.5], text: ['one', 'two'] };
          await draw({ data: [words], layout: { xaxis: { range: [0, 1] }, yaxis: { range: [0, 1] } } });
          const both = boxesOf(figure).faults;
          const line = { mode: 'lines', x: [0, 1], y: [2, 2], line: { width: 9, color: '#c00' } };
          const title = { text: 'on the line', x: 0.5, y: 2, showarrow: true, ax: 0, ay: 0, bgcolor: 'rgba(0,0,0,0)' };
          await draw({ data: [line], layout: { annotations: [title] } });
          return [both, boxesOf(figure).faults];
        }"""
    )
    assert faults[0] == ["“one” and “two” overlap"]
    assert len(faults[1]) == 1 and faults[1][0].startswith("“on the line” is crossed by a line of 9.0 px")
