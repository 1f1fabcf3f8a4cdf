"""Formulas as people write them: read where there is one meaning, else the remedy is named."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from engine.data.errors import UploadError
from engine.data.formula import formula_data, formula_random

SOURCE = (Path(__file__).with_name("cases") / "formulas.txt").read_text(encoding="utf-8")
ALL = ast.literal_eval(SOURCE[SOURCE.index("[") :].strip())


def x(text):
    return formula_data(text, formula_random(0))["x"]


SAME = {
    "x = 2t": "x = 2*t",
    "x = 2(t+1)": "x = 2*(t+1)",
    "x = (t+1)(t-1)": "x = (t+1)*(t-1)",
    "x = sin(t)cos(t)": "x = sin(t)*cos(t)",
    "x = π*t": "x = pi*t",
    "x=cos(2πt)": "x = cos(2*pi*t)",
    "x = ln(t+1)": "x = log(t+1)",
    "x = |t-3|": "x = abs(t-3)",
    "x = 2|t-3|+1": "x = 2*abs(t-3)+1",
    "x = −t": "x = -t",
    "x = t²": "x = t^2",
    "x = 2t³ - t¹⁰": "x = 2*t^3 - t^10",
    "x = √(t)": "x = sqrt(t)",
    "x = t · 2": "x = t*2",
    "x = t‑1": "x = t-1",
    "x = t\u00a0+\u00a01": "x = t + 1",
    "x = cos(t)\u200b": "x = cos(t)",
    "x = t ≤ 3": "x = t <= 3",
    "x(t) = cos(t); y(t) = sin(t)": "x = cos(t); y = sin(t)",
    "x = t; t = 0..2π": "x = t; t = 0..2*pi",
    "x = -2t²": "x = -(2*t^2)",
}


@pytest.mark.parametrize("text", SAME)
def test_a_formula_as_people_write_it_is_the_plain_one(text):
    assert np.array_equal(x(text), x(SAME[text]))


REMEDY = {
    "x = sin t": "sin is a function; write sin(…)",
    "x = √t": "write sqrt(…)",
    "x = sin^2(t)": "write sin(…)",
    "x = e^t": "e is noise here; write exp(…)",
    "x = e²": "e is noise here",
    "x = 1,5*t": "a decimal point is written as a point",
    "x = max(1,5; t)": "inside parentheses values are separated by commas",
    "x = cos(t), y = sin(t)": "separate formulas by semicolons",
    "x = cos(t)\ty = sin(t)": "separate formulas by semicolons",
    "x = 1/2t": "a sign is missing",
    "x = 2^2t": "a sign is missing",
    "x = t(t+1)": "write for example t*(…)",
    "x = cos(t)   sin(t)": "a sign is missing",
    "x = 2 t": "a sign is missing",
    "x = 2e": "a sign is missing",
    "x = 0x10; x10 = 3": "a sign is missing",
    "x = ||t|-1|": "write abs(…)",
    "x = t>3 ? 1 : 0": "write where(",
    "x = cos[t]": "write ( )",
    "x = \\cos(t)": "without LaTeX",
    "x = cos(θ)": "write t",
}


@pytest.mark.parametrize("text", REMEDY)
def test_what_has_no_one_meaning_names_its_remedy(text):
    with pytest.raises(UploadError) as refused:
        x(text)
    assert REMEDY[text] in str(refused.value)


@pytest.mark.parametrize("text", ALL)
def test_every_formula_of_the_collection_is_read_or_refused_in_one_sentence(text):
    try:
        values = x(text)
    except UploadError as refused:
        told = str(refused)
    else:
        assert np.isfinite(values).all()
        return
    assert told.endswith((".", "…")) and "\n" not in told
