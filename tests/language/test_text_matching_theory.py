"""The lab of text matching: closed forms and the network against the brief's ground truth."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.language.text_matching import theory
from engine.language.text_matching.masking import batch_of, errors, hide, loss, turned
from engine.language.text_matching.network import Bert
from engine.language.text_matching.params import CLS, NO, PAD, SEP, SPECIALS, UNK, YES, TextMatchingParams
from engine.language.text_matching.vocabulary import WORDS, concept, spoken
from engine.language.text_matching.world import NONE, World, both_ways, distinct, draw_pairs, plain_corpus, tokens

TEXT = World(TextMatchingParams(), 0)


def network(seed: int = 0, copies: int = 1, spread: float = 30.0) -> Bert:
    """A random network with tables large enough to matter."""
    random = torch.Generator().manual_seed(seed)
    net = Bert(copies, 64, random)
    with torch.no_grad():
        net.embedding.mul_(spread)
        net.bias.add_(torch.randn(net.bias.shape, generator=random))
    return net


def batch(rows: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    ids, second = tokens(TEXT.test.words[:rows], np.append(np.arange(64) + NONE, 0))
    return torch.from_numpy(ids), torch.from_numpy(second)


def test_a_permuted_model_reads_permuted_text():
    """(1): ids, rows and biases permuted together change nothing but the order of the logits."""
    net, (ids, second) = network(), batch()
    order = torch.cat([torch.arange(NONE), NONE + torch.from_numpy(np.random.default_rng(0).permutation(64))])
    other = network()
    with torch.no_grad():
        other.embedding[0, order], other.bias[0, order] = net.embedding[0].clone(), net.bias[0].clone()
        plain, cipher = net.logits(net(ids, second)), other.logits(other(order[ids], second))
    assert (plain - cipher[..., order]).abs().max() < 1e-5 * plain.abs().max().clamp(min=1)
    other.bias = torch.nn.Parameter(net.bias.clone())  # forgetting the bias leaves a wrong prior
    assert (plain - other.logits(other(order[ids], second))[..., order]).abs().max() > 0.5


def test_counting_the_same_text_breaks_the_cipher_and_ties_go_to_the_smaller_id():
    counts = np.random.default_rng(1).permutation(np.arange(5, 69))  # all different
    cipher = np.random.default_rng(2).permutation(64)
    seen = np.empty(64, int)
    seen[cipher] = counts
    assert (theory.align(seen, counts)[cipher] == np.arange(64)).all()
    assert theory.align(np.array([9, 9, 30]), np.array([7, 8, 8])).tolist() == [2, 0, 1]
    assert theory.align(np.array([9, 4, 30, 6]), np.array([7, 8])).tolist() == [0, -1, 1, -1]  # rare; without a partner
    assert theory.align(np.array([9, 8, 30]), np.array([1, 2, 3]), {2: 0}).tolist() == [2, 1, 0]  # told, and out of the ranking


@pytest.mark.parametrize(
    ("p", "q", "n"), [(0.2, 0.1, 30), (0.05, 0.04, 200), (0.02, 0.019, 500), (0.1, 0.1, 50), (0.3, 0.05, 10)]
)
def test_the_chance_of_a_swap_is_that_of_multinomial_draws(p, q, n):
    """(2) against 10⁵ draws, given the sum of both counts."""
    draws = np.random.default_rng(3).multinomial(n, [p, q, 1 - p - q], 100_000)
    m, swapped = draws[:, 0] + draws[:, 1], (draws[:, 0] < draws[:, 1]) + 0.5 * (draws[:, 0] == draws[:, 1])
    seen = m > 0
    predicted = theory.swap_probability(np.full(n + 1, p), np.full(n + 1, q), np.arange(n + 1))[m[seen]]
    assert np.isnan(theory.swap_probability([p], [q], [0])).all()
    assert abs((swapped[seen] - predicted).mean()) < 3 * (swapped[seen] - predicted).std() / math.sqrt(seen.sum())
    if p == q:
        assert np.abs(predicted - 0.5).max() < 1e-12


def test_neighbours_in_the_plain_ranking_have_the_counts_of_their_ranks_in_the_cipher():
    found = theory.swaps(np.array([20, 50, 30]), np.array([6, 9]))
    assert found[0] == theory.swap_probability([0.5], [0.3], [15])[0] and math.isnan(found[1]) and len(found) == 2
    whole = theory.swaps(np.array([20, 50, 30]), np.array([6, 2, 9]))
    assert whole.tolist() == theory.swap_probability([0.5, 0.3], [0.3, 0.2], [15, 8]).tolist()
    assert theory.swap_probability([0.6], [0.4], [2])[0] == pytest.approx(0.4**2 + 0.5 * 2 * 0.6 * 0.4)


def test_masks_are_berts():
    """10⁶ tokens: 15 % chosen, of these 80 / 10 / 10; never a special one; draws do not hang on the rate."""
    random = torch.Generator().manual_seed(5)
    ids = torch.randint(64 + NONE, (1000, 1000), generator=random)
    shown, chosen = hide(ids, 0.15, 10_000, random)
    words = ids >= NONE
    assert chosen[words].double().mean() == pytest.approx(0.15, abs=0.0015) and not chosen[~words].any()
    assert (shown[~chosen] == ids[~chosen]).all()
    masked, kept = (shown[chosen] == 4).double().mean(), (shown[chosen] == ids[chosen]).double().mean()
    assert masked == pytest.approx(0.8, abs=0.005) and kept == pytest.approx(0.1, abs=0.005)
    one, two = (torch.Generator().manual_seed(6) for _ in range(2))
    hide(ids[:9], 0.1, 64, one), hide(ids[:9], 0.4, 64, two)
    assert torch.equal(torch.rand(3, generator=one), torch.rand(3, generator=two))


def test_an_unlabelled_pair_says_nothing_at_cls():
    """(4): its [CLS] logits get no gradient; nothing hidden and nothing labelled is loss 0."""
    net, (ids, second) = network(copies=2), batch(4)
    nothing = torch.zeros_like(ids, dtype=torch.bool)
    empty = batch_of(ids, second, torch.full((4,), -1), nothing, ids)
    assert loss(errors(net, empty)).tolist() == [0.0, 0.0]
    assert loss(torch.tensor([[1.0, 3.0], [2.0, 6.0]])).tolist() == [2.0, 4.0]
    hidden = nothing.clone()
    hidden[:, 2] = True
    some = batch_of(ids, second, torch.tensor([1, -1, 0, -1]), hidden, ids)
    assert some.wanted[some.labelled].tolist() == [YES, NO] and len(some.at) == 6
    logits = torch.zeros(1, some.ids.numel(), 71, requires_grad=True)
    loss(functional.cross_entropy(logits[:, some.at].transpose(1, 2), some.wanted[None], reduction="none")).sum().backward()
    at_cls = logits.grad.view(4, -1, 71)[:, 0].abs().sum(-1)
    assert at_cls[[1, 3]].tolist() == [0.0, 0.0] and (at_cls[[0, 2]] > 0).all()


def test_padding_changes_nothing_and_attention_is_softmax_of_products():
    net, (ids, second) = network(copies=2), batch()
    wide = net(functional.pad(ids[:, :14], (0, 2), value=PAD), second).unflatten(1, (16, 16))
    keep = (ids[:, :14] != PAD) & (ids[:, 14:] == PAD).all(-1)[:, None]
    narrow = net(ids[:, :14], second[:, :14]).unflatten(1, (16, 14))
    assert (wide[:, :, :14][:, keep] - narrow[:, keep]).abs().max() < 1e-5
    places = torch.tensor([0, 3, 17, 255])  # of some rows none, of one two
    assert (net(ids, second, places) - net(ids, second)[:, places]).abs().max() < 1e-5
    weights = net.attention(ids, second)
    assert (
        torch.allclose(weights.sum(-1), torch.ones(2, 16, 16), atol=1e-5)
        and weights[:, (ids == PAD)[:, None].expand(-1, 16, -1)].max() == 0
    )
    x, there = net.embed(ids, second)
    q, k, v, there = net.blocks[0].attend(x, there)
    by_hand = (q @ k.transpose(-1, -2) / math.sqrt(8) + there).softmax(-1) @ v
    assert (functional.scaled_dot_product_attention(q, k, v, attn_mask=there) - by_hand).abs().max() < 1e-6
    by_hand = x + net.blocks[0].write(by_hand.transpose(1, 2).reshape(x.shape))
    by_hand = by_hand + net.blocks[0].down(functional.gelu(net.blocks[0].up(net.blocks[0].between(by_hand))))
    assert (net.blocks[0](x, net.embed(ids, second)[1]) - by_hand).abs().max() < 1e-5


def test_networks_of_one_stack_do_not_meet_and_know_place_and_sentence():
    net, one, (ids, second) = network(copies=2), network(), batch()
    with torch.no_grad():
        for part in net.parameters():
            part[1] += 0.1 * torch.randn(part[1].shape, generator=torch.Generator().manual_seed(8))
    whole = net(ids, second)
    for which in (0, 1):
        one.load_state_dict({name: part[which : which + 1] for name, part in net.state_dict().items()})
        assert (one(ids, second) - whole[which : which + 1]).abs().max() < 1e-5
    assert (net(ids, torch.zeros_like(second)) - whole).abs().max() > 1e-3
    ids[:, [1, 2]] = ids[:, [2, 1]]
    assert (net(ids, second) - whole).unflatten(1, (16, 16))[:, :, 0].abs().max() > 1e-3


def test_a_batch_has_pairs_as_they_are_and_the_other_way_round():
    both = torch.from_numpy(both_ways(TEXT.test.words[:5], TEXT.table))
    ids, second = turned(both, torch.full((400,), 3), torch.Generator().manual_seed(9))
    straight = (ids == both[0, 0, 3]).all(-1)
    assert 150 < straight.sum() < 250 and (ids[~straight] == both[1, 0, 3]).all() and (second[~straight] == both[1, 1, 3]).all()
    pair, other = TEXT.test.words[:1], TEXT.test.words[1:2]
    assert distinct(
        replace(TEXT.test, words=np.concatenate([pair, other, pair[:, ::-1]]), labels=np.zeros(3)), set()
    ).tolist() == [True, True, False]


def test_equal_rows_of_yes_and_no_score_exactly_one_half():
    net, (ids, second) = network(copies=3), batch(100)
    with torch.no_grad():
        for table in (net.embedding, net.bias):
            table[:, [NO, YES]] = table[:, [UNK, UNK]]
        states = net(ids, second, torch.arange(0, ids.numel(), ids.shape[1]))
        assert (torch.sigmoid(net.margins(states)) == 0.5).all()
        net.bias[:, YES] += 1
        z = net.logits(states)
        assert torch.allclose(torch.sigmoid(net.margins(states)), torch.sigmoid(z[..., YES] - z[..., NO]).double(), atol=1e-5)


def test_the_best_unigram_model_has_the_entropy_as_its_loss():
    counts = np.random.default_rng(7).integers(1, 50, 64)
    share = counts / counts.sum()
    assert theory.entropy(counts) == pytest.approx(-np.repeat(np.log(share), counts).mean(), abs=1e-12)
    assert theory.entropy(np.ones(71)) == pytest.approx(math.log(71)) and theory.entropy(
        np.append(counts, 0)
    ) == theory.entropy(counts)


def test_intents_are_new_by_their_share_and_no_test_pair_is_trained_on():
    for shift, new in ((1.0, 40), (0.5, 20), (0.0, 0)):
        world = World(TextMatchingParams(domain_shift=shift), 3)
        assert len(set(world.intents)) == 40 and len(set(world.intents) - set(plain_corpus(3, 1.0)[0])) == new
    rows = lambda pairs: {frozenset(side.tobytes() for side in pair) for pair in pairs.words}  # noqa: E731
    assert len(TEXT.train.labels) == 2000 and len(TEXT.test.labels) == 1000 and not rows(TEXT.train) & rows(TEXT.test)
    assert 0.45 < TEXT.train.labels.mean() < 0.55
    for a, b, label in zip(*TEXT.test.words.transpose(1, 0, 2), TEXT.test.labels, strict=True):
        said = [frozenset(word // 2 for word in side if 0 <= word < 60) for side in (a, b)]
        assert len(said[0]) == 3 and (said[0] == said[1]) == bool(label)


def test_the_language_has_its_usual_words_more_often_and_fillers_before_two_of_five_concepts():
    counts = TEXT.train.counts()
    concepts = counts[:60].reshape(30, 2)
    assert concepts[:, 0].sum() / concepts.sum() == pytest.approx(0.7, abs=0.02)
    assert counts[60:].sum() / concepts.sum() == pytest.approx(0.4, abs=0.02) and (np.diff(counts[60:]) < 0).all()
    assert concepts[:10].sum() > 2 * concepts[-10:].sum()  # by Zipf's law; of single concepts the drawn intents decide
    few = World(TextMatchingParams(cipher_pairs=200), 0)
    assert 1200 < few.counts.sum() < 2400 and (few.alignment[few.counts < 5] == -1).all() and (few.counts < 5).any()
    many = World(TextMatchingParams(cipher_pairs=20_000), 0)
    assert many.counts.sum() == pytest.approx(20_000 * 2 * 3 * 1.4, rel=0.01) and many.text.words.shape[0] == 3000


def test_a_sentence_says_its_concepts_in_any_order_and_a_filler_stands_before_one():
    pairs = draw_pairs(plain_corpus(0, 1.0)[0], 1.0, 6000, np.random.default_rng(10))
    words, filler = pairs.words, pairs.words >= 60
    last = np.take_along_axis(words, (words >= 0).sum(-1, keepdims=True) - 1, -1)
    assert (last < 60).all() and not (filler[..., :-1] & filler[..., 1:]).any()
    said = (words[(words >= 0) & ~filler] // 2).reshape(6000, 2, 3)
    orders = said.argsort(-1) @ [9, 3, 1]
    shares = np.unique(orders, return_counts=True)[1] / orders.size
    assert len(shares) == 6 and np.abs(shares - 1 / 6).max() < 4 * math.sqrt(5 / 36 / orders.size)
    same = pairs.labels == 1  # both sentences of one intent, each in an order of its own
    assert abs((orders[same, 0] == orders[same, 1]).mean() - 1 / 6) < 4 * math.sqrt(5 / 36 / same.sum())


def test_a_pair_is_written_as_bert_reads_it():
    words = np.array([[[5, 7, -1], [9, -1, -1]]])
    ids, second = tokens(words, np.append(np.arange(64) + NONE, 0))
    assert ids[0].tolist() == [CLS, 12, 14, SEP, 16, SEP] + [PAD] * 10
    assert second[0].tolist() == [0, 0, 0, 0, 1, 1] + [0] * 10 and len(SPECIALS) == NONE == 7


def test_two_words_of_a_concept_stand_together_and_fillers_mean_none():
    assert [concept(word) for word in (0, 1, 2, 59, 60, 63, -1)] == [0, 0, 1, 29, -1, -1, -1]
    assert len(WORDS) == 64 == len({one for one, _ in WORDS}) == len({two for _, two in WORDS})
    assert [spoken(word, "en") for word in (2, 63, -1)] == ["phone", "again", "[UNK]"] and spoken(2, "zh") == "手机"
