"""Ground truths of the reading lab that need no training: masks, fused scores, beams, a perfect reader, the loss's mask."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.generation.seq2seq_reading import theory, world
from engine.generation.seq2seq_reading.network import LAYERS, Block, Reader, answer_loss, greedy
from engine.generation.seq2seq_reading.params import Seq2seqReadingParams
from engine.generation.seq2seq_reading.theory import DIGIT, SEP, VALUES, fuse

P = Seq2seqReadingParams()


def reader(mask="unilm"):
    return Reader(P.vocabulary, P.source, mask, torch.Generator().manual_seed(0))


def batch(count=8, **values):
    p = Seq2seqReadingParams.build(values)
    return world.items(count, p, torch.Generator().manual_seed(1))


# 1, 2: the mask ---------------------------------------------------------------------------------------------------
def test_the_mask_without_source_is_causal_and_without_target_all_ones():
    assert (theory.visible(0, 7) == np.tril(np.ones((7, 7), bool))).all()
    assert theory.visible(7, 7).all()
    row, column = np.mgrid[:7, :7]
    assert (theory.visible(3, 7) == ((column < 3) | (column <= row))).all()


@pytest.mark.parametrize("mask", ["unilm", "causal", "question-first", "full"])
def test_no_gradient_reaches_a_token_that_is_not_seen(mask):
    """(1) through all layers: the Jacobian of the logits of row i with respect to embedding j is exactly 0 where M is 0.

    Two layers of M see what M·M sees, which for all four masks is M itself.
    """
    net, total = reader(mask), P.source + 3
    seen = theory.visible(P.source, total, mask)
    assert LAYERS == 2 and ((seen.astype(int) @ seen > 0) == seen).all()
    embedded = torch.randn((1, total, 64), generator=torch.Generator().manual_seed(2), requires_grad=True)
    net.token.forward = lambda tokens: embedded
    logits = net.logits(net.read(torch.zeros((1, total), dtype=torch.long)).states)[0]
    for i in range(total):
        (slope,) = torch.autograd.grad(logits[i].pow(2).sum(), embedded, retain_graph=True)
        reached = slope[0].abs().sum(1).numpy()
        assert (reached[~seen[i]] == 0).all() and (reached[seen[i]] > 0).all()


def test_the_source_does_not_feel_the_answer_and_can_be_kept():
    """Source rows are bitwise the same for other answers; reading on from the kept source agrees with reading all (1e-6)."""
    net, items = reader(), batch()
    one, two = torch.tensor([[5, 6, 2]]).expand(8, 3), torch.tensor([[2, 0, 0]]).expand(8, 3)
    with torch.no_grad():
        whole = [net.read(torch.cat([items.source, answer], 1)).states for answer in (one, two)]
        assert torch.equal(whole[0][:, : P.source], whole[1][:, : P.source])
        now = net.read(items.source)
        for t in range(3):
            now = net.read(one[:, t : t + 1], now.memory)
            assert torch.allclose(now.states[:, 0], whole[0][:, P.source + t], atol=1e-6)


def test_attention_is_torchs_own():
    """softmax(q k / √d + bias + log M) v, against `scaled_dot_product_attention`, to 1e-6."""
    block, x = Block(16), torch.randn((2, 16, 64), generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        block.distance.normal_(generator=torch.Generator().manual_seed(4))
        seen = torch.from_numpy(theory.visible(13, 16))
        _, both, attention = block(x, seen, None)
        k, v = both.view(2, 16, 2, 4, 16).permute(2, 0, 3, 1, 4)
        q = block.three(block.before(x)).view(2, 16, 3, 4, 16)[:, :, 0].transpose(1, 2)
        places = torch.arange(16)
        bias = block.distance[:, places[:, None] - places + 15].masked_fill(~seen, -math.inf)
        theirs = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias[None].expand(2, -1, -1, -1))
        assert torch.allclose(attention @ v, theirs, atol=1e-6)


def test_the_first_token_comes_from_the_last_row_of_the_source():
    """One row earlier or later would decide (3) by another token."""
    net, items = reader(), batch()
    with torch.no_grad():
        first = net.logits(net.read(items.source).states[:, -1])
        assert torch.allclose(net(items.source, items.answer)[:, 0], first, atol=1e-6)
        tokens, chances, looks = greedy(net, items.source)
    assert torch.equal(tokens[:, 0], first.argmax(1)) and torch.allclose(chances[:, 0], torch.softmax(first, 1), atol=1e-6)
    assert torch.allclose(looks.sum(2), torch.ones(8, 3), atol=1e-5) and (looks[:, 0, P.source :] == 0).all()


# 8: the loss ------------------------------------------------------------------------------------------------------
def test_source_and_padding_do_not_enter_the_loss():
    """Their rows get exactly no gradient; the loss is the mean −ln p over the answers' tokens alone."""
    net, items = reader(), batch(32)
    whole = net.logits(net.read(torch.cat([items.source, items.answer], 1)).states)
    whole.retain_grad()
    loss = answer_loss(whole[:, P.source - 1 : -1], items.answer)
    loss.backward()
    counted = torch.zeros(32, P.source + 3, dtype=torch.bool)
    counted[:, P.source - 1 : -1] = items.answer > 0
    touched = whole.grad.abs().sum(2) > 0
    assert torch.equal(touched, counted) and 0 < int(items.absent.sum()) < 32
    p = torch.log_softmax(whole.detach()[:, P.source - 1 : -1], 2).gather(2, items.answer[..., None])[..., 0]
    assert float(loss.detach()) == pytest.approx(float(-p[items.answer > 0].mean()), abs=1e-6)


# 3: the fused score -----------------------------------------------------------------------------------------------
def kept(*rows):
    return np.ones(rows, bool)


def test_the_numbers_of_the_fused_score():
    """Concentrated 1/2, spread over three 1/6, K unanimous K/(K+1); f < Σp² <= Σp."""
    assert fuse(np.array([[1.0]]), kept(1)) == pytest.approx([1 / 2])
    assert fuse(np.full((3, 1), 1 / 3), kept(3)) == pytest.approx([1 / 6])
    for k in range(1, 10):
        assert fuse(np.ones((k, 1)), kept(k)) == pytest.approx([k / (k + 1)])
    p = np.random.default_rng(0).dirichlet(np.ones(19), 5)
    assert (fuse(p, kept(5)) < (p**2).sum(0)).all() and ((p**2).sum(0) <= p.sum(0)).all()


def test_one_passage_keeps_its_order_and_passages_have_none():
    p = np.random.default_rng(1).dirichlet(np.ones(19), 5)
    for rule in ("squares", "mean", "product", "first"):
        assert (np.argsort(fuse(p[:1], kept(1), rule)) == np.argsort(p[0])).all()
    for rule in ("squares", "mean", "product"):
        assert fuse(p[::-1], kept(5), rule) == pytest.approx(fuse(p, kept(5), rule))
    some = np.array([False, True, False, True, True])
    assert fuse(p, some, "first") == pytest.approx(p[1])
    assert fuse(p, some, "product") == pytest.approx(p[1] * p[3] * p[4])
    assert fuse(p, some, "mean") == pytest.approx((p[1] + p[3] + p[4]) / 3)
    for rule in ("squares", "mean", "product", "first"):
        assert (fuse(p, np.zeros(5, bool), rule) == 0).all()


def test_a_faint_voice_lowers_the_fused_score():
    """∂f/∂p_k has the sign of 2 p_k (1 + Σp) − Σp²: negative for a small p_k, and it is the slope."""
    random = np.random.default_rng(2)
    signs = set()
    for p in [*random.random((50, 4)), np.array([1e-3, 0.9, 0.9, 0.9])]:
        step = np.zeros(4)
        step[0] = 1e-6
        slope = float((fuse((p + step)[:, None], kept(4)) - fuse((p - step)[:, None], kept(4)))[0] / 2e-6)
        total = 1 + p.sum()
        assert slope == pytest.approx((2 * p[0] * total - (p**2).sum()) / total**2, abs=1e-7)
        assert (slope >= 0) == (2 * p[0] * (1 + p.sum()) >= (p**2).sum())
        signs.add(slope >= 0)
    assert signs == {True, False}


# 4, 5: beams ------------------------------------------------------------------------------------------------------
def reading(seed, questions, passages, vocabulary, length):
    """A made-up reader of answers of `length` tokens: chances that depend on everything before them."""

    def chances(question, prefix):
        random = np.random.default_rng([seed, int(question), *map(int, prefix)])
        p = random.dirichlet(np.full(vocabulary, 0.3), passages)
        if len(prefix) < length:
            p[:, SEP] = 0
        else:
            p = np.tile(np.eye(vocabulary)[SEP], (passages, 1))
        return p

    return lambda asked, prefixes: np.stack([chances(q, prefix) for q, prefix in zip(asked, prefixes, strict=True)])


def best_of(answers, read, question, rule, votes):
    """Exhaustive search: the answer of the largest product of fused scores."""

    def score(answer):
        total = 0.0
        for t, token in enumerate(answer):
            p = read(np.array([question]), np.array([answer[:t]], int).reshape(1, t))[0]
            total += math.log(max(fuse(p, votes, rule)[token], theory.TINY))
        return total

    return max(answers, key=score)


@pytest.mark.parametrize("rule", ["squares", "mean", "product"])
def test_a_beam_as_wide_as_all_answers_is_exhaustive(rule):
    """Two tokens, V² hypotheses: the argmax of the product of fused scores; token by token finds less, sometimes."""
    vocabulary, questions, passages = 7, 12, 3
    read, votes = reading(5, questions, passages, vocabulary, 2), np.ones((questions, passages), bool)
    facts = np.zeros((questions, passages, 4), int)
    found = theory.vote(read, facts, votes, rule, False, vocabulary, beam=vocabulary**2)
    answers = [pair for pair in itertools.product(range(vocabulary), repeat=2) if SEP not in pair]
    best = [best_of(answers, read, q, rule, votes[q]) for q in range(questions)]
    assert [tuple(row) for row in found[:, :2]] == best and (found[:, 2] == SEP).all()
    narrow = theory.vote(read, facts, votes, rule, False, vocabulary)
    assert (narrow[:, :2] != found[:, :2]).any()


def test_extractive_answers_are_fragments_and_a_wide_beam_finds_the_best_of_them():
    """K = 1 against brute force over all fragments; K = 3: every answer lies in one surviving passage, borders included."""
    vocabulary, questions, random = 12, 20, np.random.default_rng(6)
    facts = random.integers(3, vocabulary, (questions, 3, 8))
    read = reading(7, questions, 1, vocabulary, 2)
    one = np.ones((questions, 1), bool)
    found = theory.vote(read, facts[:, :1], one, "squares", True, vocabulary, beam=64)
    for q in range(questions):
        fragments = {tuple(facts[q, 0, i : i + 2]) for i in range(7)}
        assert tuple(found[q, :2]) == best_of(sorted(fragments), read, q, "squares", one[q])
    votes = random.random((questions, 3)) < 0.6
    read = reading(8, questions, 3, vocabulary, 2)
    free = theory.vote(read, facts, votes, "squares", False, vocabulary)
    bound = theory.vote(read, facts, votes, "squares", True, vocabulary)
    inside = [[_fragment(answer, f[v]) for answer, f, v in zip(a, facts, votes, strict=True)] for a in (free, bound)]
    assert all(inside[1]) and not all(inside[0])
    assert (bound[~votes.any(1)] == 0).all() and (~votes.any(1)).any()


def _fragment(answer, passages):
    tokens = [token for token in answer if token not in (0, SEP)]
    text = [" ".join(map(str, passage)) for passage in passages]
    return not tokens or any(f" {' '.join(map(str, tokens))} " in f" {line} " for line in text)


def test_an_answer_may_end_at_once_or_cross_a_border():
    facts = np.array([[[5, 6, 7, 8], [9, 5, 6, 9]]])
    after = lambda *prefix: set(np.flatnonzero(theory.continues(facts, np.ones((1, 2), bool), np.array([prefix], int), 12)[0]))  # noqa: E731
    assert after() == {SEP, 5, 6, 7, 8, 9}
    assert after(5) == {SEP, 6} and after(6) == {SEP, 7, 9} and after(5, 6) == {SEP, 7, 9} and after(8) == {SEP}
    only = theory.continues(facts, np.array([[True, False]]), np.array([[6]]), 12)[0]
    assert set(np.flatnonzero(only)) == {SEP, 7}


# 7: a perfect reader ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("passages", "share"), [(1, 0.4515), (3, 0.7345), (5, 0.8652), (9, 0.9741)])
def test_a_perfect_reader(passages, share):
    """The contract's numbers, ± 5e-4, and the world's own passages with an oracle's majority, within 3 standard errors."""
    assert theory.perfect(passages, 0.6, 0.25) == pytest.approx(share, abs=5e-4)
    p = Seq2seqReadingParams.build({"passages": passages})
    made = world.ballots(20_000, p, torch.Generator().manual_seed(passages))
    facts = made.facts.view(20_000, passages, p.facts, 4)
    pairs = (facts[..., 0] - theory.NAME) * p.attributes + facts[..., 1] - theory.NAME - p.entities
    held = pairs == made.asked[:, None, None]
    value = ((facts[..., 2] - DIGIT) * 10 + facts[..., 3] - DIGIT)[..., :].masked_fill(~held, -1).amax(2).numpy()
    assert (held.sum(2) <= 1).all() and (value == made.said.numpy()).all()
    truth = ((made.answer[:, 0] - DIGIT) * 10 + made.answer[:, 1] - DIGIT).numpy()
    votes = np.zeros((20_000, VALUES))
    rows, columns = np.nonzero(value >= 0)
    np.add.at(votes, (rows, value[rows, columns]), 1)
    top = votes == votes.max(1, keepdims=True)
    right = top[np.arange(20_000), truth] / top.sum(1) * (votes.max(1) > 0)
    assert right.mean() == pytest.approx(share, abs=3 * math.sqrt(share * (1 - share) / 20_000))


def test_a_wrong_value_may_be_right():
    """It is uniform over all 100: one in a hundred is the right one, within 3 standard errors."""
    made = world.ballots(20_000, Seq2seqReadingParams.build({"passages": 1, "present": 1.0, "wrong": 1.0}), torch.Generator())
    truth = (made.answer[:, 0] - DIGIT) * 10 + made.answer[:, 1] - DIGIT
    assert float((made.said[:, 0] == truth).float().mean()) == pytest.approx(0.01, abs=3 * math.sqrt(0.0099 / 20_000))


def test_limits_of_a_perfect_reader():
    assert theory.perfect(1, 0.7, 0.4) == pytest.approx(0.7 * 0.6 + 0.7 * 0.4 / 100)
    assert theory.perfect(9, 0.0, 0.3) == 0 and theory.perfect(9, 1.0, 0.0) == pytest.approx(1)
    assert theory.perfect(4, 1.0, 1.0) == pytest.approx(0.01)  # by symmetry of the 100 values


# the generated world ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("values", [{"absent": 0.6}, {"entities": 6, "attributes": 4, "facts": 3}, {"mask": "question-first"}])
def test_items_are_what_they_say(values):
    """[CLS] facts [SEP] E A [SEP], distinct pairs, the asked one absent just where it is said, else its value is the answer."""
    p = Seq2seqReadingParams.build(values)
    made, m = world.items(300, p, torch.Generator().manual_seed(1)), p.facts
    assert made.source.shape == (300, p.source) and (made.source[:, 0] == 1).all() and (made.source[:, -1] == SEP).all()
    begin = (4, 1) if p.mask == "question-first" else (1, 4 * m + 2)
    facts = made.source[:, begin[0] : begin[0] + 4 * m].view(300, m, 4)
    asked = made.source[:, begin[1] : begin[1] + 2]
    assert (made.source == SEP).sum(1).eq(2).all()
    for row, question, answer, absent in zip(facts.tolist(), asked.tolist(), made.answer.tolist(), made.absent, strict=True):
        held = {tuple(fact[:2]): fact[2:] for fact in row}
        assert len(held) == m and (tuple(question) not in held) == bool(absent)
        assert answer == ([SEP, 0, 0] if absent else [*held[tuple(question)], SEP])
    assert abs(float(made.absent.float().mean()) - p.absent) < 3 * math.sqrt(p.absent * (1 - p.absent) / 300)
