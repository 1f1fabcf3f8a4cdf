"""The lab of entity linking through the command line and as a session: the contract's numbers, hot values, own text.

What is learned and what habit adds are claims of the chapters: tests/contract holds them against their runs at seed 0.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import engine
from engine.core.picture import Style
from engine.core.topic import Timeline
from engine.data.text import read_text
from engine.language.entity_linking import theory
from engine.language.entity_linking.model import BATCH, RATE
from engine.language.entity_linking.params import RULE, EntityLinkingParams
from engine.language.entity_linking.world import Entities
from tests.command_line import command, written

run = partial(written, "entity-linking")


@pytest.fixture(scope="module", params=range(4))
def first(request):
    return engine.start("entity-linking", {}, seed=request.param).advance(steps=1)


def test_mentions_before_anything_is_learned(first):
    s = first.scalars
    assert s["dictionary_recall"] == pytest.approx(0.92, abs=0.01) and 0.25 <= s["dictionary_precision"] <= 0.34
    assert 0.46 <= s["mention_precision"] <= 0.57 and 0.81 <= s["mention_recall"] <= 0.89 and 0.60 <= s["mention_f1"] <= 0.69
    assert 0.66 <= s["best_f1"] <= 0.73 and s["best_threshold"] == s["best_f1"] / 2
    f, habit = first.arrays["alias_frequency"], first.arrays["alias_habit"]
    assert f.dtype == habit.dtype == np.float64 and s["best_f1"] == theory.best_f1(f, habit)


def test_answers_before_anything_is_learned(first):
    s, a = first.scalars, first.arrays
    assert s["accuracy_prior"] == pytest.approx(0.42, abs=0.03)
    assert s["accuracy_context"] == pytest.approx(0.86, abs=0.025) and s["accuracy_bayes"] == pytest.approx(0.90, abs=0.025)
    assert a["test_scores"].shape == (2000, 8) and a["private_words"].min() >= 120 and a["test_words"].max() < 520
    assert all(len(set(row)) == 8 for row in a["topics"].tolist()) and np.allclose(a["true_prior"].sum(-1), 1)


@pytest.mark.parametrize("seed", [1, 2])
def test_equally_likely_meanings_are_told_apart_by_number_whatever_the_order_of_words(seed):
    world = Entities(EntityLinkingParams(), seed)
    turned = world.log_likelihood(replace(world.test, words=world.test.words[:, ::-1])).round(9).argmax(-1)
    known = engine.start("entity-linking", {}, seed=seed).look().scalars["accuracy_context"]
    assert known == (turned == world.test.entities).mean()


def test_hot_values_act_on_the_last_evaluation_at_once():
    session = engine.start("entity-linking", {}, seed=1)
    before = session.advance(steps=60)
    session.set(keep_ids=1, alias_threshold=0.0)
    after = session.look()
    assert (after.arrays["test_scores"] == before.arrays["test_scores"]).all()
    assert after.scalars["accuracy"] == after.scalars["accuracy_prior"] != before.scalars["accuracy"]
    assert after.scalars["mention_f1"] == after.scalars["dictionary_f1"] < before.scalars["mention_f1"]


def test_tests_are_looked_at_every_fifty_steps():
    session = engine.start("entity-linking", {}, seed=0)
    scores = [session.look().arrays["test_scores"], *(session.advance(steps=k).arrays["test_scores"] for k in (49, 1, 49))]
    assert (scores[0] == scores[1]).all() and (scores[1] != scores[2]).any() and (scores[2] == scores[3]).all()


@pytest.mark.slow
def test_a_second_seed_and_the_flag():
    """Accuracy and double counting at seed 1, as at seed 0 in the chapter; the flag makes learning quicker."""
    assert (BATCH, RATE) == (64, 3e-3)
    session = engine.start("entity-linking", {}, seed=1)
    quick = session.advance(steps=150).scalars["accuracy"]
    learned = session.advance(steps=450).scalars["accuracy"]
    session.set(habit_weight=1.0)
    assert 0.70 <= learned <= 0.86 and -0.2 <= session.look().scalars["accuracy"] - learned <= 0.005
    slow = engine.start("entity-linking", {"match_features": False}, seed=1).advance(steps=150).scalars["accuracy"]
    assert quick - slow > 0.03


def test_the_rule_is_the_default_and_a_wrong_weight_is_refused(tmp_path, capsys):
    s, _ = run(tmp_path / "o", 1, "--set", f"alias_threshold={RULE!r}")
    assert s["mention_f1"] == engine.start("entity-linking", {}, seed=0).look().scalars["mention_f1"]
    assert command("run", "entity-linking", "--set", "habit_weight=3", "--steps", "1", "--out", str(tmp_path / "p")) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and "habit_weight" in said[0] and "0 to 2" in said[0]


@pytest.mark.parametrize(
    ("text", "said", "names"),
    [
        ("zzz qqq?! 甲乙", "No alias", 0),
        ("The captain of the harbour", "nothing to decide", 0),
        ("Victory!", "nothing to read", 1),
        ("胜利号的船长把风帆升起，驶出港口。", "ship", 1),
    ],
)
def test_whatever_is_typed_is_answered(text, said, names):
    session = engine.start("entity-linking", {"source": "own"}, seed=0, data=read_text("own.txt", text.encode()))
    frame = session.advance(steps=1)
    assert frame.scalars["own_names"] == names
    timeline = Timeline(frame, session.params)
    pictures = {view.name: view.draw(timeline, Style()) for view in session.topic.views_for(session.params)}
    assert pictures["sentence"].data or text.startswith("zzz")
    assert said == "ship" or said in str(pictures["mention"].layout)
    if said == "nothing to read":  # then habit alone can say, once it has a weight
        session.set(habit_weight=1.0)
        timeline = Timeline(session.look(), session.params)
        assert "habit alone can say" in str(session.topic.view("mention").draw(timeline, Style()).layout)
