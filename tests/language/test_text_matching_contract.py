"""The lab of text matching through the command line and as a session: the contract's numbers, the pretraining, own lines."""

import math
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

import engine
from engine.core import kept
from engine.core.frame import Frame, difference
from engine.core.topic import Timeline
from engine.export.archive import exists, imports
from engine.language.text_matching import pretraining, theory
from engine.language.text_matching.params import TextMatchingParams
from engine.language.text_matching.views.courses import at_threshold
from engine.language.text_matching.world import World, plain_corpus, tokens
from engine.train.ranks import auc
from tests.command_line import command
from tests.contract.runs import played

COUNTED = {"starts": ("scratch",), "training": "labels"}
start = partial(engine.start, "text-matching")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("shift", [1.0, 0.0])
def test_counting_finds_few_words_unless_both_texts_speak_of_the_same(seed, shift):
    found = World(TextMatchingParams(domain_shift=shift), seed).quality()
    if shift:
        assert 3 <= found["exact_words"] <= 12 and 4 <= found["rank_error"] <= 14
    else:
        assert found["exact_words"] >= 12 and found["rank_error"] <= 2


def test_ranks_in_a_frame_are_those_of_its_counts():
    frame = start(COUNTED, seed=4).look()
    s, a = frame.scalars, frame.arrays
    assert (a["cipher_ids"] == np.arange(64)).all() and a["cipher_counts"].sum() > 20_000
    assert (a["alignment"] == theory.align(a["cipher_counts"], a["plain_counts"])).all()
    right = a["alignment"] == a["true_words"]
    assert s["exact_words"] == right.sum() and s["exact_mass"] == a["cipher_counts"][right].sum() / a["cipher_counts"].sum()
    off = np.abs(theory.ranks(a["cipher_counts"]) - theory.ranks(a["plain_counts"])[a["true_words"]])
    assert s["rank_error"] == np.median(off)
    assert s["unigram_entropy"] == theory.entropy(a["cipher_counts"]) and a["swap_probability"].dtype == np.float64
    assert np.array_equal(a["swap_probability"], theory.swaps(a["plain_counts"], a["cipher_counts"]), equal_nan=True)
    told = start(COUNTED | {"hints": 20}, seed=4).look().scalars["exact_words"]
    assert told >= 20 > s["exact_words"]


@pytest.mark.parametrize("seed", [0, 1])
def test_before_the_first_step_every_score_is_one_half(seed, monkeypatch):
    """Without a pretrained body nothing is pretrained."""
    monkeypatch.setattr(pretraining, "_made", {})
    frame = start({"starts": ("scratch",)}, seed=seed).look()
    assert (
        frame.scalars["auc_scratch"] == 0.5
        and (frame.arrays["scores"] == 0.5).all()
        and frame.arrays["scores"].dtype == np.float64
    )
    assert frame.scalars["mlm_loss_scratch"] == pytest.approx(math.log(71), abs=0.3)
    assert not pretraining._made


def test_a_start_that_does_not_run_is_looked_at_as_the_next_one():
    seen = lambda looked, *starts: TextMatchingParams(looked=looked, starts=starts).shown  # noqa: E731
    assert seen("scratch", "random", "frequency") == "random" and seen("oracle", "random", "frequency") == "frequency"
    assert seen("frequency", "scratch", "oracle") == "oracle" and seen("random", "random", "oracle") == "random"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_starts_after_300_steps(seed):
    """The contract's rows; at seed 0 the chapter's own run."""
    frame = played("text-matching", "starts").timeline.frame if seed == 0 else start({}, seed=1).advance(steps=300)
    s = frame.scalars
    assert s["auc_oracle"] > 0.88 and s["auc_frequency"] - s["auc_random"] > 0.04 and s["auc_scratch"] < 0.65
    assert s["mlm_loss_oracle"] < s["unigram_entropy"]
    first = played("text-matching", "starts").timeline.frame.scalars
    assert (s["auc_frequency"] - s["auc_random"] + first["auc_frequency"] - first["auc_random"]) / 2 > 0.1
    found = [auc(row, frame.arrays["test_labels"]) for row in frame.arrays["scores"]]
    assert found == [s[f"auc_{name}"] for name in ("scratch", "random", "frequency", "oracle")]


def test_the_pretraining_is_seen_and_kept(monkeypatch, tmp_path):
    """In short pieces before the first step; a second session finds it done; both give the same frames."""
    monkeypatch.setattr(pretraining, "_made", {})
    monkeypatch.setenv("LATENT_LAB_DATA", str(tmp_path))
    monkeypatch.setattr(pretraining, "STEPS", 40)
    first = start({"starts": ("frequency", "oracle")})
    assert first.look().scalars["pretrained"] == 0 and math.isnan(first.look().scalars["mlm_loss_oracle"])
    first.run(seconds=1e-3)
    early = first.look()
    assert early.step == 0 and 0 < early.scalars["pretrained"] < 1
    first.run(steps=2)
    second = start({"starts": ("frequency", "oracle")})
    assert difference(early, second.look()) is None  # but for the clocks
    assert difference(first.look(), second.advance(steps=2)) is None
    assert first.look().arrays["plain_course"][:, 0].tolist() == [20, 40]


def test_a_pretraining_from_disk_gives_the_frames_of_one_that_was_computed(monkeypatch, tmp_path):
    """Without a folder, into an empty one, out of it, and out of one whose file is damaged: bit for bit the same."""
    monkeypatch.setattr(pretraining, "STEPS", 40)

    def frames(folder: str) -> tuple[float, list[Frame]]:
        monkeypatch.setenv("LATENT_LAB_DATA", str(tmp_path / folder))
        monkeypatch.setattr(pretraining, "_made", {})  # as in another process
        session = start({"frozen": True}, seed=2)
        share = session.look().scalars["pretrained"]
        return share, [session.advance(parts=1), *(session.advance(steps=n) for n in (1, 2))]

    (tmp_path / "file").touch()
    none, computed = frames("file/below")
    cold, first = frames("data")
    (file,) = (tmp_path / "data" / kept.ROOM).iterdir()
    warm, second = frames("data")
    assert (none, cold, warm) == (0, 0, 1)
    file.write_bytes(file.read_bytes()[:-4] + b"\0\0\0\1")
    damaged, third = frames("data")
    assert damaged == 0 and frames("data")[0] == 1, "it is computed anew, and kept"
    for others in (first, second, third):
        for one, other in zip(computed, others, strict=True):
            assert difference(one, other) is None
            assert (one.arrays["plain_course"] == other.arrays["plain_course"]).all()  # a clock, which is not compared
    assert np.isfinite(computed[0].arrays["plain_course"]).all()


def test_another_program_constant_seed_or_language_has_a_pretraining_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("LATENT_LAB_DATA", str(tmp_path))
    monkeypatch.setattr(pretraining, "_made", {})
    monkeypatch.setattr(pretraining, "STEPS", 2)
    cpu = torch.device("cpu")
    done = lambda seed=5, zipf=1.0: pretraining.pretraining(seed, zipf, cpu).share == 1  # noqa: E731
    for _ in pretraining.pretraining(5, 1.0, cpu).steps():
        pass
    monkeypatch.setattr(pretraining, "_made", {})
    assert [done(), done(6), done(5, 1.1)] == [True, False, False]
    for name, value in (("SOURCE", "another"), ("RATE", 1e-3), ("BATCH", 32), ("MASKED", 0.2), ("EVERY", 2), ("SOURCE", "")):
        with monkeypatch.context() as changed:
            changed.setattr(pretraining, name, value)
            changed.setattr(pretraining, "_made", {})
            assert not done(), name


def test_the_fingerprint_is_of_all_the_topic_s_files_that_the_pretraining_imports():
    home = "engine.language.text_matching."
    found, waiting = set(), [pretraining.__name__]
    while waiting:
        name = waiting.pop()
        if name not in found and name.startswith(home) and exists(name):
            found.add(name)
            waiting += imports(Path(str(sys.modules[name].__file__)).read_text(encoding="utf-8"), name)
    assert found == {module.__name__ for module in pretraining.PROGRAM if module.__name__.startswith(home)}
    assert len(found) == 6 and pretraining.SOURCE == kept.fingerprint(pretraining.PROGRAM) != ""


def test_with_a_frozen_body_only_the_tables_move_and_the_oracle_begins_with_the_plain_rows(monkeypatch):
    monkeypatch.setattr(pretraining, "_made", {})
    monkeypatch.setattr(pretraining, "STEPS", 2)
    session = start({"frozen": True, "starts": ("random", "frequency", "oracle")})
    session.run(parts=1)
    before, frame = session.weights(), session.look()
    net = pretraining.pretraining(0, 1.0, session.device).net
    counted, true = frame.arrays["alignment"], frame.arrays["true_words"]
    for table, plain in (("net.embedding", net.embedding[0].detach().numpy()), ("net.bias", net.bias[0].detach().numpy())):
        rows = before[table]
        assert (rows[2, 7:] == plain[7 + true]).all() and (rows[1, 7:] == plain[np.where(counted < 0, 1, 7 + counted)]).all()
        assert (rows[:, 5:7] == plain[1]).all() and (rows[:, :5] == plain[:5]).all()
    assert (before["net.bias"][0, 7:] == 0).all() and frame.scalars["recovered_oracle"] == 1
    assert before["net.embedding"][0, 7:].std() == pytest.approx(net.embedding[0, 7:].std().item(), rel=0.1)
    assert np.allclose(frame.arrays["recovery"][2], 1) and frame.scalars["recovered_random"] < 0.2
    assert frame.scalars["recovered_frequency"] == pytest.approx(
        (counted == true).mean(), abs=0.05
    )  # [UNK] may be near one, too
    session.run(steps=3)
    after = session.weights()
    moved = {name for name in before if name.startswith("net.") and not np.array_equal(before[name], after[name])}
    assert moved == {"net.embedding", "net.bias"}


def test_a_batch_has_24_pairs_with_labels_and_40_without():
    """Their words are hidden unless labels alone are trained on; what is judged by is hidden in test text."""
    for training, rows in (("all", 64), ("labels-mlm", 24), ("labels", 24)):
        model = start({"starts": ("scratch",), "training": training, "labels": 20})._model
        batch = model.batch(model.generator("here"))
        assert len(batch.ids) == rows and batch.labelled.sum() == 24 and model.train.shape[2] == len(model.labels) == 20
        assert torch.equal(batch.at[batch.labelled], torch.arange(24) * batch.ids.shape[1])  # the first rows' [CLS]
        assert (~batch.labelled).any() == (training != "labels") == (batch.ids == 4).any()
        assert set(batch.wanted[batch.labelled].tolist()) == {5, 6} and (batch.wanted[~batch.labelled] >= 7).all()
    whole, hidden = model.test
    assert (hidden.ids.flatten()[hidden.at] == 4).all() and (hidden.wanted >= 7).all() and not hidden.labelled.any()
    tests, _ = tokens(model.world.test.words, model.world.table)
    assert torch.equal(whole.ids, torch.from_numpy(tests[:, : whole.ids.shape[1]])) and whole.labelled.sum() == 1000
    assert (whole.wanted - 5).tolist() == model.world.test.labels.tolist()


def test_tests_are_judged_every_25_steps():
    session = start(COUNTED | {"labels": 20})
    session.run(parts=1)
    first, before, then = session.look(), session.advance(steps=24), session.advance(steps=1)
    losses = [frame.scalars["label_loss_scratch"] for frame in (first, before, then)]
    assert losses[0] == losses[1] != losses[2] and (before.step, then.step) == (24, 25)


def test_plain_text_is_written_by_its_words_numbers_and_pretraining_also_compares():
    made = pretraining.Pretraining(0, 1.0, torch.device("cpu"))
    ids, _ = tokens(plain_corpus(0, 1.0)[1].words[:9], np.append(np.arange(7, 71), 0))
    assert (made.both[0, 0, :9].numpy() == ids).all()
    before = made.same.weight.clone()
    made.step()
    assert not torch.equal(before, made.same.weight)


def test_the_threshold_counts_pairs_above_it():
    arrays = {"scores": np.array([[0.9, 0.8, 0.7, 0.1, 0.2]]), "test_labels": np.array([1, 1, 0, 0, 0])}
    params = TextMatchingParams(starts=("scratch",), threshold=0.5)
    assert at_threshold(Timeline(Frame(0, {}, arrays, {}), params)) == (1.0, pytest.approx(1 / 3))


def test_the_command_line_names_the_line(tmp_path, capsys):
    file = tmp_path / "own.txt"
    file.write_text("1 2\t2 1\t1\n3\t4\n5\t6\t0\n12 x 9\t3\n", encoding="utf-8")
    status = command("run", "text-matching", "--data", str(file), "--steps", "1", "--out", str(tmp_path / "out"))
    said = capsys.readouterr().err.strip()
    assert status == 2 and sum("ine 4" in line and "x" in line for line in said.splitlines()) == 1
