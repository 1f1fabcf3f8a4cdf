"""The categorical VAE of the Gumbel-softmax lab against independent computations (ground truth 7 and 15 of its notes)."""

import math

import pytest
import torch

from engine.discrete.gumbel_softmax import vae

# ---- 7, 15: the categorical VAE


def small_net(variables: int = 2, levels: int = 3, seed: int = 0) -> vae.CategoricalVAE:
    net = vae.CategoricalVAE.fresh(64, variables, levels, torch.Generator().manual_seed(seed), torch.device("cpu"))
    for weight in net.weights:
        weight.data = 2 * weight.data.double()
    return net


def pixels(count: int = 12) -> torch.Tensor:
    return (torch.rand(count, 64, generator=torch.Generator().manual_seed(3)) > 0.5).double()


def double_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    book = vae.code_book
    monkeypatch.setattr(vae, "code_book", lambda *arguments: book(*arguments).double())


def test_the_enumerated_reconstruction_is_a_brute_loop_over_all_codes(monkeypatch):
    double_codes(monkeypatch)
    net, x = small_net(), pixels()
    log_q = net.encode(x)
    total = torch.zeros(len(x), dtype=torch.float64)
    for a in range(3):
        for b in range(3):
            z = torch.zeros(2, 3, dtype=torch.float64)
            z[0, a] = z[1, b] = 1
            weight = (log_q[:, 0, a] + log_q[:, 1, b]).exp()
            logits = net.decode(z).expand(len(x), -1)
            cost = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)
            total = total + weight * cost
    found = vae.surrogate("exact", net, x, log_q, torch.zeros(1), None, 1.0, 4)
    assert torch.allclose(found, total, atol=1e-6)


def test_the_enumerated_gradient_is_that_of_central_differences(monkeypatch):
    double_codes(monkeypatch)
    net, x = small_net(), pixels(4)

    def value(logits: torch.Tensor) -> torch.Tensor:
        return vae.surrogate("exact", net, x, logits.log_softmax(-1), torch.zeros(1), None, 1.0, 4).sum()

    start = net.encode(x).detach()
    leaf = start.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(value(leaf), leaf)
    for place in ((0, 0, 0), (1, 1, 2), (3, 0, 1)):
        step = torch.zeros_like(start)
        step[place] = 1e-5
        numeric = (value(start + step) - value(start - step)) / 2e-5
        assert float(gradient[place].detach()) == pytest.approx(float(numeric.detach()), abs=1e-6)


@torch.no_grad()
def test_the_discrete_elbo_is_a_bound_with_the_posterior_gap(monkeypatch):
    """ELBO = log p(x) − KL(q ‖ posterior) for each image, and 0 ≤ KL to uniform ≤ M log K."""
    double_codes(monkeypatch)
    for seed in range(3):
        bounds = vae.exact_bounds(small_net(2, 5, seed), pixels())
        assert (bounds["elbo"] <= bounds["evidence"] + 1e-9).all()
        assert (bounds["gap"] >= -1e-9).all()
        assert torch.allclose(bounds["evidence"] - bounds["elbo"], bounds["gap"], atol=1e-5)
        assert (bounds["kl"] >= 0).all() and (bounds["kl"] <= 2 * math.log(5)).all()


@torch.no_grad()
def test_a_stack_of_networks_gives_each_ones_own_values():
    nets = [vae.CategoricalVAE.fresh(64, 2, 4, torch.Generator().manual_seed(s), torch.device("cpu")) for s in range(3)]
    x = pixels().float()
    stacked = vae.exact_bounds(vae.CategoricalVAE.stack(nets), x)
    for row, net in enumerate(nets):
        for name, value in vae.exact_bounds(net, x).items():
            assert torch.allclose(stacked[name][row], value, atol=1e-4)


@pytest.mark.parametrize("name", ["score-function", "score-baseline", "leave-one-out"])
def test_sampled_gradients_of_the_vae_are_unbiased(name):
    net, draws = vae.CategoricalVAE.fresh(64, 2, 3, torch.Generator().manual_seed(1), torch.device("cpu")), 4000
    x = pixels(2).float()
    start = net.encode(x).detach()

    def gradient(kind: str, many: int) -> torch.Tensor:
        leaf = start.repeat(many, 1, 1).requires_grad_()
        g = -torch.empty(4, 2 * many, 2, 3).exponential_(generator=torch.Generator().manual_seed(2)).log()
        value = vae.surrogate(kind, net, x.repeat(many, 1), leaf.log_softmax(-1), g, None, 1.0, 4).sum()
        return torch.autograd.grad(value, leaf)[0].unflatten(0, (many, 2))

    exact, found = gradient("exact", 1)[0], gradient(name, draws)
    error = found.std(0) / math.sqrt(draws)
    assert (torch.abs(found.mean(0) - exact) < 4 * error).all()
