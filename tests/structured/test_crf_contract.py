"""The CRF lab through the command line and as a session: the contract's numbers, own text, what is refused."""

from functools import cache, partial

import numpy as np
import pytest

import engine
from engine.core.params import BadValue
from engine.structured.crf import theory
from engine.structured.enumeration import enumerate_paths
from engine.structured.sequences import LEGAL
from tests.command_line import command, written

run = partial(written, "crf")


@cache
def trained(ambiguity: float = 0.3, **cold):
    session = engine.start("crf", {"ambiguity": ambiguity, **cold}, seed=0)
    return session, session.advance(steps=150)


def test_clear_symbols(tmp_path):
    s, a = run(tmp_path, 150, "--set", "ambiguity=0")
    assert -0.08 <= s["crf_nll"] - s["bayes_nll"] <= 0.5
    assert s["softmax_nll"] / s["crf_nll"] >= 2.5
    assert s["bayes_accuracy"] - s["crf_accuracy"] <= 0.02 and s["crf_accuracy"] - s["softmax_accuracy"] >= 0.08
    assert s["crf_illegal"] == 0 and s["softmax_illegal"] == pytest.approx(0.43, abs=0.05)
    assert a["g"][~LEGAL].max() <= -2 and a["g"][LEGAL].min() >= 2
    assert (~LEGAL).sum() == 8  # the contract counts 9 impossible cells; the table of transitions has 8


def test_ambiguous_symbols():
    s = trained(0.8)[1].scalars
    assert s["crf_illegal"] == 0 and s["softmax_illegal"] == pytest.approx(0.51, abs=0.05)
    rates = [s[f"{name}_accuracy"] for name in ("crf", "softmax", "bayes")]
    assert max(rates) - min(rates) < 0.05 and s["softmax_nll"] - s["crf_nll"] > 10


def enumerated(frame):
    p, a = frame.settings, frame.arrays
    h = a["h"] + np.eye(len(a["h"]), 1) * a["start"]
    return enumerate_paths(h, p["transition_scale"] * a["g"], p["inverse_temperature"]), h


SHOWN: tuple[dict, ...] = (
    {}, {"length_shown": 1}, {"transition_scale": 0.0}, {"transition_scale": 2.35, "inverse_temperature": 0.4},
    {"inverse_temperature": 10.0}, {"sequence": 399, "length_shown": 3}, {"pin": True, "pinned": 9},
)  # fmt: skip


@pytest.mark.parametrize("values", SHOWN)
def test_what_is_shown_is_that_of_all_paths(values):
    session, _ = trained()
    session.set(
        **{"transition_scale": 1.0, "inverse_temperature": 1.0, "length_shown": 8, "sequence": 0, "pin": False} | values
    )
    frame = session.look()
    s, a = frame.scalars, frame.arrays
    wanted, h = enumerated(frame)
    assert [s["log_z"], s["viterbi_score"], s["entropy"]] == pytest.approx(
        [wanted.log_z, wanted.best, wanted.entropy], abs=1e-9
    )
    np.testing.assert_allclose(a["node_marginals"], wanted.nodes, atol=1e-9)
    np.testing.assert_allclose(a["pair_marginals"], wanted.pairs, atol=1e-9)
    assert a["viterbi"].tolist() == wanted.path.tolist()
    n, beta = len(h), frame.settings["inverse_temperature"]
    assert -1e-9 <= s["log_z"] / beta - s["viterbi_score"] <= n * np.log(4) / beta
    assert a["pair_marginals"].shape == (n - 1, 4, 4) and not any(np.isnan(a[name]).any() for name in a if name != "paths")
    if values.get("transition_scale") == 0:
        assert a["viterbi"].tolist() == h.argmax(1).tolist() and s["crf_illegal"] > 0.1
        assert s["log_z"] == pytest.approx(float(np.log(np.exp(h).sum(1)).sum()), abs=1e-9)


def test_forbidding_changes_decoding_not_belief():
    session, _ = trained()
    session.set(transition_scale=0.0, forbid_illegal=False, inverse_temperature=1.0, length_shown=8, sequence=0, pin=False)
    free = session.look()
    session.set(forbid_illegal=True)
    bound = session.look()
    session.set(forbid_illegal=False)
    assert bound.scalars["crf_illegal"] == bound.scalars["softmax_illegal"] == 0 < free.scalars["crf_illegal"]
    assert bound.scalars["log_z"] == free.scalars["log_z"]
    np.testing.assert_array_equal(bound.arrays["pair_marginals"], free.arrays["pair_marginals"])


def test_only_label_scores_of_a_symbol_make_h():
    _, frame = trained(0.8)
    a = frame.arrays
    np.testing.assert_array_equal(a["h"], a["embedding"][a["test_symbols"][0, :8]])
    assert a["emission"] == pytest.approx(0.2 * theory.emission(0) + 0.8 * theory.emission(0).mean(0))
    assert (
        a["test_symbols"].shape == a["test_labels"].shape == (400, 20)
        and a["labels"].tolist() == a["test_labels"][0, :8].tolist()
    )


def test_no_trained_model_beats_the_exact_answer():
    """Paired over the test sequences, within three standard errors."""
    import torch

    from engine.structured import chains

    for ambiguity in (0.3, 0.8):
        a = trained(ambiguity)[1].arrays
        x, y = torch.from_numpy(a["test_symbols"]).long(), torch.from_numpy(a["test_labels"]).long()
        models = (
            (a["embedding"], a["start"], a["g"]),
            (theory.logs(a["emission"].T), theory.logs(theory.START), theory.logs(theory.TRANSITIONS)),
        )
        nll = []
        for table, start, g in models:
            h, edges = chains.with_start(torch.from_numpy(table)[x], torch.from_numpy(start)), torch.from_numpy(g)
            nll.append((chains.log_partition(h, edges) - chains.path_score(h, edges, y)).numpy())
        gap = nll[0] - nll[1]
        assert gap.mean() > -3 * gap.std(ddof=1) / np.sqrt(len(gap))


def test_the_exact_answer_is_not_made_up():
    for values in ({"window": 1}, {"data": "lexicon"}):
        s = engine.start("crf", values, seed=0).look().scalars
        assert np.isnan(s["bayes_nll"]) and np.isnan(s["bayes_accuracy"])


@pytest.mark.slow
def test_constraints_alone_explain_a_part_of_the_gain():
    """Phenomenon 4, mean of five seeds."""
    found = []
    for seed in range(5):
        session = engine.start("crf", {"data": "lexicon", "window": 1, "training_sequences": 300}, seed=seed)
        free = session.advance(steps=150).scalars
        session.set(forbid_illegal=True)
        bound = session.look().scalars
        found.append([free["softmax_accuracy"], bound["softmax_accuracy"], free["crf_accuracy"]])
    plain, forbidden, crf = np.mean(found, 0)
    assert crf - plain > 0.03 and 0.25 < (forbidden - plain) / (crf - plain) < 0.85


def codes(text: str) -> dict[str, np.ndarray]:
    return {"codes": np.array([ord(sign) for sign in text], np.int32)}


TEXT = "今天 天气 不 错\n我们 出去 走走\n天气 好\n不\n今天 好 冷\n"


def test_a_text_of_ones_own():
    session = engine.start("crf", {"data": "own"}, seed=0, data=codes(TEXT))
    frame = session.advance(steps=30)
    s, a = frame.scalars, frame.arrays
    assert "".join(map(chr, a["shown_codes"])) == "今天好?" and a["unknown"].tolist() == [
        0,
        0,
        0,
        1,
    ]  # the fifth sentence is the test
    assert a["labels"].tolist() == [0, 2, 3, 3] and np.isfinite([s["crf_nll"], s["softmax_nll"], s["crf_accuracy"]]).all()
    assert a["h"].shape == (4, 4) and np.isnan(s["bayes_nll"])


@pytest.mark.parametrize("text", ["不\n", "今天 天气 不 错", "a\n\n  \nb c", "a" * 5000, "ab c " * 2000])
def test_short_texts_work(text):
    s = engine.start("crf", {"data": "own", "window": 1, "sequence": 7}, seed=0, data=codes(text)).advance(steps=3).scalars
    assert np.isfinite(s["crf_nll"]) and np.isfinite(s["log_z"])


@pytest.mark.parametrize(("text", "said"), [("  \n \n", "no sentence"), ("a\n" * 5001, "5,001 sentences")])
def test_a_text_that_cannot_be_used_is_refused(text, said):
    with pytest.raises(BadValue, match=said):
        engine.start("crf", {"data": "own"}, data=codes(text))


def test_a_file_of_blanks_is_refused_in_one_line(tmp_path, capsys):
    file = tmp_path / "blank.txt"
    file.write_text("   \n  \n", encoding="utf-8")
    assert command("run", "crf", "--steps", "1", "--set", "data=own", "--data", str(file), "--out", str(tmp_path / "o")) != 0
    assert "sentence" in capsys.readouterr().err.strip().splitlines()[-1]
