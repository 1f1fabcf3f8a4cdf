"""Habits, thresholds, posteriors, cuts and the linker's layers of the lab of entity linking, held against brute force."""

import re
from collections.abc import Mapping
from itertools import product

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from torch.nn.functional import binary_cross_entropy_with_logits, scaled_dot_product_attention

from engine.language.entity_linking import own, theory
from engine.language.entity_linking.network import Linker, attend, matches
from engine.language.entity_linking.params import RULE, EntityLinkingParams
from engine.language.entity_linking.segmentation import fewest_pieces
from engine.language.entity_linking.vocabulary import ALIASES, NAMES, WORDS, dictionary, lexicon, units
from engine.language.entity_linking.world import Annotator, Entities, Texts


def test_the_best_set_of_aliases_is_cut_at_half_of_the_best_f1():
    """(2), over all 2^8 sets of 200 tables."""
    random = np.random.default_rng(0)
    sets = np.array(list(product((0.0, 1.0), repeat=8)))
    for _ in range(200):
        f, habit = random.dirichlet(np.ones(8)), random.beta(0.35, 0.9, 8)
        f1 = 2 * sets @ (f * habit) / (sets @ f + f @ habit)
        best = theory.best_f1(f, habit, inside=1.0)
        assert best == pytest.approx(f1.max(), abs=1e-12)
        assert (sets[f1.argmax()] == (habit > best / 2)).all()


def test_what_the_dictionary_lacks_counts_among_the_positives():
    f, habit, lost = np.array([0.5, 0.3, 0.2]), np.array([0.9, 0.2, 0.5]), 0.05
    inside = (f @ habit) / (f @ habit + lost)
    sets = np.array(list(product((0.0, 1.0), repeat=3)))
    _, _, f1 = theory.scores(sets, f * habit, f * (1 - habit), lost)
    assert theory.best_f1(f, habit, inside) == pytest.approx(f1.max(), abs=1e-12)


@pytest.mark.parametrize(("marked", "unmarked", "kept"), [(0, 4, False), (0, 3, True), (1, 8, True), (1, 9, False)])
def test_rule_one_by_hand(marked, unmarked, kept):
    assert (theory.habit(np.array([marked]), np.array([unmarked])) > RULE).item() is kept
    assert ((unmarked + 1) / (marked + 1) < 5) is kept


def test_f1_by_hand():
    assert theory.f1([0.30, 0.60, 0.0], [0.92, 0.918, 0.0]) == pytest.approx([0.452, 0.726, 0.0], abs=5e-4)


def segmentations(text: list[str], words: Mapping[tuple[str, ...], int]) -> list[list[int]]:
    """Lengths of the pieces of all cuts of a text into entries and single units."""
    if not text:
        return [[]]
    heads = [k for k in range(1, len(text) + 1) if k == 1 or tuple(text[:k]) in words]
    return [[k, *rest] for k in heads for rest in segmentations(text[k:], words)]


def test_the_fewest_pieces_are_those_of_all_cuts_and_ties_are_broken_as_said():
    random = np.random.default_rng(1)
    words = {tuple(word): k for k, word in enumerate(("ab", "abc", "bc", "ca", "a", "bca", "cc", "cabb"))}
    for _ in range(150):
        text = list(random.choice(list("abc"), random.integers(0, 13)))
        pieces, every = fewest_pieces(text, words), segmentations(text, words)
        fewest = min(map(len, every))
        lengths = [after - first for first, after, _ in pieces]
        assert len(pieces) == fewest and lengths == max(cut for cut in every if len(cut) == fewest)
        assert all(entry == words.get(tuple(text[first:after]), -1) for first, after, entry in pieces)


def test_a_text_in_either_language_is_cut_into_the_same_aliases():
    assert len(set(dictionary().values())) == len(ALIASES) == 600 and len(lexicon()) >= 2 * 520 - 5
    both = own.read({"codes": np.array([ord(letter) for letter in "Victory and the CAPTAIN"])})
    chinese = own.read({"codes": np.array([ord(letter) for letter in "胜利，船长"])})
    assert both.name == chinese.name == 0 and both.words.tolist() == chinese.words.tolist() and both.unknown == 2
    assert WORDS[both.words[0]] == ("captain", "船长") and units("Ab-c 胜利x") == ["ab", "-", "c", "胜", "利", "x"]


def test_the_posterior_is_that_of_enumeration():
    p = EntityLinkingParams()
    world = Entities(p, 0)
    assert world.counts.sum() == len(world.train.names) == 6000
    assert (world.counts[7] == np.bincount(world.train.entities[world.train.names == 7], minlength=8)).all()
    texts = Texts(*(part[:50] for part in (world.test.names, world.test.entities, world.test.words)))
    likelihood = world.log_likelihood(texts)
    for k in range(50):
        name = texts.names[k]
        by_hand = np.array([np.log(world.prior[name, e]) + sum(np.log(
            0.25 / 12 * (w // 12 == world.topics[name, e] and w < 120) + 0.02 * (world.private[name, e] == w).sum() + 0.69 / 520)
            for w in texts.words[k]) for e in range(8)])  # fmt: skip
        assert np.abs(theory.log_posterior(likelihood[k], world.prior[name]) - (by_hand - logsumexp(by_hand))).max() < 1e-10
    assert np.allclose(np.exp(theory.log_posterior(np.zeros(8), world.prior[0])), world.prior[0])  # no words: the prior
    flat = np.full(8, 1 / 8)
    assert (theory.log_posterior(likelihood, flat).argmax(-1) == likelihood.argmax(-1)).all()
    assert np.allclose(theory.word_chances(world.topics, world.private).sum(-1), 1)


def test_a_free_table_learns_the_optimal_logit():
    """(4) in a world of two things and three words, for both ways to draw the wrong one: full batches of the exact laws."""
    prior, words = np.array([0.8, 0.2]), np.array([[0.6, 0.3, 0.1], [0.1, 0.3, 0.6]])
    for sampler in (np.array([0.5, 0.5]), prior):
        positive = torch.tensor(prior[:, None] * words)
        negative = torch.tensor(sampler[:, None] * (prior @ words))
        table = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
        descent = torch.optim.LBFGS([table], max_iter=100, line_search_fn="strong_wolfe")

        def loss(table=table, positive=positive, negative=negative, descent=descent):
            descent.zero_grad()
            one, zero = torch.ones_like(table), torch.zeros_like(table)
            value = binary_cross_entropy_with_logits(table, one, positive, reduction="sum")
            value = value + binary_cross_entropy_with_logits(table, zero, negative, reduction="sum")
            value.backward()
            return value

        descent.step(loss)
        assert np.abs(table.detach().numpy() - theory.optimal_logit(prior, sampler, words)).max() < 0.05


def test_both_directions_are_scaled_dot_product_attention_and_order_does_not_count():
    random = torch.Generator().manual_seed(0)
    q, d = torch.randn(4, 8, 32, generator=random), torch.randn(4, 9, 32, generator=random)
    read, told, weights = attend(q, d)
    assert torch.allclose(read, scaled_dot_product_attention(q, d, d), atol=1e-5)
    assert torch.allclose(told, scaled_dot_product_attention(d, q, q), atol=1e-5)
    assert torch.allclose(weights.sum(-1), torch.ones(4, 8))
    net = Linker(random, True)
    text, description = (torch.randint(520, (5, n), generator=random) for n in (8, 9))
    there = net(text, description)
    assert torch.allclose(there, net(text, description[:, torch.randperm(9, generator=random)]), atol=1e-5)
    assert torch.allclose(there, net(text[:, torch.randperm(8, generator=random)], description), atol=1e-5)


def test_flags_are_those_of_plain_search():
    random = torch.Generator().manual_seed(1)
    text, description = torch.randint(20, (50, 8), generator=random), torch.randint(20, (50, 9), generator=random)
    plain = [[float(word in told) for word in words] for words, told in zip(text.tolist(), description.tolist(), strict=True)]
    assert matches(text, description).tolist() == plain
    with_flag, without = (Linker(torch.Generator().manual_seed(2), on)(text, description) for on in (True, False))
    assert ((with_flag != without) == matches(text, description).any(-1)).all()


def test_pruning_keeps_all_or_the_most_usual():
    random = np.random.default_rng(2)
    scores, given = random.normal(size=(300, 8)), theory.smoothed(random.integers(0, 4, (300, 8)))
    assert (theory.choose(scores, given, 0.7, 8) == theory.choose(scores, given, 0.7)).all()
    assert (theory.choose(scores, given, 0.0, 1) == given.argmax(-1)).all()  # ties by the smaller number
    assert (theory.kept_ids(given, 3).sum(-1) == 3).all() and np.allclose(given.sum(-1), 1)
    assert theory.smoothed(np.array([3, 0])) == pytest.approx([3.5 / 4, 0.5 / 4])
    assert (theory.choose(scores, given, 0.7) == (scores + 0.7 * np.log(given)).argmax(-1)).all()


@pytest.mark.parametrize(
    ("annotator", "mean", "spread"), [("lazy", 0.28, 0.30), ("diligent", 0.72, 0.30), ("fickle", 0.28, 0.088)]
)
def test_annotators_mark_as_said_and_an_alias_at_the_threshold_is_dropped(annotator, mean, spread):
    """Mean and standard deviation of the Beta laws; habits are counted on the training texts."""
    who = Annotator(EntityLinkingParams(annotator=annotator), 5)
    assert who.habit.mean() == pytest.approx(mean, abs=0.05) and who.habit.std() == pytest.approx(spread, abs=0.04)
    assert who.marked.sum() + who.unmarked.sum() == 30_000 and who.test_marked.sum() + who.test_unmarked.sum() == 20_000
    at = who.estimated[0]  # the most frequent one: exactly at its own habit it is out
    kept = (who.estimated > at) @ who.test_marked / (who.test_marked.sum() + who.lost)
    assert who.scores(np.array([at]))[1][0] == pytest.approx(kept)


def test_every_word_can_be_told_from_every_other():
    for side in (0, 1):
        assert len({entry[side] for entry in ALIASES}) == 600 and len({entry[side] for entry in NAMES}) == 60
    assert all(re.fullmatch(r"[A-Za-z ]+", one) for one, _ in ALIASES)
