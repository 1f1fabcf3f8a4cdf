"""Conditions on parameters: evaluated, said in words, sent as JSON, and refused where they speak of nothing."""

from __future__ import annotations

import json
from typing import Literal

import pytest

from engine.core.language import translator
from engine.core.params import (
    BadValue,
    Params,
    above,
    at_least,
    at_most,
    below,
    choice,
    choices,
    describe,
    number,
    toggle,
    when,
)
from engine.core.topic import Topic, View, scalar, under


class Lamp(Params):
    """A lamp."""

    power: float = number(5.0, 0.0, 10.0, "Power", "How bright.", kind="hot")
    twin: bool = toggle(False, "Twin", "Two lamps.")
    kind: Literal["led", "gas"] = choice("led", "Kind", "What burns.", labels={"led": "a diode"})
    seen: tuple[Literal["a", "b"], ...] = choices(("a",), "Seen", "What is shown.", when=when(kind="led") & ~when(twin=True))

    @property
    def bright(self) -> bool:
        return self.power > 8


@pytest.mark.parametrize(
    ("condition", "holds", "fails", "says"),
    [
        (when(kind="gas"), {"kind": "gas"}, {}, "kind is gas"),
        (when(kind=("led", "gas")), {}, None, "kind is led or gas"),
        (when(seen="b"), {"seen": "a,b"}, {}, "seen is b"),
        (when(seen=("a", "b")), {"seen": "b"}, None, "seen is a or b"),
        (when(power=at_least(5)), {}, {"power": 4.9}, "power is at least 5"),
        (when(power=above(5)), {"power": 5.1}, {}, "power is above 5"),
        (when(power=at_most(5)), {}, {"power": 5.1}, "power is at most 5"),
        (when(power=below(5)), {"power": 4.9}, {}, "power is below 5"),
        (when(power=(0, at_least(9))), {"power": 0}, {}, "power is at least 9 or power is 0"),
        (when(twin=True, kind="gas"), {"twin": True, "kind": "gas"}, {"twin": True}, "twin is on and kind is gas"),
        (when(twin=True) | when(kind="gas"), {"kind": "gas"}, {}, "twin is on or kind is gas"),
        (~when(twin=True), {}, {"twin": True}, "twin is not on"),
        (~when(power=at_least(5)), {"power": 1}, {}, "not (power is at least 5)"),
        (
            when(twin=True) & (when(kind="gas") | when(seen="b")),
            None,
            {"twin": True},
            "twin is on and (kind is gas or seen is b)",
        ),
        (when(bright=True), {"power": 9}, {}, "bright is on"),
    ],
)
def test_a_condition_holds_or_not_and_is_a_sentence(condition, holds, fails, says):
    assert holds is None or condition(Lamp.build(holds)) is True
    assert fails is None or condition(Lamp.build(fails)) is False
    assert str(condition) == says
    assert ~~condition == condition and (~condition)(Lamp()) is not condition(Lamp())
    json.dumps(condition.json(), allow_nan=False)


def test_a_sentence_has_the_titles_and_words_of_the_controls():
    assert when(kind="led", power=at_least(2)).sentence(Lamp.controls()) == "Kind is a diode and Power is at least 2"
    assert when(seen=("a", "b"), twin=False).sentence(Lamp.controls()) == "Seen has a or b and Twin is off"
    assert (~when(seen="b")).sentence(Lamp.controls()) == "Seen has not b"


def test_a_sentence_is_chinese_in_chinese():
    t = translator("zh")
    said = (when(power=at_least(5)) & (when(kind="led") | when(twin=True)) & ~when(seen=("a", "b"))).sentence(
        Lamp.controls(), t
    )
    assert said == "Power不小于 5，且（Kind为“a diode”，或Twin为开），且Seen中没有“a”或“b”"


def test_the_browser_gets_it_as_data():
    assert when(kind="led", power=at_least(2)).json() == {
        "all": [{"name": "kind", "in": ["led"]}, {"name": "power", "low": 2, "open": False}]
    }
    assert describe(Lamp.controls()["seen"])["when"]["all"][1] == {"not": {"name": "twin", "in": [True]}}
    assert describe(Lamp.controls()["power"])["when"] is None


def a_topic(**more) -> Topic:
    names = dict(slug="lamp", group="training", title="Lamp", question="?", params=Lamp, model="x:Y", parts=("a",), steps=1)
    return Topic(**{**names, "outputs": (scalar("light", "how bright"),), "views": (), **more})


def test_a_control_that_does_not_act_is_left_out():
    topic = a_topic()
    assert [control.name for control in topic.controls_for(Lamp())] == ["power", "twin", "kind", "seen"]
    assert [control.name for control in topic.controls_for(Lamp(twin=True))] == ["power", "twin", "kind"]


def test_the_hero_may_depend_on_the_settings():
    topic = a_topic(hero=(("power", when(kind="led")), ("twin", ~when(kind="led"))))
    assert topic.hero_for(Lamp()) == "power" and topic.hero_for(Lamp(kind="gas")) == "twin"


def test_a_condition_on_what_is_not_there_is_refused():
    view = View("light", "Light", "Light.", lambda timeline, style: None, when(colour="red"))
    with pytest.raises(ValueError, match="view light depends on “colour”"):
        a_topic(views=(view,))
    with pytest.raises(BadValue, match="kind = oil"):
        a_topic(outputs=under(when(kind="oil"), scalar("light", "how bright")))
    with pytest.raises(ValueError, match="hero “colour” is no parameter"):
        a_topic(hero="colour")


def test_one_condition_for_many_outputs_is_joined_with_their_own():
    light, heat = under(when(twin=True), scalar("light", "how bright"), scalar("heat", "how hot", when=when(kind="gas")))
    assert [output.when(Lamp(twin=True)) for output in (light, heat)] == [True, False]
    assert heat.when(Lamp(twin=True, kind="gas")) and not heat.when(Lamp(kind="gas"))
