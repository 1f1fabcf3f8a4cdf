"""Closed forms of the VAE-as-one-KL lab against independent computations."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

import engine
from engine.latent.vae_bayes import observe, theory
from engine.latent.vae_bayes.model import VaeBayes, kl
from engine.latent.vae_bayes.params import VaeBayesParams

X = load_digits().data / 16
CENTRED = X - X.mean(0)


def test_kl_is_torchs():
    """(4)."""
    mean, log_variance = torch.randn(2, 50, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    law = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    ours, theirs = kl(mean, log_variance), torch.distributions.kl_divergence(law, torch.distributions.Normal(0.0, 1.0))
    assert torch.allclose(ours, theirs.double(), atol=1e-6)


def test_gaussian_reconstruction_is_torchs():
    """(6)."""
    x = torch.randn(9, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    said = -torch.distributions.Normal(torch.zeros(9, dtype=torch.float64), 0.3**0.5).log_prob(x).sum()
    assert theory.gaussian_nll(float(x.square().sum()), 0.3, 9) == pytest.approx(float(said), abs=1e-6)


@pytest.mark.parametrize(("sigma2", "latents"), [(0.1, 8), (0.3, 8), (0.05, 3)])
def test_planted_ppca_reaches_the_likelihood(sigma2, latents):
    """At the pPCA solution the ELBO is the likelihood, and rate and distortion are those of (9)."""
    w, encoder, variance = theory.ppca(CENTRED, sigma2, latents)
    codes = CENTRED @ encoder.T
    distortion = np.square(CENTRED - codes @ w.T).sum(1).mean() + np.square(w).sum(0) @ variance
    rate = 0.5 * (np.square(codes).mean(0) + variance - np.log(variance) - 1).sum()
    elbo = -theory.gaussian_nll(distortion, sigma2, 64) - rate
    likelihood = multivariate_normal(np.zeros(64), w @ w.T + sigma2 * np.eye(64)).logpdf(CENTRED).mean()
    assert elbo == pytest.approx(likelihood, abs=1e-8)
    filled = theory.water_filling(theory.covariance_eigenvalues(X), sigma2, latents)
    assert (rate, distortion) == pytest.approx(tuple(map(float, filled)), abs=1e-8)
    if (sigma2, latents) == (0.1, 8):
        assert (elbo, rate, distortion) == pytest.approx((-1.76422, 4.98264, 2.33045), abs=1e-5)


def test_the_best_noise_is_that_of_scikit_learn():
    pca = PCA(8).fit(X)
    assert pca.score(X) == pytest.approx(14.2098, abs=1e-3)
    found = theory.covariance_eigenvalues(X)[8:].mean()
    assert found == pytest.approx(pca.noise_variance_ * 1796 / 1797, abs=1e-10)
    assert found == pytest.approx(0.027329, abs=1e-6)


def test_the_joint_kl_is_the_marginal_kl_and_the_mismatch():
    """(2) and (3) on random tables; Bayes' posterior leaves the marginal KL."""
    random = np.random.default_rng(0)
    p, prior = random.dirichlet(np.ones(3)), random.dirichlet(np.ones(4))
    decoder, encoder = random.dirichlet(np.ones(3), 4), random.dirichlet(np.ones(4), 3)
    found = theory.joint_kl(p, encoder, prior, decoder)
    assert found["joint"] == pytest.approx(found["marginal"] + found["mismatch"], abs=1e-12)
    assert found["joint"] == pytest.approx(found["loss"] - found["entropy"], abs=1e-12)
    bayes = (prior[:, None] * decoder).T
    best = theory.joint_kl(p, bayes / bayes.sum(1, keepdims=True), prior, decoder)
    assert best["joint"] == pytest.approx(best["marginal"], abs=1e-12)


def test_a_published_loss_assumes_a_noise():
    """(7)."""
    assert theory.assumed_sigma2(1.0, 64, "sum") == 0.5
    assert theory.assumed_sigma2(1.0, 64, "mean") == 32


def test_the_learned_noise_is_stationary():
    """(8): at sigma^2 = error / D the reconstruction term has no slope in ln sigma^2."""
    error, best, step = 1.7, 1.7 / 64, 1e-5
    up, down = (theory.gaussian_nll(error, best * np.exp(s), 64) for s in (step, -step))
    assert (up - down) / (2 * step) == pytest.approx(0, abs=1e-6)


def test_distortion_of_a_linear_decoder_has_the_trace_term():
    """Exact expectation against 20,000 draws of z for some images, within four standard errors."""
    model = VaeBayes(VaeBayesParams(data="own", latents=2), 0, torch.device("cpu"), {"x": X[:40]})
    exact = model.observe()[0]["distortion"]
    weights = {name: np.array(value.detach(), np.float64)[0] for name, value in model.weights().items()}
    x = X[:40] - X[:40].mean(0)
    mean = x @ weights["net.encoder.0.0"] + weights["net.encoder.0.1"]
    epsilon = np.random.default_rng(0).normal(size=(20_000, *mean.shape))
    z = mean + np.exp(weights["net.log_variance"] / 2) * epsilon
    errors = np.square(x - z @ weights["net.decoder.0.0"] - weights["net.decoder.0.1"]).sum(-1).mean(1)
    assert errors.mean() == pytest.approx(exact, abs=4 * errors.std() / len(errors) ** 0.5 + 1e-5)


def double(model):
    """The model with float64 weights and data."""
    for weight in model.net.weights:
        weight.data = weight.data.double()
    model.x, model.inputs = model.x.double(), model.inputs.double()
    return model


def flat(loss, model):
    return torch.cat([g.flatten() for g in torch.autograd.grad(loss, model.net.weights)])


def test_bernoulli_reconstruction_is_the_formula():
    """(5), written out and by torch."""
    model = VaeBayes(VaeBayesParams(likelihood="bernoulli", data="binary", latents=2), 0, torch.device("cpu"))
    logits, x = torch.randn(7, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(2)), model.x[:7].double()
    said = -observe.log_likelihood(model, logits, x, 1.0)
    ink, seen = 1 / (1 + np.exp(-logits.numpy())), x.numpy()
    assert said.numpy() == pytest.approx(-(seen * np.log(ink) + (1 - seen) * np.log(1 - ink)).sum(1), abs=1e-6)
    assert said.numpy() == pytest.approx(-torch.distributions.Bernoulli(logits=logits).log_prob(x).sum(1).numpy(), abs=1e-6)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("weight", [0.2, 1.0])
def test_a_published_loss_has_the_gradient_of_the_loss_at_its_noise(reduction, weight):
    """(7): error + weight KL and the loss in nats at the noise it assumes differ by a factor alone."""
    model = double(VaeBayes(VaeBayesParams(latents=3), 0, torch.device("cpu")))
    x, epsilon = model.inputs[None, :50], torch.randn(50, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    sigma2 = theory.assumed_sigma2(weight, 64, reduction)

    def terms():
        mean, log_variance = model.net.encode(x)
        decoded = model.net.decode(mean + (log_variance / 2).exp() * epsilon)
        return decoded, (decoded - x).square().sum(-1).mean(), kl(mean, log_variance).sum(-1).mean()

    _, error, penalty = terms()
    published = flat((error if reduction == "sum" else error / 64) + weight * penalty, model)
    decoded, _, penalty = terms()
    nats = flat(penalty - observe.log_likelihood(model, decoded, x, sigma2).mean(), model)
    factor = 2 * sigma2 / (1 if reduction == "sum" else 64)
    assert torch.allclose(factor * nats, published, atol=1e-6, rtol=0)


def test_one_draw_is_unbiased():
    """The mean gradient of 4,000 losses of one draw is that of the exact mean over z, within four standard errors almost everywhere."""
    model = double(VaeBayes(VaeBayesParams(latents=2), 0, torch.device("cpu")))
    x, random = model.inputs[None, :20], torch.Generator().manual_seed(4)

    def loss(epsilon):
        mean, log_variance = model.net.encode(x)
        decoded = model.net.decode(mean + (log_variance / 2).exp() * epsilon)
        return (decoded - x).square().sum(-1).mean() / 0.2 + kl(mean, log_variance).sum(-1).mean()

    drawn = torch.stack([flat(loss(torch.randn(20, 2, dtype=torch.float64, generator=random)), model) for _ in range(4000)])
    mean, log_variance = model.net.encode(x)
    centre = (model.net.decode(mean) - x).square().sum(-1).mean()
    trace = (model.net.log_variance.exp()[0] * model.net.decoder[0][0].square().sum(-1)).sum()
    exact = flat((centre + trace) / 0.2 + kl(mean, log_variance).sum(-1).mean(), model)
    off = (drawn.mean(0) - exact).abs() / (drawn.std(0) / 4000**0.5).clamp(min=1e-12)
    assert (off < 4).double().mean() > 0.995
    assert off.max() < 6


@pytest.mark.parametrize("network", ["linear", "mlp"])
@pytest.mark.parametrize("draws", [1, 4])
def test_noise_of_the_gradient_is_that_of_batches(network, draws):
    """(10): total variance over 1,500 real batches against V_x and V_z from one look, where all data are seen."""
    params = VaeBayesParams(data="own", latents=2, network=network, samples=str(draws), batch=16)
    model = VaeBayes(params, 0, torch.device("cpu"), {"x": X[:256]})
    v_x, v_z, _ = observe.gradient_noise(model, model.net.arm(0), params, 0.1)
    double(model)
    random, seen = torch.Generator().manual_seed(5), []
    for _ in range(1500):
        x = model.inputs[None, torch.randint(256, (16,), generator=random)]
        mean, log_variance = model.net.encode(x)
        z = mean + (log_variance / 2).exp() * torch.randn(draws, 16, 2, dtype=torch.float64, generator=random)
        error = (model.net.decode(z.flatten(0, 1)[None])[0].unflatten(0, z.shape[:2]) - x).square().sum(-1).mean() / 0.2
        seen.append(flat(error + kl(mean, log_variance).sum(-1).mean(), model))
    assert (v_x + v_z / draws) / 16 == pytest.approx(float(torch.stack(seen).var(0).sum()), rel=0.1)


def test_importance_weights_find_the_likelihood_of_a_trained_linear_model():
    """Its q(x) is a Gaussian with covariance WW' + sigma^2 I, here by SciPy; the bound lies above."""
    run = engine.start("vae-bayes", {"latents": 3}, seed=3, device="cpu")
    found = run.advance(steps=300).scalars
    weights = {name: np.array(value, np.float64)[0] for name, value in run.weights().items()}
    w, mean = weights["net.decoder.0.0"], X.mean(0) + weights["net.decoder.0.1"][0]
    exact = -multivariate_normal(mean, w.T @ w + 0.1 * np.eye(64)).logpdf(X).mean()
    assert found["iw_nll"] == pytest.approx(exact, abs=0.05)
    assert exact <= found["loss"] + 1e-6
