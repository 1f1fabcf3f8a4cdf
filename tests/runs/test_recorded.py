"""The sentences below a chapter's words on a page that has no sliders: the values of the very run that is shown."""

from __future__ import annotations

import re

import pytest

from engine.cli.chapters import Runs
from engine.cli.page import part
from engine.core.language import translator
from engine.core.picture import Style
from engine.core.score import Change, Score
from engine.runs.history_page import part_of
from engine.runs.recorded import HANDS, MOST, recorded

pytestmark = pytest.mark.usefixtures("descent")


def look(language: str = "en") -> Style:
    return Style("light", language, translator(language, "descent"))


def said(topic, score: Score, language: str = "en", hero: str = "rate") -> str:
    return recorded(topic, [score], [""], "run", hero, look(language))


def test_each_kind_of_chapter_is_told_as_it_was_played(descent):
    runs, told = Runs(descent), {}
    for name in ("down", "longer", "aside", "rates"):
        one = part(descent, runs.play(descent.chapter(name)), look())
        views = [descent.view(view) for view in one.views]
        told[name] = part_of(descent, one, views, [[0, len(arm.history) - 1] for arm in one.arms], look())["recorded"]
    usual = descent.params().rate
    assert told["down"] == f"Recorded here: 100 steps with seed 0, η = {usual:g}, Noise: off. {HANDS}"
    assert told["longer"].startswith(
        f"Recorded here: 150 steps with seed 0, η = {usual:g}, Noise: off. From step 120 on: η = 0.5. "
    )
    assert "η = 0.2, Noise: off. A is with " in told["aside"] and ", B with " in told["aside"]
    assert "The second slider goes through 3 models, from η = 0.1 to η = 0.4. " in told["rates"]
    assert "η" not in told["rates"].partition(". The second")[0], "the swept value is no value of all"


def test_a_hand_that_moved_much_is_told_in_short(descent):
    changes = tuple(Change(step=step, values={"rate": 0.1 + step / 1000}) for step in range(10, 60, 10))
    moved = Score(topic="descent", params={}, seed=3, steps=1200, changes=changes)
    text = said(descent, moved)
    assert "1,200 steps with seed 3" in text and "Between the steps 10 and 50 η goes from 0.11 to 0.15." in text
    few = said(descent, replace_changes(moved, changes[:2]))
    assert "From step 10 on: η = 0.11. From step 20 on: η = 0.12." in few


def replace_changes(score: Score, changes: tuple[Change, ...]) -> Score:
    return score.model_copy(update={"changes": changes})


def test_many_values_are_cut_short_and_none_is_no_list(descent):
    every = {"pull": 0.5, "size": 7, "noise": False, "length": 9, "kinds": True, "shape": "valley", "rate": 0.3}
    controls = [name for name in descent.params.controls() if name in every and not descent.params.controls()[name].hidden]
    text = said(descent, Score(topic="descent", params=every, steps=5))
    assert text.partition(" seed 0, ")[2].partition(". W")[0].count(", ") == min(MOST, len(controls)) - (len(controls) <= MOST)
    assert said(descent, Score(topic="descent", params={}, steps=5), hero="") == f"Recorded here: 5 steps with seed 0. {HANDS}"


def test_it_is_written_in_chinese(descent):
    changes = (Change(step=3, values={"rate": 0.5}),)
    score = Score(topic="descent", params={"noise": False}, steps=5, changes=changes)
    text = said(descent, score, "zh")
    assert text.startswith("本页是一次运行的记录：种子 0，共 5 步，η = ") and "从第 3 步起，η = 0.5。文中说" in text
    assert not re.search(r"Recorded|step|\{|, ", text)
    names = ["η = 0.1", "η = 0.2"]
    for kind, says in (("twins", "A 取 η = 0.1，B 取 η = 0.2。"), ("sweep", "从 η = 0.1 到 η = 0.2。")):
        assert says in recorded(descent, [score, replace_changes(score, ())], names, kind, "rate", look("zh"))
