"""The word for a cloud of codes, on clouds whose shape is known."""

from __future__ import annotations

import numpy as np
import pytest

from engine.core import registry
from engine.core.score import Score
from engine.core.session import Session
from engine.latent.vae_geometry.geometry.measures import cloud_shape, loop_score, winding
from engine.latent.vae_geometry.names import CLOUDS

SHAPES = list(CLOUDS)
N = 384
NAN = float("nan")


def turned(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Points (n, 2), turned by .7 and moved away from the origin."""
    c, s = np.cos(0.7), np.sin(0.7)
    return np.stack([c * x - s * y + 0.8, s * x + c * y - 0.3], 1).astype(np.float32)


def clouds(seed: int) -> dict[str, tuple[np.ndarray, str]]:
    random = np.random.default_rng(seed)
    angle, noise = random.uniform(0, 2 * np.pi, N), random.normal(size=(3, N))
    radius = np.sqrt(random.uniform(0, 1, N))
    side = np.where(np.arange(N) < N // 2, -3.0, 3.0)
    part = random.uniform(0, np.pi, N)
    return {
        "line": (turned(random.uniform(-2, 2, N), 0.05 * noise[0]), "line"),
        "ring": (turned(np.cos(angle), np.sin(angle)), "ring"),
        "noisy ring": (turned(*((1 + 0.15 * noise[0]) * np.array([np.cos(angle), np.sin(angle)]))), "ring"),
        "ellipse": (turned(2.4 * np.cos(angle), np.sin(angle)), "ring"),
        "open arc": (turned(np.cos(part), np.sin(part)), "line"),
        "three quarters": (turned(np.cos(1.5 * part), np.sin(1.5 * part)), "line"),
        "disc": (turned(radius * np.cos(angle), radius * np.sin(angle)), "scattered"),
        "cloud": (turned(noise[0], noise[1]), "scattered"),
        "two blobs": (turned(side + 0.3 * noise[0], 0.3 * noise[1]), "scattered"),
        "point": (turned(1e-3 * noise[0], 1e-3 * noise[1]), "centre"),
    }


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("name", clouds(0))
def test_a_cloud_of_known_shape_gets_its_word(name, seed):
    """Without ellipses and without a known order: by its own geometry."""
    codes, word = clouds(seed)[name]
    assert SHAPES[cloud_shape(codes, NAN)] == word


def test_the_union_of_the_ellipses_makes_a_disc_and_the_priors_unit_a_centre():
    """A union near the prior is the filled disc; codes that hardly leave the origin are collapsed, however near the union is."""
    random = np.random.default_rng(0)
    cloud = random.normal(size=(N, 2)).astype(np.float32)
    assert SHAPES[cloud_shape(cloud, 0.2)] == "disc"
    assert SHAPES[cloud_shape(cloud, 2.0)] == "scattered"
    assert SHAPES[cloud_shape(0.05 * cloud, 0.0)] == "centre"
    assert SHAPES[cloud_shape(0.05 * cloud, NAN)] == "scattered"  # an autoencoder's codes have no unit


def test_a_loop_that_winds_once_is_a_ring_whatever_its_outline():
    """A loop with three deep bays has no even radius, but its codes go round the middle in the order of the true angle."""
    angle = np.sort(np.random.default_rng(1).uniform(0, 2 * np.pi, N))
    radius = 1 + 0.45 * np.sin(3 * angle)
    codes = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).astype(np.float32)
    turns, backward = winding(codes, angle)
    assert abs(turns) == pytest.approx(1) and backward == 0
    assert SHAPES[cloud_shape(codes, NAN, turns, backward)] == "ring"
    noise = np.random.default_rng(2).normal(size=(N, 2)).astype(np.float32)
    assert SHAPES[cloud_shape(noise, NAN, *winding(noise, angle))] == "scattered"


def test_two_arcs_that_close_up_to_a_ring_are_two_arcs():
    """Moons: their outline is a ring's, but the data are in two pieces."""
    random = np.random.default_rng(4)
    angle = random.uniform(0, 2 * np.pi, N)
    radius = 1 + 0.1 * random.normal(size=N)
    codes, pieces = turned(radius * np.cos(angle), radius * np.sin(angle)), angle > np.pi
    assert SHAPES[cloud_shape(codes, NAN)] == "ring" and SHAPES[cloud_shape(codes, NAN, pieces=pieces)] == "arcs"
    blobs, side = clouds(4)["two blobs"][0], np.arange(N) < N // 2
    assert SHAPES[cloud_shape(blobs, NAN, pieces=side)] == "scattered"


@pytest.mark.parametrize("beta", [1.0, 4.0])
def test_the_word_for_two_moons_is_not_that_of_a_ring_and_the_union_is_that_of_the_codes_beside_it(beta):
    """Also between key steps: after a drag the title speaks of what is drawn."""
    params = registry.find("vae-geometry").params.build({"data": "moons", "beta": beta, "twin": False})
    session = Session.from_score(Score(topic="vae-geometry", params=params.values(), seed=0), "cpu")
    frame = session.advance(steps=700)
    assert SHAPES[int(frame.scalars["cloud"])] == "arcs"
    session.set(beta=20.0)
    frame = session.advance(steps=30)
    assert frame.scalars["each_kl"] == pytest.approx(frame.scalars["kl"], rel=1e-3)


def test_the_loop_score_of_a_ring_is_radius_over_noise():
    random = np.random.default_rng(3)
    angle, radius = random.uniform(0, 2 * np.pi, 20_000), 1 + 0.1 * random.normal(size=20_000)
    score, empty = loop_score(np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1))
    assert score == pytest.approx(10, rel=0.05) and empty == 0
