"""Ground truth of the sparse attention lab: fast forms against masked dense attention, counts, reach, and what a network can depend on."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.attention.sparse_attention import cost, fast, theory
from engine.attention.sparse_attention.names import WAYS
from engine.attention.sparse_attention.network import Network
from tests.bench import attention

SIZES = [(36, 6), (37, 6), (41, 6), (36, 7), (12, 12), (13, 12), (64, 5), (9, 2), (5, 8), (8, 8), (1, 3)]


def heads(n: int, d: int = 16, seed: int = 0) -> list[torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    return [torch.randn(2, 3, n, d, generator=random, dtype=torch.float64) for _ in range(3)]


def seen(pattern: str, n: int, k: int, causal: bool = False) -> torch.Tensor:
    return torch.from_numpy(theory.mask(pattern, n, k, causal) > 0)


# 1 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("pattern", list(fast.FORMS))
@pytest.mark.parametrize(("n", "k"), SIZES)
def test_every_fast_form_is_masked_attention(pattern, n, k, causal):
    q, key, v = heads(n)
    mask = seen(pattern, n, k, causal)
    torchs_own = functional.scaled_dot_product_attention(q, key, v, attn_mask=mask)
    wanted = fast.masked(q, key, v, mask)
    assert (wanted - torchs_own).abs().max() < 1e-12
    for way in fast.FORMS[pattern]:
        out = way(q, key, v, k, causal)
        assert out.shape == v.shape and (out - torchs_own).abs().max() < 1e-12


def test_the_fast_forms_have_the_same_gradients():
    q, key, v = (part.requires_grad_() for part in heads(23, 4))
    for pattern, ways in fast.FORMS.items():
        wanted = torch.autograd.grad(fast.masked(q, key, v, seen(pattern, 23, 5)).square().sum(), (q, key, v))
        for way in ways:
            found = torch.autograd.grad(way(q, key, v, 5, False).square().sum(), (q, key, v))
            assert all((one - two).abs().max() < 1e-11 for one, two in zip(wanted, found, strict=True)), pattern


# 2 ---------------------------------------------------------------------------------------------------------------
def test_counts_are_those_of_the_formula():
    for n in range(2, 61):
        for k in range(1, n):
            for pattern in theory.PATTERNS:
                if k > 1 or pattern != "sparse":  # with k = 1 the window lies inside the stride
                    assert theory.ones(pattern, n, k) == int(theory.mask(pattern, n, k).sum()), (pattern, n, k)


def test_the_cheapest_stride_is_the_root_of_half_the_length():
    for n in (100, 2048, 20_000):
        k = np.arange(1, n)
        assert abs(int(k[theory.row_cost(n, k).argmin()]) - theory.best_stride(n)) <= 1
        assert n * float(theory.row_cost(n, theory.best_stride(n))) == pytest.approx(2 * math.sqrt(2) * n**1.5)


# 3 ---------------------------------------------------------------------------------------------------------------
def test_the_patterns_at_their_ends():
    n = 17
    assert (theory.mask("atrous", n, 1) == 1).all() and (theory.mask("local", n, n - 1) == 1).all()
    assert (theory.mask("atrous", n, n) == np.eye(n)).all()
    q, k, v = heads(n)
    assert torch.allclose(fast.atrous(q, k, v, 1), fast.dense(q, k, v), atol=1e-12)
    assert torch.allclose(fast.local_blocked(q, k, v, n), fast.dense(q, k, v), atol=1e-12)
    assert torch.allclose(fast.atrous(q, k, v, n), v, atol=1e-12)


# 4 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("patterns", "k", "causal"),
    [
        (("local", "atrous"), 4, False),
        (("atrous", "atrous"), 3, False),
        (("local",) * 3, 2, False),
        (("sparse", "local"), 5, True),
    ],
)
def test_a_network_depends_on_an_input_exactly_where_there_is_a_way(patterns, k, causal):
    n = 14
    masks = [theory.mask(name, n, k, causal) for name in patterns]
    there = [torch.from_numpy(mask > 0) for mask in masks]
    network = Network(1, n, len(masks), torch.Generator().manual_seed(3)).double()
    x = torch.randn(n, network.embedding.shape[-1], generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    slopes = torch.autograd.functional.jacobian(lambda at: network.trace(at[None, None], there)[0][0, 0], x)
    touched = slopes.abs().amax((1, 3)).numpy()  # (output, input)
    assert ((touched == 0) == (theory.paths(masks) == 0)).all()


def test_the_network_is_what_the_page_says_it_is():
    """Reckoned head by head in numpy: content over √16, ten times the bias of key − query, the mask, and what comes in goes on."""
    n, masks = 9, [theory.mask(name, 9, 3) > 0 for name in ("local", "atrous")]
    network = Network(2, n, 2, torch.Generator().manual_seed(5)).double()
    with torch.no_grad():
        for weight in network.parameters():
            weight[1] += 0.1 * torch.randn(weight[1].shape, generator=torch.Generator().manual_seed(6))
    tokens = torch.randint(8, (1, n), generator=torch.Generator().manual_seed(7))
    logits, maps = network.trace(network.embedding[:, tokens], [torch.from_numpy(mask) for mask in masks])
    for arm in range(2):
        own = {name: weight[arm].detach().numpy() for name, weight in network.named_parameters()}
        x = own["embedding"][tokens[0]]
        for depth, mask in enumerate(masks):
            q, k, v = np.split(x @ own[f"layers.{depth}.read"], 3, axis=1)
            outs = []
            for head in range(2):
                at = slice(16 * head, 16 * head + 16)
                bias = [[own[f"layers.{depth}.bias"][head, key - query + n - 1] for key in range(n)] for query in range(n)]
                weights = np.where(mask, np.exp(q[:, at] @ k[:, at].T / 4 + 10 * np.array(bias)), 0)
                weights /= weights.sum(1, keepdims=True)
                assert np.allclose(weights, maps[depth][arm, 0, head].detach(), atol=1e-12)
                outs.append(weights @ v[:, at])
            x = x + np.concatenate(outs, 1) @ own[f"layers.{depth}.write"]
        assert np.allclose(x @ own["head"] + own["head_bias"], logits[arm, 0].detach(), atol=1e-12)


# 5 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("n", "k"), [(36, 6), (37, 5), (12, 12), (20, 3), (30, 7)])
def test_reach_of_stacks(n, k):
    atrous, local = theory.mask("atrous", n, k), theory.mask("local", n, k)
    for depth in (1, 2, 3):
        assert theory.components(theory.paths([atrous] * depth)) == min(k, n)
    assert theory.components(theory.paths([atrous, local])) == 1
    need = theory.layers_needed(n, k)
    assert (theory.paths([local] * need) > 0).all()
    assert need == 1 or not (theory.paths([local] * (need - 1)) > 0).all()


def test_a_window_and_a_stride_connect_everything_and_a_smaller_window_does_not():
    for n in range(2, 50):
        for k in range(2, 13):
            atrous = theory.mask("atrous", n, k)
            for window in {k, k - 1}:
                local = theory.mask("local", n, window)
                assert (theory.paths([local, atrous]) > 0).all() and (theory.paths([atrous, local]) > 0).all(), (n, k)
    short = theory.paths([theory.mask("local", 36, 3), theory.mask("atrous", 36, 6)])
    ends = np.argwhere(short == 0)
    assert len(ends) and ((ends < 6) | (ends >= 30)).any(1).all()  # only pairs near an end fail


def test_paths_are_counted_and_one_of_them_is_found():
    masks = [theory.mask(name, 20, 4) for name in ("local", "atrous", "sparse")]
    with_stream = [((mask > 0) | np.eye(20, dtype=bool)).astype(float) for mask in masks]
    way = theory.paths(masks)
    assert np.array_equal(way, np.rint(with_stream[2] @ with_stream[1] @ with_stream[0]).astype(int))
    for query in range(20):
        for key in range(20):
            stops = theory.one_path(masks[:2], query, key)
            assert (stops is None) == (theory.paths(masks[:2])[query, key] == 0)
            if stops is not None:
                assert stops[0] == key and stops[-1] == query
                assert all(with_stream[depth][stops[depth + 1], stops[depth]] for depth in range(2))


def test_the_way_that_is_drawn_is_the_one_that_is_told():
    """15 = 3 + 12, the window first; no stopover beyond the two ends, where there is one between them; it moves late."""
    local, atrous = theory.mask("local", 36, 6), theory.mask("atrous", 36, 6)
    assert theory.one_path([local, atrous], 24, 9) == [9, 12, 24] and theory.one_path([atrous, local], 24, 9) == [9, 21, 24]
    for masks in ([local, atrous], [atrous, local], [local, atrous, local]):
        for query in range(36):
            for key in range(36):
                way = theory.one_path(masks, query, key)
                assert way is not None and np.abs(np.diff(way)).sum() == abs(query - key), way
    assert theory.one_path([local] * 3, 7, 3) == [3, 3, 3, 7]


def test_share_by_distance_counts_pairs():
    way = theory.paths([theory.mask("sparse", 30, 6)])
    share = theory.share_by_distance(way)
    assert np.flatnonzero(share == 1).tolist() == [*range(7), 12, 18, 24] and set(share) == {0.0, 1.0}


# 6 ---------------------------------------------------------------------------------------------------------------
def test_rows_of_weights_add_up_to_one_and_residue_classes_are_permuted_alike():
    n, k = 30, 6
    q, key, _ = heads(n)
    one = torch.ones(2, 3, n, 1, dtype=torch.float64)
    for pattern, ways in fast.FORMS.items():
        for way in ways:
            assert (way(q, key, one, k, False) - 1).abs().max() < 1e-12, pattern
    q, key, v = heads(n, seed=1)
    order = torch.arange(n)
    order[2::k] = order[2::k][torch.tensor([3, 0, 4, 1, 2])]
    straight = fast.atrous(q, key, v, k)
    assert torch.allclose(
        fast.atrous(q[..., order, :], key[..., order, :], v[..., order, :], k), straight[..., order, :], atol=1e-12
    )


# 7 ---------------------------------------------------------------------------------------------------------------
def test_what_is_kept_for_the_way_back():
    """Bytes are counted over storages: as many as the layouts make, to the byte; twice the length, twice the blocks."""
    random, found = torch.Generator().manual_seed(0), {}
    for n, k in ((512, 16), (512, 32), (1024, 32)):
        given = cost.inputs(n, random, torch.device("cpu"))
        found[n, k] = {name: cost.kept_bytes(way, given) for name, way in cost.ways(n, k, torch.device("cpu")).items()}
        assert found[n, k] == {name: attention.kept(name, n, k) for name in WAYS}
    short, long = found[512, 32], found[1024, 32]
    assert long["dense"] / short["dense"] == pytest.approx(4.0, abs=0.3)
    assert long["blocked"] / short["blocked"] == pytest.approx(2.0, abs=0.1)
    assert short["unfold"] > short["dense"]
