"""A page with one canvas figure and nothing else, and how to find and drag things on it."""

from __future__ import annotations

from typing import Any

# A page with one figure in a box of known size, and short words for the tests to use.
PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<style>body{margin:0} #box{width:800px;height:500px}</style><div id="box"></div>
<script type="module">
import { Figure, decode, resolve } from './lab/figure/figure.js';
import { boxesOf } from './lab/figure/boxes.js';
window.Figure = Figure; window.boxesOf = boxesOf; window.decode = decode; window.resolve = resolve;
window.told = []; window.warned = []; window.resets = 0;
console.warn = (...words) => warned.push(words.join(' '));
window.box = document.getElementById('box');
window.figure = new Figure(box, { onPointer: (m) => told.push(m), onReset: () => { resets += 1; } });
window.tick = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))));
window.draw = async (spec, options) => { figure.update(spec, options); await tick(); };
// How many pixels differ from the first one: nothing drawn leaves 0.
window.marks = () => {
  const c = box.querySelector('canvas');
  const words = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer);
  let n = 0;
  for (const w of words) if (w !== words[0]) n += 1;
  return n;
};
window.cloud = (n, reach = 1, phase = 0) => {
  const x = Float32Array.from({ length: n }, (_, i) => reach * Math.cos(i + phase));
  const y = Float32Array.from({ length: n }, (_, i) => reach * Math.sin(2 * i + phase));
  return { type: 'scatter', mode: 'markers', x, y };
};
window.isReady = true;
</script>"""


def place(sheet: Any, axis_x: str, axis_y: str, x: float, y: float) -> tuple[float, float]:
    """The pixel of the page for a place on two linear axes of the figure."""
    return tuple(
        sheet.evaluate(
            """([ax, ay, x, y]) => {
              const r = box.getBoundingClientRect();
              const px = ({ range, pixels }, v) => pixels[0] + (v - range[0]) / (range[1] - range[0]) * (pixels[1] - pixels[0]);
              return [r.left + px(figure.state[ax], x), r.top + px(figure.state[ay], y)];
            }""",
            [axis_x, axis_y, x, y],
        )
    )


def drag(sheet: Any, start: tuple[float, float], end: tuple[float, float], steps: int = 8) -> None:
    sheet.mouse.move(*start)
    sheet.mouse.down()
    sheet.mouse.move(*end, steps=steps)
    sheet.mouse.up()
