"""Runs of the Apriori lab: the contract's numbers, own baskets, values that move."""

import numpy as np
import pytest

import engine
from engine.language.apriori import claims
from engine.language.apriori.views import VIEWS
from tests.command_line import command, written


def started(values=None, seed=0, text=None, steps=6):
    """A run after its levels, with its last frame."""
    data = None if text is None else {"codes": np.array([ord(letter) for letter in text], np.int32)}
    run = engine.start("apriori", values or {}, seed=seed, data=data)
    return run, run.advance(steps=steps)


def agree(frame, run, *told):
    timeline = engine.Timeline(frame, run.params, seed=run.seed)
    return [one.name for one in told if not one(timeline).agrees]


@pytest.mark.parametrize("seed", [1, 2])
def test_planted_rules_and_chance_with_other_seeds(seed):
    run, frame = started(seed=seed)
    assert agree(frame, run, claims.found, claims.inside, claims.strong, claims.fooled, claims.pointing) == []
    assert agree(frame, run, claims.closed, claims.pairs, claims.hidden) == []
    s, a = frame.scalars, frame.arrays
    assert s["strong_rules"] == (a["rule_lift"] > 2).sum() and s["weak_rules"] == (a["rule_lift"] < 1.25).sum()
    pairs = list(zip(a["rule_confidence"], a["rule_count"], strict=True))
    assert pairs == sorted(pairs, reverse=True)
    one, two, both = a["rule_bits"]
    assert both.any() and np.array_equal(both, one & two)
    run.set(shuffle=True)
    mixed = run.look()
    assert agree(mixed, run, claims.remaining, claims.mild, claims.gone) == []
    assert not np.array_equal(mixed.arrays["cost_frequent"], a["cost_frequent"], equal_nan=True)
    assert mixed.scalars["rules"] == mixed.scalars["null_rules"] == s["null_rules"]


def test_a_moved_value_gives_the_frame_of_a_run_that_had_it_from_the_start():
    run, _ = started()
    moved = {"min_support": 0.012, "min_confidence": 0.2, "prune": False, "max_size": 3, "shuffle": True}
    run.set(**moved)
    wanted = started(moved)[1]
    found = run.look()
    clocks = {"bit_time", "loop_time"}
    assert {k: v for k, v in found.scalars.items() if k not in clocks} == {
        k: v for k, v in wanted.scalars.items() if k not in clocks
    }
    np.testing.assert_array_equal(found.arrays["frequent_items"], wanted.arrays["frequent_items"])
    assert found.arrays["frequent_items"].shape[1] == 3 and found.arrays["rule_left"].shape[1] == 2
    np.testing.assert_array_equal(found.arrays["cost_frequent"], wanted.arrays["cost_frequent"])
    assert max(map(int.bit_count, np.flatnonzero(found.arrays["lattice_states"]).tolist())) == 3


def test_pictures_say_what_the_frame_holds():
    run, frame = started({"rule": 1})
    a, s = frame.arrays, frame.scalars
    drawn = {view.name: view.draw(engine.Timeline(frame, run.params), engine.Style()) for view in VIEWS[:3]}
    scatter = drawn["scatter"].layout
    ends = set(a["rule_right"][a["rule_lift"] < 1.25].tolist())
    assert f"lift < 1.25: {s['weak_rules']:.0f}, → {', '.join(map(str, ends))}" in {
        note["text"] for note in scatter["annotations"]
    }
    place = np.argsort(-a["rule_lift"], kind="stable")[1]
    share = a["frequent_counts"][a["rule_right"][place]] / 2000  # all 40 items are frequent
    assert scatter["shapes"][0]["y0"] == pytest.approx(share) and scatter["shapes"][1]["y0"] == pytest.approx(2 * share)
    frequent = next(trace for trace in drawn["lattice"].data if trace.get("name") == "frequent")
    assert frequent["y"].tolist() == [s.bit_count() for s in range(1, 64) if a["lattice_states"][s] == 3]
    assert set(a["planted_rules"][0]) <= set(a["lattice_items"])
    run.set(max_size=2)
    assert len(run.look().arrays["level_frequent"]) == 2


def test_one_step_is_one_level_and_steps_past_the_last_change_nothing():
    run, frame = started(steps=1)
    assert len(frame.arrays["level_frequent"]) == 1 and frame.scalars["candidates"] == 40 and frame.scalars["rules"] == 0
    assert np.flatnonzero(frame.arrays["lattice_states"]).tolist() == [0, 1, 2, 4, 8, 16, 32]
    six = run.advance(steps=5)
    more = run.advance(steps=4)
    np.testing.assert_array_equal(more.arrays["frequent_items"], six.arrays["frequent_items"])
    assert more.scalars["candidates"] == six.scalars["candidates"]


def test_four_copies_of_one_basket_from_the_command_line(tmp_path):
    file = tmp_path / "five.txt"
    file.write_text(4 * "a,b,c,d,e\n", encoding="utf-8")
    s, a = written("apriori", tmp_path / "out", 6, "--data", str(file), "--set", "data=own", "--set", "min_confidence=1")
    assert s["frequent_sets"] == 31 and s["rules"] == 75 and s["baskets_used"] == 4
    assert a["rule_lift"].dtype == np.float64 and (a["rule_lift"] == 1.0).all() and (a["rule_leverage"] == 0.0).all()


def test_a_file_of_empty_lines_is_refused_in_one_line(tmp_path, capsys):
    file = tmp_path / "empty.txt"
    file.write_text("\n\n , \n", encoding="utf-8")
    assert (
        command("run", "apriori", "--steps", "6", "--out", str(tmp_path / "out"), "--data", str(file), "--set", "data=own") == 2
    )
    problems = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert problems == ["error: No basket was found in 3 lines: a basket is a line of names between commas or tabs."]


@pytest.mark.parametrize("text", ["x\n", "a\nb\na\n", "a,b\nb,a\n", "<b>&,面包\n" * 3, "\n".join(f"i{k}" for k in range(5000))])
def test_odd_baskets_are_mined_and_drawn(text):
    run, frame = started({"data": "own"}, text=text)
    if "," not in text:
        assert frame.scalars["rules"] == 0 and len(frame.arrays["level_frequent"]) <= 2
    for step in (0, 6):
        shown = started({"data": "own"}, text=text, steps=step)[1] if not step else frame
        for view in VIEWS:
            view.draw(engine.Timeline(shown, run.params), engine.Style())


def test_at_the_smallest_numbers_five_different_rules_are_planted():
    frame = started({"items": 10, "baskets": 200}, steps=1)[1]
    rules = frame.arrays["planted_rules"]
    assert len({tuple(rule) for rule in rules.tolist()}) == 5 and rules.min() >= 6
    assert all(len(set(rule)) == 3 for rule in rules.tolist())
