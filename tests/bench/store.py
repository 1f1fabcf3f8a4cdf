"""Measures saved runs: `python -m tests.bench.store` prints how long a search among 10,000 takes, and a save."""

from __future__ import annotations

import statistics
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import engine
from engine.core import registry
from engine.runs.history import History
from engine.runs.store import RunStore
from engine.runs.store.tables import Run, Tag

RUNS = 10_000
SEARCHES = ("", "beta=4", "run 9999", "seed=77 beta=8", "nothing like this", "隐空间", "100%_")


def fill(store: RunStore, count: int) -> None:
    """Put `count` made-up runs of realistic length into the database (rows only, without files)."""
    slugs = list(registry.topics())
    begin = datetime.now(UTC)
    filler = " ".join(f"parameter_{index}={index / 7}" for index in range(24))
    with store._open(writes=True) as session:
        for number in range(count):
            slug, beta, parity = slugs[number % len(slugs)], float(2 ** (number % 6)), ("even", "odd")[number % 2]
            words = f"{slug} 隐空间 {filler} beta={beta} seed={number % 100}\trun {number} {parity}"
            run = Run(
                id=uuid.uuid4(),
                created=begin - timedelta(minutes=number),
                topic=slug,
                title=f"run {number}",
                settings=f"beta={beta}, seed={number % 100}",
                steps=number,
                seconds=number / 100,
                device="cpu",
                file=f"{number}.safetensors",
                note="",
                words=words,
                score={"topic": slug, "params": {f"parameter_{index}": index / 7 for index in range(24)}, "seed": number % 100},
                tags=[Tag(name=parity), Tag(name=f"lesson {number % 20}")],
            )
            session.add(run)


def searches(store: RunStore, repeat: int = 7) -> dict[str, float]:
    """Median seconds of each search, first page and another one with topic and tag."""
    taken: dict[str, float] = {}
    slug = next(iter(registry.topics()))
    for text in SEARCHES:
        for name, more in ((text or "(all)", {}), (f"{text or '(all)'}, topic and tag", {"topic": slug, "tags": ["even"]})):
            times = []
            for _ in range(repeat):
                begin = time.perf_counter()
                store.search(text, **more)  # type: ignore[arg-type]
                times.append(time.perf_counter() - begin)
            taken[name] = statistics.median(times)
    return taken


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder), "")
        fill(store, RUNS)
        taken = searches(store)
        for name, seconds in taken.items():
            print(f"{name:40} {1000 * seconds:7.1f} ms")
        print(
            f"median {1000 * statistics.median(taken.values()):.1f} ms, slowest {1000 * max(taken.values()):.1f} ms at {RUNS} runs"
        )
        slug = next(iter(registry.topics()))
        session = engine.start(slug, device="cpu")
        history = History()
        for _ in range(30):
            history.add(session.advance(steps=5))
        times = []
        for _ in range(7):
            begin = time.perf_counter()
            key = store.save(session.score, history)
            times.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        store.load(key)
        loaded = time.perf_counter() - begin
        size = sum(file.stat().st_size for file in store.files.iterdir()) / 7 / 2**20
        print(f"save {1000 * statistics.median(times):.1f} ms, load {1000 * loaded:.1f} ms ({slug}, {size:.1f} MB a run)")
        store.close()


if __name__ == "__main__":
    main()
