"""Ground truth of the VAE geometry lab around its model: bounds, union, coverage, gradients, own data, frames."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.core.params import BadValue
from engine.latent.vae_geometry import TOPIC
from engine.latent.vae_geometry.geometry.charts import DecoderChart, UncertainChart, Uncertainty
from engine.latent.vae_geometry.geometry.measures import coverage, surgery
from engine.latent.vae_geometry.model import kl, perceptron
from engine.latent.vae_geometry.samples import log_likelihood, log_weights
from engine.latent.vae_geometry.theory import coverage_when_collapsed, nested_bounds
from tests.latent.vae_geometry_runs import digits_at_one, random_layers, start, state, train

# 10, 11 --------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_importance_weighted_bounds_rise_for_every_sample_and_stay_below_the_likelihood():
    """Burda et al. 2016, theorem 1; nested pairing of one weight matrix is monotone by Jensen without any averaging."""
    run = digits_at_one()
    net, data = state(run).vae, run._model.set
    x = data.test[:100]
    noise = np.random.default_rng(0).standard_normal((100, 2048, 2)).astype(np.float32)
    ladder = nested_bounds(log_weights(x, net, noise, 0.2))
    steps = sorted(ladder)
    for k, more in itertools.pairwise(steps):
        assert (ladder[more] - ladder[k] > -1e-12).all()
    exact = log_likelihood(x, net, 0.2).mean()
    assert ladder[2048].mean() <= exact
    assert ladder[2048].mean() - ladder[1].mean() > 0.5


@pytest.mark.slow
def test_quadrature_of_the_likelihood_has_converged():
    """[-8, 8]^2 with 241^2 and 481^2 points agree to 1e-6 for 100 test digits (float64 decoder)."""
    run = digits_at_one()
    net, x = state(run).vae, run._model.set.test[:100].astype(np.float64)
    net.decoder = DecoderChart([(w.astype(np.float64), b.astype(np.float64)) for w, b in net.decoder.layers])
    coarse, fine = (log_likelihood(x, net, 0.2, side).mean() for side in (241, 481))
    assert coarse == pytest.approx(fine, abs=1e-6)


# 12 ------------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_surgery_of_the_elbo_holds_on_the_grid():
    """(6): the union's mass is one, both terms are not negative, information <= log N; Hoffman & Johnson 2016."""
    mean, sigma = state(digits_at_one()).vae.codes
    terms = surgery(mean.astype(np.float64), sigma.astype(np.float64), 160)
    assert terms.mass == pytest.approx(1, abs=1e-3)
    assert terms.union > 0 and terms.information > 0
    assert terms.each == pytest.approx(terms.information + terms.union)
    assert terms.information <= math.log(1500)
    live = surgery(mean, sigma, 48)
    assert live.union == pytest.approx(terms.union, abs=0.01)  # the picture's coarse grid is good enough


def test_surgery_of_known_unions():
    """A union of unit discs at the origin carries nothing; far apart small ellipses carry log N."""
    nothing = surgery(np.zeros((50, 2)), np.ones((50, 2)))
    assert nothing.union == pytest.approx(0, abs=1e-6) and nothing.information == pytest.approx(0, abs=1e-6)
    far = np.stack([np.arange(20.0), np.zeros(20)], 1)
    assert surgery(far, np.full((20, 2), 0.05), 400).information == pytest.approx(math.log(20), abs=0.01)


# 13 ------------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_only_the_product_of_beta_and_noise_variance_matters():
    """(8): (sigma_x, beta) = (.1, 4) and (.2, 1) give the same codes from the same seed; and so does the lock."""
    runs = [
        train(300, **values).look().arrays["kl_axis"]
        for values in (
            {"sigma_x": 0.1, "beta": 4.0},
            {"sigma_x": 0.2, "beta": 1.0},
            {"sigma_x": 0.2, "beta": 4.0, "lock_s": True},
        )
    ]
    assert runs[0] == pytest.approx(runs[1], abs=1e-3)
    assert runs[0] == pytest.approx(runs[2], abs=1e-3)


# 14 ------------------------------------------------------------------------------------------------------------------


def test_coverage_of_collapsed_and_of_pointlike_ellipses():
    """(7): c(2) = 1 - e^-2 when every ellipse is the unit disc (tolerance .03 with 2000 draws); 0 for an autoencoder."""
    draws = np.random.default_rng(0).standard_normal((2000, 2)).astype(np.float32)
    covered, over = coverage(draws, np.zeros((100, 2), np.float32), np.ones((100, 2), np.float32), 2.0)
    assert coverage_when_collapsed(2.0) == pytest.approx(0.8647, abs=1e-4)
    assert covered == pytest.approx(coverage_when_collapsed(2.0), abs=0.03)
    assert over == pytest.approx(100 * covered)
    assert coverage(draws, np.zeros((100, 2), np.float32), np.zeros((100, 2), np.float32), 2.0) == (0.0, 0.0)


def test_coverage_is_the_plain_count():
    """(7) against a direct loop."""
    random = np.random.default_rng(1)
    draws, mean = random.normal(size=(40, 2)), random.normal(size=(30, 2))
    sigma = np.exp(random.normal(size=(30, 2)) - 2)
    inside = [[(((z - m) / s) ** 2).sum() <= 2.25 for m, s in zip(mean, sigma, strict=True)] for z in draws]
    covered, over = coverage(draws, mean, sigma, 1.5)
    assert covered == np.any(inside, 1).mean()
    assert over == np.sum(inside, 1).mean()


# 16 ------------------------------------------------------------------------------------------------------------------


def test_gradient_of_the_whole_loss_is_right():
    """(8) with a fixed epsilon: torch.autograd.gradcheck in float64."""
    source = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=source, dtype=torch.float64)

    x, epsilon = draw(1, 4, 5), draw(1, 4, 2)
    weights = [draw(1, a, b).mul(0.5).requires_grad_() for a, b in ((5, 6), (6, 4), (2, 6), (6, 5))]
    biases = [draw(1, 1, b).mul(0.1).requires_grad_() for b in (6, 4, 6, 5)]

    def loss(*tensors: Tensor) -> Tensor:
        layers = list(zip(tensors[:4], tensors[4:], strict=True))
        mean, log_variance = perceptron(x, layers[:2]).chunk(2, dim=-1)
        sigma = torch.exp(0.5 * log_variance)
        decoded = perceptron(mean + sigma * epsilon, layers[2:])
        return (x - decoded).square().sum(-1).mean() / 2 + 0.04 * kl(mean, sigma).sum(-1).mean()

    assert torch.autograd.gradcheck(loss, (*weights, *biases))


def test_without_noise_and_pull_the_vae_is_the_autoencoder_step_by_step():
    """(8) at beta = 0 without noise is (1): the twins stay identical, bit for bit."""
    session = start({"noise": False, "beta": 0.0})
    for _ in range(5):
        session.run(steps=10)
        model = session._model
        assert all(torch.equal(weight[0], weight[1]) for layer in (*model.encoder, *model.decoder) for weight in layer)
        assert model.errors[0] == model.errors[1]


# the engine around it ------------------------------------------------------------------------------------------------


def test_divergence_is_caught_and_named():
    """A learning rate of 1 blows up at once; the run stops, the last frame can still be looked at."""
    from engine.core.model import Diverged

    session = start({"learning_rate": 1.0})
    with pytest.raises(Diverged, match="squared error"):
        session.run(steps=50)
    assert not TOPIC.check_frame(session.look(), session.params)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (np.zeros((1, 3)), "At least 2"),
        (np.ones((9, 3)), "equal"),
        (np.array([[0.0, np.nan], [1.0, 2.0]]), "NaN"),
        (np.zeros((3, 5000)), "At most"),
    ],
)
def test_own_data_that_cannot_be_used_are_refused_with_the_reason(rows, reason):
    with pytest.raises(BadValue, match=reason):
        start({"data": "own"}, data={"x": rows.astype(np.float32)})
    with pytest.raises(BadValue, match="upload a file first"):
        start({"data": "own"})


@pytest.mark.parametrize("size", [(10, 6), (40, 56)])
def test_own_pictures_and_tables_run(size):
    """Own pictures are shrunk to 28 x 28; own data get lambda_1 = .64, so that the default s is lambda_1 / 16."""
    random = np.random.default_rng(0)
    pictures = random.uniform(size=(40, size[0] * size[1])).astype(np.float32)
    session = start({"data": "own"}, data={"x": pictures, "size": np.array(size, np.int32)})
    frame = session.advance(steps=12)
    assert not TOPIC.check_frame(frame, session.params)
    assert max(frame.arrays["size"]) <= 28
    assert frame.nbytes < 110_000
    assert frame.scalars["beta_ratio"] == pytest.approx(1 / 16, rel=1e-3)
    table = start({"data": "own"}, data={"x": random.normal(size=(30, 3)).astype(np.float32)})
    assert not TOPIC.check_frame(table.advance(steps=12), table.params)


def test_frames_do_not_depend_on_how_often_somebody_looked():
    """The dear pictures come from fixed steps."""
    from engine.core.frame import difference

    quiet, watched = start({}), start({})
    for step in range(0, 120, 8):
        if step == 56:
            quiet.set(beta=40.0)
            watched.set(beta=40.0)
        quiet.run(steps=8)
        watched.advance(steps=8)
    assert difference(quiet.look(), watched.look()) is None


def test_an_uncertain_chart_adds_the_two_metrics():
    """(12): E[G] = J_mu^T J_mu + J_sigma^T J_sigma."""
    chart = DecoderChart(random_layers((2, 8, 8, 5)))
    codes = np.random.default_rng(0).normal(size=(200, 2))
    whole = UncertainChart(chart, Uncertainty.fit(codes, 0.1), 5)
    z = codes[:10] + 0.1
    jacobian = whole.jacobian(z)
    assert whole.metric(z) == pytest.approx(np.swapaxes(jacobian, 1, 2) @ jacobian, rel=1e-9)
