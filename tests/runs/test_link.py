"""Scores as text: there and back, and every way to damage them."""

from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import registry
from engine.core.params import BadValue
from engine.core.score import Change, Score
from engine.runs.link import LONGEST_LINK, MAX_BYTES, MAX_STEPS, VERSION, from_file, from_link, to_file, to_link

SLUG = next(iter(registry.topics()))
LIVE = next(
    name for name, c in registry.find(SLUG).params.controls().items() if c.kind == "hot" and isinstance(c.default, float)
)
COLD = next(name for name, c in registry.find(SLUG).params.controls().items() if c.kind == "cold")


def score(**more: object) -> Score:
    return Score.model_validate({"topic": SLUG, "seed": 2, "steps": 100, **more})


def wrapped(text: str) -> str:
    return VERSION + base64.urlsafe_b64encode(zlib.compress(text.encode())).decode().rstrip("=")


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 100), unique=True, max_size=20))
def test_there_and_back(seed, steps):
    default = registry.find(SLUG).params().values()[LIVE]
    whole = score(seed=seed, changes=[Change(step=s, values={LIVE: default}) for s in sorted(steps)])
    assert from_link(to_link(whole)) == whole == from_file(to_file(whole).encode())


def test_a_usual_lesson_fits_into_a_link():
    default = registry.find(SLUG).params().values()[LIVE]
    changes = [Change(step=7 * n, values={LIVE: default}) for n in range(15)]
    assert len(to_link(score(changes=changes))) <= LONGEST_LINK


@pytest.mark.parametrize(
    "bad",
    [
        {"topic": "nowhere"},
        {"steps": MAX_STEPS + 1},
        {"params": {"nothing": 1}},
        {"changes": [{"step": 5, "values": {LIVE: "wild"}}]},
        {"changes": [{"step": 5, "values": {COLD: "x"}}]},
        {"changes": [{"step": 5, "values": {}}, {"step": 5, "values": {}}]},
        {"changes": [{"step": 101, "values": {}}]},
    ],
    ids=str,
)
def test_an_impossible_score_is_refused(bad):
    with pytest.raises(BadValue):
        from_file(to_file(score(**bad)).encode())


@given(st.text(max_size=200))
def test_text_is_a_score_or_is_refused(text):
    for attempt in (text, VERSION + text, wrapped(text)):
        with pytest.raises(BadValue):
            from_link(attempt)


@given(st.binary(max_size=300))
def test_bytes_are_refused(data):
    with pytest.raises(BadValue):
        from_file(data)


def test_a_bomb_is_not_inflated():
    bomb = VERSION + base64.urlsafe_b64encode(zlib.compress(b" " * (MAX_BYTES * 50))).decode()
    with pytest.raises(BadValue, match="MB"):
        from_link(bomb)
    with pytest.raises(BadValue, match="MB"):
        from_file(b" " * (MAX_BYTES + 1))


def test_a_cut_link_is_refused():
    link = to_link(score())
    for end in range(len(link)):
        with pytest.raises(BadValue):
            from_link(link[:end])
