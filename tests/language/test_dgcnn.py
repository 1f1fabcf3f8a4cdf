"""Gated dilated convolutions, the layers of two labs: forms, fields, masks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.language import dgcnn
from engine.language.dilation import radius, receptive_field

RATES = (1, 2, 4, 8, 1)


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("rate", [1, 2, 4, 8])
def test_highway_is_residual_with_one_more_in_the_centre_tap(rate: int) -> None:
    weight = torch.randn(12, 6, 3, generator=random(), dtype=torch.float64)
    bias, x = torch.randn(12, generator=random(1)).double(), torch.randn(2, 6, 20, generator=random(2)).double()
    plain, g = dgcnn.gate(x, weight, bias, rate)
    other, same = dgcnn.gate(x, dgcnn.as_highway(weight), bias, rate, "highway")
    torch.testing.assert_close(plain, other, atol=1e-12, rtol=0)  # at the padded edges, too
    assert torch.equal(g, same)
    told = functional.conv1d(x, weight[:6], bias[:6], padding=rate, dilation=rate)
    torch.testing.assert_close(other, x * (1 - g) + (told + x) * g)  # (3), written out
    halves = functional.glu(functional.conv1d(x, weight, bias, padding=rate, dilation=rate), dim=1)
    torch.testing.assert_close(plain - x, halves)  # (1)


@pytest.mark.parametrize(
    ("rates", "field"), [((1,) * 5, 11), ((1, 2, 4, 1, 1), 19), (RATES, 33), ((1, 2, 5) * 3 + (1,) * 3, 55)]
)
def test_the_gradient_reaches_exactly_the_receptive_field(rates: tuple[int, ...], field: int) -> None:
    assert receptive_field(rates) == field == 2 * radius(rates) + 1
    assert dgcnn.measured_field(dgcnn.Gated(random(), 8, rates), random(1)) == field


def test_both_halves_of_a_layer_start_as_wide_as_they_must() -> None:
    layers = dgcnn.Gated(random(), 32, RATES)
    assert all(weight.std().item() == pytest.approx(96**-0.5, rel=0.05) for weight in layers.weights)
    assert not any(bias.any() for bias in layers.biases)


def test_padding_changes_nothing() -> None:
    layers, pool, x = dgcnn.Gated(random(), 8, RATES), dgcnn.Pool(random(1), 8), torch.randn(3, 12, 8, generator=random(2))
    for bias in layers.biases:
        bias.data = torch.randn(16, generator=random(3))  # zero biases would hide a mask that is missing
    longer = torch.cat([x, torch.full((3, 5, 8), 9.0)], 1)
    real = (torch.arange(17) < 12).expand(3, 17)
    alone, beside = layers(x), layers(longer, real)
    torch.testing.assert_close(beside[:, :12], alone, atol=1e-5, rtol=1e-5)
    assert not beside[:, 12:].any()
    (one, share), (two, shares) = pool(alone), pool(beside, real)
    torch.testing.assert_close(one, two, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(shares[:, :12], share)
    assert not shares[:, 12:].any()
    torch.testing.assert_close(share.sum(-1), torch.ones(3))


def test_equal_vectors_pool_to_that_vector() -> None:
    vector = torch.randn(8, generator=random())
    pooled, share = dgcnn.Pool(random(1), 8)(vector.expand(1, 7, 8))
    torch.testing.assert_close(pooled[0], vector)
    torch.testing.assert_close(share, torch.full((1, 7), 1 / 7))
    pool, x = dgcnn.Pool(random(1), 8), torch.randn(2, 5, 8, generator=random(2))
    weights = torch.exp(torch.einsum("d,nld->nl", pool.alpha, torch.tanh(torch.einsum("de,nld->nle", pool.weight, x))))
    weights = weights / weights.sum(-1, keepdim=True)  # (5), written out
    torch.testing.assert_close(pool(x)[0], torch.einsum("nl,nld->nd", weights, x))


def test_the_gates_stretch_turns_only_the_gate() -> None:
    layers, x = dgcnn.Gated(random(), 4, (1,)), torch.randn(1, 9, 4, generator=random(1))
    closed, (g,) = layers.explain(x, stretch=[torch.zeros(1, 4, 9)])
    torch.testing.assert_close(g, torch.full((1, 9, 4), 0.5))
    told = functional.conv1d(x.mT, layers.weights[0][:4], padding=1).mT
    torch.testing.assert_close(closed, x + told / 2)


def test_layers_act_in_the_order_of_their_rates_and_so_do_their_gates_come() -> None:
    """The first layer's gates hang on its own window of the input, the second's on that of both."""
    x = torch.randn(1, 31, 4, generator=random(1), requires_grad=True)
    for g, steps in zip(dgcnn.Gated(random(), 4, (1, 4)).explain(x)[1], ((0,), (-4, 0, 4)), strict=True):
        (slope,) = torch.autograd.grad(g[0, 15].sum(), x, retain_graph=True)
        reached = [15 + step + near for step in steps for near in (-1, 0, 1)]
        assert np.flatnonzero(slope[0].any(-1)).tolist() == reached


@pytest.mark.parametrize("block", ["residual", "highway"])
def test_the_gated_layers_gradient(block: dgcnn.Block) -> None:
    weight = torch.randn(6, 3, 3, generator=random(), dtype=torch.float64, requires_grad=True)
    bias = torch.randn(6, generator=random(1)).double().requires_grad_()
    x = torch.randn(1, 3, 7, generator=random(2)).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x, w, b: dgcnn.gate(x, w, b, 2, block)[0], (x, weight, bias))
