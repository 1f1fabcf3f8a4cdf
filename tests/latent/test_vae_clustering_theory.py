"""Ground truth of the VAE clustering lab: torch's and scikit-learn's own code, brute force, automatic derivatives."""

import itertools

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from scipy.special import log_softmax, softmax
from sklearn.metrics import normalized_mutual_info_score
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal, kl_divergence

from engine.latent import agreement
from engine.latent.vae_clustering import theory
from engine.latent.vae_clustering.model import VaeClustering
from engine.latent.vae_clustering.observe import covariance, turned
from engine.latent.vae_clustering.params import VaeClusteringParams

RANDOM = np.random.default_rng(0)
N, D, K = 7, 4, 5
MEAN, LOG_VARIANCE, CENTRES = RANDOM.normal(size=(N, D)), RANDOM.normal(size=(N, D)), 2 * RANDOM.normal(size=(K, D))
DEVIATION = np.exp(LOG_VARIANCE / 2)
Z = MEAN + DEVIATION * RANDOM.normal(size=(N, D))


def normal(mean, deviation):
    return Independent(Normal(torch.as_tensor(mean), torch.as_tensor(deviation)), 1)


def tables(count):
    """Random rows p(y|z), sure and unsure ones."""
    return softmax(RANDOM.normal(size=(count, K)) * RANDOM.uniform(0, 8, (count, 1)), -1)


# 1 ---------------------------------------------------------------------------------------------------------------
def test_closed_alignment_is_the_divergence_of_torch():
    found = theory.closed_alignment(MEAN, LOG_VARIANCE, CENTRES)
    for y, centre in enumerate(CENTRES):
        known = kl_divergence(normal(MEAN, DEVIATION), normal(np.tile(centre, (N, 1)), np.ones((N, D))))
        assert found[:, y] == pytest.approx(known.numpy(), abs=1e-10)


# 2 ---------------------------------------------------------------------------------------------------------------
def test_sampled_alignment_is_a_log_ratio_and_its_mean_the_closed_form():
    found = theory.sampled_alignment(MEAN, LOG_VARIANCE, Z, CENTRES)
    own = normal(MEAN, DEVIATION).log_prob(torch.as_tensor(Z)).numpy()
    for y, centre in enumerate(CENTRES):
        assert found[:, y] == pytest.approx(own - normal(centre, np.ones(D)).log_prob(torch.as_tensor(Z)).numpy(), abs=1e-10)
    draws = 100_000
    mean, log_variance = np.tile(MEAN[0], (draws, 1)), np.tile(LOG_VARIANCE[0], (draws, 1))
    z = mean + DEVIATION[0] * RANDOM.normal(size=(draws, D))
    ratios = theory.sampled_alignment(mean, log_variance, z, CENTRES)
    error = ratios.std(0) / np.sqrt(draws)
    assert (np.abs(ratios.mean(0) - theory.closed_alignment(MEAN[:1], LOG_VARIANCE[:1], CENTRES)[0]) < 4 * error).all()


# 3 ---------------------------------------------------------------------------------------------------------------
def y_part(p, ratio):
    return (p * (ratio + np.log(np.maximum(p, 1e-300)) + np.log(K))).sum(-1)


def test_bayes_rule_is_the_best_classifier():
    best = np.exp(theory.log_bayes(Z, CENTRES))
    assert best == pytest.approx(softmax(-(cdist(Z, CENTRES) ** 2) / 2, -1), abs=1e-12)
    ratio = theory.sampled_alignment(MEAN, LOG_VARIANCE, Z, CENTRES)
    least = y_part(best, ratio)
    for p in softmax(RANDOM.normal(size=(200, N, K)), -1):
        assert (y_part(p, ratio) >= least).all()
    p = torch.tensor(best, requires_grad=True)
    (p * (torch.as_tensor(ratio) + p.log() + np.log(K))).sum().backward()
    assert p.grad is not None
    assert float((p.grad - p.grad.mean(-1, keepdim=True)).abs().max()) < 1e-6  # along the simplex


# 4 ---------------------------------------------------------------------------------------------------------------
def test_with_bayes_rule_it_is_a_vae_with_a_mixture_prior():
    ratio, best = theory.sampled_alignment(MEAN, LOG_VARIANCE, Z, CENTRES), np.exp(theory.log_bayes(Z, CENTRES))
    prior = MixtureSameFamily(Categorical(torch.ones(K).double()), normal(CENTRES, np.ones((K, D))))
    own = normal(MEAN, DEVIATION).log_prob(torch.as_tensor(Z))
    known = (own - prior.log_prob(torch.as_tensor(Z))).numpy()
    assert y_part(best, ratio) == pytest.approx(known, abs=1e-10)
    assert theory.log_mixture(Z, CENTRES) == pytest.approx(prior.log_prob(torch.as_tensor(Z)).numpy(), abs=1e-10)


def test_the_excess_of_any_classifier_is_its_divergence_from_bayes_rule():
    ratio, log_q = theory.sampled_alignment(MEAN, LOG_VARIANCE, Z, CENTRES), theory.log_bayes(Z, CENTRES)
    for _ in range(50):
        log_p = log_softmax(3 * RANDOM.normal(size=(N, K)), -1)
        more = (y_part(np.exp(log_p), ratio) - y_part(np.exp(log_q), ratio)).mean()
        assert theory.excess(log_p, log_q) == pytest.approx(more, abs=1e-10)
        assert theory.excess(log_p, log_q) >= 0


@pytest.mark.parametrize("count", [1, 3, 200])
def test_the_third_term_is_evenness_plus_sureness(count):
    p = tables(count)
    each, even, sure = theory.balance_parts(p)
    assert each == pytest.approx(even + sure, abs=1e-12)
    assert each == pytest.approx((p * np.log(p * K)).sum(-1).mean(), abs=1e-12)
    assert theory.balance_parts(np.eye(K)) == pytest.approx((np.log(K), 0.0, np.log(K)), abs=1e-12)


# 5 ---------------------------------------------------------------------------------------------------------------
def settled(steps=30, **values):
    """A model after some steps, and its loss on all data with the code that a look takes."""
    model = VaeClustering(VaeClusteringParams.build(values), 3, torch.device("cpu"))
    loop = model.steps()
    for _ in range(steps):
        while next(loop) != "update":
            pass
        model.step += 1
    x, noise = model.x[None], model.observers[0].noise
    mean, log_variance = model.net.encode(x)
    z = mean + (0.5 * log_variance).exp() * noise
    drawn, log_p = model.net.decode(z, model.set.drawn_by_sigmoid), model.net.sort(z, model.params.classifier)
    lam = model.each([model.lam(model.params)])
    return (
        model,
        float(model.loss(model.net, x, drawn, mean, log_variance, z, log_p, lam).detach()),
        (mean, log_variance, z, drawn),
    )


@pytest.mark.parametrize("alignment", ["closed", "sampled"])
@pytest.mark.parametrize("classifier", ["learned", "bayes"])
def test_what_is_trained_is_what_is_shown(alignment, classifier):
    """The loop's float32 tensors against the float64 formulas of the frame."""
    model, loss, _ = settled(alignment=alignment, classifier=classifier, balance=1.7, clusters=4, latents=3)
    s = model.observe()[0]
    assert s["loss"] == pytest.approx(loss, rel=1e-5)
    assert s["evenness"] + s["sureness"] == pytest.approx(s["balance_kl"], abs=1e-10)
    assert s["gap"] == pytest.approx(0, abs=1e-12) if classifier == "bayes" else s["gap"] > 1e-4


def test_one_cluster_at_the_origin_is_a_plain_vae():
    """Kingma & Welling 2014: ½ λ error plus KL from the standard normal."""
    model, _, _ = settled(clusters=1, centre_scale=0.0, data="wine")
    with torch.no_grad():
        model.net.centres.zero_()
    x, noise = model.x[None], model.observers[0].noise
    mean, log_variance = model.net.encode(x)
    z = mean + (0.5 * log_variance).exp() * noise
    drawn = model.net.decode(z, sigmoid=False)
    plain = 0.5 * model.lam(model.params) * (x - drawn).square().sum(-1) + 0.5 * (
        mean.square() + log_variance.exp() - log_variance - 1
    ).sum(-1)
    s = model.observe()[0]
    assert s["loss"] == pytest.approx(float(plain.detach().mean()), rel=1e-6)
    assert (s["balance_kl"], s["gap"]) == pytest.approx((0, 0), abs=1e-12)


def test_the_two_step_rival_is_a_plain_vae_with_the_weight_of_the_article():
    model, _, _ = settled(race=True, data="wine", lam=30.0, balance=2.0)
    assert model.rival is not None
    with torch.no_grad():
        model.rival.centres.zero_()
        noise = torch.randn(len(model.x), 10, generator=torch.Generator().manual_seed(0))
        mean, log_variance = model.rival.encode(model.x[None])
        drawn = model.rival.decode(mean + (0.5 * log_variance).exp() * noise, sigmoid=False)
        weight = 5 * 4.693 / model.set.variance
        kl = 0.5 * (mean.square() + log_variance.exp() - log_variance - 1).sum(-1)
        known = (0.5 * weight * (model.x - drawn).square().sum(-1) + kl).mean()
        assert float(model.rival_loss(model.x[None], noise)) == pytest.approx(float(known), rel=1e-5)


# 6 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("many", [2, 4, 6])
def test_accuracy_is_that_of_the_best_of_all_pairings(many):
    for _ in range(10):
        clusters, classes = RANDOM.integers(0, many, 60), np.append(RANDOM.integers(0, many, 59), many - 1)
        table = agreement.contingency(clusters, classes, many)
        best = max((np.array(names)[clusters] == classes).mean() for names in itertools.permutations(range(many)))
        assert agreement.accuracy(table) == pytest.approx(best, abs=1e-12)
        renamed = agreement.contingency(RANDOM.permutation(many)[clusters], classes, many)
        assert agreement.accuracy(renamed) == agreement.accuracy(table) <= agreement.purity(table)
        assert agreement.accuracy(agreement.contingency(classes, classes, many)) == 1
        assert agreement.normalised_information(table) == pytest.approx(
            normalized_mutual_info_score(classes, clusters), abs=1e-10
        )


# the map ---------------------------------------------------------------------------------------------------------
def test_the_map_turns_as_little_as_it_can():
    before = np.linalg.qr(RANDOM.normal(size=(6, 2)))[0].T
    axes = np.linalg.qr(RANDOM.normal(size=(6, 2)))[0].T
    found = turned(axes, before)
    assert found @ found.T == pytest.approx(np.eye(2), abs=1e-12)
    assert found.T @ found == pytest.approx(axes.T @ axes, abs=1e-12)  # the same plane
    for angle in np.linspace(0, 2 * np.pi, 37):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        for flip in (np.eye(2), np.diag([1, -1])):
            assert np.linalg.norm(turn @ flip @ axes - before) >= np.linalg.norm(found - before) - 1e-12
    points = RANDOM.normal(size=(20, 3))
    assert covariance(points) == pytest.approx(np.cov(points.T, ddof=0), abs=1e-12)


# arms ------------------------------------------------------------------------------------------------------------
def test_arms_of_one_model_go_the_ways_they_would_go_alone():
    base = VaeClusteringParams.build({"clusters": 4})
    values = ({"lam": 2.0}, {"balance": 0.0}, {"alignment": "sampled"})
    settings = [base.change(value) for value in values]
    together = VaeClustering(settings[0], 1, torch.device("cpu"), settings=settings)
    alone = [VaeClustering(own, 1, torch.device("cpu")) for own in settings]
    for model in (together, *alone):
        loop = model.steps()
        for _ in range(20):
            while next(loop) != "update":
                pass
            model.step += 1
    for arm, model in enumerate(alone):
        one, other = together.observe_arm(arm)[0], model.observe()[0]
        assert one["loss"] == pytest.approx(other["loss"], rel=1e-4)
        assert one["centre_distance"] == pytest.approx(other["centre_distance"], rel=1e-4)


def test_merged_centres_are_pushed_apart_when_a_larger_weight_is_asked_for():
    model, _, _ = settled(steps=1, lam=2.0, centre_scale=0.0)
    loop = model.steps()
    for lam, pushed in ((1.5, 0), (60.0, 1), (60.0, 1)):
        with torch.no_grad():
            model.net.centres.zero_()
        model.take([model.params.change({"lam": lam})])
        while next(loop) != "update":
            pass
        assert model.pushed == [pushed]
    model.net.centres.data.copy_(torch.eye(10)[None])
    model.take([model.params.change({"lam": 200.0})])
    while next(loop) != "update":
        pass
    assert model.pushed == [1]
