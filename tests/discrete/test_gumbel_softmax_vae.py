"""What the categorical VAE of the Gumbel-softmax lab shows, with the default seed (phenomena 12 to 17 of its notes)."""

import math
from functools import cache

import pytest
import torch

from engine.core.score import Score
from engine.core.session import Session
from engine.discrete.gumbel_softmax.vae import exact_bounds, sampled_elbo
from engine.workers.batched import Batched, Plan, stackable
from tests.contract.runs import played
from tests.discrete.runs import start

pytestmark = pytest.mark.slow

# ---- 12 to 16: the categorical VAE


def discrete(session: Session) -> list[float]:
    """Held-out discrete ELBO of each network, enumerated on all 297 images."""
    model = session._model
    with torch.no_grad():
        return [float(exact_bounds(net, model.test_x)["elbo"].mean()) for net in model.nets]


METHODS = ("exact", "score-function", "leave-one-out", "gumbel-softmax", "straight-through-gumbel")


@pytest.fixture(scope="module")
def chapter():
    """The chapter's twins: five gradients under one slide of the temperature from 1 to .3 in 1000 steps, and at a constant 1."""
    return played("gumbel-softmax", "five_networks")


@pytest.fixture(scope="module")
def elbo(chapter):
    return dict(zip(METHODS, discrete(chapter.session), strict=True))


ALONE = {"bench": "vae", "estimators": ("gumbel-softmax",), "probing": False}


@cache
def at_temperatures() -> dict[float, dict[str, float]]:
    """The scalars of Gumbel-softmax after 1000 steps at constant temperatures, seed 0, trained as one model."""
    plan = Plan.checked(Score(topic="gumbel-softmax", params=ALONE, seed=0, steps=1000), "tau", (0.05, 0.1, 2.0))
    assert stackable(plan)
    arms = Batched(plan, "cpu")
    arms.run(steps=1000)
    return {tau: arms.look_at(arm).scalars for arm, tau in enumerate(plan.values)}


def test_the_ranking_of_training_gradients(elbo, chapter):
    """RLOO4 > GS(1→.3) > GS(1) > SF, GS(1→.3) at least .5 above GS(1); that enumeration is best and SF two nats below RLOO4 is
    what the chapter claims."""
    warm = chapter.timeline.other.frame.scalars["elbo_gumbel_softmax"]
    assert elbo["leave-one-out"] > elbo["gumbel-softmax"] > warm > elbo["score-function"]
    assert elbo["gumbel-softmax"] - warm > 0.5


def test_the_bounds_are_near_the_notes(elbo):
    """−18.92 exact, −19.25 RLOO4, −19.64 GS(1→.3) for seed 0: here −18.49, −19.07, −19.63, and within .6 for seed 1.

    The score function depends more on the initial weights: the notes have −23.98/−24.79; here −23.88/−25.38 for seeds 0/1.
    """
    for name, value in (("exact", -18.9), ("leave-one-out", -19.2), ("gumbel-softmax", -19.6)):
        assert elbo[name] == pytest.approx(value, abs=0.6)
    assert -25.6 < elbo["score-function"] < -23.5


def test_the_frame_says_what_full_enumeration_says(elbo, chapter):
    for name in METHODS:
        assert chapter.timeline.frame.scalars[f"elbo_{name.replace('-', '_')}"] == pytest.approx(elbo[name], abs=1e-3)


def test_the_relaxed_bound_flatters_more_the_warmer_it_is(chapter):
    """Gaps .15 / 2.8 / 6.8 at τ = .1, 1, 2. That at τ = 1 it is above the network's own log p(x) is what the chapter claims."""
    cold, one, two = (
        scalars["relaxed_gumbel_softmax"] - scalars["elbo_gumbel_softmax"]
        for scalars in (at_temperatures()[0.1], chapter.timeline.other.frame.scalars, at_temperatures()[2.0])
    )
    assert cold < 0.4 and 2 < one < two


def test_two_is_far_too_warm_and_cold_or_noisy_gradients_leave_codes_dead(chapter):
    found = chapter.timeline.frame.scalars
    assert at_temperatures()[2.0]["elbo_gumbel_softmax"] < chapter.timeline.other.frame.scalars["elbo_gumbel_softmax"] - 3
    assert found["used_score_function"] < 67  # a third to two thirds of the hundred codes are dead
    assert at_temperatures()[0.05]["used_gumbel_softmax"] < min(67, found["used_exact"])


def test_annealing_helps_but_not_all_the_way_down(elbo):
    """The notes say so of 3000 steps; after 1000 a slide to .01 is at least .5 below that to .3, as after 3000."""
    down = start(**ALONE, schedule="geometric", anneal_end=0.01).advance(steps=1000).scalars
    assert down["elbo_gumbel_softmax"] < elbo["gumbel-softmax"] - 0.5


def test_in_code_books_too_large_to_list_annealing_and_baselines_still_pay():
    """Eight variables of ten levels: RLOO4 and GS 1→.3 are both ahead of τ = 1 and of the score function with a mean, which are
    last. Of 100 hard samples per image; the notes' order of the first two takes two seeds to be seen."""
    size = {"variables": 8, "levels": 10, "probing": False}
    found: dict[str, float] = {}
    for name, session in (
        ("annealed", start("vae", schedule="geometric", estimators=("leave-one-out", "gumbel-softmax"), **size)),
        ("warm", start("vae", tau=1.0, estimators=("score-baseline", "gumbel-softmax"), **size)),
    ):
        frame, model = session.advance(steps=1000), session._model
        assert math.isnan(frame.scalars["evidence_gumbel_softmax"])
        noise = model._gumbel(model.generator("test"), 100, len(model.test_x))
        with torch.no_grad():
            for estimator, network in zip(session.params.estimators, model.nets, strict=True):
                found[f"{name} {estimator}"] = float(sampled_elbo(network, model.test_x, noise).mean())
    ahead = min(found["annealed leave-one-out"], found["annealed gumbel-softmax"])
    assert ahead > max(found["warm gumbel-softmax"], found["warm score-baseline"]), found


# ---- 17: gradients now


def test_gradients_at_the_start_and_after_training():
    """At the start, relative to |exact|: RLOO4 2.4, GS τ = 1 .83 with bias .27, GS .1 5.5, GS 2 .28 with bias .54.

    The score function has about a thousand (the notes: 875; it depends on the initial weights). After 1000 steps the
    notes have RLOO4 1.85, GS 1.56 with bias .85, ST-GS 3.1 with bias 1.25, without saying on which network. Here on the
    one that leave-one-out trained, over five seeds and four ways in which processors add (some use wider registers):
    1.4 to 1.8, 1.1 to 1.4 with .57 to .88, 1.9 to 2.7 with .68 to 1.2; seed 0 has the largest biases.
    """
    session = start("vae", tau=1.0, estimators=("leave-one-out", "gumbel-softmax", "straight-through-gumbel"))
    model = session._model

    def probe() -> dict[str, tuple[float, float]]:
        found = model.probe(model.generator("test"), draws=1000)
        names = session.params.estimators
        return {name: (float(found["bias"][row]), float(found["sd"][row])) for row, name in enumerate(names)}

    first = probe()
    assert first["leave-one-out"][1] == pytest.approx(2.4, rel=0.1)
    assert first["gumbel-softmax"][1] == pytest.approx(0.83, rel=0.1) and first["gumbel-softmax"][0] == pytest.approx(
        0.27, abs=0.03
    )
    session.set(tau=0.1)
    assert probe()["gumbel-softmax"][1] == pytest.approx(5.5, rel=0.2)
    session.set(tau=2.0)
    assert probe()["gumbel-softmax"] == pytest.approx((0.54, 0.28), rel=0.1)
    session.set(tau=1.0)
    session.advance(steps=1000)
    last = probe()
    assert last["leave-one-out"][1] == pytest.approx(1.85, rel=0.35)
    assert last["gumbel-softmax"] == pytest.approx((0.85, 1.56), rel=0.35)
    assert last["straight-through-gumbel"] == pytest.approx((1.25, 3.1), rel=0.35)
    assert last["leave-one-out"][0] < 0.1 < last["gumbel-softmax"][0] < last["straight-through-gumbel"][0]


def test_a_score_function_without_baseline_starts_with_a_thousand_times_more_noise_than_signal():
    session = start("vae", estimators=("score-function",))
    model = session._model
    assert 500 < model.probe(model.generator("test"), draws=1000)["sd"][0] < 2000
