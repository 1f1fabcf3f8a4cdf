"""What the lab's verdicts stand on: the ellipse law averaged over the ellipse, and the tube round the true curve."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from engine.core.topic import Timeline
from engine.latent.vae_geometry import TOPIC
from engine.latent.vae_geometry.data import load
from engine.latent.vae_geometry.geometry.charts import DecoderChart
from engine.latent.vae_geometry.theory import averaged_law, ellipse_law
from tests.latent.vae_geometry_runs import train


def decoder(seed: int, bend: float) -> DecoderChart:
    """A perceptron of two numbers to nine; `bend` scales the first layer, so that small values make it nearly linear."""
    random = np.random.default_rng(seed)
    first, last = bend * random.normal(size=(2, 12)), random.normal(size=(12, 9)) / bend
    return DecoderChart([(first, random.normal(size=12)), (last, np.zeros(9))])


def test_the_gradient_without_the_jacobian_is_that_with_it():
    """d/dz |x - f(z)|^2 / 2 = J^T (f - x)."""
    chart, random = decoder(0, 1.0), np.random.default_rng(1)
    z, x = random.normal(size=(20, 2)), random.normal(size=(20, 9))
    right = np.einsum("nfi,nf->ni", chart.jacobian(z), chart.f(z) - x)
    assert chart.pull(z, x) == pytest.approx(right, abs=1e-10)


def test_the_averaged_law_of_a_linear_decoder_is_the_law():
    """(13) is exact where f is linear, whatever the residual."""
    random = np.random.default_rng(2)
    matrix = random.normal(size=(9, 2))
    mean, sigma, x = random.normal(size=(5, 2)), np.exp(random.normal(size=(5, 2))), random.normal(size=(5, 9))
    found = averaged_law(lambda z: (z @ matrix.T - x) @ matrix, mean, sigma, 0.3)
    assert found == pytest.approx(np.broadcast_to(ellipse_law(np.square(matrix).sum(0), 0.3), (5, 2)), rel=1e-10)


@pytest.mark.parametrize("seed", range(4))
def test_the_loss_rests_where_the_averaged_law_says(seed):
    """Minimise E|x - f(mu + sigma eps)|^2 / 2 + s sum (sigma^2 - log sigma^2) / 2 by quadrature with 9 x 9 points: the law
    averaged over the ellipse found is that ellipse, and (13) is not."""
    chart, random, s = decoder(seed, 1.0), np.random.default_rng(seed + 10), 3.0
    mean = random.normal(size=(1, 2))
    x = chart.f(mean) + 0.2 * random.normal(size=(1, 9))
    node, weight = np.polynomial.hermite_e.hermegauss(9)
    grid = np.stack(np.meshgrid(node, node, indexing="ij"), -1).reshape(-1, 2)
    mass = np.outer(weight, weight).ravel() / weight.sum() ** 2

    def loss(log_sigma: np.ndarray) -> float:
        sigma = np.exp(log_sigma)
        error = np.square(chart.f(mean + sigma * grid) - x).sum(1)
        return float(mass @ error / 2 + s * (sigma**2 / 2 - log_sigma).sum())

    sigma = np.exp(minimize(loss, np.log([0.3, 0.3]), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13}).x)
    averaged = averaged_law(lambda z: chart.pull(z, x), mean, sigma[None], s, order=9)[0]
    assert averaged == pytest.approx(sigma**2, rel=1e-4)
    three = averaged_law(lambda z: chart.pull(z, x), mean, sigma[None], s)[0]
    first = ellipse_law(np.einsum("nii->ni", chart.metric(mean))[0], s)
    assert np.abs(np.log(three / sigma**2)).max() < np.abs(np.log(first / sigma**2)).max()


def test_the_curvature_of_the_truth():
    """The rolls' middle line is a spiral t -> t (cos t, sin t) / 7: curvature 7 (t^2 + 2) / (t^2 + 1)^(3/2), largest at its begin."""
    t = 1.5 * np.pi
    assert load("swiss-roll").curvature == pytest.approx(7 * (t**2 + 2) / (t**2 + 1) ** 1.5, rel=0.01)
    assert load("glyph").curvature > 2 * np.pi / (load("glyph").speed * 2 * np.pi)  # a circle of that length bends least


@pytest.mark.slow
def test_verdicts_agree_at_3000_steps_where_the_first_order_law_does_not():
    """Seven of eight default runs missed (13) by more than .15 then; averaged over its ellipse it holds."""
    session = train(3000, twin=False)
    timeline = Timeline(session.look(), session.params, {}, session.marks)
    verdicts = {claim.name: claim.judge(timeline) for claim in TOPIC.claims}
    assert abs(timeline.frame.scalars["law_averaged"]) < abs(timeline.frame.scalars["law_bias"])
    assert all(verdict.agrees for verdict in verdicts.values() if verdict is not None)
    assert {"ellipse_law", "winding", "length"} <= {name for name, verdict in verdicts.items() if verdict is not None}
