"""The lab of pseudo-summaries through the command line and as a session: the contract's numbers, own text, the network.

What few titles are worth are claims of the chapters "ten", "which" and "more": tests/contract holds them against their runs.
"""

from functools import partial

import numpy as np
import pytest
import torch

import engine
from engine.core.frame import difference
from engine.core.params import BadValue
from engine.core.score import Score
from engine.core.session import Session
from engine.data.text import read_text
from engine.generation.t5_pegasus import selection
from engine.generation.t5_pegasus.model import T5Pegasus
from engine.generation.t5_pegasus.network import BEGIN, END, PAD, WIDTH, Seq2Seq, padded
from engine.generation.t5_pegasus.params import T5PegasusParams
from engine.generation.t5_pegasus.views.training import marks
from engine.workers.batched import Batched, Plan
from tests.command_line import command, written

run = partial(written, "t5-pegasus")


def own(folder, text, *options):
    (folder / "own.txt").write_text(text, encoding="utf-8")
    return ("--set", "source=own", "--data", str(folder / "own.txt"), *options)


def desk(text, **settings):
    """A session with a text of one's own."""
    return engine.start("t5-pegasus", {"source": "own", **settings}, data=read_text("own.txt", text.encode()))


def test_the_greedy_search_by_hand(tmp_path):
    s, a = run(tmp_path / "o", 9, *own(tmp_path, "甲乙丙丁。甲乙戊。丙丁己。庚辛。", "--set", "unit=character"))
    assert a["order"].tolist() == [0] and s["lcs"] == 4 and a["candidates"].tolist() == [[4, 2, 2, 0]]
    assert a["chosen"].tolist() == [1, 0, 0, 0] and (s["sentences"], s["picks"], s["duplicates"]) == (4, 1, 0)


def test_greedy_is_not_the_optimum(tmp_path):
    options = own(tmp_path, "乙乙。甲甲。甲丙。丙乙丙。乙乙丁", "--set", "unit=character", "--set", "gap=0.4")
    s, a = run(tmp_path / "a", 9, *options)
    assert a["order"].tolist() == [0, 1] and (s["lcs"], s["lcs_best"]) == (2, 3)
    s, a = run(tmp_path / "b", 9, *options, "--set", "rule=exhaustive")
    assert a["order"].tolist() == [1, 3] and (s["lcs"], s["lcs_best"]) == (3, 3) and "candidates" not in a


def test_nothing_of_ones_own_text_is_normalised_away(tmp_path):
    s, _ = run(tmp_path / "o", 1, *own(tmp_path, "他说，“琅琊”。\n０１２ 三四！研究生成模型"))
    assert s["round_trip"] == 0 and s["normalised"] >= 4


def test_one_sentence_is_refused_in_one_line_that_says_so(tmp_path, capsys):
    assert command("run", "t5-pegasus", "--steps", "1", *own(tmp_path, "只有一句话。"), "--out", str(tmp_path / "o")) == 2
    said = capsys.readouterr().err.strip().splitlines()[1:]  # the first line says what was read
    assert len(said) == 1 and "At least 2 sentences are needed, the text has 1." in said[0]


def test_long_texts_are_taken_in_part_or_refused():
    text = "".join(f"第{k}句话说到{chr(0x4E00 + k)}。" for k in range(80)) + "第0句话说到一。"
    session = desk(text)
    s = session.look().scalars
    assert (s["sentences"], s["dropped"], s["picks"]) == (60, 21, 15) and np.isnan(s["lcs_best"])
    with pytest.raises(BadValue, match="at most 4,000"):
        desk("字" * 3000 + "。" + "句" * 1500)
    with pytest.raises(BadValue, match="has 60 sentences"):
        desk(text, rule="exhaustive")
    with pytest.raises(BadValue, match="all sets are tried"):
        session.set(rule="exhaustive")
    assert session.advance(steps=3).step == 3  # the run goes on as it was
    assert desk("甲乙。丙丁。甲乙。").look().scalars["duplicates"] == 1


def test_a_run_of_ones_own_text_ends_with_its_last_choice():
    session = desk("".join(f"句{k}。" for k in range(60)), gap=0.5)
    tempo = session.topic.tempo(session.params)
    assert tempo.pace == 1 and tempo.steps == session.advance(steps=99).step == 30 and session.finished
    session.set(gap=0.1)  # what is changed after the end shows at once
    order = session.look().arrays["order"]
    assert len(order) == 6 and order.min() >= 0


def test_spans_on_the_desk_mask_words_and_choose_no_sentence():
    session = engine.start("t5-pegasus", {"rule": "span"}, seed=0)
    before, after = session.look().arrays, session.advance(steps=1)
    units, matched = after.arrays["units"], after.arrays["matched"]
    flat, taken = units[units >= 0], matched[units >= 0] >= 2
    assert before["matched"].max() == 0 and taken.sum() == round(0.15 * len(flat)) and (matched[units < 0] == 0).all()
    assert after.arrays["chosen"].sum() == 0 and after.arrays["order"].tolist() == [-1, -1]
    assert after.scalars["lcs"] == selection.table(flat[taken].tolist(), flat[~taken].tolist())[-1, -1]
    assert [(matched % 2 == 1)[side].sum() for side in (matched >= 2, matched < 2)] == [after.scalars["lcs"]] * 2


def test_a_sentence_a_step_until_all_are_chosen():
    session = engine.start("t5-pegasus", {"gap": 0.5}, seed=0)
    seen = [session.look(), *(session.advance(steps=1) for _ in range(6))]
    assert [int((frame.arrays["order"] >= 0).sum()) for frame in seen[:5]] == [0, 1, 2, 3, 4]
    assert seen[-1].arrays["order"].tolist() == seen[4].arrays["order"].tolist() and seen[0].scalars["lcs"] == 0
    session.set(rule="random")
    assert (session.look().arrays["order"] >= 0).all()  # a rule that is chosen at the end shows all its sentences


@pytest.mark.parametrize(("rule", "share", "tolerance"), [("lcs", 0.96, 0.02), ("random", 0.77, 0.03), ("span", 0.5, 0.1)])
def test_which_pseudo_summaries_name_the_subject(rule, share, tolerance):
    frame = engine.start("t5-pegasus", {"bench": "train", "rule": rule}, seed=0).advance(steps=1)
    assert frame.scalars["naming"] == pytest.approx(share, abs=tolerance)
    assert np.isnan(frame.scalars["accuracy_method"]) and frame.scalars["loss"] > 3


def test_training_ends_when_both_phases_are_over():
    settings = {"bench": "train", "pretrain": 3, "fine_tune": 4}
    frame = engine.start("t5-pegasus", settings, seed=0).advance(steps=20)
    s = frame.scalars
    assert frame.step == 7 and s["tuned"] == 4
    assert max(s["accuracy_method"], s["accuracy_problem"], s["none_method"], s["none_problem"]) < 0.2  # 1/24 at best, by luck


def test_weights_are_those_of_the_two_networks_and_of_every_arms_writers():
    score = Score(topic="t5-pegasus", params={"bench": "train", "pretrain": 2, "fine_tune": 1}, seed=0, steps=3)
    session = Batched(Plan.checked(score, "labels", ("10", "100")), "cpu")
    session.run(steps=3)
    weights = {name: array for name, array in session.weights().items() if name.endswith("embedding.weight")}
    assert [name[: -len(".embedding.weight")] for name in weights][:2] == ["net", "plain"]
    assert len(weights) == len({array.tobytes() for array in weights.values()}) == 6


def test_arms_of_a_sweep_share_no_more_than_their_pretraining():
    """Each writes, to the last digit, what a run with its titles alone does: a chapter's run may be an arm of another's sweep."""
    score = Score(topic="t5-pegasus", params={"bench": "train", "pretrain": 2, "fine_tune": 3}, seed=0, steps=5)
    plan = Plan.checked(score, "labels", ("3", "10", "100"))
    session = Batched(plan, "cpu")
    session.run(steps=5)
    frames = [session.look_at(arm) for arm in range(3)]
    for arm, frame in enumerate(frames):
        assert difference(frame, Session.from_score(plan.settings(arm), "cpu").look()) is None
    assert len({frame.scalars["loss"] for frame in frames}) == 3


def test_without_pretraining_both_networks_are_the_same():
    s = engine.start("t5-pegasus", {"bench": "train", "pretrain": 0, "fine_tune": 15}, seed=0).advance(steps=15).scalars
    assert s["accuracy_method"] == s["none_method"] and s["accuracy_problem"] == s["none_problem"]


def test_titles_are_drawn_evenly_from_the_first_k():
    model = T5Pegasus(T5PegasusParams(bench="train"), 0, torch.device("cpu"))
    source, target = model.titled(torch.arange(48) / 48, 3)
    assert [row[row > END].tolist() for row in target] == [title for title in model.pairs.titles[:3] for _ in range(16)]
    assert [row[row > END].tolist() for row in source] == [full for full in model.pairs.full[:3] for _ in range(16)]


def network():
    return Seq2Seq(40, 20, torch.Generator().manual_seed(0))


def test_logits_are_products_with_the_embedding():
    net, h = network(), torch.randn(2, 3, WIDTH, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(net.logits(h), h @ net.embedding.weight.T / 8, atol=1e-5)


def test_padding_changes_nothing_and_takes_no_gradient():
    net = network()
    short, long = torch.tensor([[5, 6, 7]]), torch.tensor([[5, 6, 7, PAD, PAD]])
    target, wide = padded([[8, 9]], end=True), torch.tensor([[8, 9, 2, PAD]])
    assert torch.allclose(net(short, target), net(long, target), atol=1e-5)
    net.loss(long, wide).backward()
    assert net.source_place.weight.grad[3:].abs().max() == 0 and net.target_place.weight.grad[3:].abs().max() == 0


def test_a_term_in_a_title_is_green_only_in_its_place():
    truth = ["基于", "剪枝", "的", "聚类"]
    assert marks(truth, truth) == [0, 1, 0, 1]
    assert marks(["聚类", "聚类", "聚类"], truth) == [2, 2, 2] and marks(["∅"], truth) == [2]
    assert marks(["基于", "剪枝", "的", "聚类", "聚类"], truth) == [0, 1, 0, 2, 2]
    assert marks(["基于", "蒸馏", "的", "聚类"], truth) == [0, 2, 0, 1]


def test_a_writer_does_not_see_what_it_is_to_write():
    net = network()
    memory, padding = net.read(torch.tensor([[5, 6, 7]]))
    past = net.embedding(torch.tensor([[BEGIN, 8, 9, 10]])).detach()

    def states(embedded):
        return net.states(embedded, memory, padding).square().sum(-1)  # the plain sum of a normalised state is always 0

    jacobian = torch.autograd.functional.jacobian(states, past)[0, :, 0].abs().sum(-1)  # (state, input)
    assert jacobian.triu(1).max() == 0 and jacobian.diagonal().min() > 0


def test_a_title_ends_at_its_end():
    net = network()
    source = torch.randint(3, 40, (50, 6), generator=torch.Generator().manual_seed(2))
    written_ = net.write(source, 7)
    over = written_ == PAD
    assert written_.shape == (50, 7) and (over[:, 1:] >= over[:, :-1]).all()
    assert (net(source, written_).argmax(-1) == written_)[~over].all()  # what is trained is what writes
