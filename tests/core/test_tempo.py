"""A topic whose loop has another length and pace under some settings: declared, and kept by the command line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core import registry
from engine.core.chapter import Chapter
from engine.core.params import BadValue
from engine.core.topic import Tempo, when

VALLEY, OWN = Tempo(when(shape="valley"), 30, 4.0), Tempo(when(shape=("own", "valley")), 70)


@pytest.fixture
def two(descent, monkeypatch):
    """The toy with two loops more, as everybody finds it."""
    topic = replace(descent, pace=9.0, tempos=(VALLEY, OWN))
    monkeypatch.setitem(registry._loaded, "descent", topic)
    return topic


def test_the_first_tempo_that_holds_counts_and_the_topics_own_where_none_does(two):
    for shape, steps, pace in (("bowl", 50, 9.0), ("valley", 30, 4.0), ("own", 70, None)):
        tempo = two.tempo(two.params.build({"shape": shape}))
        assert (tempo.steps, tempo.pace) == (steps, pace)
    assert two.steps_of(Chapter("short", values={"shape": "valley"})) == 30
    assert two.steps_of(Chapter("long", values={"shape": "valley"}, steps=99)) == 99


def test_a_tempo_speaks_of_parameters_that_there_are_and_that_start_a_run_anew(descent):
    with pytest.raises(ValueError, match="tempo depends on “shap”"):
        replace(descent, tempos=(Tempo(when(shap="valley"), 30),))
    with pytest.raises(BadValue, match="shape = hill"):
        replace(descent, tempos=(Tempo(when(shape="hill"), 30),))
    with pytest.raises(ValueError, match="tempo depends on “noise”, which changes while it runs"):
        replace(descent, tempos=(Tempo(when(noise=True), 30),))


def test_a_run_from_the_command_line_has_the_length_of_its_settings(two, engine, tmp_path):
    table = tmp_path / "points.csv"
    table.write_text("a,b\n1,2\n3,4\n5,6\n")
    for chosen, steps in ((), 50), (("--set", "shape=valley"), 30), (("--data", table), 70), (("--steps", "12"), 12):
        status, said, _ = engine("run", "descent", *chosen)
        assert status == 0 and f"descent: {steps} steps" in said
