"""The ON-LSTM lab's mathematics: gates, the hard update, the cell, parsers, and the grammar's exact entropy."""

from itertools import permutations

import numpy as np
import pytest
import torch

from engine.core.params import BadValue
from engine.structured.on_lstm import grammar, theory
from engine.structured.on_lstm.network import LanguageModel, OrderedCell, loss, thinned


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def cell(inputs=5, hidden=6, levels=3, kind="onlstm", seed=0) -> OrderedCell:
    return OrderedCell(inputs, hidden, levels, kind, torch.Generator().manual_seed(seed)).double()


def outputs(layer: OrderedCell, x: torch.Tensor) -> torch.Tensor:
    return torch.stack([step.hidden_state for step in layer(x)], 1)


@pytest.mark.parametrize("p", [1, 2, 8, 32])
def test_cumulated_softmax_rises_to_one_and_falls_from_one(p):
    v = softmax(np.random.default_rng(p).normal(size=(50, p)))
    up, down = theory.rising(v), theory.falling(v)
    assert (np.diff(up) >= 0).all() and (np.diff(down) <= 0).all() and up.min() >= 0 and up.max() <= 1 + 1e-12
    assert up[:, -1] == pytest.approx(1, abs=1e-12) and down[:, 0] == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(down, 1 - up + v, atol=1e-12)


def test_the_mean_gate_says_the_expected_level():
    """Identity (4), in float32 as the network computes it."""
    for p in range(1, 33):
        v = softmax(np.random.default_rng(p).normal(size=(20, p))).astype(np.float32)
        d = theory.distance(np.cumsum(v, -1))
        np.testing.assert_allclose(p * d + 1, v @ np.arange(1, p + 1), rtol=1e-6)


def test_one_formula_holds_both_cases_of_the_hard_update():
    p, random = 6, np.random.default_rng(0)
    f, i, candidate, before = random.random((4, p))
    for d_f in range(1, p + 1):
        for d_i in range(1, p + 1):
            gates = theory.rising(np.eye(p)[d_f - 1]), theory.falling(np.eye(p)[d_i - 1])
            np.testing.assert_allclose(
                theory.update(*gates, f, i, candidate, before),
                theory.hard_update(d_f, d_i, f, i, candidate, before), atol=1e-12,
            )  # fmt: skip
            blank = slice(d_i, d_f - 1)
            assert (theory.update(*gates, f, i, candidate, before)[blank] == 0).all()


def test_with_one_level_it_is_torchs_lstm():
    layer, x = cell(levels=1), torch.randn(4, 7, 5, generator=torch.Generator().manual_seed(1)).double()
    other = torch.nn.LSTMCell(5, 6).double()
    f, i, o, g = range(2, 26, 6)
    rows = torch.cat([torch.arange(start, start + 6) for start in (i, f, g, o)])
    with torch.no_grad():
        other.weight_ih.copy_(layer.w[rows])
        other.weight_hh.copy_(layer.u[rows])
        other.bias_ih.copy_(layer.b[rows])
        other.bias_hh.zero_()
    h = c = torch.zeros(4, 6).double()
    for t, step in enumerate(layer(x)):
        h, c = other(x[:, t], (h, c))
        torch.testing.assert_close(step.hidden_state, h, atol=1e-12, rtol=0)


def test_the_papers_gate_never_writes_the_top_chunk():
    x = torch.randn(4, 30, 5, generator=torch.Generator().manual_seed(1)).double()
    top = {
        kind: max(float(s.cell_state[:, -2:].detach().abs().max()) for s in cell(kind=kind)(x)) for kind in ("paper", "onlstm")
    }
    assert top["paper"] < 1e-12 and top["onlstm"] > 1e-3


def permuted(layer: OrderedCell, order: torch.Tensor) -> OrderedCell:
    other = cell()
    rows = torch.cat([torch.arange(6), *(6 + 6 * k + order for k in range(4))])
    with torch.no_grad():
        other.w.copy_(layer.w[rows])
        other.u.copy_(layer.u[rows][:, order])
        other.b.copy_(layer.b[rows])
    return other


def test_neurons_of_one_level_may_change_places_and_levels_may_not():
    layer, x = cell(), torch.randn(4, 9, 5, generator=torch.Generator().manual_seed(1)).double()
    for order, same in (([1, 0, 2, 3, 5, 4], True), ([2, 3, 0, 1, 4, 5], False)):
        off = outputs(permuted(layer, torch.tensor(order)), x) - outputs(layer, x)[..., order]
        most = float(off.detach().abs().max())
        assert most < 1e-12 if same else most > 1e-3


@pytest.mark.parametrize("kind", ["onlstm", "paper", "lstm"])
def test_the_cell_has_the_right_gradient(kind):
    layer, x = cell(kind=kind), torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(1)).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x, w, u, b: functional(layer, x, w, u, b), (x, layer.w, layer.u, layer.b))


def functional(layer, x, *weights):
    return torch.func.functional_call(layer, dict(zip("wub", weights, strict=True)), (x, 0.7))[-1].hidden_state


def test_temperature_dropout_and_padding():
    """τ divides the logits; dropout keeps the mean and reaches the gates; padding is no target."""
    layer, tokens, random = cell(), torch.tensor([[3, 7, 19, 2, 0, 0]]), torch.Generator().manual_seed(0)
    logs = [np.log(np.diff(layer(torch.ones(1, 1, 5).double(), t)[0].forget_master.detach(), prepend=0)) for t in (1.0, 0.5)]
    np.testing.assert_allclose(np.diff(logs[1]), 2 * np.diff(logs[0]), rtol=1e-9)
    assert float(thinned(torch.ones(300, 300), random).mean()) == pytest.approx(1, abs=0.01)
    net = LanguageModel(16, 4, "onlstm", random)
    (logits, steps), (_, thin) = net(tokens, 1.0), net(tokens, 1.0, random)
    assert not torch.equal(thin[0].forget_gate, steps[0].forget_gate)
    assert float(loss(logits, tokens)) == pytest.approx(float(loss(logits[:, :4], tokens[:, :4])), rel=1e-6)


def random_tree(random, first, last, height):
    """(brackets, d): d[t] is the height of the lowest common ancestor of t - 1 and t."""
    if first == last:
        return [], {}
    k = int(random.integers(first + 1, last + 1))
    parts = [random_tree(random, *span, height - 1) for span in ((first, k - 1), (k, last))]
    return [(first, last), *parts[0][0], *parts[1][0]], {k: height, **parts[0][1], **parts[1][1]}


def test_parser_u_finds_any_tree_by_its_heights():
    random = np.random.default_rng(0)
    for _ in range(200):
        n = int(random.integers(2, 9))
        brackets, d = random_tree(random, 0, n - 1, n)
        assert theory.tree([d.get(t, 99.0) for t in range(n)]) == sorted(set(brackets) - {(0, n - 1)})


@pytest.mark.parametrize(("n", "u", "p"), [(4, 5, 5), (5, 14, 13), (6, 42, 35)])
def test_how_many_trees_a_parser_can_make(n, u, p):
    """Catalan numbers for U; Dyer et al. 2019 for the bias of P."""
    assert [len({tuple(theory.tree(d, kind)) for d in permutations(range(n))}) for kind in "UP"] == [u, p]


def test_short_sentences_and_equal_values():
    assert [theory.tree(d, kind) for kind in "UP" for d in ([], [0.3], [0.1, 0.2])] == [[]] * 6
    assert theory.tree([0.0] * 5) == theory.right_branching(5) == theory.tree([0.0] * 5, "P")


@pytest.mark.parametrize("demand", [0.5, 0.3, 0.0])
def test_the_floor_is_the_entropy_of_the_grammar(demand):
    """Monte Carlo over 20,000 sentences (5,000 for the others), within three standard errors."""
    sentences = grammar.draw(np.random.default_rng(0), 20_000 if demand == 0.5 else 5000, demand)
    own = [grammar.nll(row[:n], demand) for row, n in zip(sentences.tokens, sentences.lengths, strict=True)]
    exact = grammar.floor(demand) * grammar.EXPECTED_LENGTH
    assert np.mean(own) == pytest.approx(exact, abs=3 * np.std(own) / np.sqrt(len(own)))
    assert all(grammar.legal(row[:n]).all() for row, n in zip(sentences.tokens[:200], sentences.lengths, strict=False))


def test_the_floors_of_the_contract():
    assert [grammar.floor(p) for p in (0.0, 0.3, 0.5, 1.0)] == pytest.approx([1.3522, 1.6954, 1.7416, 1.3522], abs=1e-4)
    assert grammar.floor(0.5) * grammar.EXPECTED_LENGTH == pytest.approx(38.751, abs=1e-3)


def test_true_levels_find_every_bracket_and_the_papers_parser_does_not():
    sentences = grammar.draw(np.random.default_rng(1), 500, 0.5)
    rows = [row[:n] for row, n in zip(sentences.tokens, sentences.lengths, strict=True)]
    gold = [set(grammar.brackets(row)) for row in rows]
    recall = {
        kind: sum(len(g & set(theory.tree(grammar.LEVELS[row].tolist(), kind))) for g, row in zip(gold, rows, strict=True))
        / sum(map(len, gold))
        for kind in "UP"
    }
    assert recall["U"] == 1 and recall["P"] == pytest.approx(0.405, abs=0.02)


def codes(text):
    return np.array([ord(sign) for sign in text], np.int32)


def test_own_sentences():
    tokens = grammar.own(codes("A b b1 A2 c c1\n\n  a D\n")).tokens
    assert tokens.tolist() == [[3, 8, 21, 12, 9, 23], [7, 6, 0, 0, 0, 0]]
    assert grammar.legal(tokens[0]).all() and grammar.legal(tokens[1, :2]).tolist() == [False, False]
    assert not grammar.legal(np.array([3, 8, 25])).all()  # d1 after the head b


@pytest.mark.parametrize(
    ("text", "said"), [("A b dog", "dog.*A B C D a b c d A1"), (" \n", "no word"), ("A " * 61, "61"), ("A\n" * 201, "201")]
)
def test_what_is_no_sentence_is_refused(text, said):
    with pytest.raises(BadValue, match=said):
        grammar.own(codes(text))
