"""What thirty-six labs cost the house against four: `python -m tests.bench.many [--toys 32] [--times 3]`.

Toy topics (copies of tests/toys/descent under other names, each with its page, texts and recorded picture) are added to a copy of the
repository; both trees are measured in turn, so that the last column is a ratio of one run.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from engine.core import registry
from engine.core.topic import GROUPS
from tests import toy
from tests.bench.server import app, browser, open_page, wait_live

RECORD = """
import sys
from engine.core import registry
from engine.core.session import Session
for slug in sys.argv[1:]:
    frame = Session.start(slug, device="cpu").advance(steps=50)
    (registry.ROOT.parent / "assets" / "recorded" / f"{slug}.frame").write_bytes(frame.to_bytes())
registry.write_index()
"""
IN_SIGHT = """() => [...document.querySelectorAll('*')].flatMap((e) => [...(e.shadowRoot?.querySelectorAll('.plot') ?? [])])
  .filter((plot) => plot.getBoundingClientRect().top < innerHeight).length"""


def house(target: Path, toys: int) -> Path:
    """A copy of the repository with all its topics and so many toys beside them."""
    repository = toy.copy(target, topics=True)
    slugs = [f"descent-{number:02d}" for number in range(toys)]
    for number, slug in enumerate(slugs):
        toy.add_descent_as(repository, slug, GROUPS[number % len(GROUPS)])
    done = toy.python(repository, "-c", RECORD, *slugs)
    assert done.returncode == 0, done.stderr
    return repository


def visit(root: Path) -> dict[str, float]:
    """One start of the app in a tree and one visitor: seconds and megabytes by name."""
    with app(root) as server, browser() as chromium:
        begin = time.perf_counter()
        page = open_page(chromium, server.url)
        page.locator(".lab-gallery .card").first.wait_for()
        page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
        page.wait_for_function(f"() => window.latentLab && latentLab.stills > 0 && latentLab.stills >= ({IN_SIGHT})()")
        gallery = time.perf_counter() - begin
        drawn = page.evaluate("() => latentLab.stills")
        page.context.close()
        begin = time.perf_counter()
        page = open_page(chromium, f"{server.url}/vae-geometry")
        wait_live(page)
        first = time.perf_counter() - begin
        found = {"start-up → port answers (s)": server.seconds_to_answer, "gallery complete (s)": gallery}
        return found | {
            "first live page (s)": first,
            "pictures drawn before anybody scrolls": drawn,
            "memory of the app (MB)": server.memory(),
        }


def main() -> None:
    """Measure both trees in turn and print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--toys", type=int, default=32)
    parser.add_argument("--times", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        few, many = house(Path(folder) / "few", 0), house(Path(folder) / "many", chosen.toys)
        runs: dict[Path, list[dict[str, float]]] = {few: [], many: []}
        for _ in range(chosen.times):
            for root in runs:
                runs[root].append(visit(root))
    median: Callable[[Path, str], float] = lambda root, name: statistics.median(run[name] for run in runs[root])  # noqa: E731
    count = len(registry.topics())
    print(f"| what | {count} labs | {count + chosen.toys} labs | ratio |\n|---|---|---|---|")
    for name in runs[few][0]:
        one, two = median(few, name), median(many, name)
        print(f"| {name} | {one:.2f} | {two:.2f} | {two / one:.2f} |")


if __name__ == "__main__":
    main()
