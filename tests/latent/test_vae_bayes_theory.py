"""Closed forms of the VAE-as-one-KL lab against independent computations."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from engine.latent.vae_bayes import theory
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
    weights = {name: np.array(value.detach(), np.float64) for name, value in model.weights().items()}
    x = X[:40] - X[:40].mean(0)
    mean = x @ weights["encoder.0.0"] + weights["encoder.0.1"]
    epsilon = np.random.default_rng(0).normal(size=(20_000, *mean.shape))
    z = mean + np.exp(weights["log_variance"] / 2) * epsilon
    errors = np.square(x - z @ weights["decoder.0.0"] - weights["decoder.0.1"]).sum(-1).mean(1)
    assert errors.mean() == pytest.approx(exact, abs=4 * errors.std() / len(errors) ** 0.5 + 1e-5)
