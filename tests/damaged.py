"""Inputs for the readers of tests/bench/fuzz_targets.py, as Hypothesis draws them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bench import fuzz_kit as fuzz

EXAMPLES = 2000
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from([10**400, -1, 2**63, 1e308, "\ud800", "{name}", "__class__", float("nan"), float("inf")]),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(st.text(max_size=4), SCALARS, max_size=3))


def inputs(target: fuzz.Target) -> st.SearchStrategy[bytes]:
    """Valid inputs with a few edits; for JSON also with another value somewhere; and noise."""
    place = st.integers(0, 2**16)
    piece = st.one_of(st.sampled_from([*target.words, b"\xff" * 4]), st.binary(max_size=6))
    edits = st.lists(st.tuples(st.sampled_from(fuzz.EDITS), place, place, piece), max_size=4)
    strange = st.builds(fuzz.alter, st.sampled_from(target.seeds), edits)
    if not target.json:
        return st.one_of(strange, strange, strange, st.binary(max_size=200))

    def other(text: bytes, where: int, value: Any) -> bytes:
        document = json.loads(text)
        paths = list(fuzz.places(document))
        return json.dumps(fuzz.replaced(document, paths[where % len(paths)], value)).encode("utf-8", "surrogateescape")

    valid = [seed for seed in target.seeds if _is_json(seed)]
    return st.one_of(strange, st.builds(other, st.sampled_from(valid), place, VALUES), st.binary(max_size=100))


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def hammer(target: fuzz.Target, examples: int = EXAMPLES) -> None:
    """The reader on so many damaged inputs; what it must not raise comes out."""

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(inputs(target))
    def read(data: bytes) -> None:
        target.read(data[: target.longest])

    read()
