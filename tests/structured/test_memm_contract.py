"""The MEMM lab through the command line and as a session: the contract's numbers, and what is refused."""

from functools import cache, partial

import numpy as np
import pytest

import engine
from engine.cli.commands import main
from engine.structured.enumeration import enumerate_paths
from engine.structured.memm import theory
from tests.cli.said import one_line
from tests.command_line import written

run = partial(written, "memm")


@cache
def trained(seed: int = 0, steps: int = 300, **cold):
    session = engine.start("memm", cold, seed=seed)
    return session, session.advance(steps=steps)


def look(session, **hot):
    session.set(**{"gamma": 1.0, "nudge": 0.0, "letter_1": "r", "letter_2": "i", "letter_3": "b"} | hot)
    return session.look()


def test_the_memm_knows_nothing_but_the_prior(tmp_path):
    s, _ = run(tmp_path, 300, "--set", "prior=0.7")
    assert s["memm_error"] == pytest.approx(0.30, abs=0.06)
    assert s["bayes_error"] == pytest.approx(0.04) and s["crf_error"] <= s["bayes_error"] + 0.03
    assert theory.memm_floor(0.7) - 0.03 <= s["memm_nll"] <= theory.memm_floor(0.7) + 0.04
    assert s["crf_nll"] < 0.3 and s["illegal"] == 0


def test_without_its_normalisers_it_is_as_good_as_the_crf():
    s = look(trained(prior=0.7)[0], gamma=0.0).scalars
    assert s["memm_error"] <= s["crf_error"] + 0.02


@pytest.mark.slow
def test_it_stays_so_where_label_scores_learn_a_hundred_times_slower():
    """Phenomenon 2: g does most of the work then."""
    s = look(trained(rate_ratio=100.0)[0], gamma=0.0).scalars
    assert s["memm_error"] <= s["crf_error"] + 0.02


def test_evidence_at_the_second_place_leaves_the_memms_first_label_alone():
    session, _ = trained()
    for letters in ("rib", "rob", "rrb", "oob"):
        typed = {f"letter_{k + 1}": letter for k, letter in enumerate(letters)}
        before, after = (look(session, nudge=nudge, **typed).arrays for nudge in (0.0, 4.0))
        np.testing.assert_allclose(before["memm_marginals"][0], after["memm_marginals"][0], atol=1e-12)
        assert np.abs(before["crf_marginals"][0] - after["crf_marginals"][0]).max() > 1e-3
        assert after["f"][1, 1] - before["f"][1, 1] == pytest.approx(4)


@pytest.mark.parametrize("hot", [{}, {"letter_2": "o", "nudge": 2.5}, {"letter_1": "b", "gamma": 0.3}])
def test_marginals_are_those_of_all_216_paths(hot):
    a = look(trained()[0], **hot).arrays
    step = np.log(np.exp(a["g"][None] + a["f"][1:, None, :]).sum(-1))  # (2, 6): c at places 2 and 3
    corrected = a["f"] - np.vstack([step, np.zeros((1, 6))])
    np.testing.assert_allclose(enumerate_paths(corrected, a["g"]).nodes, a["memm_marginals"], atol=1e-9)
    np.testing.assert_allclose(enumerate_paths(a["crf_f"], a["crf_g"]).nodes, a["crf_marginals"], atol=1e-9)


@pytest.mark.parametrize("values", [{}, {"data": "lexicon"}])
def test_reach_is_zero_before_the_nudged_place(values):
    a = trained(steps=60, **values)[1].arrays
    assert np.tril(a["reach"], -1).max() <= 1e-12 and np.triu(a["reach"]).max() > 0.01
    assert a["crf_reach"].min() > 0 and np.tril(a["bi_reach"], -1).max() > 0.01


def test_shapes_of_the_contract():
    a = trained()[1].arrays
    shapes = {"f": (3, 6), "g": (6, 6), "memm_marginals": (3, 6), "crf_f": (3, 6), "crf_g": (6, 6), "crf_marginals": (3, 6),
        "reach": (3, 3), "memm_table": (4, 6), "bi_table": (4, 6), "crf_table": (4, 6), "bi_g": (6, 6), "test_symbols": (500, 3),
        "test_labels": (500, 3)}  # fmt: skip
    assert {name: a[name].shape for name in shapes} == shapes
    np.testing.assert_array_equal(a["memm_table"][[0, 1, 3]], a["f"])


def test_errors_are_those_of_decoding_the_test_words_one_by_one():
    session, _ = trained()
    frame = look(session, gamma=1.0)
    a, wrong = frame.arrays, 0
    for symbols, labels in zip(a["test_symbols"][:60], a["test_labels"][:60], strict=True):
        f, g = a["memm_table"][symbols], a["g"]
        c = np.log(np.exp(g[None] + f[1:, None, :]).sum(-1))
        wrong += not np.array_equal(enumerate_paths(f - np.vstack([c, np.zeros((1, 6))]), g).path, labels)
    assert wrong / 60 == pytest.approx(frame.scalars["memm_error"], abs=0.12)
    curve = a["memm_by_gamma"]
    assert curve[-1] == frame.scalars["memm_error"] and curve[0] == look(session, gamma=0.0).scalars["memm_error"]


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.02, 0.34, 0.5])
def test_the_crf_follows_the_least_error_and_the_memm_does_not_care(noise):
    s = trained(noise=noise)[1].scalars
    assert s["memm_error"] == pytest.approx(0.4, abs=0.06) and s["crf_error"] <= s["bayes_error"] + 0.04


def test_clean_letters_have_no_error_to_make_and_no_nan():
    s = trained(steps=20, noise=0.0)[1].scalars
    assert s["bayes_error"] == 0 and np.isfinite(list(s.values())).all()


@pytest.mark.slow
def test_the_articles_order_on_the_lexicon():
    """Mean of seeds 0 to 2."""
    runs = [trained(seed, 200, data="lexicon", window=1)[1].scalars for seed in range(3)]
    errors = [np.mean([s[f"{name}_error"] for s in runs]) for name in ("crf", "bi", "memm", "softmax")]
    assert min(np.diff(errors)) >= 0.003, errors


def test_the_lexicon_is_shown_by_its_first_letters():
    a = trained(steps=60, data="lexicon")[1].arrays
    assert a["f"].shape == (8, 4) and a["memm_path"].shape == (8,) and "memm_table" not in a
    np.testing.assert_array_equal(a["codes"] - ord("a"), a["test_symbols"][0, :8])


def test_a_letter_that_is_not_there_is_refused_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["engine", "run", "memm", "--set", "letter_2=x"])
    with pytest.raises(SystemExit) as left:
        main()
    said = one_line(capsys.readouterr().err)
    assert left.value.code == 2 and "letter_2" in said and "r, i, o, b" in said
