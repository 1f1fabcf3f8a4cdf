"""Ground truth of the RoFormerV2 lab: rotations, norms, ledger, identity at α = 0, balanced gradients, the best possible loss."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.attention.roformer_v2 import data, school, theory
from engine.attention.roformer_v2.network import EPSILON, Attention, MaskedModel, Norm, Style, norm, rope, rotations

KINDS = ("ln", "ln-plain", "rms-gain", "rms")


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noise(*size: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*size, generator=random(seed), dtype=torch.float64)


# 1 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("head", [2, 5, 8])
def test_a_rotated_score_depends_on_the_distance_alone(head):
    q, k = noise(head), noise(head, seed=1)
    turn = rotations(24, head)
    turned_q, turned_k = (rope(x.expand(24, head), *turn) for x in (q, k))
    scores = turned_q @ turned_k.T
    assert (scores[5:, 5:] - scores[:-5, :-5]).abs().max() < 1e-10
    assert (turned_q.norm(dim=-1) - q.norm()).abs().max() < 1e-12 and torch.equal(turned_q[0], q)
    for t in (1, 7, 23):  # the matrices of (1), written out
        for i in range(head // 2):
            angle = t * 10000.0 ** (-2 * i / head)
            a, b = q[2 * i], q[2 * i + 1]
            wanted = [a * math.cos(angle) - b * math.sin(angle), a * math.sin(angle) + b * math.cos(angle)]
            assert turned_q[t, 2 * i : 2 * i + 2].tolist() == pytest.approx([float(w) for w in wanted], abs=1e-12)


def test_attention_turns_queries_and_keys_and_mixes_heads_as_written_out():
    part, x, turn = Attention(1, Style(width=16), random()), noise(1, 5, 16).float(), rotations(5, 4)
    q, k, v = (x[0] @ part.read.weight[0]).view(5, 3, 4, 4).permute(1, 2, 0, 3).double()  # (heads, length, head)
    scores = rope(q, *turn) @ rope(k, *turn).transpose(1, 2) / 2
    wanted = (scores.softmax(-1) @ v).transpose(0, 1).reshape(5, 16) @ part.write.weight[0].double()
    assert (part(x, 5, tuple(one.float() for one in turn))[0] - wanted).abs().max() < 1e-5


# 2, 5 ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("dtype", "off"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
def test_norms_are_those_of_torch(dtype, off):
    x, gain, shift = (part.to(dtype) for part in (3 * noise(16, 32) + 1, noise(32, seed=1), noise(32, seed=2)))
    assert (norm(x, "rms") - functional.rms_norm(x, (32,), eps=1e-6)).abs().max() < off
    assert (norm(x, "rms-gain", gain) - functional.rms_norm(x, (32,), gain, 1e-6)).abs().max() < 4 * off
    assert (norm(x, "ln-plain") - functional.layer_norm(x, (32,), eps=1e-6)).abs().max() < 2 * off
    assert (norm(x, "ln", gain, shift) - functional.layer_norm(x, (32,), gain, shift, 1e-6)).abs().max() < 8 * off
    assert torch.equal(norm(x, "ln-plain"), norm(x - x.mean(-1, keepdim=True), "rms"))


def test_rms_does_not_see_the_scale_and_its_jacobian_kills_the_input():
    x = noise(12).requires_grad_()
    assert (norm(1000 * x, "rms") - norm(x, "rms")).abs().max() < 1e-5
    jacobian = torch.autograd.functional.jacobian(lambda z: norm(z, "rms"), x)
    assert (jacobian @ x).abs().max() < 1e-5 < jacobian.abs().max()
    assert all(torch.autograd.gradcheck(lambda z, kind=kind: norm(z, kind), noise(3, 8).requires_grad_()) for kind in KINDS)


# 3 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("depth", "width"), [(2, 16), (8, 32), (3, 20)])
@pytest.mark.parametrize("residual", ["post", "pre", "rezero"])
def test_the_ledger_counts_what_is_built(depth, width, residual):
    parts = theory.ledger(depth, width, 12, inside=residual != "rezero")

    def built(kind: str, bias: bool) -> int:
        return MaskedModel(1, Style(kind, bias, residual, depth, width), 12, random()).count()

    learned = depth * (residual == "rezero")
    assert built("rms", False) == built("ln-plain", False) == parts["matrices"] + parts["words"] + learned
    assert (
        built("rms-gain", False) - built("rms", False) == parts["gains"]
        and built("ln", False) - built("rms-gain", False) == parts["shifts"]
    )
    assert built("rms", True) - built("rms", False) == parts["biases"]
    if residual != "rezero":
        assert built("ln", True) - built("rms", False) == 13 * width * depth + 2 * width + 12


# 4 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("residual", ["post", "pre", "rezero"])
def test_without_branches_the_stack_is_the_identity_and_has_no_gradient(kind, residual):
    net = MaskedModel(1, Style(kind, False, residual, 4, 16), 12, random())
    tokens = torch.randint(13, (3, 16), generator=random(1))
    logits, sums = net(tokens, [0.0])
    wanted = norm(net.embedding[0, tokens], kind) @ net.head.weight[0]
    assert (logits[0] - wanted).abs().max() < 1e-5 < (logits[1] - wanted).abs().max() and len(sums) == 8
    logits.square().sum().backward()
    for layer in net.encoder.matrices():
        assert len(layer) == 4 and all(not part.grad[0].any() and part.grad[1].any() for part in layer)


def test_the_twin_of_a_stack_starts_as_the_same_net():
    net = MaskedModel(2, Style(depth=3, width=16), 12, random())
    assert all(torch.equal(part[0], part[1]) and torch.equal(part[0], part[2]) for part in net.parameters())
    tokens = torch.randint(13, (3, 16), generator=random(1))
    logits, _ = net(tokens, [1.0, 0.5])
    assert torch.allclose(logits[0], logits[2]) and not torch.allclose(logits[1], logits[2], atol=1e-3)
    assert EPSILON == 1e-6 and list(Norm(1, "rms", 8).parameters()) == []


def test_the_ends_of_branches_are_louder():
    net = MaskedModel(1, Style(depth=4, width=64), 12, random())
    scales = [[float(part[0].detach().std()) * math.sqrt(part.shape[1]) for part in layer] for layer in net.encoder.matrices()]
    assert np.mean(scales, 0) == pytest.approx([1, 1.8, 1, 1.53], rel=0.03)


# 6 ---------------------------------------------------------------------------------------------------------------
def test_two_tasks_of_length_one_are_both_served_and_three_need_not_be():
    for seed in range(1000):
        pair = noise(2, 5, seed=seed)
        assert (pair @ school.combined(pair, "normalised")).min() >= -1e-12
    three = torch.tensor([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]], dtype=torch.float64)
    assert float(three[2] @ school.combined(three, "normalised")) < 0
    assert school.cosines(three, "normalised")[1].tolist() == [1, 1, -1]
    loud = torch.tensor([[10.0, 0.0], [-1.0, 1.0]], dtype=torch.float64)  # as they are, the loud one wins
    assert float(loud[1] @ school.combined(loud, "mean")) < 0 < float(loud[1] @ school.combined(loud, "normalised"))
    assert torch.equal(school.combined(torch.zeros(2, 3), "normalised"), torch.zeros(3))


def test_the_balanced_update_does_not_see_the_scale_of_a_loss():
    net = torch.nn.Linear(4, 2, dtype=torch.float64)
    out = net(noise(6, 4)).square().mean(0)
    plain, scaled = (
        school.task_gradients(net, out * torch.tensor(by, dtype=torch.float64)) for by in ([1.0, 1.0], [1.0, 1000.0])
    )
    assert (school.combined(plain, "normalised") - school.combined(scaled, "normalised")).abs().max() < 1e-10
    assert (school.combined(plain, "mean") - school.combined(scaled, "mean")).abs().max() > 1e-3
    school.give(net, plain[0])
    assert torch.equal(torch.cat([part.grad.flatten() for part in net.parameters()]), plain[0])


# 7 ---------------------------------------------------------------------------------------------------------------
def forward_backward(follows: np.ndarray, words: np.ndarray, masked: np.ndarray) -> np.ndarray:
    """Posterior (length, symbols) of every position given all that are not masked."""
    count, length = len(follows), len(words)
    move = np.full((count, count), 0.1 / count)
    move[np.arange(count), follows] += 0.9
    seen = np.where(masked[:, None], 1.0, np.eye(count)[words])
    ahead, back = [seen[0] / count], [np.ones(count)]
    for t in range(1, length):
        ahead.append((ahead[-1] @ move) * seen[t])
        back.insert(0, move @ (back[0] * seen[length - t]))
    both = np.array(ahead) * np.array(back)
    return both / both.sum(1, keepdims=True)


def test_the_best_possible_loss_is_that_of_forward_backward():
    assert theory.bayes_loss(12, 16, 0.9, 0.2) == pytest.approx(0.271, abs=0.003)
    draw = random(3)
    follows = data.cycle(draw)
    words, masked = data.sentences(follows, 3000, draw).numpy(), (torch.rand(3000, 16, generator=draw) < 0.2).numpy()
    losses = [
        -math.log(posterior[t, row[t]])
        for row, hidden in zip(words, masked, strict=True)
        for posterior in [forward_backward(follows.numpy(), row, hidden)]
        for t in np.flatnonzero(hidden)
    ]
    error = np.std(losses) / math.sqrt(len(losses))
    assert error < 0.012 and abs(np.mean(losses) - theory.bayes_loss(12, 16, 0.9, 0.2)) < 4 * error


def test_the_best_possible_loss_of_a_tiny_language_is_that_of_all_its_sentences():
    symbols, length, masked = 3, 3, 0.3
    follows = np.roll(np.arange(symbols), -1)
    total = 0.0
    for hidden in itertools.product([False, True], repeat=length):
        weight = np.prod([masked if one else 1 - masked for one in hidden])
        for words in itertools.product(range(symbols), repeat=length):
            p = np.prod([1 / symbols, *((0.9 if follows[a] == b else 0) + 0.1 / symbols for a, b in itertools.pairwise(words))])
            posterior = forward_backward(follows, np.array(words), np.array(hidden))
            total -= weight * p * sum(math.log(posterior[t, words[t]]) for t in np.flatnonzero(hidden))
    assert theory.bayes_loss(symbols, length, 0.9, masked) == pytest.approx(total / (masked * length), abs=1e-12)


def test_the_language_is_what_it_says():
    draw = random(1)
    follows = data.cycle(draw)
    seen = [0]
    while len(seen) < 12:
        seen.append(int(follows[seen[-1]]))
    assert sorted(seen) == list(range(12)) and int(follows[seen[-1]]) == 0
    words, masked = data.sentences(follows, 4000, draw), data.holes(4000, draw)
    kept = float((follows[words[:, :-1]] == words[:, 1:]).float().mean())
    assert kept == pytest.approx(0.9 + 0.1 / 12, abs=0.005) and bool(masked.any(1).all())
    assert float(masked.float().mean()) == pytest.approx(0.2 + 0.8**16 / 16, abs=0.006)
    assert torch.bincount(words[:, 7], minlength=12).min() > 250


# ramp, questions, labels -------------------------------------------------------------------------------------------
def test_the_ramp_rises_evenly_and_never_falls():
    alpha, found = 0.0, []
    for step in range(1, 101):
        alpha = theory.ramp(step, 80 if step <= 30 else 300 if step <= 60 else 40, alpha)
        found.append(alpha)
    assert found[0] == 0 and found[29] == 29 / 80 == found[59] and found[60] == 1 == found[-1]
    assert theory.ramp(1, 0) == 1 and theory.open_path(np.array([2, 24]), 1.0).tolist() == [0.5, 2.0**-12]


def test_questions_follow_from_the_label_and_tell_all_digits_apart_but_two():
    said = data.answers(torch.arange(10), ("parity", "large", "prime", "three", "hole"))
    assert said.shape == (5, 10)
    assert [bool(said[0, d]) for d in range(10)] == [d % 2 == 1 for d in range(10)]
    assert [bool(said[1, d]) for d in range(10)] == [d >= 5 for d in range(10)]
    assert [d for d in range(10) if said[2, d]] == [2, 3, 5, 7] and [bool(said[3, d]) for d in range(10)] == [
        d % 3 == 0 for d in range(10)
    ]
    assert [d for d in range(10) if said[4, d]] == [0, 4, 6, 8, 9]
    same = [(a, b) for a in range(10) for b in range(a) if torch.equal(said[:, a], said[:, b])]
    assert same == [(7, 5)] and data.answers(torch.arange(10), ()).shape == (0, 10)
    assert torch.equal(data.answers(torch.arange(10), ("prime",)), said[2:3])


def test_every_draw_has_as_many_of_each_digit_and_none_of_the_test():
    (rows, labels), (test_rows, _) = data.split(random())
    places = data.few(labels, 20, 5, random(1))
    assert places.shape == (5, 200) and all((torch.bincount(labels[own], minlength=10) == 20).all() for own in places)
    assert all(len(set(own.tolist())) == 200 for own in places) and not torch.equal(places[0], places[1])
    known = {row.numpy().tobytes() for row in rows}
    assert len(rows) + len(test_rows) == 1797 and len(test_rows) == 500
    assert sum(row.numpy().tobytes() in known for row in test_rows) == 0
