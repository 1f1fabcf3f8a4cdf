"""Every reader of outside bytes, as one call each: what it may raise is caught, everything else comes out.

A reader's own promises (what it returns is complete, finite, bounded, and reads back to the same) are asserted here, too.
Used by `python -m tests.bench.fuzz` (guided by coverage) and by tests/core/test_fuzz.py (Hypothesis).
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import random
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlencode

import numpy as np
from PIL import Image

from engine.core import cli, formula, link, runfiles, takehome, uploads, wire
from engine.core.cli_sweep import over
from engine.core.frame import Frame
from engine.core.history import History
from engine.core.params import BadValue, Params, as_text
from engine.core.session import Change, Score, Session, check_seed
from engine.core.sweep import MOST, Plan
from engine.core.topic import Topic

FILES = ("run.json", "scalars.csv", "last.safetensors", "data.safetensors")  # of a run's folder, those that are read
FEW = 3  # steps of a run that a command line starts
LONGEST = 1024  # bytes of one input
SHORT = 1000  # characters of a formula
WRITTEN = frozenset({"page", "record", "sweep"})  # commands that write beside their folder, or start processes


@dataclass(frozen=True)
class Target:
    """One reader: `read` lets out only what the reader may not raise."""

    name: str
    read: Callable[[bytes], bool]  # whether it took the input
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...] = ()  # what its language is made of
    json: bool = False  # its seeds are JSON texts
    longest: int = LONGEST

    def __post_init__(self) -> None:
        assert max(map(len, self.seeds)) <= self.longest, f"a valid input of {self.name} would be cut"


def good_params(params: Params) -> None:
    """Every value is possible, and reads back from its text to the same."""
    kind = type(params)
    assert kind.build(params.values()) == params
    assert kind.build(params.to_text()) == params


def told(problem: BadValue) -> bool:
    """False; the message fits on a page and can be sent."""
    assert len(str(problem)) < 10_000
    json.dumps(str(problem), ensure_ascii=False).encode()
    assert problem.template.format(**problem.fields)
    return False


def refused(problem: uploads.UploadError) -> bool:
    """False; the sentence can be translated."""
    assert problem.template.format(**problem.fields) == str(problem)
    return False


# ---- the readers


def address(topic: Topic) -> Target:
    """What stands behind the question mark."""
    kind = topic.params
    first = kind().values()
    pairs = {name: as_text(value) for name, value in first.items()}
    seeds = [urlencode({**pairs, "seed": "3"}), *(f"{name}={text}" for name, text in pairs.items())]

    def read(data: bytes) -> bool:
        query = dict(parse_qsl(data.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape"))
        params, problems = kind.forgiving({name: text for name, text in query.items() if name != "seed"})
        good_params(params)
        for problem in problems:
            told(problem)
        with contextlib.suppress(BadValue):
            assert 0 <= check_seed(query.get("seed", "0")) < 2**32
        return not problems

    words = [*first, "=", "&", ",", "true", "nan", "inf", "1e309", "-1", "%00", "%ff", "%ED%A0%80", "twin.", "9" * 400]
    return Target("address", read, encoded(seeds), encoded(words), longest=512)


def some_score(topic: Topic) -> Score:
    """A score with a change of every hot parameter."""
    hot = {name: control.default for name, control in topic.params.controls().items() if control.hot}
    changes = (Change(step=3, values=hot), Change(step=7, values=dict(list(hot.items())[:1])))
    return Score(topic=topic.slug, params=topic.params().values(), seed=5, changes=changes, steps=9)


def score_file(topic: Topic) -> Target:
    def read(data: bytes) -> bool:
        try:
            score = link.from_file(data)
        except BadValue as problem:
            return told(problem)
        good_params(score.settings())
        assert link.from_file(link.to_file(score).encode()) == score
        return True

    full = link.to_file(some_score(topic))
    seeds = [full, link.to_file(Score(topic=topic.slug)), full.replace("}]", ',"x":[[[1]]]}]')]
    return Target("score file", read, encoded(seeds), encoded([*topic.params.controls(), *JSON_WORDS]), json=True)


def score_link(topic: Topic) -> Target:
    def read(data: bytes) -> bool:
        try:
            score = link.from_link(data.decode("utf-8", "surrogateescape"))
        except BadValue as problem:
            return told(problem)
        assert link.from_link(link.to_link(score)) == score
        return True

    bomb = link.VERSION + base64.urlsafe_b64encode(zlib.compress(b" " * (4 << 20), 9)).decode()
    seeds = [link.to_link(some_score(topic)), link.to_link(Score(topic=topic.slug)), bomb]
    return Target("score link", read, encoded(seeds), encoded(["1", "=", "-", "_", "eJw", "é"]), longest=2 * len(bomb))


def wire_form(topic: Topic) -> Target:
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.zeros(0, np.uint8), "c": np.array(True)}

    def read(data: bytes) -> bool:
        try:
            header, found = wire.unpack(data)
        except ValueError:
            return False
        assert isinstance(header, dict)
        assert sum(array.nbytes for array in found.values()) <= len(data) * max(1, len(found))
        return True

    words = [*JSON_WORDS, '"arrays"', '"shape"', '"offset"', '"dtype"', "float64", "object", "int64"]
    return Target("wire form", read, (wire.pack({"type": "x"}, arrays), wire.pack({}, {})), encoded(words))


def frame(topic: Topic) -> Target:
    def read(data: bytes) -> bool:
        try:
            one = Frame.from_bytes(data)
        except ValueError:
            return False
        assert isinstance(one.step, int) and all(isinstance(value, float) for value in one.scalars.values())
        return True

    settings = {name: list(v) if isinstance(v, tuple) else v for name, v in topic.params().values().items()}
    one = Frame(4, {"loss": 0.5, "nothing": float("nan")}, {"x": np.eye(2, dtype=np.float32)}, settings, "part", 0.25)
    words = [*JSON_WORDS, '"step"', '"scalars"', '"settings"', '"seconds"', "1e999", '"nan"']
    return Target("frame", read, (one.to_bytes(),), encoded(words))


def upload(name: str, ending: str, kind: str, seeds: list[bytes], words: list[str], repair: Any = bytes) -> Target:
    def read(data: bytes) -> bool:
        try:
            arrays = uploads.read_upload(f"own.{ending}", repair(data), (kind,))
        except uploads.UploadError as problem:
            return refused(problem)
        if kind == "text":
            assert arrays["codes"].dtype == np.int32 and len(arrays["codes"]) <= uploads.MAX_CHARACTERS
        else:
            x = arrays["x"]
            assert x.dtype == np.float32 and np.isfinite(x).all() and len(x) >= 2
            assert x.shape[0] <= uploads.MAX_ROWS and x.shape[1] <= uploads.MAX_COLUMNS
        return True

    return Target(name, read, tuple(seeds), encoded(words), longest=max(LONGEST, 2 * max(map(len, seeds))))


def points(topic: Topic) -> Target:
    def read(data: bytes) -> bool:
        try:
            raw = json.loads(data)
            x = uploads.read_points("The drawing", raw)["x"]
        except (ValueError, RecursionError):  # no JSON; UploadError is a ValueError, too
            return False
        assert x.shape[1] == 2 and np.abs(x).max() <= 1
        return True

    ring = [[round(float(np.cos(t)), 3), round(float(np.sin(t)), 3)] for t in range(14)]
    return Target("drawn points", read, encoded([json.dumps(ring)]), encoded(JSON_WORDS), json=True)


def typed_formula(topic: Topic) -> Target:
    def read(data: bytes) -> bool:
        text = data.decode("utf-8", "replace")
        try:
            x = formula.formula_data(text, formula.formula_random(1))["x"]
        except uploads.UploadError as problem:
            return refused(problem)
        assert x.dtype == np.float32 and np.isfinite(x).all() and len(x) <= formula.MAX_SAMPLES
        if len(text) <= SHORT:  # a longer one may be too long with its seed
            whole = formula.self_contained(text, 1)
            assert np.array_equal(formula.formula_data(whole, formula.formula_random(2))["x"], x)
        return True

    seeds = [
        "x = cos(t) + 0.05*e; y = sin(2*t)",
        "n = 60; t = -1..1; seed = 4\nr = where(t > 0, 1 + t**2, -t); x = r*cos(9*t); y = max(u, v) + e; z = i % 3",
        "x=mod(i,7)/n; y=-sqrt(abs(tan(pi*t)))",
    ]
    words = [
        "n = ",
        "t = 0..1",
        "..",
        "**",
        "(",
        ")",
        ";",
        "\n",
        "1e9",
        "==",
        "!=",
        "≤",
        "−",
        "lambda",
        "__",
        "if",
        "[",
        "{",
        ":=",
    ]
    return Target("formula", read, encoded(seeds), encoded([*formula.FUNCTIONS, *formula.NAMES, *words]))


def sweep_values(topic: Topic) -> Target:
    def read(data: bytes) -> bool:
        text = data.decode("utf-8", "surrogateescape")
        try:
            plan = Plan.checked(Score(topic=topic.slug, params=topic.params().values(), steps=9), *over(topic, text))
        except BadValue as problem:
            return told(problem)
        assert 2 <= len(set(plan.values)) == len(plan.values) <= MOST
        return True

    controls = topic.params.controls()
    seeds = [f"{name}={c.low}..{c.high}:5" for name, c in controls.items() if c.low is not None]
    seeds += [f"{name}={','.join(c.options)}" for name, c in controls.items() if c.options] + ["seed=1,2,3"]
    words = [*controls, "=", "..", ":", ",", "nan", "inf", "1e400", "-0", "9" * 30]
    return Target("sweep's values", read, encoded(seeds), encoded(words))


def run_folder(topic: Topic, room: Path) -> Target:
    """Byte 0 chooses the file that the rest replaces."""
    folder = room / "run"
    content = write_run(topic, folder)

    def read(data: bytes) -> bool:
        name = FILES[data[0] % len(FILES)] if data else FILES[0]
        (folder / name).write_bytes(data[1:])
        try:
            saved = runfiles.read(folder)
        except runfiles.RunFileError as error:
            return one_line(str(error), folder)
        else:
            good_params(saved.score.settings())
            assert saved.rows[-1][0] == saved.score.steps
            return True
        finally:
            if name in content:
                (folder / name).write_bytes(content[name])
            else:
                (folder / name).unlink()

    seeds = tuple(bytes([FILES.index(name)]) + data for name, data in content.items())
    words = encoded([*JSON_WORDS, "step,", "\r\n", "nan", '"F32"', '"data_offsets"', '"shape"', '"__metadata__"'])
    return Target("run folder", read, seeds, words, longest=4096)


def one_line(sentence: str, folder: Path) -> bool:
    """False; a sentence that names the folder."""
    assert str(folder) in sentence and "\n" not in sentence.strip()
    return False


def write_run(topic: Topic, folder: Path) -> dict[str, bytes]:
    """A short run's files; those that are read, by name."""
    session, history = Session(topic, topic.params(), 5, "cpu"), History()
    history.add(session.look())
    for _ in range(FEW):
        history.add(session.advance(steps=1))
    runfiles.check_writable(folder)
    runfiles.write(folder, session, history, [], None)
    return {name: (folder / name).read_bytes() for name in FILES if (folder / name).exists()}


def command_line(topic: Topic, room: Path) -> Target:
    """Arguments, one a line. Runs are kept to a few steps, and files to the room."""
    write_run(topic, room / "one")
    (room / "own.csv").write_text("a,b\n1,2\n3,5\n4,4\n")

    def read(data: bytes) -> bool:
        lines = data.decode("utf-8", "surrogateescape").replace("\0", "").replace("/", "").replace("..", "").split("\n")
        if any(line in WRITTEN for line in lines):
            return False
        if any(line in ("run", "export") for line in lines):
            lines += ["--steps", str(FEW)]
        status, said = called(lines, room)
        assert status in (0, 1, 2), status
        if status:
            assert said.strip() and "Traceback" not in said, said
        if status == 2:
            assert said.startswith("error: ") and len(said.strip().splitlines()) == 1, said
        return status == 0

    control = next(name for name, c in topic.params.controls().items() if c.type == "number" and c.hot)
    value = as_text(topic.params().values()[control])
    seeds = [
        f"run\n{topic.slug}\n--set\n{control}={value}\n--at\n2:{control}={value}\n--seed\n3",
        f"run\n{topic.slug}\n--data\nown.csv\n--seconds\n1",
        "replay\none\n--check",
        "list\n--json",
        f"export\n{topic.slug}\n--seed\n4\n--set\n{control}={value}",
    ]
    words = [
        topic.slug,
        control,
        "--out\nmade",
        "--device\ncpu",
        "--help",
        "--at\n",
        "--set\n",
        "--seed\n",
        "--",
        "=",
        ":",
        "-1",
    ]
    return Target("command line", read, encoded(seeds), encoded([*words, "nan", "9" * 40, "é", "[bold]"]), longest=600)


def called(arguments: list[str], room: Path) -> tuple[Any, str]:
    """`python -m engine` with these arguments in a folder: the exit status and what stands on standard error."""
    out, err = io.StringIO(), io.StringIO()
    before = Path.cwd()
    os.chdir(room)
    try:
        whole = patch.object(sys, "argv", ["python -m engine", *arguments])
        with whole, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            cli.main()
    except SystemExit as ended:
        return ended.code, err.getvalue()
    finally:
        os.chdir(before)
    raise AssertionError("main() came back")


# ---- valid inputs

LOADED = takehome  # before the first input: what is said while it is instrumented is not the command's
JSON_WORDS = ("null", "true", "[]", "{}", "NaN", "Infinity", "1e999", "-1", "9" * 25, '"\\ud800"', '"', ",", ":", "[[[[", "{}")


def encoded(texts: Any) -> tuple[bytes, ...]:
    return tuple(text.encode("utf-8", "surrogateescape") for text in texts)


def picture(form: str, size: tuple[int, int] = (40, 48)) -> bytes:
    pixels = np.random.default_rng(3).integers(0, 256, (size[1], size[0]), np.uint8)
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, form)
    return sink.getvalue()


def resealed(data: bytes) -> bytes:
    """A PNG whose checksums are right again, so that what stands in its chunks is read."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return data
    parts, at = [data[:8]], 8
    while at + 8 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        body = data[at + 4 : at + 8 + size]
        parts += [data[at : at + 4], body, struct.pack(">I", zlib.crc32(body))]
        at += 12 + size
    return b"".join(parts)


def upload_targets() -> Iterator[Target]:
    sink = io.BytesIO()
    np.save(sink, np.arange(12, dtype=np.float32).reshape(4, 3))
    npy = [sink.getvalue()]
    small = picture("PNG", (5, 4))
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a.png", small)
        archive.writestr("b.jpg", picture("JPEG", (6, 6)))
    yield upload(
        "CSV", "csv", "table", [b"a,b\n1,2\n3,5\n", b'"1";2\n', "\ufeff1e3, -2\n0x1,1_0\n".encode()], ["nan", '"', "1e308"]
    )
    yield upload("NPY", "npy", "table", npy, ["'descr'", "<f8", "|O", "'shape'", "(2,", "999999999", "True", "\x93NUMPY\x02"])
    yield upload("ZIP", "zip", "images", [sink.getvalue()], ["PK\x01\x02", "PK\x05\x06", "PK\x03\x04", ".png"])
    yield upload("PNG", "png", "images", [picture("PNG")], ["IDAT", "IHDR", "tRNS", "PLTE", "iCCP", "zTXt", "acTL"], resealed)
    yield upload("JPEG", "jpg", "images", [picture("JPEG")], ["\xff\xd8", "\xff\xc0", "\xff\xda", "Exif"])
    yield upload("text", "txt", "text", ["Zwölf 汉字\r\n".encode(), b"abc"], ["\0", "\ufeff", "\U0010ffff"])


def targets(topic: Topic, room: Path) -> list[Target]:
    """All of them but the websocket's (tests/bench/fuzz_messages.py); `topic` is a small one, `room` a folder to write in."""
    simple = (address, score_file, score_link, wire_form, frame, points, typed_formula, sweep_values)
    found = [make(topic) for make in simple]
    return [*found, *upload_targets(), run_folder(topic, room), command_line(topic, room)]


# ---- damage


def alter(data: bytes, edits: list[tuple[str, int, int, bytes]]) -> bytes:
    """A valid input with some edits: (what, where, how much, which bytes); places wrap around."""
    for what, where, much, piece in edits:
        at = where % (len(data) + 1)
        much = much % 64
        match what:
            case "put":
                data = data[:at] + piece + data[at:]
            case "over":
                data = data[:at] + piece + data[at + len(piece) :]
            case "cut":
                data = data[:at] + data[at + much :]
            case "twice":
                data = data[: at + much] + data[at : at + much] * (1 + much % 7) + data[at + much :]
            case "flip":
                data = data[:at] + bytes([data[at] ^ (1 << much % 8)]) + data[at + 1 :] if at < len(data) else data
            case "end":
                data = data[:at]
    return data


EDITS = ("put", "over", "cut", "twice", "flip", "end")


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to every value of a JSON document."""
    yield path
    for key, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(child, (*path, key))


def replaced(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with another value in one place."""
    if not path:
        return value
    key, *rest = path
    items = dict(node) if isinstance(node, dict) else list(node)
    items[key] = replaced(node[key], tuple(rest), value)
    return items


def random_edits(target: Target, source: random.Random) -> list[tuple[str, int, int, bytes]]:
    """Edits for a mutator that has no Hypothesis."""
    pieces = [*target.words, source.randbytes(1), source.randbytes(4), b"\xff\xff\xff\xff", b""]
    return [
        (source.choice(EDITS), source.randrange(1 << 16), source.randrange(1 << 16), source.choice(pieces))
        for _ in range(source.randint(1, 4))
    ]
