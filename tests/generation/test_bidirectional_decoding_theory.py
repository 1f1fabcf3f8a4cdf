"""Ground truth of the lab of two hands: (4) and (5) by enumeration, masks, mirror, beam, averages."""

import itertools
import math
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from engine.generation.bidirectional_decoding import theory
from engine.generation.bidirectional_decoding.network import Hand, Pair, _Side, loss, sheets, write
from engine.generation.bidirectional_decoding.theory import Items, items
from engine.generation.decoders import Walker

CPU = torch.device("cpu")


def generators(seed=0):
    return torch.Generator().manual_seed(seed), torch.Generator().manual_seed(seed + 100)


def some(count, length=6, symbols=5, noise=0.2, seed=0):
    return items(np.random.default_rng(seed).random((theory.PLANES, count, length + 1)), symbols, noise)


def lively(symbols=5, length=6, looks=True):
    """A pair whose hands look unevenly, as trained ones do."""
    pair = Pair(symbols, length, looks, generators())
    with torch.no_grad():
        for hand in pair.hands:
            if looks:
                hand.bias.copy_(torch.randn(length, length, generator=torch.Generator().manual_seed(5)) / 4)
    return pair


# 1 ---------------------------------------------------------------------------------------------------------------
def test_four_and_five_by_enumeration():
    """All increments and all corruptions for V = 3, T = 3, with a = 0, in exact fractions."""
    v, length, noise = 3, 3, Fraction(1, 10)
    chance = [1 - noise + noise / v, *[noise / v] * (v - 1)]
    left, right = [Fraction(0)] * length, [Fraction(0)] * length
    seen = [Counter() for _ in range(length)]
    for d in itertools.product(range(v), repeat=length + 1):
        y = np.cumsum(d) % v
        for error in itertools.product(range(v), repeat=length + 1):
            p = math.prod((chance[e] for e in error), start=Fraction(1, v ** (length + 1)))
            shown = [(a + e) % v for a, e in zip(d, error, strict=True)]
            for t in range(length):
                left[t] += p * (sum(error[: t + 1]) % v == 0)
                right[t] += p * (sum(error[t + 1 :]) % v == 0)
                seen[t][(*shown, int(y[-1])), int(y[t])] += p
    found = [[float(share) for share in side] for side in (left, right)]
    assert found[0] == pytest.approx(theory.one_way(length, v, 0.1), abs=1e-12)
    assert found[1] == pytest.approx(theory.one_way(length, v, 0.1)[::-1], abs=1e-12)
    for t, expected in enumerate(theory.best(length, v, 0.1)):
        most = Counter()
        for (observed, _), p in seen[t].items():
            most[observed] = max(most[observed], p)
        assert float(sum(most.values())) == pytest.approx(expected, abs=1e-12)


def test_forward_and_backward_reach_five_and_no_more():
    v, length, noise, count = 8, 12, 0.1, 4000
    given = some(count, length, v, noise)
    kernel = np.full(v, noise / v)
    kernel[0] += 1 - noise
    rows = np.arange(v)
    ahead, back = [np.eye(v)[given.a]], [np.eye(v)[given.b]]
    for t in range(length):
        ahead.append(np.einsum("nu,nuy->ny", ahead[-1], kernel[(rows - rows[:, None] - given.shown[:, t, None, None]) % v]))
        last = given.shown[:, length - t, None, None]
        back.append(np.einsum("nu,nuy->ny", back[-1], kernel[(rows[:, None] - rows - last) % v]))
    guess = np.stack([(ahead[t] * back[length + 1 - t]).argmax(1) for t in range(1, length + 1)], 1)
    shares = (guess == given.y).mean(1)
    assert abs(shares.mean() - theory.best(length, v, noise).mean()) < 3 * shares.std() / math.sqrt(count)


def test_a_path_is_kept_and_noise_is_laid_over_it():
    uniforms = np.random.default_rng(1).random((theory.PLANES, 5000, 7))
    clean, loud = items(uniforms, 5, 0.0), items(uniforms, 5, 0.4)
    path = np.column_stack([clean.a, clean.y, clean.b])
    assert ((np.diff(path) - clean.shown) % 5 == 0).all()
    assert np.array_equal(clean.y, loud.y) and np.array_equal(clean.b, loud.b)
    changed = (clean.shown != loud.shown).mean()
    assert abs(changed - 0.4 * 4 / 5) < 4 * math.sqrt(0.32 * 0.68 / 35_000)
    assert np.array_equal(clean.columns()[:, 1:-1], clean.shown)


# 2 ---------------------------------------------------------------------------------------------------------------
def test_nobody_sees_what_is_not_there_yet():
    """Gradients of a step's logits with respect to later inputs, own and the other hand's: exact zeros; the others are not."""
    pair, length = lively(), 6
    papers = sheets(some(3), 5, True, CPU)
    own = [hand.past(sheet.past(sheet.y)).detach().requires_grad_() for hand, sheet in zip(pair.hands, papers, strict=True)]
    states = [hand.states(past, sheet.shown) for hand, past, sheet in zip(pair.hands, own, papers, strict=True)]
    for me, other in ((0, 1), (1, 0)):
        logits, _ = pair.hands[me].answer(states[me], states[other][:, None], torch.arange(length))
        for n in range(length):
            for slopes in torch.autograd.grad(logits[:, n].sum(), (own[0], own[1]), retain_graph=True):
                size = slopes.abs().sum((0, 2))
                assert (size[n + 1 :] == 0).all() and (size[: n + 1] > 0).all()


# 3 ---------------------------------------------------------------------------------------------------------------
def test_in_a_mirror_the_hands_change_places():
    pair, given = lively(), some(20)
    turned = Items(given.b, given.a, given.shown[:, ::-1].copy(), given.y[:, ::-1].copy())
    mirror = lively()
    mirror.hands[0].load_state_dict(pair.hands[1].state_dict())
    mirror.hands[1].load_state_dict(pair.hands[0].state_dict())
    here, there = sheets(given, 5, True, CPU), sheets(turned, 5, True, CPU)
    assert torch.allclose(pair(here)[0][0], mirror(there)[0][1], atol=1e-6)
    one, two = write(pair, here, 2), write(mirror, there, 2)
    assert torch.equal(one.text()[0], two.text()[1].flip(1)) and torch.equal(one.text()[1], two.text()[0].flip(1))


# 4 ---------------------------------------------------------------------------------------------------------------
def test_without_looks_the_hands_know_nothing_of_each_other():
    pair = lively(looks=False)
    papers, others = sheets(some(20), 5, True, CPU), sheets(some(20, seed=1), 5, True, CPU)
    assert torch.equal(pair(papers)[0][0], pair((papers[0], others[1]))[0][0])
    alone = [
        torch.nn.functional.cross_entropy(hand.out(hand.states(s.past(s.y), s.shown)).flatten(0, 1), s.y.flatten())
        for hand, s in zip(pair.hands, papers, strict=True)
    ]
    assert loss(pair(papers)[0], papers).item() == pytest.approx((alone[0] + alone[1]).item() / 2, abs=1e-7)


def test_a_hidden_anchor_tells_nothing():
    pair, given = lively(), some(20)
    other = replace(given, b=(given.b + 1) % 5)
    texts = [torch.stack(write(pair, sheets(shown, 5, False, CPU)).text()) for shown in (given, other)]
    assert torch.equal(*texts)


# 5 ---------------------------------------------------------------------------------------------------------------
def test_a_beam_of_one_is_greedy():
    """Against whole passes in lock step: each token is the most likely one after what both have written before."""
    pair, length = lively(), 6
    papers = sheets(some(50), 5, True, CPU)
    tokens = [torch.zeros_like(sheet.y) for sheet in papers]
    with torch.no_grad():
        for n in range(length):
            told = tuple(replace(sheet, y=so_far) for sheet, so_far in zip(papers, tokens, strict=True))
            logits, looks = pair(told)
            for mine, said in zip(tokens, logits, strict=True):
                mine[:, n] = said[:, n].argmax(1)
    written = write(pair, papers, 1)
    for mine, theirs, seen, look in zip(tokens, written.tokens, looks, written.looks, strict=True):
        assert torch.equal(mine, theirs)
        assert torch.allclose(seen[:, -1], look[:, -1], atol=1e-5)


def test_a_beam_of_all_is_brute_force():
    pair, (v, length) = lively(3, 4, looks=False), (3, 4)
    papers = sheets(some(4, length, v), v, True, CPU)
    written = write(pair, papers, v**length)
    every = torch.tensor(list(itertools.product(range(v), repeat=length)))
    for k, (hand, sheet) in enumerate(zip(pair.hands, papers, strict=True)):
        for row in range(4):
            first, shown = sheet.first[row].expand(len(every)), sheet.shown[row].expand(len(every), -1)
            past = torch.cat([first[:, None], every[:, :-1]], 1)
            scores = hand.out(hand.states(past, shown)).log_softmax(2).gather(2, every[:, :, None]).sum((1, 2))
            assert written.tokens[k][row].tolist() == every[scores.argmax()].tolist()
            assert written.scores[k][row].item() == pytest.approx(scores.max().item(), abs=1e-5)
    left = written.scores[0] >= written.scores[1]
    assert torch.equal(written.chosen(), torch.where(left[:, None], *written.text()))


# 6 ---------------------------------------------------------------------------------------------------------------
def test_the_average_over_equal_partners_is_that_of_one():
    hand, random = lively().hands[0], torch.Generator().manual_seed(2)
    h, others = (torch.randn(shape, generator=random) for shape in ((7, 2, 48), (7, 1, 4, 48)))
    step = torch.full((2,), 3)
    alone = hand.answer(h, others, step)[0].softmax(3).mean(2)
    assert torch.allclose(hand.answer(h, others.expand(-1, 3, -1, -1), step)[0].softmax(3).mean(2), alone, atol=1e-7)
    assert float(alone.max()) <= 1  # so that scores never rise along a path


def test_it_is_the_probability_that_is_averaged_over_unlike_partners():
    hand, random = lively().hands[0], torch.Generator().manual_seed(2)
    states, others = (torch.randn(shape, generator=random) for shape in ((7, 2, 4, 48), (7, 3, 4, 48)))
    side = _Side(
        hand, Walker(hand), *[torch.empty(0, dtype=torch.long)] * 2, states, *[torch.empty(0)] * 2, torch.zeros(7, 2, 6, 6)
    )
    each = [hand.answer(states[:, :, -1], others[:, k, None], torch.full((2,), 3))[0][:, :, 0].softmax(2) for k in range(3)]
    assert not torch.allclose(each[0], each[1], atol=1e-3)
    assert torch.allclose(side.expect(3, others).exp(), (each[0] + each[1] + each[2]) / 3, atol=1e-6)


def test_every_path_is_judged_beside_all_of_the_other_hands(monkeypatch):
    partners, answer = [], Hand.answer
    monkeypatch.setattr(
        Hand, "answer", lambda hand, h, others, at: partners.append(others.shape[1]) or answer(hand, h, others, at)
    )
    write(lively(), sheets(some(4), 5, True, CPU), 3)
    assert partners == [1, 1] + [3] * 10


def test_a_wider_beam_never_has_a_lower_score_without_looks():
    pair, papers = lively(looks=False), sheets(some(60), 5, True, CPU)
    scores = [torch.stack(write(pair, papers, width).scores) for width in (1, 25)]
    assert (scores[0] <= 0).all() and (scores[1] >= scores[0] - 1e-5).all()


# theory of the leak ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("length", "v"), [(4, 2), (3, 3), (5, 2)])
def test_the_floor_of_what_leaks_by_enumeration(length, v):
    """H(y_n | own true past and steps, the other hand's true tokens and steps that far): all increments and corruptions."""
    noise = 0.3
    chance = np.array([1 - noise + noise / v, *[noise / v] * (v - 1)])
    total = 0.0
    seen = [Counter() for _ in range(length)]
    for d in itertools.product(range(v), repeat=length + 1):
        y = [0, *(np.cumsum(d) % v).tolist()]
        for error in itertools.product(range(v), repeat=length + 1):
            p = float(chance[list(error)].prod()) / v ** (length + 1)
            shown = [(a + e) % v for a, e in zip(d, error, strict=True)]
            for n in range(1, length + 1):
                known = (tuple(y[:n]), tuple(shown[:n]), tuple(y[length + 2 - n :]), tuple(shown[length + 1 - n :]))
                seen[n - 1][known, y[n]] += p
    for counts in seen:
        whole = Counter()
        for (known, _), p in counts.items():
            whole[known] += p
        total -= sum(p * math.log(p / whole[known]) for (known, _), p in counts.items())
    assert theory.leak_floor(length, v, noise) == pytest.approx(total / length, abs=1e-12)


def test_entropy_and_what_spreads_around_it():
    assert theory.entropy(8, 0.1) == pytest.approx(0.46698, abs=1e-5)
    assert (
        theory.entropy(8, 1.0) == pytest.approx(math.log(8))
        and theory.entropy(8, 0.0) == theory.surprise_deviation(8, 0.0) == 0
    )
    p = np.array([0.9125, *[0.0125] * 7])
    assert theory.surprise_deviation(8, 0.1) == pytest.approx(math.sqrt(p @ np.log(p) ** 2 - (p @ np.log(p)) ** 2))
    assert theory.surprise_deviation(8, 1.0) == pytest.approx(0, abs=1e-6)
    assert theory.best(5, 8, 0.1, anchored=False) == pytest.approx(theory.one_way(5, 8, 0.1))
    assert [theory.answered(k).tolist() for k in (4, 5)] == [[3, 4], [4, 5]]
