"""The lab of extracting triples: what its runs show, and what becomes of one's own data."""

import re
from copy import deepcopy
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch

import engine
from engine.core.frame import Frame
from engine.core.params import BadValue
from engine.core.picture import Style
from engine.core.topic import Timeline
from engine.data.text import read_text
from engine.language.dgcnn_extraction import claims
from engine.language.dgcnn_extraction.batches import Labels
from engine.language.dgcnn_extraction.model import DgcnnExtraction, rate
from engine.language.dgcnn_extraction.network import tag_loss
from engine.language.dgcnn_extraction.own import spans_of
from engine.language.dgcnn_extraction.params import DgcnnExtractionParams
from engine.language.dgcnn_extraction.reading import read
from tests.command_line import command, written
from tests.contract.runs import played

SLUG = "dgcnn-extraction"
run = partial(written, SLUG)


@pytest.mark.slow
def test_clean_labels_are_read_well():
    frame = played(SLUG, "read").timeline.frame
    assert frame.scalars["f1"] >= 0.98 and frame.arrays["f1_by_pattern"].min() >= 0.95
    assert frame.scalars["loss"] == frame.scalars["subject_loss"] + frame.scalars["object_loss"]


@pytest.mark.slow
def test_without_the_question_two_patterns_have_two_thirds():
    frame = played(SLUG, "mixed").timeline.frame
    patterns = frame.arrays["f1_by_pattern"]
    assert patterns[4:] == pytest.approx([2 / 3, 2 / 3], abs=0.02) and patterns[:4].min() >= 0.95
    assert 0.84 <= frame.scalars["f1"] <= 0.90


@pytest.mark.slow
def test_missing_labels_move_the_threshold_and_tags_tell_how_many_there_are():
    usual, low = (played(SLUG, chapter).timeline.frame for chapter in ("meter", "forgotten"))
    assert low.settings["end_threshold"] == low.settings["start_threshold"] == 0.2
    assert 0.80 <= usual.scalars["f1"] <= 0.93 and low.scalars["f1"] - usual.scalars["f1"] >= 0.05
    assert usual.scalars["precision"] >= 0.95 and low.scalars["precision"] >= 0.95
    assert abs(usual.scalars["start_tag_mean"] - usual.scalars["kept_subjects"]) <= 0.1


def test_thresholds_act_on_the_last_reading_at_once():
    session = engine.start(SLUG, {"sentences": 100}, seed=0)
    before = session.advance(steps=40)
    session.set(start_threshold=0.1, end_threshold=0.1)
    after = session.look()
    assert (after.arrays["subject_start"] == before.arrays["subject_start"]).all()
    starts = np.unique(before.arrays["gold_triples"][:, :2], axis=0)  # each once
    assert before.scalars["start_tag_mean"] == pytest.approx(
        before.arrays["subject_start"][starts[:, 0], starts[:, 1]].mean(), abs=1e-6
    )
    assert len(after.arrays["found_subjects"]) > len(before.arrays["found_subjects"])
    assert after.scalars["f1"] == pytest.approx(after.arrays["f1_map"][0, 0], abs=1e-6)
    true, found = (set(map(tuple, after.arrays[f"{name}_triples"].tolist())) for name in ("gold", "found"))
    right = len(true & found)
    assert (after.scalars["precision"], after.scalars["recall"]) == (right / len(found), right / len(true)) and right
    session.set(start_threshold=0.06)
    assert len(session.look().arrays["found_subjects"]) > len(after.arrays["found_subjects"])  # below the map's thresholds, too
    for steps, same in ((19, True), (1, False)):  # read every 20 steps
        assert np.array_equal(session.advance(steps=steps).arrays["subject_start"], before.arrays["subject_start"]) == same


@pytest.mark.parametrize(("dilations", "field"), [("mixed", 33), ("ones", 13)])
def test_receptive_field(dilations, field):
    assert engine.start(SLUG, {"dilations": dilations, "sentences": 100}).advance(steps=1).scalars["receptive_field"] == field


def test_own_spans_go_through_the_sandbox(tmp_path, capsys):
    spans = tmp_path / "spans.csv"
    spans.write_text("0,1\n0,4\n3,4\n", encoding="utf-8")
    s, a = run(tmp_path / "o", 1, "--set", "data=own", "--data", str(spans))
    assert s["sandbox_recovered"] == 0 and a["sandbox_decoded"].tolist() == [[0, 1], [3, 4]] and len(a["sandbox_spans"]) == 3
    spans.write_text("3,4\n0,1\n", encoding="utf-8")
    s, a = run(tmp_path / "q", 1, "--set", "data=own", "--data", str(spans))
    assert s["sandbox_recovered"] == 1 and a["sandbox_decoded"].tolist() == a["sandbox_spans"].tolist() == [[0, 1], [3, 4]]
    for one in ("2,3\n", "2,3\n2,3\n"):  # rows are no samples: one alone, or a second alike, is a set, too
        spans.write_text(one, encoding="utf-8")
        assert run(tmp_path / f"one{len(one)}", 1, "--set", "data=own", "--data", str(spans))[1][
            "sandbox_decoded"
        ].tolist() == [[2, 3]]
    spans.write_text("0,1\n4,2\n", encoding="utf-8")
    assert command("run", SLUG, "--set", "data=own", "--data", str(spans), "--steps", "1", "--out", str(tmp_path / "p")) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert "row 2" in said[-1] and "4, 2" in said[-1]
    for row in ((0, 64), (-1, 2), (0.5, 2)):
        with pytest.raises(BadValue, match=re.escape("row 2 ({:g}, {:g})".format(*row))):
            spans_of(np.array([(0, 63), row], float))


def own(text):
    return engine.start(SLUG, {"data": "own", "sentences": 100}, seed=0, data=read_text("own.txt", text.encode()))


def test_own_sentences_are_read_and_unknown_signs_counted():
    session = own("《红海》导演王伟，生于新港。\n\n“Sky Sea” director Wang Wei.\nqqq 甲\n")
    session.set(sentence=2, start_threshold=0.05, end_threshold=0.05)
    frame = session.advance(steps=40)
    assert frame.scalars["own_unknown"] == 2 and frame.arrays["own_length"].tolist() == [12, 8, 2]
    assert frame.arrays["own_triples"].shape[1] == 6 and set(frame.arrays["own_triples"][:, 0].tolist()) <= {0, 1, 2}
    plain = engine.start(SLUG, {"sentences": 100}, seed=0).advance(steps=40)
    assert (plain.arrays["subject_start"] == frame.arrays["subject_start"]).all()  # own data changes no training
    for view in session.topic.views_for(session.params):
        assert view.draw(Timeline(frame, session.params), Style())


@pytest.mark.parametrize(
    ("text", "said"), [("a\n" * 2 + "a" * 129, "line 3 has 129"), ("王\n" * 401, "401 sentences"), (" \n\n", "no sentence")]
)
def test_texts_that_cannot_be_read_are_refused(text, said):
    with pytest.raises(BadValue, match=said):
        own(text)


def test_a_line_of_128_characters_is_read():
    assert own("王" * 128).look().arrays["own_length"].tolist() == [128]


def loss_on(net, model, batch):
    """(4) of a batch, as the model has it."""
    signs, real = model.signs[batch.rows], model.real[batch.rows]
    h = net.read(signs, real)
    objects = net.objects(h, real, torch.from_numpy(batch.first), torch.from_numpy(batch.last))
    parts = (net.subjects(h).mT, batch.subjects), (objects.flatten(1, 2), batch.objects.reshape(48, 10, -1))
    return sum(tag_loss(logits, torch.from_numpy(wanted), real) for logits, wanted in parts)


def test_a_step_is_one_of_adam_along_the_gradient_of_both_parts_of_the_loss():
    p = DgcnnExtractionParams(sentences=100)
    model, random = DgcnnExtraction(p, 0, torch.device("cpu")), np.random.default_rng([0, 0, 48])
    loop, labels = model.steps(), Labels(model.labels, model.signs.shape[1])
    for step in range(2):
        net = deepcopy(model.net)
        assert (next(loop), next(loop)) == ("batch", "gradient")
        batch = labels.batch(random, condition=True, wrong_subjects=True)
        value = loss_on(net, model, batch)
        slopes = torch.autograd.grad(value, list(net.parameters()))
        for own, slope in zip(model.net.parameters(), slopes, strict=True):
            torch.testing.assert_close(own.grad, slope, atol=1e-5, rtol=1e-3)
        assert next(loop) == "update" and model.subject_loss + model.object_loss == pytest.approx(value.item())
        moved = max(float((one - two).abs().max()) for one, two in zip(net.parameters(), model.net.parameters(), strict=True))
        assert moved == pytest.approx(3e-3 * (step + 1) / 40, rel=0.3 if step else 0.01)  # Adam's first step: the rate
    assert [rate(done, 200) for done in (0, 100, 200, 300)] == pytest.approx([3e-3 / 40, 1.5e-3, 0, 0])


def test_triples_are_those_of_the_settings():
    frame = engine.start(SLUG, {"missing_labels": 0.6, "sentences": 500}, seed=1).advance(steps=1)
    s = frame.scalars
    assert s["kept_share"] == pytest.approx(0.4, abs=0.06) and s["kept_subjects"] > s["kept_share"]
    assert np.bincount(frame.arrays["pattern"], minlength=6).min() > 40


def test_folds_learn_from_their_parts_and_the_last_model_from_what_they_agree_on():
    """Each is checked at its first step; between them, the two folds' votes and what is made of the notes, by hand."""
    p = DgcnnExtractionParams(sentences=100, repair="2")
    model = DgcnnExtraction(p, 0, torch.device("cpu"))
    loop, train, noted = model.steps(), model.world.train, model.world.noted
    begun, votes = [], []

    def begin(fold, triples):
        assert (next(loop), model.fold) == ("batch", fold)
        begun.append(deepcopy(model.net))
        batch = Labels(triples, train.signs.shape[1]).batch(np.random.default_rng([0, fold, 48]), True, True)
        assert next(loop) == "gradient"
        assert model.subject_loss + model.object_loss == pytest.approx(loss_on(begun[-1], model, batch).item())
        assert next(loop) == "update"

    for fold in (1, 2):
        begin(fold, noted[noted[:, 0] % 2 != fold - 1])
        for _ in range(99 * 3):
            next(loop)
        votes.append(set(map(tuple, read(model.net, train.signs, train.real, 0.2).found((0.2, 0.2)).tolist())))
    known, true = (set(map(tuple, part.tolist())) for part in (noted, train.triples))
    wanted = known & (votes[0] | votes[1]) | votes[0] & votes[1]
    begin(0, np.array(sorted(wanted)))
    assert set(map(tuple, model.labels.tolist())) == wanted and wanted - known
    scalars, right = model.observe()[0], len(wanted & true)
    assert (scalars["label_recall"], scalars["label_precision"]) == (right / len(true), right / len(wanted))
    assert not any(torch.equal(one.embedding, two.embedding) for one, two in pairwise(begun))
    unrepaired = DgcnnExtraction(DgcnnExtractionParams(sentences=100), 0, torch.device("cpu")).net
    assert torch.equal(begun[2].embedding, unrepaired.embedding)  # it differs from the run without repair in its labels alone


def test_both_patterns_of_two_facts_are_judged():
    p = DgcnnExtractionParams(condition=False, missing_labels=0.0)
    for off in (4, 5):
        found = np.array([1, 1, 1, 1, 2 / 3, 2 / 3])
        found[off] = 0.9
        assert not claims.mixed(Timeline(Frame(200, {}, {"f1_by_pattern": found}, p.values()), p)).agrees


@pytest.mark.slow
def test_repair_adds_what_all_folds_find():
    usual, scalars = (played(SLUG, chapter).timeline.frame.scalars for chapter in ("meter", "repaired"))
    assert scalars["f1"] > usual["f1"] and scalars["recall"] - usual["recall"] >= 0.05  # phenomenon 7: repair finds more
    assert scalars["label_recall"] - scalars["kept_share"] >= 0.1 and scalars["label_precision"] >= 0.9 and scalars["fold"] == 0
