"""Every topic: parameters survive every form they travel in, and what they cannot be is said in a sentence."""

from __future__ import annotations

import json
import math
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest

from engine.cli.commands import _assignment
from engine.core.params import BadValue, Control, UnknownName, as_text, describe
from engine.core.score import Score
from pages.kit.ui.page import FOREIGN
from tests.contract.runs import inside, named

WRONG = [None, [], {}, (), object(), b"1", 1j, "", " ", "abc", "nan", "inf", "-inf", "1e999", math.nan, math.inf, -math.inf]
WRONG += ["<img src=x onerror=alert(1)>", "9" * 400, 10**400, [[]], {"a": 1}]


def beyond(control: Control) -> list[float]:
    """Values just outside a number's range."""
    assert control.low is not None and control.high is not None
    if control.type == "integer":
        below, above = int(control.low) - 1, int(control.high) + 1
        return [value for value in (below, above, control.low + 0.5) if not (control.zero and value == 0)]
    return [float(np.nextafter(control.low, -np.inf)), float(np.nextafter(control.high, np.inf))]


def random_values(control: Control, random: np.random.Generator):
    match control.type:
        case "toggle":
            return bool(random.integers(2))
        case "choice":
            return str(random.choice(control.options))
        case "choices":
            chosen = random.permutation(control.options)[: random.integers(max(1, control.least), len(control.options) + 1)]
            return tuple(option for option in control.options if option in chosen)
        case "integer":
            return int(random.integers(int(control.low), int(control.high) + 1))
    if control.log:
        low, high = math.log(control.low), math.log(control.high)
        return min(max(math.exp(random.uniform(low, high)), control.low), control.high)
    return float(random.uniform(control.low, control.high))


def samples(topic, count=40):
    """The defaults and random parameter sets that the topic accepts."""
    random = np.random.default_rng(0)
    controls = list(topic.params.controls().values())
    made = [topic.params()]
    for _ in range(count):
        some = [control for control in controls if random.random() < 0.3]
        try:
            made.append(topic.params.build({control.name: random_values(control, random) for control in some}))
        except BadValue as problem:
            named(problem, topic)
    assert len(made) > 1, "no random setting was accepted"
    return made


def test_the_defaults_are_valid_and_nothing_is_changed_by_them(topic):
    defaults = topic.params()
    assert topic.params.build(defaults.values()) == defaults == topic.params.build({})
    assert defaults.changed() == {} and defaults.to_text() == {}


def test_parameters_round_trip_through_the_text_of_a_link(topic):
    for params in samples(topic):
        query = dict(parse_qsl(urlencode(params.to_text()), keep_blank_values=True))
        got, problems = topic.params.forgiving(query)
        assert got == params and problems == []


def test_parameters_round_trip_through_the_command_line(topic):
    for params in samples(topic):
        read = dict(_assignment(topic, f"{name}={as_text(value)}", "--set") for name, value in params.values().items())
        assert topic.params.build(read) == params


def test_parameters_round_trip_through_json(topic):
    for params in samples(topic):
        score = Score(topic=topic.slug, params=params.values())
        assert Score.model_validate_json(score.model_dump_json()).settings() == params
        assert topic.params.build(json.loads(json.dumps(params.values()))) == params


def test_every_bound_and_option_and_a_step_inside_are_accepted(topic):
    for control in topic.params.controls().values():
        for value in (control.default, *inside(control)):
            read = topic.params.read(control.name, value)
            assert read == value and type(read) is type(control.default), f"{control.name} = {value!r} became {read!r}"
            assert topic.params.read(control.name, as_text(value)) == value
            try:
                assert getattr(topic.params.build({control.name: value}), control.name) == value
            except BadValue as problem:  # a rule between fields may refuse it, and then names its field
                named(problem, topic)


def test_every_value_just_beyond_a_bound_is_refused_with_the_range(topic):
    for control in topic.params.controls().values():
        if control.type in ("number", "integer"):
            for value in beyond(control):
                for raw in (value, as_text(value)):
                    with pytest.raises(BadValue) as caught:
                        topic.params.read(control.name, raw)
                    assert control.allowed() in str(caught.value)


def test_everything_of_a_wrong_kind_is_refused_and_never_crashes(topic):
    for control in topic.params.controls().values():
        for raw in WRONG:
            if control.type == "choices" and control.least == 0 and raw in ([], (), "", " "):
                continue
            if raw in control.options:
                continue  # "inf" is a word where a choice has it
            with pytest.raises(BadValue):
                topic.params.read(control.name, raw)
            with pytest.raises(BadValue):
                topic.params.build({control.name: raw})
        for raw in (True, False) if control.type != "toggle" else (2, -1, 0.5, "2"):
            with pytest.raises(BadValue):
                topic.params.read(control.name, raw)


def test_a_link_full_of_nonsense_gives_the_defaults_and_names_every_value(topic):
    names = list(topic.params.controls())
    params, problems = topic.params.forgiving(dict.fromkeys(names, "<nonsense>"))
    assert params == topic.params()
    assert [problem.name for problem in problems] == names


def test_an_unknown_name_is_answered_with_the_nearest_one(topic):
    for name in topic.params.controls():
        with pytest.raises(UnknownName) as caught:
            topic.params.build({name + "_": 1})
        assert caught.value.nearest in topic.params.controls()


def test_controls_say_what_they_are(topic):
    for control in topic.params.controls().values():
        assert control.title and control.help, f"{control.name} has no title or help"
        assert control.help.rstrip().endswith((".", "?", "!", "…")), f"{control.name}: the help is no sentence"
        if control.type in ("number", "integer"):
            assert control.low < control.high and (not control.log or control.low > 0), control.name
        json.dumps(describe(control))


def test_no_parameter_takes_a_name_that_addresses_and_frames_need(topic):
    assert not set(topic.params.controls()) & {*FOREIGN, "seed", "step"}


def test_the_choice_that_means_own_data_is_declared(topic):
    if topic.uploads:
        assert topic.data_value in topic.params.controls()[topic.data_param].options
    else:
        assert not topic.data_param and not topic.data_value
