"""The BERT-whitening lab as a session and through the command line: every line of the contract."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import engine
from engine.cli.commands import main
from engine.core.params import BadValue
from engine.core.topic import Timeline
from engine.data.uploads import read_upload
from engine.language.bert_whitening import claims, theory
from engine.language.bert_whitening.model import BertWhitening
from engine.language.bert_whitening.params import BertWhiteningParams
from tests.cli.said import one_line
from tests.contract.runs import played

SLUG = "bert-whitening"
EIGHT = {"width": 8, "kept": 8, "noise": 0.01}


def ended(values=None, steps=1, seed=0, data=None):
    return engine.start(SLUG, values or {}, seed=seed, data=data).advance(steps=steps)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_full_whitening_scores_worse_than_raw_and_eight_dimensions_nearly_perfectly(seed):
    frame = ended({"kept": 8}, seed=seed)
    s = frame.scalars
    assert s["spearman_raw"] == pytest.approx(0.81, abs=0.02) and s["spearman_centred"] == pytest.approx(0.82, abs=0.02)
    assert s["spearman_full"] == pytest.approx(0.51, abs=0.04)
    assert s["spearman"] >= 0.98 and frame.arrays["spearman_by_dimension"].argmax() + 1 == 8


@pytest.mark.slow
def test_the_default_flow_is_near_full_whitening_and_not_yet_converged():
    s = ended(steps=400).scalars
    assert abs(s["spearman_flow"] - s["spearman_full"]) <= 0.1 and s["flow_nll"] - s["gaussian_nll"] > 0.5


def test_a_linear_flow_learns_the_cosines_of_whitening():
    """Ground truth 8; its likelihood is the claim of a chapter."""
    session = engine.start(SLUG, {**EIGHT, "flow_depth": 0, "pairs": 1000})
    frame = session.advance(steps=600)
    a, w = frame.arrays, session.weights()
    sides = [(a[side].astype(float) - w["flow.layers.0.shift"]) @ w["flow.layers.0.matrix"] for side in ("left", "right")]
    found = theory.cosines(*sides)
    assert theory.spearman(found[:, None], a["cosines"])[0] > 0.999
    assert theory.spearman(found[:, None], a["truth"])[0] == pytest.approx(frame.scalars["spearman_flow"], abs=1e-5)


def test_without_whitening_and_centring_no_cosine_changes():
    a = ended({"whitening_power": 0, "centring": 0}).arrays
    assert np.abs(a["cosines"] - a["cosines_raw"]).max() <= 1e-10
    assert all(a[name].dtype == np.float64 for name in ("cosines", "cosines_raw"))


def test_a_frames_numbers_are_those_of_its_vectors():
    """From left, right (float32) and truth alone, by other ways: raw cosines, Cholesky's whitening, the mean cosine."""
    frame = ended({"pairs": 600, "kept": 64})
    s, a = frame.scalars, frame.arrays
    x = np.concatenate([a["left"], a["right"]]).astype(float)
    y = np.linalg.solve(np.linalg.cholesky(np.cov(x.T, bias=True)), (x - x.mean(0)).T).T
    unit = [side / np.linalg.norm(side, axis=1, keepdims=True) for side in (*np.split(x, 2), *np.split(y, 2))]
    assert a["cosines_raw"] == pytest.approx((unit[0] * unit[1]).sum(1), abs=1e-6)
    assert a["cosines"] == pytest.approx((unit[2] * unit[3]).sum(1), abs=1e-5)
    assert s["mean_cosine_raw"] == pytest.approx(np.square(np.concatenate(unit[:2]).mean(0)).sum(), abs=1e-6)
    assert s["rank"] == 32 and s["spearman"] == s["spearman_full"] == a["spearman_by_dimension"][-1]
    clean = a["meant"] / a["eigenvalues"]
    assert clean[:8].min() > 0.9 and clean[8:].max() < 0.1


def test_vectors_stay_while_a_flow_learns_and_change_while_words_are_learned():
    session = engine.start(SLUG, {"pairs": 500})
    before, after = session.look(), session.advance(steps=3)
    assert np.array_equal(before.arrays["left"], after.arrays["left"])
    assert before.scalars["flow_nll"] > after.scalars["flow_nll"]
    session = engine.start(SLUG, {"source": "trained", "pairs": 500})
    first, second = session.advance(steps=1), session.advance(steps=1)
    assert second.scalars["spearman_raw"] != first.scalars["spearman_raw"] and np.isnan(second.scalars["flow_nll"])
    a = second.arrays
    x = a["embeddings"].astype(float)[a["sentences"]].mean(1)
    assert a["cosines_raw"] == pytest.approx(theory.cosines(*np.split(x, 2)), abs=1e-12)


def test_a_flow_begins_where_the_words_end():
    session = engine.start(SLUG, {"source": "trained", "pairs": 500, "width": 8})
    assert np.isnan(session.advance(steps=600).scalars["flow_nll"])
    vectors = session.look().arrays["embeddings"]
    frame = session.advance(steps=1)
    assert np.isfinite(frame.scalars["flow_nll"]) and np.array_equal(frame.arrays["embeddings"], vectors)


def test_learned_vectors_lose_by_all_dimensions():
    """Phenomenon 4, from the chapter's run: the score has its top at eight dimensions, and with all of them is no better than raw."""
    s = played(SLUG, "learned").timeline.frame.scalars
    assert s["spearman"] > s["spearman_raw"] + 0.15 and s["spearman_full"] < s["spearman_centred"] - 0.1


def table(rows=40, width=3, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, 2 * width + 1))


def saved(array, tmp_path, name="own.npy"):
    np.save(tmp_path / name, array)
    return read_upload(name, (tmp_path / name).read_bytes(), ("pairs",))


def test_own_pairs_are_read_from_both_kinds_of_files(tmp_path):
    own = table()
    frame = ended({"source": "own"}, data=saved(own, tmp_path))
    sides = np.split(own[:, :6].astype(np.float32), 2, 1)
    assert np.array_equal(frame.arrays["left"], sides[0]) and np.array_equal(frame.arrays["right"], sides[1])
    assert np.array_equal(frame.arrays["truth"], own[:, 6])
    text = "\n".join(",".join(map(repr, row)) for row in own.tolist())
    again = ended({"source": "own"}, data=read_upload("own.csv", text.encode(), ("pairs",)))
    assert np.array_equal(again.arrays["cosines"], frame.arrays["cosines"])


def test_own_vectors_of_low_rank_are_capped_and_said(tmp_path, caplog):
    own = table(width=4)
    own[:, [3, 7]] = 2.5
    frame = ended({"source": "own", "kept": 4}, data=saved(own, tmp_path))
    assert frame.scalars["rank"] == 3 and "rank 3 of 4" in caplog.text and np.isfinite(frame.arrays["cosines"]).all()


def test_with_fewer_vectors_than_dimensions_full_whitening_leaves_no_score():
    frame = ended({"source": "own", "kept": 9}, data={"x": table(5, 20)})
    assert frame.scalars["rank"] == 9 and np.isnan(frame.scalars["spearman"]) and np.ptp(frame.arrays["cosines"]) < 1e-9


@pytest.mark.parametrize(("own", "said"), [(table()[:, :6], "odd number"), (table()[:, :3], "odd number"), (table(2), "3 to 8,000 pairs"),
    (table() * [1, 1, 1, 1, 1, 1, 0], "all are 0"), (np.ones((9, 7)) + np.eye(9)[:, [0] * 7] * [0, 0, 0, 0, 0, 0, 1], "the same"), (None, "upload")])  # fmt: skip
def test_own_pairs_that_cannot_be_used_are_refused_in_a_sentence(own, said):
    with pytest.raises(BadValue, match=said):
        ended({"source": "own"}, data=None if own is None else {"x": own})


@pytest.mark.parametrize(("rows", "said"), [("1,2,3,4,.5\n3,4,5,word,1\n5,6,7,8,0\n", "line 2"), ("1,2,3,4,.5\n3,4,5,,1\n5,6,7,8,0\n", "row 2"),
    ("1.5,2,3,.5\n3,4,5.5,1\n5,6,7,0\n", "odd number")])  # fmt: skip
def test_a_broken_file_ends_with_status_2_and_a_line(rows, said, tmp_path, monkeypatch, capsys):
    (tmp_path / "own.csv").write_text(rows)
    monkeypatch.setattr(
        "sys.argv", ["engine", "run", SLUG, "--set", "source=own", "--data", str(tmp_path / "own.csv"), "--steps", "1"]
    )
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2 and said in one_line(capsys.readouterr().err.splitlines()[-1] + "\n")


def test_the_first_words_loss_is_of_the_other_fifteen():
    """By hand in NumPy, from the first vectors and the first batch: every asked word is left out of the mean that predicts it."""
    params = BertWhiteningParams.build({"source": "trained", "pairs": 500})
    model = BertWhitening(params, 0, torch.device("cpu"))
    e, chance = model.embeddings.detach().numpy().astype(float), model.generator("words")
    rows = model.sentences[torch.randint(1000, (256,), generator=chance).numpy()]
    asked = torch.randint(16, (256,), generator=chance).numpy()
    nats = []
    for row, place in zip(rows, asked, strict=True):
        logits = e @ e[np.delete(row, place)].mean(0)
        nats.append(np.log(np.exp(logits).sum()) - logits[row[place]])
    assert ended({"source": "trained", "pairs": 500}).scalars["word_loss"] == pytest.approx(np.mean(nats), abs=1e-5)


def test_meanings_are_the_same_whatever_becomes_of_them():
    learned, made = (
        engine.start(SLUG, {"source": source, "pairs": 500}).look().arrays["truth"] for source in ("trained", "made")
    )
    assert np.array_equal(learned, made)


def test_the_floor_is_only_spoken_of_for_linear_flows():
    for depth, there in ((0, True), (1, False)):
        session = engine.start(SLUG, {**EIGHT, "pairs": 500, "flow_depth": depth})
        timeline = Timeline(replace(session.look(), step=600), session.params)
        assert all((claim(timeline) is not None) == there for claim in (claims.floor, claims.same_score))


@pytest.mark.parametrize("name", ["own.csv", "own.npy"])
def test_pairs_of_berts_vectors_are_taken_and_no_wider_ones(name, tmp_path):
    """BERT-base has 768 dimensions: a row is 2 · 768 numbers and the score."""
    own = np.round(table(12, 768), 3)
    np.save(tmp_path / "own.npy", own)
    np.savetxt(tmp_path / "own.csv", own, fmt="%.3f", delimiter=",")
    frame = ended({"source": "own", "kept": 20}, data=read_upload(name, (tmp_path / name).read_bytes(), ("pairs",)))
    assert frame.scalars["rank"] == 23 and frame.arrays["left"] == pytest.approx(own[:, :768].astype(np.float32))
    assert frame.arrays["cosines_raw"] == pytest.approx(theory.cosines(own[:, :768], own[:, 768:-1]), abs=1e-12)
    with pytest.raises(BadValue, match=r"5 to 1,537"):
        ended({"source": "own"}, data={"x": table(12, 769)})
