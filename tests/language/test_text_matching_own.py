"""The lab of text matching on lines of one's own: what is read, counted, trained and tested on, and what is refused."""

import math

import numpy as np
import pytest
import torch

from engine.core.params import BadValue
from engine.core.picture import Style
from engine.core.session import Session
from engine.core.topic import Timeline
from engine.data.text import read_text
from engine.language.text_matching import TOPIC
from engine.language.text_matching import own as own_data
from engine.language.text_matching.network import Bert
from engine.language.text_matching.views.courses import answers, curves
from engine.language.text_matching.world import plain_corpus


def own(text: str, seed: int = 0, **values) -> Session:
    data = dict(read_text("own.txt", text.encode()))
    return Session(TOPIC, TOPIC.params.build({"data": "own", "starts": ("scratch",)} | values), seed, "cpu", data)


LINES = "".join(f"{k % 7} {1000 + k % 5}\t{k % 3} {k % 11} 5\t{k % 2}\n" for k in range(40)) + "\n\n3 4\t4 3\n"


def test_own_lines_are_counted_labelled_or_not_and_every_fifth_labelled_one_is_a_test():
    frame = own(LINES).advance(steps=2)
    s, a = frame.scalars, frame.arrays
    assert len(a["test_labels"]) == 8 and a["test_labels"].tolist() == [k % 2 for k in range(4, 40, 5)]
    assert a["cipher_counts"].sum() == 40 * 5 + 4 and 1004 in a["cipher_ids"] and (np.diff(a["cipher_ids"]) > 0).all()
    assert (
        math.isnan(s["exact_words"]) and math.isnan(s["exact_mass"]) and math.isnan(s["rank_error"]) and "true_words" not in a
    )
    one = own("1 2\t2 1\t1\n" * 10).advance(steps=1)
    assert math.isnan(one.scalars["auc_scratch"]) and len(one.arrays["test_labels"]) == 2
    assert math.isnan(
        own("1\t1\t1\n" * 5, seed=3).advance(steps=1).scalars["mlm_loss_scratch"]
    )  # one test pair, no word of it hidden
    assert math.isfinite(own("1 2\t2 1\n" * 10).advance(steps=1).scalars["mlm_loss_scratch"])
    assert len(own(LINES)._model.world.train.labels) == 32  # the others


def test_of_a_large_alphabet_the_most_frequent_ids_have_rows_of_their_own(monkeypatch):
    monkeypatch.setattr(own_data, "TABLE", 2)
    world = own("1 2 2 3\t3 3 2 4\t1\n" * 5)._model.world
    assert world.ids[world.kept].tolist() == [2, 3] and world.table.tolist() == [1, 7, 8, 1, 0]
    model, plain = own("1 2 2 3\t3 3 2 4\t1\n" * 5, starts=("frequency",))._model, Bert(1, 64, torch.Generator().manual_seed(1))
    model.take_over(plain)
    assert torch.equal(model.net.embedding[0, 7:], plain.embedding[0, 7 + model.world.alignment[1:3]])


def test_own_lines_are_read_as_they_stand_and_aligned_by_their_counts():
    world, plain = own(LINES)._model.world, plain_corpus(0, 1.0)[1].counts()
    rows = [line.split("\t") for line in LINES.splitlines() if line]
    for words, row in zip(world.text.words, rows, strict=True):
        assert [world.ids[side[side >= 0]].tolist() for side in words] == [list(map(int, side.split())) for side in row[:2]]
    assert world.text.labels.tolist() == [int(row[2]) if len(row) == 3 else -1 for row in rows]
    assert (world.plain_counts == plain).all() and world.alignment[world.counts.argmax()] == plain.argmax()
    assert ((world.alignment == -1) == (world.counts < 5)).all() and (world.counts < 5).any()
    assert (own(LINES, seed=1)._model.world.plain_counts != plain).any()


def test_labels_are_those_of_any_lines_and_at_most_1000_lines_are_tests():
    train = own(LINES)._model.world.train.words
    written = np.stack([words for k, words in enumerate(own(LINES)._model.world.text.words[:40]) if k % 5 != 4])
    assert (train != written).any() and sorted(map(bytes, train)) == sorted(map(bytes, written))
    many = own("1 2\t2 1\t1\n3\t1 2\t0\n" * 2505)._model.world
    assert (len(many.test.labels), len(many.train.labels)) == (1000, 4008)


def test_as_many_and_as_large_ids_as_are_allowed_are_read():
    long = "0" * 5000 + "7"  # of more digits than Python makes a number of
    frame = own("1 2 3 4 5 6 7 8 9 10 11 12\t1000000000\t1\n" * 5 + f"0\t{long}\t0\n").advance(steps=1)
    assert frame.arrays["cipher_ids"].tolist() == [*range(13), 10**9] and math.isfinite(frame.scalars["label_loss_scratch"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("12 x 9\t3", "Line 4: “x”"),
        ("1 2\t", "Line 4: one side"),
        ("1 2", "Line 4 has 1 columns"),
        ("1\t2\t3", "Line 4: the label “3”"),
        ("1 -2\t2", "Line 4: “-2”"),
        ("1 2 3 4 5 6 7\t1 2 3 4 5 6 7", "Line 4 has 14 ids; at most 13"),
        ("1\t2\t1\t1", "Line 4 has 4 columns"),
        ("1\t1000000001", "Line 4: the id 1000000001 is too large; ids are at most 1,000,000,000"),
        ("9" * 5000 + "\t1", "Line 4: the id 99999999999999999999 is"),
        ("1\t²", "Line 4: “²”"),
        ("٣\t1", "Line 4: “٣”"),
        ("1 1.0\t2", "Line 4: “1.0”"),
        ("1,2\t3\t1", "Line 4: “1,2”"),
        ("1\t2\t١", "Line 4: the label “١”"),
        ("1\t2\t-1", "Line 4: the label “-1”"),
        ("a\u202eb\t1", "Line 4: “a"),
    ],
)
def test_a_bad_line_is_refused_with_its_number(line, said):
    with pytest.raises(BadValue, match=said):
        own("1 2\t2 1\t1\n\n3\t4\n" + line + "\n")


def test_own_data_need_a_label_to_train_on_and_have_no_oracle():
    with pytest.raises(BadValue, match="no line of the file has a label to train on; add labels, or"):
        own("1 2\t2 1\n" * 10, training="labels")
    with pytest.raises(BadValue, match="true rows"):
        own(LINES, starts=("oracle",))
    assert "auc_oracle" not in own(LINES, starts=("scratch", "oracle")).look().scalars
    with pytest.raises(BadValue, match="no pair"):
        own("\n \n")


def test_whatever_a_small_file_learns_stays_within_its_pictures():
    """Of one id alone the entropy is 0, and of a few tests AUC may be anything."""
    session = own("7\t7\t1\n7\t7 7\t0\n" * 10)
    history = {"step": [0, 25], "auc_scratch": [0.5, 0.0], "mlm_loss_scratch": [9.0, 0.01], "label_loss_scratch": [4.4, 0.02]}
    timeline = Timeline(session.look(), session.params, {name: np.array(had, float) for name, had in history.items()})
    assert timeline.frame.scalars["unigram_entropy"] == 0
    layout = curves(timeline, Style()).layout
    for axis, held in (("yaxis", (0, 0.01, 9)), ("yaxis2", (0, 0.5))):
        low, high = layout[axis]["range"]
        assert all(low < value < high for value in held), axis
    low, high = answers(timeline, Style()).layout["yaxis"]["range"]
    assert low <= math.log10(0.02) and math.log10(4.4) <= high
