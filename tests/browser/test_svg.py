"""Figures as SVG, in a real Chromium: texts as text, shapes as shapes, and the same picture as the canvas."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from engine.core import registry
from engine.core.picture import Style
from engine.core.topic import Timeline
from engine.plot.packing import encode
from pages.kit.live.stage.recording import recorded
from tests.bench.server import ROOT

SLUG = next(iter(registry.topics()))
LAB = ROOT / "assets" / "lab"
RENDERER = [file for file in sorted((LAB / "figure").rglob("*.js")) if file.stem not in ("svg", "pointer")]

# The figure on the page as an SVG: whether it is well-formed, its texts, and how far it is from the canvas when drawn again.
AS_SVG = """async () => {
  const { toSvg } = await import('./lab/figure/svg.js');
  const text = toSvg(figure, { title: 'a < b & "c"', ground: '#ffffff' });
  const xml = new DOMParser().parseFromString(text, 'image/svg+xml');
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
  await image.decode();
  const canvas = box.querySelector('canvas');
  const again = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height });
  const ctx = again.getContext('2d');
  ctx.drawImage(image, 0, 0, canvas.width, canvas.height);
  const [one, two] = [canvas.getContext('2d'), ctx].map((c) => c.getImageData(0, 0, canvas.width, canvas.height).data);
  let [sum, far] = [0, 0];
  for (let i = 0; i < one.length; i += 4) {
    const gap = Math.max(...[0, 1, 2].map((k) => Math.abs(one[i + k] - two[i + k])));
    sum += gap;
    if (gap > 96) far += 1;
  }
  return {
    broken: xml.querySelector('parsererror')?.textContent ?? null, title: xml.querySelector('title')?.textContent,
    texts: [...xml.querySelectorAll('text')].map((t) => t.textContent), size: [image.width, image.height],
    fonts: [...xml.querySelectorAll('text')].every((t) => t.getAttribute('font-family') && t.getAttribute('font-size')),
    tags: [...new Set([...xml.querySelectorAll('*')].map((e) => e.tagName))], outside: /href="(?!data:image\\/png)/.test(text),
    mean: sum / (one.length / 4), far: far / (one.length / 4), bytes: text.length,
  };
}"""


def as_svg(page: Any, spec: dict[str, Any], theme: str = "light") -> dict[str, Any]:
    page.evaluate("([spec, theme]) => draw(spec, { theme })", [spec, theme])
    told = page.evaluate(AS_SVG)
    assert told["broken"] is None and not told["outside"] and told["title"] == 'a < b & "c"' and told["size"] == [800, 500]
    return told


def test_an_svg_has_the_texts_as_text_the_shapes_as_shapes_and_looks_like_the_canvas(sheet: Any) -> None:
    spec = {
        "data": [
            {"type": "heatmap", "z": [[0, 1, 2], [3, 4, 5]], "x": [0, 1, 2], "y": [0, 1], "colorbar": {"title": {"text": "heat"}}},
            {"type": "scatter", "mode": "lines+markers", "x": [0, 1, 2], "y": [0, 1, 0.5], "name": "a < b & c", "fill": "tozeroy",
             "line": {"dash": "dash", "color": "rgba(200,30,30,0.7)"}, "error_y": {"array": [0.1, 0.2, 0.1]}},
            {"type": "bar", "x": [0, 1, 2], "y": [0.3, 0.4, 0.2], "text": ["p", "q", "r"], "opacity": 0.6, "name": "bars"},
        ],
        "layout": {
            "showlegend": True,
            "title": {"text": "One <b>bold</b> &amp; x<sub>1</sub>"},
            "xaxis": {"title": {"text": "time \u0007(s)"}},
            "yaxis": {"title": {"text": "value y"}},
            "shapes": [{"type": "circle", "x0": 0.5, "x1": 1.5, "y0": 0.2, "y1": 0.8}, {"type": "line", "x0": 1, "x1": 1, "y0": 0, "y1": 1}],
            "annotations": [{"x": 1, "y": 0.9, "text": "here", "showarrow": True, "ax": 30, "ay": -30, "bgcolor": "#ffe"}],
        },
    }  # fmt: skip
    told = as_svg(sheet, spec)
    assert {"time (s)", "value y", "One ", "bold", " & x", "1", "heat", "here", "a < b & c", "q"} <= set(told["texts"])
    assert "0.5" in told["texts"] and told["fonts"]
    assert {"path", "rect", "text", "image", "clipPath", "linearGradient"} <= set(told["tags"])
    assert told["mean"] < 2 and told["far"] < 0.004, told


def test_a_cloud_is_shapes_up_to_a_point_and_an_image_beyond(sheet: Any) -> None:
    for count, tag in ((3000, "path"), (30_000, "image")):
        sheet.evaluate("(n) => draw({ data: [{ ...cloud(n), marker: { size: 4 } }], layout: {} })", count)
        told = sheet.evaluate(AS_SVG)
        assert told["broken"] is None and (("image" in told["tags"]) == (tag == "image"))
        assert told["mean"] < 6, told


def test_a_dark_figure_stands_on_its_own_ground(sheet: Any) -> None:
    spec = {
        "data": [{"type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1]}],
        "layout": {"xaxis": {"title": {"text": "x"}}},
    }
    assert as_svg(sheet, spec, "dark")["mean"] < 1
    sheet.evaluate("(spec) => draw(spec, { theme: 'dark' })", {**spec, "layout": {"paper_bgcolor": "rgba(0,0,0,0)"}})
    text = sheet.evaluate("async () => (await import('./lab/figure/svg.js')).toSvg(figure, { ground: '#14171d' })")
    assert re.search(r'<rect x="0" y="0" width="800" height="500" fill="#14171d"/>', text)


@pytest.mark.parametrize("slug", sorted(registry.topics()))
def test_every_view_of_a_topic_can_be_saved_as_svg(sheet: Any, slug: str) -> None:
    topic, frame = registry.find(slug), recorded(slug)
    if frame is None:
        pytest.skip(f"{slug} has no recorded run")
    line = Timeline(frame, topic.params.build(frame.settings))
    for view in topic.views_for(line.params):
        picture = view.draw(line, Style("light"))
        packed = encode({}, {"one": picture})
        wordless = all(trace["type"] == "surface" or "scene" in trace for trace in picture.data)  # a body in space has no axes
        sheet.evaluate(
            """async (text) => {
              const { header, arrays } = decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
              await draw(resolve(header.figures.one, arrays), { theme: 'light' });
            }""",
            base64.b64encode(packed).decode(),
        )
        told = sheet.evaluate(AS_SVG)
        assert told["broken"] is None and told["fonts"] and (told["texts"] or wordless), view.name
        assert told["mean"] < 4 and told["far"] < 0.03 and told["bytes"] < 6e6, (view.name, told)


def test_the_recorder_knows_every_word_of_the_renderer() -> None:
    words = {word for file in RENDERER for word in re.findall(r"\bctx\.(\w+)", file.read_text(encoding="utf-8"))}
    known = (LAB / "figure" / "svg.js").read_text(encoding="utf-8")
    own = {"createImageData", "putImageData", "getImageData", "clearRect", "setTransform"}  # on surfaces of the renderer's own
    missing = [word for word in words - own if not re.search(rf"\b{word}\b\s*[(:=]", known)]
    assert len(words) > 25 and missing == []
