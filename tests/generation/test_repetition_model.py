"""The repetition lab through the command line and as a session: the contract's numbers, own data, what is refused.

The network's numbers are claims of the chapter "valley": tests/contract holds them against its run.
"""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

import engine
from engine.core.params import BadValue
from tests.command_line import command, written

run = partial(written, "repetition")


def matrix(folder: Path, p: np.ndarray) -> str:
    file = folder / "own.csv"
    file.write_text("\n".join(",".join(f"{value:.10g}" for value in row) for row in p))
    return str(file)


def test_numbers_of_the_text(tmp_path):
    s, a = run(tmp_path, 5, "--set", "top_k=28")
    wanted = {"symbols": 27, "rho": 0.1093, "risk": 0.0325, "events": 0.0919}
    assert {name: s[name] for name in wanted} == pytest.approx(wanted, abs=2e-4)
    assert s["texts"] == 500 and a["transitions"].shape == (27, 28)
    assert s["row_low"] <= s["rho"] <= s["row_high"] and s["risk"] <= s["risk_bound"]
    assert a["walks"].shape == (8, 3) and (a["walks"][:, 1] <= a["walks"][:, 0] + 1e-16).all()


def test_cutting_makes_loops():
    session = engine.start("repetition", seed=0)
    for top_k, rho in ((28, 0.109), (10, 0.141), (5, 0.226), (3, 0.354), (2, 0.518), (1, 1.0)):
        session.set(top_k=top_k)
        s = session.look().scalars
        assert s["rho"] == pytest.approx(rho, abs=2e-3)
        assert np.isinf(s["risk"]) == (top_k == 1) and np.isinf(s["events"]) == (top_k <= 5)


def test_the_sample_agrees_and_begins_anew_with_another_table():
    session = engine.start("repetition", {"top_k": 28}, seed=1)
    s = session.advance(steps=40).scalars
    assert s["texts"] == 4000 and abs(s["events_measured"] - s["events"]) < 3.5 * s["events_error"]
    session.set(against="temperature")
    assert session.look().scalars["texts"] == 4000
    session.set(top_k=4)
    assert session.look().scalars["texts"] == 0
    session.set(top_k=28)
    assert session.look().scalars["texts"] == 4000  # nothing was written in between
    session.set(top_k=4)
    assert session.advance(steps=2).scalars["texts"] == 200


def test_a_leaky_ring_of_ones_own(tmp_path):
    p = 0.8 * np.roll(np.eye(5), 1, axis=1)
    s, a = run(tmp_path / "out", 1, "--set", "top_k=28", "--set", "source=own", "--data", matrix(tmp_path, p))
    assert s["risk"] == pytest.approx(0.601451, abs=1e-5) and s["rho"] == pytest.approx(0.64, abs=1e-5)
    assert a["transitions"][:, :-1] == pytest.approx(p) and a["start"] == pytest.approx(0.2)


def test_a_row_that_adds_up_to_more_than_one_is_refused_by_its_number(tmp_path, capsys):
    p = np.full((4, 4), 0.2)
    p[2] = 0.3
    file = matrix(tmp_path, p)
    assert (
        command("run", "repetition", "--steps", "1", "--set", "source=own", "--data", file, "--out", str(tmp_path / "o")) == 2
    )
    said = capsys.readouterr().err.strip().splitlines()[1:]  # the first line says what was read
    assert len(said) == 1 and "Row 3" in said[0] and "1.2" in said[0]


def test_a_matrix_of_thirty_symbols_is_not_cut_by_the_knob_that_is_off(tmp_path):
    p = np.random.default_rng(0).dirichlet(np.ones(31), 30)[:, :-1]
    _, a = run(tmp_path / "out", 1, "--set", "top_k=28", "--set", "source=own", "--data", matrix(tmp_path, p))
    assert (a["transitions"] > 0).all()


def test_a_text_of_ones_own(tmp_path):
    file = tmp_path / "own.txt"
    file.write_text("Ab ab. Ba!")
    _, a = run(tmp_path / "out", 1, "--set", "top_k=28", "--set", "source=own", "--data", str(file))
    assert a["transitions"] == pytest.approx(np.array([[0, 3, 0, 0], [0, 0, 2, 1], [1, 1, 0, 1]]) / 3)
    assert a["start"].tolist() == [0, 0.5, 0.5]


@pytest.mark.parametrize("text", ["aaaa. a.", "123 .. 4", "中"])
def test_a_text_without_two_letters_is_refused(text):
    with pytest.raises(BadValue, match="fewer than two"):
        engine.start("repetition", {"source": "own"}, data={"codes": np.array([ord(c) for c in text], np.int32)})


def test_a_text_too_short_for_the_network_is_refused():
    text = {"codes": np.array([ord(c) for c in "a b. " * 8], np.int32)}  # 32 symbols
    with pytest.raises(BadValue, match="32 symbols; the network reads 48"):
        engine.start("repetition", {"source": "own", "bench": "neural"}, data=text)
    assert engine.start("repetition", {"source": "own"}, data=text).look().scalars["symbols"] == 3


def test_merging_that_would_make_too_many_symbols_is_refused_in_a_sentence(tmp_path, capsys):
    random, walk = np.random.default_rng(0), [0]
    for way in random.integers(0, 6, 9000):  # each of 190 symbols is followed by one of six
        walk.append((6 * walk[-1] + int(way) + 1) % 190)
    file = tmp_path / "own.txt"
    file.write_text("".join(chr(0x4E00 + symbol) for symbol in walk), encoding="utf-8")
    options = ("--steps", "1", "--set", "source=own", "--set", "merge=0.15", "--data", str(file), "--out", str(tmp_path / "o"))
    assert command("run", "repetition", *options) == 2
    said = capsys.readouterr().err.strip().splitlines()[1:]  # the first line says what was read
    assert said == ["error: Merging above γ = 0.15 makes more than 1,000 symbols of this text; take a larger γ."]


def test_curves_follow_every_knob():
    """With one choice temperature does not change the table, and yet the other places of the curves."""
    session = engine.start("repetition", {"top_k": 1}, seed=0)
    before = session.look().arrays["curves"]
    session.set(temperature=0.5)
    after = session.look().arrays["curves"]
    assert after[-1, 0] > 1.2 * before[-1, 0] and session.look().scalars["rho"] == pytest.approx(1.0)


def test_loops_of_merged_symbols_are_counted_in_letters():
    session = engine.start("repetition", {"top_k": 28, "merge": 0.6}, seed=0)
    frame = session.advance(steps=3)
    assert 0 < frame.scalars["per_100"] < 1 and frame.scalars["symbols"] > 27


@pytest.mark.slow
def test_a_network_that_learns_what_pairs_made_keeps_to_pairs():
    """Beyond the chapter: where the text has no more to it than pairs, there is no valley to climb out of for long."""
    s = engine.start("repetition", {"bench": "neural", "source": "dirichlet", "concentration": 1.0}, seed=0)
    assert s.advance(steps=200).scalars["kl_bigram"] < 0.1
