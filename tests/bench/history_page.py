"""Measures the one-file history page in a Chromium: `python -m tests.bench.history_page [--topic SLUG] [--frames 200]`.

A real run's frames are packed into the page; then the slider is moved to places all over it, and the time from its event to the
pictures on the canvases is taken in the browser, with two views open.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from engine.core import registry
from engine.core.session import Session
from engine.runs.history import History
from engine.runs.history_page import history_page
from tests.bench.server import browser

VIEWS = 4
SCRUB = """async (count) => {
  const range = document.querySelector('input.scrub');
  const figures = historyPage.panes.flatMap((pane) => pane.figures);
  const [times, drawing] = [[], []];
  for (let i = 0; i < count; i++) {
    const place = (i * 73 + 11) % (historyPage.last + 1);
    if (place === historyPage.place) continue;
    const before = figures.map((figure) => figure.drawCount);
    const begun = performance.now();
    range.value = String(place);
    range.dispatchEvent(new Event('input'));
    while (figures.some((figure, k) => figure.drawCount === before[k])) await new Promise((done) => requestAnimationFrame(done));
    times.push(performance.now() - begun);
    drawing.push(figures.reduce((sum, figure) => sum + figure.drawTime, 0));
  }
  return { times, drawing, figures: figures.length };
}"""


def a_history(slug: str, frames: int) -> tuple[Session, History]:
    """A default run that is looked at `frames` times."""
    topic = registry.find(slug)
    session, history = Session(topic, topic.params(), 0, "cpu"), History(max_bytes=2**40)
    history.add(session.look())
    for _ in range(frames - 1):
        history.add(session.advance(steps=max(1, topic.steps // frames)))
    return session, history


def measure(slug: str, frames: int, count: int = 100) -> dict[str, Any]:
    """Seconds to make the page, its size, and milliseconds from scrub to picture (and of these, spent drawing)."""
    session, history = a_history(slug, frames)
    views = [view.name for view in session.topic.views_for(session.params)][:VIEWS]
    begin = time.perf_counter()
    text = history_page(session.topic, history, session.score, views=views, most=frames)
    seconds = time.perf_counter() - begin
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        file = Path(folder) / "history.html"
        file.write_text(text, encoding="utf-8")
        page = chromium.new_page(viewport={"width": 1366, "height": 768})
        begin = time.perf_counter()
        page.goto(file.as_uri())
        page.wait_for_function(
            "() => window.historyPage && !historyPage.busy && historyPage.panes.some((p) => p.figures.some((f) => f.drawCount))"
        )
        opening = time.perf_counter() - begin
        kept = page.evaluate("() => historyPage.last + 1")
        told = page.evaluate(SCRUB, count)
    times = sorted(told["times"])
    return {
        "kept": kept,
        "figures": told["figures"],
        "making": seconds,
        "opening": opening,
        "megabytes": len(text) / 1e6,
        "median": statistics.median(times),
        "p95": times[int(0.95 * len(times))],
        "drawing": statistics.median(told["drawing"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topic", default=next(iter(registry.topics())))
    parser.add_argument("--frames", type=int, default=200)
    arguments = parser.parse_args()
    told = measure(arguments.topic, arguments.frames)
    print(
        f"{arguments.topic}: {told['kept']} kept frames, {VIEWS} views, {told['megabytes']:.1f} MB, made in {told['making']:.1f} s"
    )
    print(f"  opened in {told['opening']:.2f} s")
    print(
        f"  scrub to picture, {told['figures']} figures: median {told['median']:.0f} ms, p95 {told['p95']:.0f} ms "
        f"(drawing {told['drawing']:.0f} ms; reach: 50 ms)"
    )


if __name__ == "__main__":
    main()
