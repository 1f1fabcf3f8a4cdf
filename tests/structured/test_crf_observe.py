"""What a frame shows of any trained tables, sequence by sequence and path by path; where the sequences come from."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from engine.structured import chains, enumeration, sequences
from engine.structured.crf import data, observe, theory
from engine.structured.crf.params import CrfParams

TEXT = "ab c\ncab a b\na\nb ca\nabc d\ncc a\nb\nca b\na a\nab"  # every fifth line is a test: of 4 and 2 letters, d is new


def made(**values) -> tuple[observe.Tests, observe.Trained, CrfParams]:
    rng, corpus = np.random.default_rng(4), data.own_text(np.array([ord(sign) for sign in TEXT]), 2000)
    tables = [torch.from_numpy(rng.normal(size=(3, 5, 4))) for _ in range(2)]
    for table in tables:  # “ab” is right as a whole, and B outside, where padding has 0
        table[1, [0, 1, 4], [0, 2, 0]] += 9
    trained = observe.Trained(*tables, torch.from_numpy(2 * rng.normal(size=(4, 4))), torch.from_numpy(rng.normal(size=4)))
    params = CrfParams.build({"data": "own", "window": 1, **values})
    return observe.Tests(corpus, params), trained, params


def scores(table: torch.Tensor, symbols: list[int]) -> np.ndarray:
    """A table a neighbour: left, here, right; 4 is outside."""
    wide = [4, *symbols, 4]
    return np.array([sum(table[o, wide[t + o]].numpy() for o in range(3)) for t in range(len(symbols))])


@pytest.mark.parametrize("forbid", [False, True])
def test_scalars_are_those_of_the_sequences_one_by_one(forbid):
    tests, trained, params = made(transition_scale=0.5, forbid_illegal=forbid)
    g, found, tagged = trained.g.numpy(), [], ([], [])
    sentences, truths = ([0, 1, 2, 3], [0, 1]), ([0, 1, 2, 3], [0, 2])  # abc d: B M E S; ab: B E
    for symbols, true in zip(sentences, truths, strict=True):
        h, alone = scores(trained.crf, symbols), scores(trained.softmax, symbols)
        h[0] += trained.start.numpy()
        s = enumeration.scores(np.array([true]), h, g)[0]
        softmax = sum(np.log(np.exp(row).sum()) - row[label] for row, label in zip(alone, true, strict=True))
        found.append([enumeration.enumerate_paths(h, g).log_z - s, softmax])
        wall = np.where(sequences.LEGAL, 0, -1e4) if forbid else np.zeros((4, 4))
        for labels, own, edges in ((tagged[0], h, 0.5 * g + wall), (tagged[1], alone, wall)):
            labels.append(enumeration.enumerate_paths(own, edges).path.tolist())
    shown = tests.scalars(trained, params)
    assert [shown["crf_nll"], shown["softmax_nll"]] == pytest.approx(np.mean(found, 0).tolist(), abs=1e-9)
    for name, labels in zip(("crf", "softmax"), tagged, strict=True):
        right = [np.equal(*pair) for pair in zip(labels, truths, strict=True)]
        steps = [not sequences.LEGAL[pair] for path in labels for pair in pairwise(path)]
        assert shown[f"{name}_accuracy"] == pytest.approx(np.concatenate(right).mean())
        assert shown[f"{name}_illegal"] == pytest.approx(np.mean(steps))
    assert shown["crf_path_accuracy"] == np.mean([np.array_equal(*pair) for pair in zip(tagged[0], truths, strict=True)])


@pytest.mark.parametrize("pin", [False, True])
def test_pictures_show_all_paths_of_both_models(pin):
    tests, trained, params = made(transition_scale=0.7, inverse_temperature=1.6, pin=pin, pinned=5, length_shown=3)
    a = observe.shown(trained, tests, params)[1]
    h, alone = (scores(table, [0, 1, 2, 3])[:3] for table in (trained.crf, trained.softmax))  # h sees the fourth symbol
    if pin:
        h[1, [0, 2, 3]] = alone[1, [0, 2, 3]] = chains.FORBIDDEN
    h = h + np.eye(3, 1) * trained.start.numpy()
    g, paths = 0.7 * trained.g.numpy(), enumeration.all_paths(3, 4)
    for row, (own, edges) in enumerate(((h, g), (alone, 0 * g))):
        every = enumeration.enumerate_paths(own, edges, 1.6)
        nodes = a["node_marginals"] if row == 0 else a["softmax_marginals"]
        np.testing.assert_allclose(nodes, every.nodes, atol=1e-9)
        chances = np.exp(1.6 * enumeration.scores(paths, own, edges) - every.log_z)
        order = np.argsort(-chances)[: 16 if pin else 30]  # the other 14 have no chance
        np.testing.assert_allclose(a["paths"][row, : len(order)], chances[order], atol=1e-9)
        kinds = [2 if (path == [0, 1, 2]).all() else int(sequences.LEGAL[path[:-1], path[1:]].all()) for path in paths[order]]
        assert a["path_kinds"][row, : len(order)].tolist() == kinds
    for t in range(3):
        np.testing.assert_allclose(a["filtered"][t], enumeration.enumerate_paths(h[: t + 1], g, 1.6).nodes[-1], atol=1e-9)


def test_sequences_of_the_chain_and_of_the_lexicon():
    found = data.build(CrfParams.build({"training_sequences": 2000}), 3, None)
    assert not np.array_equal(found.train.symbols[:400], found.test.symbols)
    labels, starts = found.train.labels, np.bincount(found.train.labels[:, 0], minlength=4) / 2000
    counts = np.zeros((4, 4))
    np.add.at(counts, (labels[:, :-1], labels[:, 1:]), 1)
    assert np.abs(starts - theory.START).max() < 0.04
    assert np.abs(counts / counts.sum(1, keepdims=True) - theory.TRANSITIONS).max() < 0.02
    written = np.array([np.bincount(found.train.symbols[labels == k], minlength=20) for k in range(4)])
    assert np.abs(written / written.sum(1, keepdims=True) - theory.emission(0.3)).max() < 0.02
    words = sequences.lexicon(np.random.default_rng(0), 300)
    assert sequences.LEGAL[words.labels[:, :-1], words.labels[:, 1:]].all()
    singles = np.bincount(words.symbols[words.labels == sequences.S], minlength=24) / (words.labels == sequences.S).sum()
    letters = np.random.default_rng(0)
    lexicon = [letters.integers(24, size=1 + k % 4) for k in range(80)]
    weights = 1 / (1 + letters.permutation(80))
    wanted = np.bincount([word[0] for word in lexicon[::4]], weights[::4], 24) / weights[::4].sum()
    assert np.abs(singles - (0.95 * wanted + 0.05 / 24)).max() < 0.03
