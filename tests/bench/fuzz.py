"""Fuzzing guided by coverage: `python -m tests.bench.fuzz [--inputs 100000] [--seconds-each 120] [--only NAME ...]`.

Every reader of outside bytes (fuzz_targets.py, fuzz_files.py, fuzz_messages.py) runs in a process of its own under Atheris
(libFuzzer), which keeps what reaches new code. Printed for each: inputs, inputs it took, distinct lines of this repository
that the kept inputs reach (against those that the valid ones reach), distinct failures, the slowest input (computing time),
and how much memory grew.
A failure's input stays in the folder that is printed; `--inputs 1 --again FILE --only NAME` runs it alone.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
INSTRUMENTED = ["engine", "pages.kit"]  # what Atheris watches; the rest (numpy, PIL, pydantic) is taken as it is
HANG = 20  # seconds after which an input is given up, and is a failure
MEMORY = 4096  # MB that a process may hold
REPORT_EVERY = 100  # inputs between two writings of the numbers: libFuzzer ends the process by itself
NAMES = (
    *("address", "score file", "score link", "wire form", "frame", "drawn points", "formula", "sweep's values"),
    *("CSV", "NPY", "ZIP", "PNG", "JPEG", "text", "run folder", "command line", "message", "sweep's message"),
)


@contextlib.contextmanager
def target_named(name: str) -> Iterator[Any]:
    """The target of that name, with the toy topic, in a room that is removed at the end."""
    from tests import toy

    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        repository = toy.copy(Path(folder) / "repository")
        toy.add_descent(repository)
        toy.graft(repository)
        from engine.training.descent import TOPIC

        from engine.core import registry
        from engine.workers import pool

        registry.topics()[TOPIC.slug] = TOPIC
        with contextlib.ExitStack() as stack:
            if "message" in name:
                from pages.kit.live.runs import Desk
                from tests.bench import fuzz_messages

                pool.ROOT = repository  # where the workers look for topics
                desk = Desk(pool.Pool(size=1), grace=0.0)
                desk.pool.start()
                stack.callback(desk.close)
                found = fuzz_messages.targets(TOPIC, desk)
            else:
                from tests.bench import fuzz_targets

                found = fuzz_targets.targets(TOPIC, Path(folder))
            yield next(target for target in found if target.name == name)


class Watch:
    """Counts what a reader does with its inputs, and keeps the ones that break it."""

    def __init__(self, target: Any, room: Path) -> None:
        self.target, self.room = target, room
        self.inputs = self.taken = 0
        self.slowest = 0.0
        self.failures: dict[str, str] = {}  # where it broke -> the exception
        self.memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self.written = 0.0

    def __call__(self, data: bytes) -> None:
        data = data[: self.target.longest]
        begin = time.process_time()  # of this process alone: other load does not count
        try:
            self.taken += bool(self.target.read(data))
        except Exception as error:  # what is looked for; Atheris would end at the first
            self._failed(data, error)
        self.inputs += 1
        took = time.process_time() - begin
        if took > self.slowest:
            self.slowest = took
            (self.room / "slowest").write_bytes(data)
        if self.inputs % REPORT_EVERY == 0 or time.perf_counter() - self.written > 1:
            self.write()

    def _failed(self, data: bytes, error: Exception) -> None:
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}:{last.lineno} {type(error).__name__}"
        if place not in self.failures:
            self.failures[place] = "".join(traceback.format_exception(error))
            (self.room / f"failure-{len(self.failures)}").write_bytes(data)

    def write(self) -> None:
        self.written = time.perf_counter()
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - self.memory) / 1024
        numbers = {"inputs": self.inputs, "taken": self.taken, "slowest": self.slowest, "grown": grown}
        temporary = self.room / "numbers.new"
        temporary.write_text(json.dumps({**numbers, "failures": self.failures}))
        temporary.replace(self.room / "numbers.json")


def fuzz_one(name: str, room: Path, inputs: int, seconds: int) -> None:
    """Fuzz one reader in this process; does not return (libFuzzer ends the process)."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED, enable_loader_override=False):
        from tests.bench.fuzz_kit import alter, random_edits

        with target_named(name) as target:
            corpus = room / "corpus"
            corpus.mkdir(exist_ok=True)
            for number, seed in enumerate(target.seeds):
                (corpus / f"seed{number:02}").write_bytes(seed)
            (room / "words").write_text("".join(f'"{escaped(word)}"\n' for word in target.words if word))
            watch = Watch(target, room)
            source = random.Random(1)

            def mutate(data: bytes, most: int, seed: int) -> bytes:
                """Half of the time libFuzzer's own edits, else ours, which know the language's words."""
                source.seed(seed)
                return atheris.Mutate(data, most) if seed % 2 else alter(data, random_edits(target, source))[:most]

            limits = [f"-runs={inputs}", f"-max_total_time={seconds}", f"-max_len={target.longest}", f"-timeout={HANG}"]
            limits += [f"-rss_limit_mb={MEMORY}", "-print_final_stats=0", "-verbosity=0", f"-dict={room / 'words'}"]
            limits += [f"-artifact_prefix={room}/", "-seed=1"]
            os.environ["COLUMNS"] = "200"
            atheris.Setup([sys.argv[0], *limits, str(corpus)], watch, custom_mutator=mutate)
            atheris.Fuzz()


def escaped(word: bytes) -> str:
    """A word as libFuzzer's dictionaries write it."""
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in word)


def lines_reached(name: str, room: Path) -> None:
    """Write how many distinct lines of this repository the valid inputs reach, and the kept ones (both without Atheris)."""
    reached: set[tuple[str, int]] = set()
    ours = (str(ROOT / "engine"), str(ROOT / "pages"))

    def trace(frame: Any, event: str, _: Any) -> Any:
        if event == "call" and not frame.f_code.co_filename.startswith(ours):
            return None
        if event == "line":
            reached.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    with target_named(name) as target:
        counts = []
        kept = [file.read_bytes() for file in sorted((room / "corpus").iterdir())]
        for group in (target.seeds, kept):
            for data in group:
                threading.settrace(trace)
                sys.settrace(trace)
                with contextlib.suppress(Exception):
                    target.read(data[: target.longest])
                sys.settrace(None)
                threading.settrace(None)  # type: ignore[arg-type]
            counts.append(len(reached))
    (room / "lines.json").write_text(json.dumps({"seeds": counts[0], "kept": counts[1], "corpus": len(kept)}))


def measured(name: str, room: Path, inputs: int, seconds: int) -> dict[str, Any]:
    """Fuzz one reader in a process of its own; what was seen."""
    room.mkdir(parents=True)
    here = [sys.executable, "-m", "tests.bench.fuzz", "--room", str(room), "--only", name]
    fuzz = [*here, "--step", "fuzz", "--inputs", str(inputs), "--seconds-each", str(seconds)]
    with (room / "log").open("wb") as log:
        status = subprocess.run(fuzz, cwd=ROOT, stdout=log, stderr=log, timeout=seconds + 300, check=False).returncode
        subprocess.run([*here, "--step", "lines"], cwd=ROOT, stdout=log, stderr=log, timeout=600, check=False)
    found: dict[str, Any] = {"inputs": 0, "taken": 0, "slowest": 0.0, "grown": 0.0, "failures": {}, "seeds": 0, "kept": 0}
    for file in ("numbers.json", "lines.json"):
        if (room / file).exists():
            found |= json.loads((room / file).read_text())
    for kind in ("timeout", "oom", "crash"):  # libFuzzer's own findings: a hang, too much memory, a fault in native code
        for file in room.glob(f"{kind}-*"):
            found["failures"][f"{kind}: {file.name}"] = ""
    if status and not found["failures"]:
        found["failures"][f"exit status {status}"] = (room / "log").read_text(errors="replace")[-2000:]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seconds-each", type=int, default=120)
    parser.add_argument("--only", action="append", choices=NAMES)
    parser.add_argument("--room", type=Path)
    parser.add_argument("--again", type=Path, help="run one input alone")
    parser.add_argument("--step", choices=["fuzz", "lines"], help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    names = chosen.only or NAMES
    if chosen.again is not None:
        with target_named(names[0]) as target:
            print("taken" if target.read(chosen.again.read_bytes()) else "refused")
        return
    if chosen.step == "fuzz":
        fuzz_one(names[0], chosen.room, chosen.inputs, chosen.seconds_each)
    if chosen.step == "lines":
        lines_reached(names[0], chosen.room)
        return
    room = chosen.room or Path(tempfile.mkdtemp(prefix="fuzz-"))
    print(
        f"{'parser':16}{'inputs':>9}{'taken':>8}{'lines: valid':>14}{'reached':>9}{'failures':>10}{'slowest':>10}{'memory':>9}"
    )
    failures = {}
    for name in names:
        seen = measured(name, room / name.replace(" ", "-").replace("'", ""), chosen.inputs, chosen.seconds_each)
        failures |= {f"{name}: {place}": text for place, text in seen["failures"].items()}
        share = f"{seen['taken'] / max(1, seen['inputs']):.1%}"
        numbers = f"{seen['seeds']:>14}{seen['kept']:>9}{len(seen['failures']):>10}"
        print(f"{name:16}{seen['inputs']:>9}{share:>8}{numbers}{seen['slowest']:>8.2f} s{seen['grown']:>6.0f} MB", flush=True)
    for place, text in failures.items():
        print(f"\n{place}\n{text}")
    print(f"inputs are kept in {room}")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
