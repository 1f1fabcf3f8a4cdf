"""Formulas: what they compute, and that nothing but formulas is computed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.formula import ALLOWED, MAX_CHARACTERS, MOST, NAMES, ONE, TWO, FormulaError, data, parse


def table(text: str, count: int = 50, low: float = 0.0, high: float = 6.28, seed: int = 0) -> np.ndarray:
    return data(text, count, low, high, np.random.default_rng(seed))["x"]


def test_a_circle():
    x = table("x = cos(t); y = sin(t)")
    t = np.linspace(0.0, 6.28, 50)
    assert x.dtype == np.float32 and x.shape == (50, 2)
    assert np.allclose(x, np.stack([np.cos(t), np.sin(t)], 1), atol=1e-6)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x = 2 + 3*4", 14),
        ("x = (2 + 3)*4", 20),
        ("x = -2**2", -4),
        ("x = 2^3", 8),
        ("x = 7 % 4", 3),
        ("x = mod(-1, 3)", 2),
        ("x = max(1, min(5, 3))", 3),
        ("x = where(2 > 1, 10, 20)", 10),
        ("x = sign(-3) + floor(2.7) + abs(-1)", 2),
        ("x = n", 50),
        ("x = sqrt(16) + exp(0) + log(1)", 5),
    ],
)
def test_arithmetic_is_as_written(text, value):
    assert np.allclose(table(text), value)


def test_later_columns_may_use_earlier_ones():
    x = table("a = t\nb = a*a + i")
    t = np.linspace(0, 6.28, 50)
    assert np.allclose(x[:, 1], t * t + np.arange(50), rtol=1e-5)


def test_draws_come_from_the_generator_and_are_new_at_every_mention():
    one, two, three = table("x = u; y = u; z = e"), table("x = u; y = u; z = e"), table("x = u; y = u; z = e", seed=1)
    assert np.array_equal(one, two) and not np.array_equal(one, three)
    assert not np.array_equal(one[:, 0], one[:, 1]) and ((one[:, :2] >= 0) & (one[:, :2] < 1)).all()
    assert abs(table("x = e", count=20_000).mean()) < 0.05 and abs(table("x = e", count=20_000).std() - 1) < 0.05


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no formula"),
        ("cos(t)", "name = expression"),
        ("x = ", "no formula, near"),
        ("x = cos(t", "near"),
        ("x = coz(t)", "nearest is “cos”"),
        ("x = q", "nearest"),
        ("x = t.real", "cannot stand"),
        ("x = t[0]", "cannot stand"),
        ("x = 'a'", "cannot stand"),
        ("x = True", "cannot stand"),
        ("x = 1j", "cannot stand"),
        ("x = lambda: 1", "cannot stand"),
        ("x = (1, 2)", "cannot stand"),
        ("x = [t for t in t]", "cannot stand"),
        ("x = t and t", "cannot stand"),
        ("x = 1 < t < 2", "cannot stand"),
        ("x = t // 2", "cannot stand"),
        ("x = __import__('os')", "There is no"),
        ("x = (lambda: 1)()", "cannot stand"),
        ("x = sin(t, t)", "takes 1"),
        ("x = where(t, 1)", "takes 3"),
        ("x = sin(x=1)", "cannot stand"),
        ("t = 1", "already means"),
        ("sin = 1", "already means"),
        ("x = 1; x = 2", "twice"),
        ("x = y = 1", "name = expression"),
        ("import os", "name = expression"),
        ("x = 1e9", "too large"),
        ("x = " + "9" * 400, "too large"),
        ("x = log(t)", "x is -inf at t = 0"),
        ("x = sqrt(-1)", "x is nan"),
        ("x = exp(t)**64**64", "is inf"),
        ("x = " + "(" * 60 + "t" + ")" * 60 + "+1" * 300, "too long"),
        ("x = " + "-" * 90 + "t", "too long"),
        ("x = t" + " " * MAX_CHARACTERS, "characters"),
        ("; ".join(f"c{n} = t" for n in range(65)), "too many"),
        ("x = t\0", "no formula"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_everything_else_is_refused_with_a_reason(text, says):
    with pytest.raises(FormulaError) as refused:
        table(text)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(1, 0, 1), (MOST + 1, 0, 1), (20, 1, 1), (20, 2, 1), (20, 0, float("inf")), (20, float("nan"), 1)],
)
def test_impossible_points_are_refused(count, low, high):
    with pytest.raises(FormulaError):
        data("x = t", count, low, high, np.random.default_rng(0))


def test_what_is_allowed_is_told():
    assert all(name in ALLOWED for name in (*NAMES, *ONE, *TWO, "where"))


PIECES = st.sampled_from(
    [
        *NAMES,
        *ONE,
        *TWO,
        "where",
        "x",
        "=",
        ";",
        "\n",
        "(",
        ")",
        ",",
        "+",
        "-",
        "*",
        "/",
        "**",
        "%",
        "<",
        ">",
        "1",
        "2.5",
        "1e5",
        ".",
        "[",
        "]",
        "'",
        "lambda",
        ":",
        "__class__",
        " ",
    ]
)


@given(
    st.one_of(
        st.text(max_size=80),
        st.lists(PIECES, max_size=40).map("".join),
        st.lists(PIECES, max_size=30).map(lambda p: "x = " + " ".join(p)),
    )
)
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_text_is_a_table_or_is_refused(text):
    try:
        x = table(text, count=20)
    except FormulaError:
        return
    assert x.shape[0] == 20 and x.shape[1] == len(parse(text)) and np.isfinite(x).all()
