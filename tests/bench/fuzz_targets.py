"""Every reader of outside bytes, as one call each: what it may raise is caught, everything else comes out.

A reader's own promises (what it returns is complete, finite, bounded, and reads back to the same) are asserted here, too.
Used by `python -m tests.bench.fuzz` (guided by coverage) and by tests/core/test_fuzz.py (Hypothesis). Here are those of texts
and messages; fuzz_files.py has those of files, fuzz_messages.py those of a page's websockets.
"""

from __future__ import annotations

import base64
import contextlib
import json
import zlib
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import numpy as np

from engine.cli.sweep import over
from engine.core import wire
from engine.core.frame import Frame
from engine.core.params import BadValue, as_text
from engine.core.score import Change, Score, check_seed
from engine.core.topic import Topic
from engine.data import formula, uploads
from engine.data.errors import UploadError
from engine.runs import link
from engine.sweeps.sweep import MOST, Plan
from tests.bench.fuzz_files import command_line, run_folder, upload_targets
from tests.bench.fuzz_kit import JSON_WORDS, Target, encoded, good_params, refused, told

SHORT = 1000  # characters of a formula


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
        except UploadError as problem:
            return refused(problem)
        assert x.dtype == np.float64 and np.isfinite(x).all() and len(x) <= formula.MAX_SAMPLES
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


def targets(topic: Topic, room: Path) -> list[Target]:
    """All of them but the websocket's (tests/bench/fuzz_messages.py); `topic` is a small one, `room` a folder to write in."""
    simple = (address, score_file, score_link, wire_form, frame, points, typed_formula, sweep_values)
    found = [make(topic) for make in simple]
    return [*found, *upload_targets(), run_folder(topic, room), command_line(topic, room)]
