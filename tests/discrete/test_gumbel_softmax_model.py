"""The Gumbel-softmax lab's loop: one noise for every temperature, both limits, own images, replay."""

import math

import numpy as np
import pytest

import engine
from engine.core.params import BadValue
from tests.discrete.runs import start


def test_a_drag_redraws_the_same_noise_and_the_limits_are_exact():
    session = start("simplex", tau=0.5)
    before = session.look()
    session.set(tau=0.0)
    cold = session.look()
    session.set(tau=0.5, infinite=True)
    hot = session.look()
    session.set(infinite=False)
    assert np.array_equal(session.look().arrays["cloud"], before.arrays["cloud"])
    assert set(np.unique(cold.arrays["cloud"])) == {0.0, 1.0}
    assert np.allclose(hot.arrays["cloud"], 1 / 3)
    assert np.isnan(cold.arrays["density"]).all() and np.isnan(hot.arrays["density"]).all()
    assert (cold.arrays["winner"] == before.arrays["winner"]).all() and (hot.arrays["winner"] == before.arrays["winner"]).all()


def test_own_images_are_trained_on_and_missing_ones_are_asked_for():
    x = np.random.default_rng(0).random((60, 30)).astype(np.float32)
    data = {"x": x, "size": np.array([5, 6], np.int32)}
    session = engine.start("gumbel-softmax", {"bench": "vae", "data": "own"}, device="cpu", data=data)
    frame = session.advance(steps=5)
    assert frame.arrays["image_size"].tolist() == [5, 6] and frame.arrays["book"].shape == (100, 30)
    with pytest.raises(BadValue, match="upload a file first"):
        start("vae", data="own")
    with pytest.raises(BadValue, match="At least 12 images"):
        engine.start("gumbel-softmax", {"bench": "vae", "data": "own"}, device="cpu", data={"x": x[:5]})


def test_the_limits_of_the_temperature_train_without_a_gradient_through_the_choice():
    for values in ({"tau": 0.0}, {"infinite": True}):
        session = start("vae", estimators=("gumbel-softmax", "straight-through-gumbel"), **values)
        frame = session.advance(steps=20)
        assert math.isfinite(frame.scalars["elbo_gumbel_softmax"])
        assert frame.arrays["probe_sd"].tolist() == [0.0, 0.0] and frame.arrays["probe_bias"].tolist() == [1.0, 1.0]
        assert not start("gradients", **values).advance(steps=2).arrays["gradient_mean"][2, -1].any()


@pytest.mark.parametrize("bench", ["simplex", "gradients", "descent", "normal", "dimension", "vae"])
def test_a_score_replays_bit_for_bit(bench):
    from engine.core.frame import difference

    def play(looks: bool) -> list:
        session, frames = start(bench, estimators=("exact", "leave-one-out", "gumbel-softmax", "gumbel-rao")), []
        for tau in (0.5, 0.1, 2.0):
            session.set(tau=tau, first=0.2 + tau / 5)
            for steps in (1,) * 7 if looks else (7,):
                if looks:
                    session.look()
                session.advance(steps=steps)
            frames.append(session.look())
        return frames

    assert all(difference(a, b) is None for a, b in zip(play(False), play(True), strict=True))
