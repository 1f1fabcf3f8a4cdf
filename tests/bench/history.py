"""Going back: how fast a kept frame is on screen, and how fast a branch is ready. `python -m tests.bench.history [--topic SLUG]`."""

from __future__ import annotations

import argparse
import random
import statistics
import time
from typing import Any

from engine.core import registry
from engine.workers.pool import Pool
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.twins import compare, end
from tests.bench.server import app, browser, open_page, wait_live

FRAMES = 200  # kept frames to go back to
SEEK = """index => new Promise((done) => {
  const player = latentLab.players[0], begin = performance.now(), before = latentLab.draws;
  player.stream.send({ type: 'seek', index });
  const look = () => {
    if (latentLab.lastStatus.shown === index && latentLab.draws > before) done(performance.now() - begin);
    else requestAnimationFrame(look);
  };
  look();
})"""


def scrub(slug: str, tries: int) -> list[float]:
    """Milliseconds from asking for a kept frame until it is drawn."""
    with app() as server, browser() as chromium:
        page = open_page(chromium, f"{server.url}/{slug}")
        wait_live(page)
        page.evaluate("() => { latentLab.players ||= [latentLab.figures[Object.keys(latentLab.figures)[0]]]; }")
        stop: Any = page.locator(".group.stop .entry").first
        stop.fill("")
        stop.press("Enter")
        page.wait_for_function("() => latentLab.lastStatus.stop.steps === null")
        page.keyboard.press("Space")
        page.wait_for_function(f"() => latentLab.lastStatus.kept >= {FRAMES}", timeout=300_000)
        page.keyboard.press("Space")
        page.wait_for_function("() => latentLab.lastStatus.state === 'paused'")
        kept = page.evaluate("() => latentLab.lastStatus.kept")
        order = random.Random(0)
        return [page.evaluate(SEEK, order.randrange(kept - 1)) for _ in range(tries)]


def branch(slug: str, rounds: int) -> list[float]:
    """Seconds until a branch at the middle of a run is ready ÷ half of the run's training time."""
    topic = registry.find(slug)
    pool = Pool(2)
    pool.start()
    for worker in pool.workers:
        worker.ready.wait(120)
    ratios = []
    for seed in range(rounds):
        run = LiveRun(topic, topic.params(), seed, pool)
        run.open()
        run.step(topic.steps // 2)
        run.step(topic.steps - topic.steps // 2)
        assert run.session is not None
        whole = run.session.seconds
        begin = time.perf_counter()
        compare(run, topic.steps // 2)
        while run.twins is None or run.twins.second.session is None:
            time.sleep(0.002)
        ratios.append((time.perf_counter() - begin) / (whole / 2))
        end(run)
        run.close()
    pool.close()
    return ratios


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topic", default=next(iter(registry.topics())))
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    ratios = branch(chosen.topic, chosen.rounds)
    print(
        f"branch at the middle ready ÷ half of the training time: {statistics.median(ratios):.2f} (max {max(ratios):.2f})   reach ≤ 1.1"
    )
    waits = sorted(scrub(chosen.topic, 40))
    p95 = waits[int(0.95 * (len(waits) - 1))]
    print(f"any of {FRAMES} kept frames on screen: median {statistics.median(waits):.0f} ms, p95 {p95:.0f} ms   reach ≤ 50 ms")


if __name__ == "__main__":
    main()
