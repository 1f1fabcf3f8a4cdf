"""Phenomena of the VAE geometry lab beyond its chapters (`python -m engine check vae-geometry`), on other data and settings."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.core.session import Session
from engine.latent.vae_geometry.geometry.charts import UncertainChart, Uncertainty
from engine.latent.vae_geometry.geometry.measures import coverage, eigenvalue_ratio, entropy, ring_score
from engine.latent.vae_geometry.samples import class_counts
from engine.latent.vae_geometry.state import Net
from engine.latent.vae_geometry.theory import normal_kl
from tests.latent.vae_geometry_runs import DRAWS, beta_c, data, digits, digits_at_one, law, ring, state, train

pytestmark = pytest.mark.slow


# 2 -------------------------------------------------------------------------------------------------------------------


def test_the_ellipse_law_holds_on_digits():
    """Correlation of logs above .7 after 1500 steps (on the glyph: the chapter "areas")."""
    assert law(state(digits_at_one()).vae, 0.04)[0] > 0.7


# 3 -------------------------------------------------------------------------------------------------------------------

WORLDS = {"swiss-roll": 0.1, "moons": 0.1, "digits": 0.2}


@pytest.mark.parametrize("name", WORLDS)
def test_above_the_critical_weight_every_axis_is_dead(name):
    """(10) predicts the collapse of nonlinear VAEs, on the glyph (the chapter "too_much") and here: KL_i <= .001 after 1500 steps."""
    session = train(1500, data=name, sigma_x=WORLDS[name], beta=1.05 * beta_c(name, WORLDS[name]), twin=False)
    mean, sigma = state(session).vae.codes
    assert normal_kl(mean, sigma).mean(0).max() <= 0.001


@pytest.mark.parametrize("name", ["moons", "digits"])
def test_at_half_the_critical_weight_the_leading_axis_lives_above_the_linear_theory(name):
    """At beta_c / 2 the leading KL is above the linear 1/2 log 2 = .347."""
    session = train(1500, data=name, sigma_x=WORLDS[name], beta=0.5 * beta_c(name, WORLDS[name]), twin=False)
    assert 0.347 < session.look().scalars["kl_1"] < 1.3


# 5 -------------------------------------------------------------------------------------------------------------------


def test_the_gaps_between_digits_are_filled():
    """(7), r = 2: without a pull under .1 of the prior is covered, at beta = 1 over .97 of the test codes (of the prior: a chapter)."""
    assert coverage(DRAWS, *state(digits(0.0)).vae.codes, 2.0)[0] < 0.1
    net = state(digits_at_one()).vae
    assert coverage(net.test_codes[0], *net.codes, 2.0)[0] > 0.97


def test_the_ring_keeps_its_hole_at_beta_four():
    """Glyph, 1000 steps: under a half of the prior is covered: a ring is a ring."""
    assert coverage(DRAWS, *state(ring(0)).vae.codes, 2.0)[0] < 0.5


# 6 -------------------------------------------------------------------------------------------------------------------


def near_collapse() -> Session:
    return digits(0.8 * beta_c("digits", 0.2))


def class_entropy(session: Session, net: Net) -> float:
    return entropy(class_counts(data(session), net.decoder.f(DRAWS)))


def test_class_entropy_of_prior_draws_is_an_inverted_u():
    """Digits: low without a pull, high at beta = 1, low again at .8 beta_c."""
    sessions = (digits(0.0), digits_at_one(), near_collapse())
    values = [class_entropy(session, state(session).vae) for session in sessions]
    assert values[1] > 2.1
    assert values[0] < values[1] - 0.3
    assert values[2] < 1.3


# 8 -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sigma_x", "low", "high"), [(0.1, 0.8, 1.0), (0.5, 0.05, 0.5)])
def test_the_quadratic_penalty_on_digits(sigma_x, low, high):
    """(3) on digits, 800 steps: most of the noise dies at small sigma_x, a part of it at .5 (on the glyph: the chapter "naive")."""
    sigma = state(train(800, data="digits", sigma_x=sigma_x, beta=1.0, regulariser="quadratic", twin=False)).vae.codes[1]
    assert low <= (sigma < 0.02).mean() <= high


# the strip's words and the page's claims -----------------------------------------------------------------------------


def test_cloud_shapes_follow_the_rules():
    """Glyph: a ring by score > 4; digits: no ring; near the threshold a line, by eigenvalue ratio < .08.

    Digits at .8 beta_c fold (.003-.006). Whether one axis of the glyph is already dead at beta_c / 2 depends on the seed
    (lambda_1 and lambda_2 are nearly equal): seed 1 folds (ratio .0001), seeds 0, 2 and 3 keep a round ring (.82-.85).
    """
    assert ring_score(state(ring(0)).vae.codes[0]) > 4
    assert ring_score(state(digits_at_one()).vae.codes[0]) < 4
    assert eigenvalue_ratio(state(near_collapse()).vae.codes[0]) < 0.08


def test_uncertainty_is_small_on_codes_and_large_in_the_hole():
    """(12): median sigma on the codes is sigma_x, in the middle of the ring more than ten times that."""
    net = state(ring(0)).vae
    codes = net.codes[0].astype(np.float64)
    chart = UncertainChart(net.decoder, Uncertainty.fit(codes, 0.1, rounds=20), 144)
    assert np.median(chart.uncertainty.sigma(codes)) == pytest.approx(0.1, rel=0.02)
    assert chart.uncertainty.sigma(codes.mean(0, keepdims=True))[0] > 1.0
    assert math.isfinite(chart.metric(codes).sum())
