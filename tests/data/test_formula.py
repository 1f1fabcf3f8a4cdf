"""Formulas: what they compute, that every refusal says what and where, and that nothing but formulas is ever computed."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.data.errors import UploadError
from engine.data.formula import (
    FUNCTIONS,
    MAX_PARTS,
    MAX_SAMPLES,
    NAMES,
    SAMPLES,
    SETTINGS,
    FormulaError,
    formula_data,
    formula_random,
    self_contained,
)
from engine.data.formula.text import EXAMPLE, MAX_DEPTH, MAX_LENGTH, MAX_LINES, lines, parse


def table(text: str, seed: int = 0) -> np.ndarray:
    return formula_data(text, formula_random(seed))["x"]


def column(formula: str, samples: int = 50) -> np.ndarray:
    """The values of one formula beside a column that varies (a table of equal samples is refused)."""
    return table(f"n = {samples}; x = {formula}; y = i")[:, 0]


# ---- what is computed


def test_a_circle():
    x = table("x = cos(t); y = sin(t)")
    t = np.linspace(0.0, 2 * np.pi, SAMPLES)
    assert x.dtype == np.float64 and x.shape == (SAMPLES, 2)
    assert np.allclose(x, np.stack([np.cos(t), np.sin(t)], 1), atol=1e-6)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("2 + 3*4", 14),
        ("(2 + 3)*4", 20),
        ("-2**2", -4),
        ("2^3", 8),
        ("2*3^2 + 1", 19),
        ("2^3^2", 512),
        ("+7 % 4", 3),
        ("mod(-1, 3)", 2),
        ("1/4 - .25 + 1.", 1),
        ("1e2 + 1.5E-1", 100.15),
        ("max(1, min(5, 3))", 3),
        ("where(2 > 1, 10, 20) + where(2 < 1, 1, 2)", 12),
        ("(1 < 2 <= 2) + (1 < 2 < 2) + (3 == 3) + (3 != 3) + (2 >= 3)", 2),
        ("sign(-3) + floor(2.7) + abs(-1)", 2),
        ("n", 50),
        ("sqrt(16) + exp(0) + log(1) + tanh(0) + tan(0)", 5),
        ("cos(pi)", -1),
        ("０．５×（４－２）÷２", 0.5),
    ],
)
def test_arithmetic_is_as_written(formula, value):
    assert np.allclose(column(formula), value)


def test_settings_choose_the_samples_and_the_range_and_may_stand_anywhere():
    x = table("x = t; z2 = i\nn = 2*2+1; t = -1 .. 2*pi")
    assert np.allclose(x, np.stack([np.linspace(-1, 2 * np.pi, 5), np.arange(5)], 1))


def test_names_beside_x_y_z_are_helpers():
    x = table("r = 1 + 0.5*cos(3*t)\r\nx = r*cos(t); y1 = r*sin(t); ;\n\nhalf = x/2; z = half")
    t = np.linspace(0, 2 * np.pi, SAMPLES)
    r = 1 + 0.5 * np.cos(3 * t)
    assert np.allclose(x, np.stack([r * np.cos(t), r * np.sin(t), r * np.cos(t) / 2], 1), atol=1e-6)


def test_u_and_v_are_drawn_once_and_e_wherever_it_is_written():
    x = table("n = 20000; x = u; y = u; z = v; x2 = e; y2 = e").astype(float)
    assert np.array_equal(x[:, 0], x[:, 1]) and x[:, :3].min() >= 0 and x[:, :3].max() < 1
    both = np.corrcoef(x[:, [0, 2, 3, 4]].T) - np.eye(4)
    assert np.abs(both).max() < 0.05  # u, v and the two e know nothing of each other
    assert abs(x[:, 3].mean()) < 0.05 and abs(x[:, 3].std() - 1) < 0.05 and abs(x[:, 0].mean() - 0.5) < 0.02


def test_draws_belong_to_the_seed_and_no_name_changes_those_of_another():
    assert np.array_equal(table("x = u + e", 3), table("x = u + e", 3))
    assert not np.array_equal(table("x = u + e", 3), table("x = u + e", 4))
    assert np.array_equal(table("x = u; y = e", 3)[:, 0], table("x = u", 3)[:, 0])
    assert np.array_equal(table("y = v + 0*e; x = u", 3)[:, 1], table("x = u", 3)[:, 0])
    assert np.array_equal(table("x = u; seed = 3", 9), table("x = u", 3))


def test_a_self_contained_text_gives_the_same_data_under_every_seed():
    for text in (EXAMPLE, "x = u;", "x = t", "x = exp(t)\ny = e\n", "x = e; seed = 8"):
        alone = self_contained(text, 5)
        assert np.array_equal(table(alone, 77), table(text, 5)), alone
    assert self_contained("x = exp(t)", 5) == "x = exp(t)" and "seed = 5" in self_contained("x = e", 5)


# ---- what is refused, with a reason


BAD = {
    "empty": ("", "is empty. Write for example x = cos(t)"),
    "blank": (" \n ; \t", "is empty"),
    "too long": ("x = t" + " " * MAX_LENGTH, f"{MAX_LENGTH + 5:,} characters; at most {MAX_LENGTH:,}"),
    "too many lines": (";".join(f"a{n}=t" for n in range(MAX_LINES + 1)), f"{MAX_LINES + 1} lines; at most {MAX_LINES}"),
    "no name": ("cos(t)", "Position 1: “cos(t)” is not of the form name = formula"),
    "a comparison": ("x = t;\n y == t", "Position 9: “y == t” is not of the form"),
    "a call": ("x = t; f(x) = 3", "Position 8: “f(x) = 3” is not of the form"),
    "a statement": ("import os", "Position 1: “import os” is not of the form"),
    "no formula": ("y = t; x = ", "Position 12: after x = a formula is missing"),
    "unclosed": ("y = t; x = cos(t", "Position 15: the formula of x cannot be read"),
    "after a caret": ("x = t^2 t", "between 2 and t a sign is missing"),
    "two equals": ("x = y = 1", "a second = in one formula"),
    "two terms": ("x = t t", "between t and t a sign is missing"),
    "after a power": ("x = t^2^2 + +", "Position 13: the formula of x ends too early"),
    "near a function": ("x = t; y = coz(t)", "Position 12: coz is not known. Did you mean cos? Allowed: sin, cos"),
    "near a name": ("radius = t; x = radios", "Position 17: radios is not known. Did you mean radius? Allowed: t, i"),
    "after a power sign": ("x = t^2 + qqq", "Position 11: qqq is not known. Allowed: t, i, n"),
    "capital": ("x = COS(t)", "Did you mean cos?"),
    "used before": ("x = later; later = t", "Position 5: later is not known"),
    "dunder": ("x = __import__(t)", "Position 5: __import__ is not known"),
    "a function without brackets": ("x = sin", "Position 5: sin is a function; write sin(…)"),
    "a name as function": ("x = t(2)", "Position 6: between t and (…) a sign is missing; write for example t*(…)"),
    "glued": ("x = 3 / 2t", "Position 10: between 2 and t a sign is missing; write for example 2*t"),
    "hexadecimal": ("x = 0x1F", "write for example 0*x1F"),
    "complex": ("x = 1j", "j is not known"),
    "underscored number": ("x = 1_000", "_000 is not known"),
    "too few values": ("x = where(t, 1)", "Position 5: where takes 3 values, not 2"),
    "too many values": ("x = sin(t, t)", "sin takes 1 values, not 2"),
    "starred": ("x = max(*t, t)", "Position 9: “*t” is not possible here"),
    "keyword": ("x = sin(x=1)", "“sin(x=1)” is not possible"),
    "attribute": (
        "x = t.real",
        "Position 5: “t.real” is not possible here; allowed are numbers, t, i, n, u, v, e, pi, the functions",
    ),
    "tuple": ("x = (1, 2)", "“(1, 2)” is not possible"),
    "truth": ("x = True", "“True” is not possible"),
    "and": ("x = t and t", "“t and t” is not possible"),
    "not": ("x = not t", "“not t” is not possible"),
    "membership": ("x = t in t", "“t in t” is not possible"),
    "whole division": ("x = t // 2", "“t // 2” is not possible"),
    "choice": ("x = 1 if t else 2", "“1 if t else 2” is not possible"),
    "text": ("x = 'a'", "Position 5: “'” cannot stand in a formula; allowed are numbers"),
    "index": ("x = t[0]", "Position 6: “[” cannot stand"),
    "lambda": ("x = lambda: t", "Position 11: “:” cannot stand"),
    "comment": ("x = t # one", "“#” cannot stand"),
    "a letter of another script": ("x = ж*t", "Position 5: “ж” cannot stand"),
    "a small n": ("x = tⁿ", "Position 6: “ⁿ” cannot stand"),
    "an unprintable sign": ("x = t\0", "Position 6: “U+0000” cannot stand"),
    "twice": ("x = 1; x = 2", "Position 8: x is already there"),
    "a function's name": ("y = t; sin = 1", "Position 8: sin cannot be given a formula; take another name"),
    "a constant's name": ("pi = 3", "pi cannot be given"),
    "a draw's name": ("u = t", "u cannot be given"),
    "an underscored name": ("_x = t", "_x cannot be given"),
    "only helpers": ("a = t; b = 2*a", "has no column: give x ="),
    "a large number": ("x = t + 1e10", "Position 9: a number may be at most 1e+09"),
    "a number without end": ("x = " + "9" * 1900, "a number may be at most"),
    "an endless float": ("x = 1e999", "a number may be at most"),
    "no number": ("x = log(t)", "x is not a finite number at t = 0 (1 of 500 samples in all)"),
    "no number later": ("n = 11; t = 0..10; x = t; y = sqrt(4.5 - t)", "y is not a finite number at t = 5 (6 of 11"),
    "a tower of powers": ("x = 9**9**9**9", "x is not a finite number at t = 0"),
    "nested brackets": ("x = " + "(" * 60 + "t" + ")" * 60, f"Position 45: the formula of x is nested more than {MAX_DEPTH}"),
    "a chain of signs": ("x = " + "-" * 1900 + "t", f"nested more than {MAX_DEPTH} deep"),
    "a long sum": ("x = " + "+".join(["t"] * 500), f"nested more than {MAX_DEPTH} deep"),
    "too many parts": (";".join(f"x{n} = {'+'.join('t' * 20)}" for n in range(30)), f"more than {MAX_PARTS} numbers"),
    "few samples": ("x = t; n = 1", "Position 8: n must be a whole number from 2 to 20,000"),
    "many samples": (f"x = t; n = {MAX_SAMPLES + 1}", "n must be a whole number"),
    "half a sample": ("x = t; n = 2.5", "n must be a whole number"),
    "no number of samples": ("x = t; n = log(-1)", "n must be a whole number"),
    "samples by themselves": ("x = t; n = n", "Position 12: n is not known."),
    "a drawn seed": ("x = t; seed = e", "Position 15: e is not known"),
    "a negative seed": ("x = t; seed = -1", "seed must be a whole number from 0"),
    "a backward range": ("x = t; t = 2..1", "Position 8: t needs a range from a smaller to a larger number"),
    "no range": ("x = t; t = 2", "t needs a range"),
    "half a range": ("x = t; t = 2..", "t needs a range"),
    "a wide range": ("x = t; t = 0..2^40", "t needs a range"),
    "a wrong end": ("x = t; t = 0.. foo(1)", "Position 16: foo is not known"),
    "no difference": ("x = 3", "The formula: all samples are the same"),
    "beyond": ("x = 1e9*1e9*t", "beyond ±1e15"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_refusal_says_what_where_and_what_is_allowed(name):
    text, says = BAD[name]
    with pytest.raises(UploadError) as refused:
        table(text)
    assert says in str(refused.value)
    assert "{" not in str(refused.value).replace(text, "")  # every place of the sentence was filled


def test_the_message_names_everything_that_is_allowed():
    with pytest.raises(FormulaError) as refused:
        table("x = t.real")
    said = str(refused.value)
    assert all(f" {name}" in said for name in (*NAMES, *FUNCTIONS))


# ---- nothing else, ever


WORDS = [
    "**",
    "==",
    "..",
    "1",
    "2.5",
    "1e5",
    "lambda",
    "if",
    "else",
    "and",
    "not",
    "__class__",
    "for",
    "await",
    "π",
    "＝",
    "（",
    "）",
]
PIECES = st.sampled_from([*NAMES, *FUNCTIONS, *SETTINGS, *WORDS, *"xyz=;\n(),+-*/^%<>!.[]':\\_ #@", "9" * 20])
TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(PIECES, max_size=60).map("".join),
    st.lists(PIECES, max_size=40).map(lambda pieces: "x = " + " ".join(pieces)),
    st.lists(st.sampled_from([*"tiuve123+-*/^%(),<> ", "sin(", "max(", "where("]), max_size=40).map(
        lambda p: "x = t; y = " + "".join(p)
    ),
)


@given(TEXTS)
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_text_is_a_table_or_is_refused(text):
    try:
        x = table(text)
    except UploadError:
        return
    columns = sum(line.name[0] in "xyz" for line in lines(text))
    assert x.dtype == np.float64 and x.shape[1] == columns and 2 <= len(x) <= MAX_SAMPLES and np.isfinite(x).all()


def test_the_dearest_text_needs_little_memory():
    """As many samples, lines and parts as there may be: bounded by construction, whatever the text says."""
    text = f"n = {MAX_SAMPLES};" + ";".join(f"x{n}={'+'.join(['e'] * 3)}" for n in range(60))
    assert len(text) <= MAX_LENGTH and sum(parse(line)[1] for line in lines(text)) <= MAX_PARTS
    tracemalloc.start()
    try:
        assert table(text).shape == (MAX_SAMPLES, 60)
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()


# ---- from the command line


def test_a_run_on_a_formula_is_replayed_from_its_folder(engine, tmp_path):
    out = tmp_path / "run"
    status, _, said = engine("run", "descent", "--formula", "n = 30; x = 4 + u", "--seed", "7", "--steps", "5", "--out", out)
    assert (status, said) == (0, "")
    score = json.loads((out / "run.json").read_text())
    assert score["data"] and score["params"]["shape"] == "own"
    assert engine("replay", out, "--check")[0] == 0
    other = tmp_path / "other"
    engine("run", "descent", "--formula", "n = 30; x = 4 + u", "--seed", "8", "--steps", "5", "--out", other)
    assert json.loads((other / "run.json").read_text())["data"] != score["data"]  # draws come from the run's seed


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--formula", "x = coz(t)"], "--formula: Position 5: coz is not known. Did you mean cos?"),
        (["--formula", "x = t", "--data", "own.csv"], "either --data or --formula"),
    ],
)
def test_a_wrong_formula_is_one_line_and_status_2(engine, more, says):
    status, _, said = engine("run", "descent", *more)
    assert status == 2 and says in said and said.count("\n") == 1


def test_a_topic_without_tables_takes_no_formula(engine, descent, monkeypatch):
    monkeypatch.setitem(descent.__dict__, "uploads", ("images",))
    status, _, said = engine("run", "descent", "--formula", "x = t")
    assert status == 2 and "takes no table of numbers" in said
