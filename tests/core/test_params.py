"""Parameters: every kind is read from every form, and nonsense is answered with a sentence."""

from __future__ import annotations

import json
import math
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.params import BadValue, Params, UnknownName, as_text, choice, describe, number

NONSENSE = [None, "", " ", "abc", "nan", "inf", "-inf", math.nan, math.inf, -math.inf, [], {}, {"a": 1}, b"1", object(), 1j]
NONSENSE += ["1e999", "0x10", "--1", "+-1", "²", "<img src=x onerror=alert(1)>", "9" * 400, "9" * 5000, 10**400, -(10**400)]
NONSENSE += [{("a", 1): 2}, [[1]], ("x",), "1,2"]


@pytest.fixture(scope="module")
def cls(descent):
    return descent.params


def test_every_kind_of_control_is_derived_from_its_annotation(cls):
    kinds = {name: control.type for name, control in cls.controls().items()}
    assert kinds == {
        "rate": "number",
        "pull": "number",
        "size": "integer",
        "noise": "toggle",
        "shape": "choice",
        "shown": "choices",
        "length": "integer",
        "kinds": "toggle",
        "warm": "integer",
        "look_at": "number",
    }
    assert {name for name, control in cls.controls().items() if control.hot} == {"rate", "pull", "noise", "look_at"}
    assert cls.controls()["shown"].options == ("point", "pair")


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("rate", "0.25", 0.25),
        ("rate", 1, 1.0),
        ("rate", "1e-3", 0.001),
        ("rate", "0", 0.0),  # zero=True: below the log range, yet allowed
        ("rate", " 2 ", 2.0),
        ("pull", -1, -1.0),
        ("size", "12", 12),
        ("size", 12.0, 12),
        ("size", "1000", 1000),
        ("noise", "off", False),
        ("noise", "TRUE", True),
        ("shape", "valley", "valley"),
        ("shown", "pair,point", ("point", "pair")),
        ("shown", ["pair"], ("pair",)),
        ("shown", "pair, pair", ("pair",)),
    ],
)
def test_values_are_read_from_text_numbers_and_lists(cls, name, raw, value):
    read = cls.read(name, raw)
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize("name", ["rate", "pull", "size", "noise", "shape", "shown", "length", "look_at"])
@pytest.mark.parametrize("raw", NONSENSE, ids=lambda raw: ascii(raw)[:20])
def test_nonsense_is_a_bad_value_whatever_its_type(cls, name, raw):
    with pytest.raises(BadValue) as caught:
        cls.read(name, raw)
    assert caught.value.name == name and cls.controls()[name].allowed() in str(caught.value)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("rate", 0.0009),
        ("rate", 10.000001),
        ("rate", -0.001),
        ("size", 0),
        ("size", 1001),
        ("size", 2.5),
        ("size", "2.5"),
        ("size", True),
        ("pull", True),
        ("noise", 2),
        ("noise", "maybe"),
        ("shape", "Bowl"),
        ("shape", 0),
        ("shown", "point,hole"),
        ("shown", ""),
        ("shown", 1),
    ],
)
def test_values_just_outside_are_refused(cls, name, raw):
    with pytest.raises(BadValue):
        cls.read(name, raw)


def test_a_message_names_the_parameter_the_value_and_the_range(cls):
    with pytest.raises(BadValue, match=r"^rate = 99 is not possible; allowed: 0\.001 to 10, or 0\.$"):
        cls.read("rate", "99")
    with pytest.raises(BadValue, match=r"^size = 2\.5 is not possible; allowed: a whole number, 1 to 1000\.$"):
        cls.read("size", 2.5)
    with pytest.raises(BadValue, match="bowl, valley, broken"):
        cls.read("shape", "cone")


def test_a_long_value_is_shortened_in_its_message(cls):
    with pytest.raises(BadValue) as caught:
        cls.read("rate", "x" * 10_000)
    assert len(str(caught.value)) < 200


def test_an_unknown_name_comes_with_the_nearest_one(cls):
    with pytest.raises(UnknownName) as caught:
        cls.read("raet", 1)
    assert caught.value.nearest == "rate" and "“raet”" in str(caught.value) and "“rate”" in str(caught.value)
    with pytest.raises(UnknownName):
        cls.build({"": 1})


def test_build_fills_in_defaults_and_change_leaves_the_original_alone(cls):
    before = cls.build({"size": "7"})
    after = before.change({"rate": "0.5"})
    assert (before.size, before.rate) == (7, 0.1)
    assert (after.size, after.rate) == (7, 0.5)
    assert before.changed() == {"size": 7}
    with pytest.raises(BadValue):
        before.change({"size": 0})


def test_parameters_are_frozen_and_refuse_unknown_names_and_infinities(cls):
    with pytest.raises(ValueError, match="frozen"):
        cls().rate = 1.0
    with pytest.raises(ValueError, match="extra"):
        cls(speed=1)
    with pytest.raises(ValueError, match="finite"):
        cls(rate=math.inf)


def test_a_rule_between_fields_is_a_bad_value_that_names_its_field(cls):
    with pytest.raises(BadValue, match=r"^size = 500 is too large for a valley: take at most 100\.$") as caught:
        cls.build({"shape": "valley", "size": 500})
    assert caught.value.name == "size"


def test_forgiving_keeps_the_good_reports_the_bad_and_gives_up_what_breaks_a_rule(cls):
    params, problems = cls.forgiving({"rate": "abc", "pull": "0.5", "speed": "1", "shape": "valley", "size": "500"})
    assert params == cls.build({"pull": 0.5, "shape": "valley"})
    assert [problem.name for problem in problems] == ["rate", "speed", "size"]


texts = st.text(max_size=20)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts | st.binary(max_size=5)
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=5
)


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(["rate", "size", "noise", "shape", "shown"]), raw=anything)
def test_any_value_is_either_read_into_its_range_or_a_bad_value(cls, name, raw):
    try:
        value = cls.read(name, raw)
    except BadValue:
        return
    control = cls.controls()[name]
    if control.type in ("number", "integer"):
        assert control.low <= value <= control.high or value == 0
    assert cls.read(name, as_text(value)) == value
    assert cls.build({name: value}).values()[name] == value


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["rate", "pull", "size", "noise", "shape", "shown", "look_at"]) | texts, anything, max_size=5
    )
)
def test_a_link_of_any_values_gives_valid_parameters(cls, values):
    params, problems = cls.forgiving(values)
    assert type(params).build(params.values()) == params
    assert all(str(problem) for problem in problems)


valid: dict[str, Any] = {
    "rate": st.floats(0.001, 10.0) | st.just(0.0),
    "pull": st.floats(-1.0, 1.0),
    "size": st.integers(1, 100),
    "noise": st.booleans(),
    "shape": st.sampled_from(["bowl", "valley", "own"]),
    "shown": st.sampled_from([("point",), ("pair",), ("point", "pair")]),
    "length": st.integers(0, 100),
    "look_at": st.floats(-2.0, 2.0),
}


@settings(max_examples=200, deadline=None)
@given(st.fixed_dictionaries(valid))
def test_every_valid_set_survives_text_and_json_exactly(cls, values):
    params = cls.build(values)
    assert cls.build(params.to_text()) == params
    assert cls.build(json.loads(json.dumps(params.values()))) == params
    assert params.to_text().keys() == params.changed().keys()


def test_descriptions_are_json_and_say_everything(cls):
    for control in cls.controls().values():
        data = json.loads(json.dumps(describe(control)))
        assert data["name"] == control.name and data["allowed"] and data["kind"] in ("hot", "cold", "lens")


def test_a_field_without_a_control_is_refused_at_declaration():
    class Bare(Params):
        x: float = 1.0

    with pytest.raises(TypeError, match="parameter x has no control"):
        Bare.controls()

    class Wrong(Params):
        x: str = number(1.0, 0.0, 2.0, title="x", help="x")

    with pytest.raises(TypeError, match="parameter x has type"):
        Wrong.controls()


def test_a_choice_among_numbers_is_made_by_a_whole_number_too():
    class Several(Params):
        """Some, or more."""

        count: Literal["2", "4", "8"] = choice("2", "Count", "How many.")

    assert [Several.build({"count": raw}).count for raw in ("4", 4, 8)] == ["4", "4", "8"]
    for raw in (3, -2, True, 4.0, 10**400):
        with pytest.raises(BadValue, match="allowed: 2, 4, 8"):
            Several.build({"count": raw})
