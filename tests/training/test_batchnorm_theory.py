"""Ground truth of the batch normalisation lab: normalisers against torch's own, the backward pass, scale, and the exact twin."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.training import normalisation
from engine.training.batchnorm import norms, probe, theory
from engine.training.batchnorm.network import Net
from engine.training.batchnorm.params import BatchNormParams
from engine.training.classifier import cross_entropy

F64 = torch.float64


@pytest.fixture
def random():
    return torch.Generator().manual_seed(1)


def drawn(random, *shape):
    return torch.randn(*shape, generator=random, dtype=F64)


def net_of(random, **values):
    return Net(1, BatchNormParams.build(values), random, torch.device("cpu"))


@pytest.mark.parametrize("kind", ["bn", "ln"])
def test_forward_and_backward_are_torchs(random, kind):
    y, gain, shift, g = drawn(random, 1, 32, 5) + 2, drawn(random, 1, 1, 5), drawn(random, 1, 1, 5), drawn(random, 32, 5)
    mine, theirs = y.clone().requires_grad_(), y[0].clone().requires_grad_()
    z = norms.normalise(kind, mine, gain, shift)
    if kind == "bn":
        told = functional.batch_norm(theirs, None, None, gain[0, 0], shift[0, 0], training=True, eps=norms.EPSILON)
    else:
        told = functional.layer_norm(theirs, (5,), gain[0, 0], shift[0, 0], norms.EPSILON)
    assert torch.allclose(z[0], told, rtol=0, atol=1e-10)
    own, other = (torch.autograd.grad((out * g).sum(), x)[0] for out, x in ((z[0], mine), (told, theirs)))
    assert torch.allclose(own[0], other, rtol=0, atol=1e-10)


def test_the_backward_pass_and_its_length_are_3_and_4(random):
    y, g, gain = drawn(random, 1, 40, 6).requires_grad_(), drawn(random, 40, 6), drawn(random, 1, 1, 6)
    z = norms.normalise("bn", y, gain, torch.zeros(1, 1, 6, dtype=F64), epsilon=0.0)
    (found,) = torch.autograd.grad((z[0] * g).sum(), y)
    law = normalisation.backward(y[0].detach().numpy(), g.numpy(), gain[0, 0].numpy(), 0.0)
    assert found[0].numpy() == pytest.approx(law, rel=1e-10, abs=1e-12)
    rest = theory.parts(y[0].detach().numpy(), g.numpy())[2]
    lengths = rest * np.square(g.numpy()).sum(0) * (gain[0, 0].numpy() / y[0].detach().numpy().std(0)) ** 2
    assert np.square(law).sum(0) == pytest.approx(lengths, rel=1e-12)


def test_stretched_weights_change_nothing_and_their_gradient_stands_upright(random, monkeypatch):
    monkeypatch.setattr("engine.training.batchnorm.network.normalise", lambda *given: norms.normalise(*given, epsilon=0.0))
    net, x, labels = net_of(random, depth=2), drawn(random, 1, 30, 64).abs(), torch.arange(30) % 10

    def look(scale):
        theta = {k: (scale * v if k == "w0" else v).detach().requires_grad_() for k, v in net.theta.items()}
        loss = cross_entropy(net.forward(theta, x), labels).sum()
        return loss, torch.autograd.grad(loss, theta["w0"])[0]

    (loss, gradient), (same, third) = look(1.0), look(3.0)
    w = net.theta["w0"].detach()
    assert float(loss - same) == pytest.approx(0, abs=1e-12) and torch.allclose(3 * third, gradient, rtol=0, atol=1e-12)
    assert float((w * gradient).sum(1).abs().max()) < 1e-12
    step = (w - 0.5 * gradient).square().sum()
    assert float(step) == pytest.approx(float(w.square().sum() + 0.25 * gradient.square().sum()), rel=1e-10)


@pytest.mark.parametrize(
    ("values", "biased"), [({}, False), ({"normaliser": "none"}, True), ({"placement": "before_linear"}, True)]
)
def test_a_linear_map_has_a_bias_unless_a_normaliser_follows_at_once(random, values, biased):
    assert ("b0" in net_of(random, depth=2, **values).theta) == biased


@pytest.mark.parametrize("kind", ["bn", "centre", "none", "scale"])
def test_only_those_that_subtract_the_mean_ignore_a_shift(random, kind):
    y, shift = drawn(random, 1, 20, 4), drawn(random, 1, 1, 4)
    one, nothing = torch.ones(1, 1, 4, dtype=F64), torch.zeros(1, 1, 4, dtype=F64)
    change = float((norms.normalise(kind, y + shift, one, nothing) - norms.normalise(kind, y, one, nothing)).abs().max())
    assert change < 1e-10 if kind in ("bn", "centre") else change > 0.1


def test_the_divisors_are_deviation_and_root_mean_square(random):
    y, one, nothing = drawn(random, 1, 20, 4) + 1, torch.ones(1, 1, 4, dtype=F64), torch.zeros(1, 1, 4, dtype=F64)
    for kind, square in (("scale", y[0].var(0, correction=0)), ("rms", (y[0] ** 2).mean(0))):
        z = norms.normalise(kind, y, 2 * one, nothing + 3)
        assert torch.allclose(z[0], 2 * y[0] / (square + 1e-5).sqrt() + 3, rtol=0, atol=1e-12), kind


def test_noise_has_another_mean_and_deviation_in_every_unit_and_is_as_large_as_asked(random):
    noise, size = norms.noise(4000, 6, random, torch.device("cpu")), torch.tensor([0.0, 0.5], dtype=F64)[:, None, None]
    none, half = noise.added(torch.zeros(2, 4000, 6, dtype=F64), size)
    assert float(none.abs().max()) == 0 and float(noise.deviation.min()) >= 0
    assert torch.allclose(half.mean(0), noise.mean[0, 0] / 2, atol=0.1)
    assert torch.allclose(half.std(0), noise.deviation[0, 0] / 2, rtol=0.1)
    assert len(set(noise.mean.flatten().tolist())) == len(set(noise.deviation.flatten().tolist())) == 6


@pytest.mark.parametrize("curvature", [0.5, 8.0])
def test_a_look_along_a_parabola_finds_its_curvature_and_meets_the_bound(curvature):
    theta = {"w": torch.tensor([[[3.0, -4.0]]], dtype=F64, requires_grad=True)}
    gradients, probes = {"w": curvature * theta["w"].detach()}, [probe.Probe()]
    for _ in range(2):
        probe.look(probes, lambda at: curvature * at["w"].square().sum((-1, -2)) / 2, theta, gradients)
    (seen,) = probes
    law = theory.bound(12.5 * curvature, (5 * curvature) ** 2, probe.REACH, curvature)
    assert (seen.smoothness, seen.gradient_norm) == pytest.approx((curvature, 5 * curvature), rel=1e-12)
    assert seen.slice == pytest.approx(law) and law == pytest.approx(12.5 * curvature * (1 - probe.REACH * curvature) ** 2)
    ends = law[[0, 4, 8, 16]]
    assert (seen.low, seen.high, seen.range) == pytest.approx((ends.min(), ends.max(), np.ptp(ends)))
    assert seen.mean(seen.ranges) == pytest.approx(seen.range) and seen.mean(seen.smoothnesses) == pytest.approx(curvature)


def test_identical_rows_give_beta_and_no_gradient():
    y = torch.full((1, 7, 3), 0.3, dtype=F64, requires_grad=True)
    z = norms.normalise("bn", y, torch.full((1, 1, 3), 2.0, dtype=F64), torch.full((1, 1, 3), 0.7, dtype=F64))
    assert torch.allclose(z, torch.full_like(z, 0.7), atol=1e-12)
    assert float(torch.autograd.grad(z.sum(), y)[0].abs().max()) < 1e-9


def test_running_moments_are_the_closed_form_and_torchs(random):
    batches = [drawn(random, 1, 16, 3) + k for k in range(5)]
    kept = norms.Moments(torch.zeros(1, 1, 3, dtype=F64), torch.ones(1, 1, 3, dtype=F64), torch.ones(1, 1, 3, dtype=F64))
    torchs = torch.nn.BatchNorm1d(3, dtype=F64)
    for y in batches:
        kept = norms.running(kept, y)
        torchs(y[0])
    weights = [0.1 * 0.9 ** (4 - k) for k in range(5)]
    assert torch.allclose(kept.mean[0, 0], sum(w * y.mean((0, 1)) for w, y in zip(weights, batches, strict=True)), atol=1e-12)
    assert torch.allclose(kept.mean[0, 0], torchs.running_mean) and torch.allclose(kept.variance[0, 0], torchs.running_var)


def test_the_twins_curvature_is_its_hessians():
    x, y = theory.twin_data("centred")
    twin = theory.Twin(x, y)
    features, goal = torch.from_numpy(x), torch.from_numpy(y[:, 0])
    hessian = torch.autograd.functional.hessian(
        lambda w: (features @ w - goal).square().sum() / (2 * len(x)), torch.zeros(64, dtype=F64)
    )
    assert float(torch.linalg.eigvalsh(hessian)[-1]) == pytest.approx(twin.curvature, rel=1e-10)
    p = torch.softmax(features[:, :1], 0)  # logistic regression: p(1 − p) is at most a quarter
    assert float(torch.linalg.eigvalsh(features.T @ (p * (1 - p) * features) / len(x))[-1]) <= twin.curvature / 4


@pytest.mark.parametrize("kind", ["raw", "centred", "standardised"])
def test_the_curvature_is_at_most_the_second_moment_and_the_excess_is_the_loss(kind):
    twin = theory.twin(kind)
    assert twin.curvature <= twin.second_moment == pytest.approx(twin.eigenvalues.sum())
    w = np.random.default_rng(0).normal(size=(64, 10))
    assert twin.floor + twin.excess(w).sum() == pytest.approx(twin.loss(w), rel=1e-9)


def test_the_second_moment_is_least_at_the_mean_and_counts_features_when_standardised():
    x, _ = theory.twin_data("raw")
    c = np.random.default_rng(0).random(64)
    spread = x.var(0).sum()
    assert np.square(x - c).sum(1).mean() == pytest.approx(spread + np.square(c - x.mean(0)).sum(), rel=1e-12)
    assert theory.twin("standardised").second_moment == pytest.approx((x.std(0) > 0).sum(), abs=1e-3)


def test_the_core_inequality_holds_on_the_twin_and_is_tight_along_the_steepest_direction():
    twin, random = theory.twin("centred"), np.random.default_rng(0)
    w = random.normal(size=(64, 10))
    gradient, loss = twin.gram @ w - twin.cross, twin.loss(w)
    for _ in range(1000):
        step = random.normal(size=w.shape)
        most = loss + (gradient * step).sum() + twin.curvature * np.square(step).sum() / 2
        assert twin.loss(w + step) <= most + 1e-9
    step = np.outer(twin.directions[:, -1], random.normal(size=10))
    most = loss + (gradient * step).sum() + twin.curvature * np.square(step).sum() / 2
    assert twin.loss(w + step) == pytest.approx(most, rel=1e-9)
