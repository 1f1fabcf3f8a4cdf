"""Passages, tags, decoding, votes, fields and losses of the lab of DGCNN reading, held against brute force and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.language.dgcnn_reading import network, own, theory, world
from engine.language.dgcnn_reading.network import Reader, matches
from engine.language.dgcnn_reading.params import BadValue, DgcnnReadingParams
from engine.language.dgcnn_reading.vocabulary import ASKED, ENTITY, FILLER, UNKNOWN, VALUE, WORDS, is_entity, tokens
from engine.language.dilation import receptive_field


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def by_hand(start, end, threshold, longest=theory.SPAN):
    """All pairs one by one: the first best in the order of i, then j."""
    best, where = 0.0, (-1, -1)
    for i in range(len(start)):
        for j in range(i, min(i + longest, len(start))):
            if start[i] > threshold and end[j] > threshold and start[i] * end[j] > best:
                best, where = start[i] * end[j], (i, j)
    return where


def test_the_decoder_is_brute_force_over_all_pairs():
    draw = np.random.default_rng(0)
    for _ in range(400):
        start, end = draw.integers(0, 5, (2, draw.integers(1, 9))) / 4  # many ties
        for threshold in (0.01, 0.3, 0.75):
            assert tuple(theory.decode(start, end, threshold)) == by_hand(start, end, threshold)
    assert theory.decode(np.full((3, 8), 0.3), np.full((3, 8), 0.9), 0.3).tolist() == [[-1, -1]] * 3  # at the threshold: none


def test_squares_favour_one_sure_witness():
    sure, unsure = np.array([0.7, 0, 0, 0, 0]), np.array([0, 0.2, 0.2, 0.2, 0.2])
    assert theory.vote(sure) == pytest.approx(0.288, abs=5e-4) and theory.vote(unsure) == pytest.approx(0.089, abs=5e-4)
    assert theory.vote(unsure, "sum") == pytest.approx(0.8) and theory.vote(sure, "sum") == pytest.approx(0.7)
    assert theory.vote(sure, "most") == 0.7
    alone = theory.vote(np.linspace(0, 1, 50)[:, None])
    assert (np.diff(alone) > 0).all()  # one passage: the order stays, of products and of their roots
    assert (np.diff(theory.vote(np.sqrt(np.linspace(0, 1, 50))[:, None])) > 0).all()


def test_witnesses_are_the_best_span_of_every_string():
    passages = np.array([[5, 6, 5, 7], [5, 8, 8, 8]])
    start, end = np.array([[0.9, 0.0, 0.8, 0.0], [0.5, 0.0, 0.0, 0.0]]), np.array([[0.5, 0.9, 0.9, 0.0], [0.6, 0.0, 0.0, 0.0]])
    found = theory.witnesses(passages, start, end, 0.3)
    assert found.keys() == {(5,), (5, 6), (5, 6, 5)}
    assert found[(5,)] == pytest.approx([0.72, 0.3]) and found[(5, 6)] == pytest.approx([0.81, 0.0])
    assert not theory.witnesses(np.arange(5)[None], np.eye(5)[:1], np.eye(5)[4:], 0.3)  # five tokens are none


@pytest.mark.parametrize(
    ("rates", "seen"), [((1,) * 5, 11), ((1, 2, 4, 1, 1), 19), ((1, 2, 4, 8, 1), 33), ((4,) * 5, 11), ((2, 6, 2), 11)]
)
def test_sums_of_rates_are_what_a_gradient_reaches(rates, seen):
    reached = theory.reached(rates)[-1]
    layers = network.Gated(random(), 4, rates)
    x = torch.randn(1, 61, 4, generator=random(1), requires_grad=True)
    (slope,) = torch.autograd.grad(layers(x)[0, 30].sum(), x)
    assert {30 + step for step in reached} == set(np.flatnonzero((slope[0] != 0).any(-1).numpy()).tolist())
    assert len(reached) == seen <= receptive_field(rates)
    lit = [{start - 30 for start, _ in pairs} for pairs in theory.links(rates, 30, 61)]
    assert lit == theory.reached(rates)[1:]
    assert {end - start for start, end in theory.links(rates, 30, 61)[0]} == {-rates[-1], 0, rates[-1]}


def test_focal_loss():
    p, y = torch.rand(50, generator=random(), dtype=torch.float64).clamp(0.05, 0.95), (torch.arange(50) % 2).double()
    half = functional.binary_cross_entropy(p, y, reduction="none") / 2
    torch.testing.assert_close(network.focal(p, y, 0.0, 0.5), half)
    right = torch.where(y == 1, p, 1 - p)
    by_hand = -torch.where(y == 1, 0.25, 0.75) * (1 - right) ** 2 * right.log()
    torch.testing.assert_close(network.focal(p, y, 2.0), by_hand)
    assert torch.autograd.gradcheck(lambda p: network.focal(p, y, 2.0), p.requires_grad_())
    logits, labels = torch.randn(3, 7, 2, generator=random(1)), torch.zeros(3, 7, 2)
    plain = network.loss(logits, None, labels, 0.0)
    torch.testing.assert_close(plain, network.loss(logits, torch.ones(3), labels, 0.0))
    assert network.loss(logits, torch.full((3,), 1e-9), labels + 1, 0.0).isfinite()
    for sure, wanted in ((-200.0, labels + 1), (200.0, labels)):  # tags of 0 and of 1, and both wrong
        assert network.loss(torch.full_like(logits, sure), None, wanted, 2.0).isfinite()
    wanted, score = (torch.arange(42).reshape(3, 7, 2) % 3 == 0).float(), torch.tensor([0.2, 0.5, 0.9])
    p = torch.sigmoid(logits) * score[:, None, None]  # tags of one passage share its global score (6)
    entropy = -torch.where(wanted == 1, p, 1 - p).log().sum() / 3
    torch.testing.assert_close(network.loss(logits, score, wanted, 0.0), entropy)
    torch.testing.assert_close(network.loss(logits, score, wanted, 2.0), network.focal(p, wanted, 2.0).sum() / 3)
    graded = network.focal(torch.sigmoid(logits), labels, 1.0).sum() / 3
    torch.testing.assert_close(network.loss(logits, None, labels, 1.0), graded)


def test_an_answers_first_token_is_a_start_and_its_last_an_end():
    wanted = torch.zeros(3, 6, 2)
    wanted[0, 2, 0] = wanted[0, 3, 1] = wanted[2, 4, 0] = wanted[2, 4, 1] = 1
    assert torch.equal(network.targets(torch.tensor([[2, 3], [-1, -1], [4, 4]]), 6), wanted)


@pytest.mark.parametrize("facts", [2, 3])
def test_passages_say_what_they_are_said_to_say(facts):
    draw = np.random.default_rng(0)
    for widest in (0, 9):
        items = world.batch(draw, 300, facts, widest, np.arange(300) >= 200)
        for passage, (entity, attribute, mark), (first, last), gap in zip(
            items.passages, items.questions, items.answers, items.gaps, strict=True
        ):
            people = np.flatnonzero([is_entity(token) for token in passage])
            assert len(people) == facts and mark == ASKED and (passage[people + 1] == attribute).all()
            where = np.flatnonzero(passage == entity)
            if first < 0:
                assert len(where) == 0 and last < 0
                continue
            assert first - where.item() == gap + 2 and 0 <= last - first <= 1
            assert (passage[where.item() + 2 : first] >= FILLER).all() and (passage[first : last + 1] >= VALUE).all()
            assert last == 39 or passage[last + 1] >= FILLER or is_entity(passage[last + 1])
        assert (items.answers[200:] == -1).all() and (items.answers[:200] >= 0).all()
        assert set(items.gaps.tolist()) == set(range(widest + 1))
        assert items.answers[:, 1].max() == 39 and any(map(is_entity, items.passages[:, 0]))  # all of the room is used
    told = world.each_gap(draw, 50, facts, 9)
    assert all((items.gaps == gap).all() and (items.answers >= 0).all() for gap, items in enumerate(told))


def test_five_passages_are_about_one_person_and_some_contradict():
    passages, questions, truth = world.ballots(np.random.default_rng(0), 200, 8)
    has = (passages == questions[:, :1, None]).sum(-1)
    assert set(has.ravel().tolist()) == {0, 1} and has.mean() == pytest.approx(0.8, abs=0.05)
    right = (passages == truth[:, :1, None]).any(-1)
    assert right[has == 1].mean() == pytest.approx(0.5 / 0.8, abs=0.07) and not right[has == 0].any()


def test_what_looks_alike_within_the_field_gets_the_same_tags_bit_by_bit():
    """Truth 9: two facts, the gap beyond R. Nothing but the persons differs, and no layer knows positions."""
    p = DgcnnReadingParams(dilations="1-1-1-1-1", gap=10)
    told = [FILLER] * 40
    for at, person in ((2, 3), (22, 4)):
        told[at], told[at + 1], told[at + 8] = ENTITY + person, ENTITY + 12, VALUE + 5
    passage, question = torch.tensor([told]), torch.tensor([[ENTITY + 3, ENTITY + 12, ASKED]])
    with torch.no_grad():
        tags = Reader(random(), p).tagged(passage, question)[0]
    assert torch.equal(tags[10], tags[30]) and not torch.equal(tags[2], tags[22])


@pytest.mark.parametrize("settings", [{}, {"block": "highway"}, {"match": "product"}])
def test_a_shifted_passage_has_shifted_tags(settings):
    reader = Reader(random(), DgcnnReadingParams(dilations="1-2-4-1-1", **settings))
    passage = torch.randint(1, ASKED, (1, 60), generator=random(1))
    question = torch.tensor([[ENTITY, ENTITY + 12, ASKED]])
    with torch.no_grad():
        tags, shifted = (reader.tagged(passage[:, k : k + 50], question)[0] for k in (0, 7))
    torch.testing.assert_close(tags[16:41], shifted[9:34], atol=1e-6, rtol=1e-5)  # nine from each edge: R


def test_flags_and_pieces_of_the_mix():
    passages, questions = torch.tensor([[3, 0, 20, ASKED, 14]]), torch.tensor([[3, 14, ASKED]])
    assert matches(passages, questions).tolist() == [[True, False, False, False, True]]
    assert matches(torch.tensor([[UNKNOWN, 3]]), torch.tensor([[UNKNOWN, 3, ASKED]])).tolist() == [[False, True]]
    for match, size in (("off", 64), ("on", 65), ("product", 96)):
        reader = Reader(random(), DgcnnReadingParams(match=match))
        reader.shift.data += 0.3  # a shift of zero would hide one that is missing
        assert reader.bias.tolist() == [-2.0, -2.0]
        x, v = (
            reader.embedding[passages],
            reader.pool(reader.question(reader.embedding[questions]))[0][:, None].expand(1, 5, 32),
        )
        more = {"off": [], "on": [matches(passages, questions)[..., None].float()], "product": [x * v]}[match]
        assert len(reader.mix) == size
        torch.testing.assert_close(
            reader.embed(passages, questions)[0], torch.cat([x, v, *more], -1) @ reader.mix + reader.shift
        )


def test_the_global_score_multiplies_both_tags():
    passages, questions = (
        torch.randint(1, ASKED, (4, 20), generator=random(1)),
        torch.tensor([[ENTITY, ENTITY + 12, ASKED]] * 4),
    )
    reader = Reader(random(), DgcnnReadingParams(global_score=True))
    with torch.no_grad():
        (logits, score), tags = (call(passages, questions) for call in (reader.logits, reader.tagged))
    assert score is not None and (score < 1).all()
    torch.testing.assert_close(tags, torch.sigmoid(logits) * score[:, None, None])


def test_a_text_of_ones_own_is_read_in_both_languages():
    assert [k for _, k in tokens("Anna DRAWS moon-stone")] == [ENTITY, ENTITY + 12, VALUE + 1, UNKNOWN, VALUE + 4]
    assert [WORDS[k][0] for _, k in tokens("也许也")] == ["maybe", "also"]  # the longest word that is known
    assert [k for _, k in tokens("安娜画月石？")] == [ENTITY, ENTITY + 12, VALUE + 1, VALUE + 4, ASKED]
    assert len({entry[side].lower() for entry in WORDS for side in (0, 1)}) == 2 * len(WORDS) - 1  # no word has two numbers

    def read(text):
        return own.read({"codes": np.array([ord(letter) for letter in text])})

    said = read("Anna draws\n" + "fox " * 100)
    assert said.asked[-1] == ASKED and said.cut == 399 - 256 and len(said.told) == 64 and (said.told == UNKNOWN).all()
    assert read("so " * 10 + "Anna?\nmoon").asked[10:].tolist() == [ENTITY, ASKED]  # the longest question
    for text, word in (
        ("\nAnna draws moon", "empty"),
        ("?!\nmoon", "empty"),
        ("so " * 11 + "Anna?\nAnna draws moon", "13 words and signs; at most 12"),
        ("Anna draws?", "no passage"),
        ("Anna?\n \n", "no passage"),
    ):
        with pytest.raises(BadValue, match=word):
            read(text)
    with pytest.raises(BadValue, match="upload"):
        own.read(None)
