"""The readers of files: own data of every kind, a run's folder, and the command line that names them; see fuzz_targets.py."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from PIL import Image

from engine.cli import commands as cli
from engine.core.params import as_text
from engine.core.session import Session
from engine.core.topic import Topic
from engine.data import uploads
from engine.data.errors import UploadError
from engine.data.table import MAX_COLUMNS, MAX_ROWS
from engine.data.text import MAX_CHARACTERS
from engine.export import archive
from engine.runs import files as runfiles
from engine.runs.history import History
from tests.bench.fuzz_kit import FEW, JSON_WORDS, LONGEST, Target, encoded, good_params, refused

FILES = ("run.json", "scalars.csv", "last.safetensors", "data.safetensors")  # of a run's folder, those that are read
WRITTEN = frozenset({"page", "record", "sweep"})  # commands that write beside their folder, or start processes
LOADED = archive  # before the first input: what is said while it is instrumented is not the command's


# ---- own data

CSV_SEEDS = [
    b"a,b\n1,2\n3,5\n",
    b'"1";2\n',
    "\ufeff1e3, -2\n0x1,1_0\n".encode(),
    "wert;zahl\r\n0,50;−1,25\r\n1.234,5;2,75\r\n".encode(),
    "a\tb\r\n1\t2\r\n3\t5\r\n".encode("utf-16"),
    b"sep=;\r\na;b\r\n1.5;2\r\n3;5\r\n",
    b"# by me\n# x y\n1 2\n3 5\n",
    b",0,1\n0,1.5,2.5\n1,3.5,4.5\n",
    b"id,sepal,species,\n1,2.5,setosa,\n2,3.5,virginica,\n3,3.6,setosa,\n",
    "größe,b\n1,2\n3,5\n".encode("cp1252"),
    "# für mich\r\nsorte,b\r\nkühn,2\r\nzart,–5\r\n".encode("cp1252"),
    b"1,5\n2,5\n",
    b'"1",5\n2, 5\n',
    b"label,pixel0\n0,12\n1,255\n",
    b'a,b\n"1,234,567","2,345"\n"3,456","4,567.5"\n',
    "a,b\n١,٢\ntrue,10%\n".encode(),
    b'"height\n(cm)",weight\r1.0,2.0\r3.0,4.0\r',
]
CSV_WORDS = [
    "nan",
    '"',
    "1e308",
    ",",
    ";",
    "\t",
    "|",
    "#",
    "sep=",
    "\r\n",
    "0,5",
    "1.234,5",
    "N/A",
    "%",
    "$",
    "true",
    "id",
    "class",
    "_",
    "−",
]


def upload(name: str, ending: str, kind: str, seeds: list[bytes], words: list[str], repair: Any = bytes) -> Target:
    def read(data: bytes) -> bool:
        try:
            arrays = uploads.read_upload(f"own.{ending}", repair(data), (kind,))
        except UploadError as problem:
            return refused(problem)
        if kind == "text":
            assert arrays["codes"].dtype == np.int32 and len(arrays["codes"]) <= MAX_CHARACTERS
        else:
            x = arrays["x"]
            assert x.dtype in (np.float32, np.float64) and np.isfinite(x).all() and len(x) >= 2
            assert x.shape[0] <= MAX_ROWS and x.shape[1] <= MAX_COLUMNS
        return True

    return Target(name, read, tuple(seeds), encoded(words), longest=max(LONGEST, 2 * max(map(len, seeds))))


def picture(form: str, size: tuple[int, int] = (40, 48)) -> bytes:
    pixels = np.random.default_rng(3).integers(0, 256, (size[1], size[0]), np.uint8)
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, form)
    return sink.getvalue()


def deep_png(kind: int, size: tuple[int, int] = (36, 30)) -> bytes:
    """A PNG of 16 bits a value and of that colour type, in one clear colour where it has no other transparency."""
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[kind]
    head = struct.pack(">IIBBBBB", *size, 16, kind, 0, 0, 0)
    row = np.arange(size[0] * channels, dtype=">u2") * 257
    body = zlib.compress(b"".join(b"\0" + (row + line).tobytes() for line in range(size[1])))
    clear = [(b"tRNS", b"\1\2" * channels)] if kind in (0, 2) else []
    parts = [(b"IHDR", head), *clear, (b"IDAT", body), (b"IEND", b"")]
    sealed = [struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(sealed)


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
    deep = [deep_png(kind) for kind in (0, 2, 4, 6)]
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a.png", small)
        archive.writestr("b.jpg", picture("JPEG", (6, 6)))
    yield upload("CSV", "csv", "table", CSV_SEEDS, CSV_WORDS)
    yield upload("NPY", "npy", "table", npy, ["'descr'", "<f8", "|O", "'shape'", "(2,", "999999999", "True", "\x93NUMPY\x02"])
    yield upload("ZIP", "zip", "images", [sink.getvalue()], ["PK\x01\x02", "PK\x05\x06", "PK\x03\x04", ".png"])
    yield upload(
        "PNG", "png", "images", [picture("PNG"), *deep], ["IDAT", "IHDR", "tRNS", "PLTE", "iCCP", "zTXt", "acTL"], resealed
    )
    yield upload("JPEG", "jpg", "images", [picture("JPEG")], ["\xff\xd8", "\xff\xc0", "\xff\xda", "Exif"])
    yield upload(
        "text",
        "txt",
        "text",
        ["Zwölf 汉字\r\n".encode(), b"abc", "Zwölf".encode("utf-16"), "a\rb".encode("utf-32")],
        ["\0", "\ufeff", "\U0010ffff"],
    )


# ---- a run's folder, and the command line


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
