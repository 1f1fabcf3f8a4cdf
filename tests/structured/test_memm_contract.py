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


def read_at(name, gamma, f, g):
    """Label scores of the chain that a model is read by, written out anew: S(y) less γ times (3), or the mean of (3) and (4)."""
    c = np.vstack([np.log(np.exp(g[None] + f[1:, None, :]).sum(-1)), np.zeros((1, 6))])
    d = np.vstack([np.zeros((1, 6)), np.log(np.exp(g[None] + f[:-1, :, None]).sum(1))])
    return f - gamma * {"memm": c, "bi": (c + d) / 2, "crf": 0 * c}[name]


@pytest.mark.parametrize("hot", [{}, {"letter_2": "o", "nudge": 2.5}, {"letter_1": "b", "letter_2": "o", "gamma": 0.3}])
@pytest.mark.parametrize("name", ["memm", "bi", "crf"])
def test_chances_path_and_reach_are_those_of_all_216_paths(name, hot):
    a, pre = look(trained()[0], **hot).arrays, "" if name == "memm" else f"{name}_"
    f, g = a[f"{pre}f"], a[f"{pre}g"]
    model = enumerate_paths(read_at(name, 1.0, f, g), g)
    now = enumerate_paths(read_at(name, hot.get("gamma", 1.0), f, g), g)
    np.testing.assert_allclose(model.nodes, a[f"{name}_marginals"], atol=1e-9)
    np.testing.assert_allclose(now.nodes, a[f"{name}_nodes"], atol=1e-9)
    np.testing.assert_allclose(now.pairs, a[f"{name}_pairs"], atol=1e-9)
    np.testing.assert_array_equal(now.path, a[f"{name}_path"])
    moves = np.zeros((3, 6, 3))
    for place, label in np.ndindex(3, 6):
        pushed = f.copy()
        pushed[place, label] += 3
        moves[place, label] = np.abs(enumerate_paths(read_at(name, 1.0, pushed, g), g).nodes - model.nodes).max(1)
    np.testing.assert_allclose(moves.max(1), a[f"{pre}reach"], atol=1e-9)


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


@pytest.mark.parametrize("name", ["memm", "bi", "crf"])
def test_errors_are_those_of_decoding_the_test_words_one_by_one(name):
    frame = look(trained()[0], gamma=0.5)
    a, right = frame.arrays, {}
    g, table = a["g" if name == "memm" else f"{name}_g"], a[f"{name}_table"]
    for word in set(map(tuple, a["test_symbols"].tolist())):
        right[word] = enumerate_paths(read_at(name, 0.5, table[list(word)], g), g).path.tolist()
    pairs = zip(a["test_symbols"].tolist(), a["test_labels"].tolist(), strict=True)
    assert np.mean([right[tuple(word)] != labels for word, labels in pairs]) == pytest.approx(frame.scalars[f"{name}_error"])
    if name != "crf":
        for gamma in (0.0, 0.5, 1.0):
            now = look(trained()[0], gamma=gamma)
            assert now.arrays[f"{name}_by_gamma"][round(10 * gamma)] == now.scalars[f"{name}_error"]


def test_transitions_learn_as_many_times_as_fast_as_is_set():
    """Adam's first step is its rate, whatever the gradient."""
    a = engine.start("memm", {"rate_ratio": 10.0}, seed=0).advance(steps=1).arrays
    assert np.abs(a["g"]).max() == pytest.approx(1.0, abs=0.05) and np.abs(a["memm_table"]).max() == pytest.approx(
        0.1, abs=0.05
    )


def test_errors_of_the_lexicon_are_shares_of_labels():
    """Of the sentences nearly all would be wrong somewhere."""
    s = trained(steps=60, data="lexicon")[1].scalars
    assert all(s[f"{name}_error"] < 0.5 for name in ("softmax", "memm", "bi", "crf"))


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
