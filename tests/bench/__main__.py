"""Measures what the app promises and prints a table. One command: `python -m tests.bench [--topic SLUG] [--short]`, or of all labs alike: `--all`."""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import time
from typing import Any

from engine.core import registry
from tests.bench.server import LIVE, ROOT, App, app, browser, open_page, wait_live

BARE = """
import sys, time, torch
torch.set_num_threads(1)
import engine
session = engine.start(sys.argv[1])
session.run(steps=50)
begin, first = time.perf_counter(), session.step
session.run(seconds=float(sys.argv[2]))
print((session.step - first) / (time.perf_counter() - begin))
"""
HERO = ".control.hero input[type=range]:visible"
COUNT = "() => ({draws: latentLab.draws, frames: latentLab.framesReceived, step: latentLab.lastStatus.step, now: performance.now()})"
THROTTLE = 33.0  # ms that the browser may hold a value back before it sends it (assets/lab/live/stream.js)
RANGES = "() => JSON.stringify(Object.entries(benchFigure.figure.state).map(([name, a]) => [name, a.range, String(a.zoomed)]))"
WATCH_CANVAS = """() => {
  const all = [...document.querySelectorAll('*')].flatMap((e) => [...(e.shadowRoot?.querySelectorAll('.plot canvas') ?? [])]);
  const canvas = all.find((one) => one.clientWidth);
  window.benchCanvas = canvas; window.benchBlank = 0; window.benchTicks = 0;
  const sample = () => {
    window.benchTicks += 1;
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let first = pixels[0] + pixels[1] + pixels[2], varied = false;
    for (let i = 0; i < pixels.length && !varied; i += 4004) varied = pixels[i] + pixels[i + 1] + pixels[i + 2] !== first;
    if (!varied) window.benchBlank += 1;
    if (window.benchTicks < 60) setTimeout(sample, 50);
  };
  sample();
}"""


def bare_rate(slug: str, seconds: float) -> float:
    """Steps per second of the same loop alone in one process."""
    done = subprocess.run(
        [sys.executable, "-c", BARE, slug, str(seconds)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1])


def page_rates(page: Any, seconds: float) -> dict[str, float]:
    """Steps, frames and draws (of all figures) per second while the page plays, under COUNT's names."""
    before = page.evaluate(COUNT)
    page.wait_for_timeout(seconds * 1000)
    after = page.evaluate(COUNT)
    span = (after["now"] - before["now"]) / 1000
    return {name: (after[name] - before[name]) / span for name in ("step", "frames", "draws")}


def measure(slug: str, rounds: int, seconds: float) -> list[tuple[str, str, str]]:
    """Rows (what, measured, reach)."""
    rows = []
    starts = []
    for _ in range(rounds):
        with app() as server:
            starts.append(server.seconds_to_answer)
            torch_free = not server.has_torch()
    with app() as server:
        time.sleep(6)  # warm workers
        first = [first_figure(server, slug) for _ in range(rounds)]
        with browser() as chromium:
            page = open_page(chromium, f"{server.url}/{slug}")
            wait_live(page)
            page.wait_for_timeout(1000)
            figures = visible_figures(page)
            plays = []
            ratios, frames = [], []
            clear_stop(page)
            for _ in range(rounds):
                plays.append(press_play(page))
                page.wait_for_timeout(1500)
                rates = page_rates(page, seconds)
                frames.append(rates["draws"] / figures)
                page.keyboard.press("Space")
                page.wait_for_timeout(800)
                ratios.append(rates["step"] / bare_rate(slug, seconds))
            page.keyboard.press("Space")
            page.wait_for_timeout(500)
            drags, updates = drag(page)
            memory = server.memory()
            same, blank, zoom = steadiness(page)
    rows.append(("training steps/s, page playing ÷ bare loop", f"{statistics.median(ratios):.2f}", "≥ 0.90"))
    rows.append((f"frames drawn per second on screen, each of {figures} figures", f"{statistics.median(frames):.1f}", "≥ 10"))
    rows.append(
        (
            "hot slider: drag event → changed frame, p95 (median)",
            f"{quantile(drags, 0.95):.0f} ms ({statistics.median(drags):.0f} ms)",
            "≤ 150 ms",
        )
    )
    rows.append(("updates per second during that drag", f"{updates:.0f}", "≥ 15"))
    rows.append(("cold browser, warm server → first live figure", f"{statistics.median(first):.1f} s", "≤ 3 s"))
    rows.append(
        (
            "`streamlit run app.py` → port answers",
            f"{statistics.median(starts):.1f} s, torch {'not ' if torch_free else ''}imported",
            "≤ 2.5 s, not imported",
        )
    )
    rows.append(("Play pressed → first training frame", f"{statistics.median(plays) / 1000:.2f} s", "≤ 0.5 s"))
    rows.append(("app process memory, one page playing", f"{memory:.0f} MB", "≤ 250 MB"))
    rows.append(
        ("DOM node and zoom after 100 updates; blank ticks", f"{'same' if same and zoom else 'changed'}; {blank}", "same; 0")
    )
    return rows


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def first_figure(server: App, slug: str) -> float:
    """Seconds from opening the address in a cold browser to the first figure of the live run."""
    with browser() as chromium:
        page = open_page(chromium, f"{server.url}/{slug}")
        page.wait_for_function(LIVE, timeout=60_000, polling=20)
        return page.evaluate("() => performance.now()") / 1000


def visible_figures(page: Any) -> int:
    """How many figures were drawn by the last frame."""
    before = page.evaluate("() => latentLab.draws")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(700)
    return max(1, page.evaluate("() => latentLab.draws") - before)


def clear_stop(page: Any) -> None:
    """No stop rule while measuring."""
    page.get_by_role("button", name="Speed, stop and seed").click()
    field = page.get_by_label("Stop after: steps")
    field.fill("")
    field.press("Enter")
    page.keyboard.press("Escape")
    page.evaluate("() => document.activeElement.blur()")


def press_play(page: Any) -> float:
    """Milliseconds from the key to the first frame with a new step; a twin with which a chapter begins is there by then."""
    page.wait_for_function("() => latentLab.lastStatus.state !== 'opening'")
    return page.evaluate(
        """() => new Promise((done) => {
            const step = latentLab.lastStatus.step, begin = performance.now();
            document.dispatchEvent(new KeyboardEvent('keydown', {key: ' ', code: 'Space', bubbles: true}));
            const look = () => latentLab.lastStatus.step > step ? done(performance.now() - begin) : requestAnimationFrame(look);
            look();
        })"""
    )


def drag(page: Any) -> tuple[list[float], float]:
    """Latencies and updates per second of a drag over the hero slider while the run plays.

    A latency runs from sending a value to the frame on screen that was made with that value, plus the longest time
    the browser may have held it back.
    """
    page.evaluate("() => { latentLab.dragLatencies.length = 0; }")
    hero = page.locator(HERO).first
    hero.scroll_into_view_if_needed()
    box = hero.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, y)
    page.mouse.down()
    before = page.evaluate(COUNT)
    for i in range(120):
        page.mouse.move(box["x"] + box["width"] * (0.3 + 0.4 * i / 120), y)
        page.wait_for_timeout(20)
    after = page.evaluate(COUNT)
    page.mouse.up()
    page.wait_for_timeout(500)
    sent = page.evaluate("() => latentLab.dragLatencies")
    updates = (after["frames"] - before["frames"]) / (after["now"] - before["now"]) * 1000
    return [latency + THROTTLE for latency in sent], updates


def steadiness(page: Any) -> tuple[bool, int, bool]:
    """(same canvas after 100 updates, blank samples, zoom kept) while playing."""
    page.evaluate(WATCH_CANVAS)
    page.evaluate("() => { window.benchFigure = Object.values(latentLab.figures).find((f) => f.plot.contains(benchCanvas)); }")
    canvas = page.locator(".plot canvas:visible").first.bounding_box()
    x, y = canvas["x"] + canvas["width"] * 0.4, canvas["y"] + canvas["height"] * 0.35
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -240)
    page.keyboard.up("Control")
    page.wait_for_timeout(400)
    zoomed = page.evaluate(RANGES)
    draws = page.evaluate("() => benchFigure.figure.drawCount")
    page.wait_for_function(f"() => benchFigure.figure.drawCount > {draws + 100}", timeout=60_000)
    kept = page.evaluate(RANGES) == zoomed and "true" in zoomed
    return page.evaluate("() => window.benchCanvas.isConnected"), page.evaluate("() => window.benchBlank"), kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topic", action="append", default=[])
    parser.add_argument("--all", action="store_true", help="every lab (or those of --topic), a row each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--short", action="store_true", help="one short round, to see that it runs")
    options = parser.parse_args()
    if options.all:
        from tests.bench.labs import table

        for line in table(options.topic or list(registry.topics()), 2.0 if options.short else options.seconds / 2):
            print(line, flush=True)
        return
    rounds, seconds = (1, 2.0) if options.short else (options.rounds, options.seconds)
    slug = options.topic[0] if options.topic else "vae-geometry"
    rows = measure(slug, rounds, seconds)
    print(
        f"{platform.processor() or platform.machine()}, {platform.system()}, Python {platform.python_version()}, topic {slug}"
    )
    print("| what | measured | reach |\n|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
