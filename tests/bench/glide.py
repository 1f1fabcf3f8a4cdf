"""Measures the glide through trained models in a Chromium: `python -m tests.bench.glide [--models 16] [--points 2000]`.

The models' pictures are made up (a cloud of points and two curves each), but take the way of real ones: packed on the
server, decoded in the browser, framed, blended and drawn by the page's own modules.
"""

from __future__ import annotations

import argparse
import statistics
from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.plot import Plot
from pages.kit.web.packing import encode
from tests.bench.server import browser, serving_assets

SECONDS = 5.0
PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<body class="lab"><div id="box" style="width:760px"></div>
<script type="module">
import { decode, resolve } from './lab/figure/wire.js';
import { dress } from './lab/base/dom.js';
import { Stage } from './lab/sweep/stage.js';
await dress(document.body);
const { header, arrays } = decode(await (await fetch('/payload')).arrayBuffer());
const models = Object.keys(header.figures).length;
const stage = window.stage = new Stage({}, { view() {}, moved() {} });
document.getElementById('box').append(stage.element);
stage.setTheme({ dark: false, text: '#222', background: '#fff', font: 'sans-serif', accent: '#2f7fc1' });
const places = Array.from({ length: models }, (_, i) => i);
stage.begin({ title: 'a', texts: places.map(String), places, values: places, blend: true });
stage.take(places.map((i) => resolve(header.figures[i], arrays)), 'made up');
window.measure = (ms) => new Promise((done) => {
  const [begun, drawn, gaps, costs] = [performance.now(), stage.figure.drawCount, [], []];
  let last = begun;
  stage.toggle();
  const turn = (now) => {
    if (now > last) gaps.push(now - last);
    last = now;
    costs.push(stage.figure.drawTime);
    if (now - begun < ms) requestAnimationFrame(turn);
    else done({ draws: stage.figure.drawCount - drawn, seconds: (performance.now() - begun) / 1000, gaps, costs });
  };
  requestAnimationFrame(turn);
});
window.isReady = true;
</script>"""


def picture(model: int, points: int) -> Picture:
    """A cloud that turns and two curves that bend, from model to model."""
    look = Style()
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, points) + 0.1 * model
    radius = np.sqrt(np.random.default_rng(1).uniform(0, 1, points)) * (1 + 0.1 * model)
    plot = Plot(None, look, "x", "y")
    plot.dots(radius * np.cos(angle), radius * np.sin(angle), size=5, opacity=0.6)
    x = np.linspace(-3, 3, 200)
    for power in (1, 2):
        plot.curve(x, np.sin(x * power + 0.2 * model), "theory")
    return plot.done("model {number}", number=model)


def measure(models: int, points: int, seconds: float = SECONDS) -> dict[str, Any]:
    """Frames drawn per second, median and p95 gap between animation frames (ms), median time of one draw (ms)."""
    payload = encode({"type": "figures"}, {str(model): picture(model, points) for model in range(models)})
    site = {"/page.html": (PAGE.encode(), "text/html; charset=utf-8"), "/payload": (payload, "application/octet-stream")}
    with serving_assets(site) as url, browser() as chromium:
        page = chromium.new_page(viewport={"width": 1366, "height": 768})
        page.goto(f"{url}/page.html")
        page.wait_for_function("window.isReady")
        page.evaluate("() => measure(1000)")  # warm
        page.evaluate("() => stage.stop()")
        told = page.evaluate("(ms) => measure(ms)", seconds * 1000)
    gaps = sorted(told["gaps"])
    return {
        "frames per second": told["draws"] / told["seconds"],
        "median gap": statistics.median(gaps),
        "p95 gap": gaps[int(0.95 * len(gaps))],
        "median draw": statistics.median(told["costs"]),
        "payload": len(payload) / 1e6,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=16)
    parser.add_argument("--points", type=int, default=2000)
    arguments = parser.parse_args()
    told = measure(arguments.models, arguments.points)
    print(f"{arguments.models} models of {arguments.points} points and two curves, {told['payload']:.1f} MB:")
    print(f"  {told['frames per second']:.0f} frames drawn per second (reach: 50)")
    print(f"  between animation frames: median {told['median gap']:.1f} ms, p95 {told['p95 gap']:.1f} ms")
    print(f"  one draw: median {told['median draw']:.1f} ms")


if __name__ == "__main__":
    main()
