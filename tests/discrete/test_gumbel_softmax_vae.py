"""What the categorical VAE of the Gumbel-softmax lab shows, with the default seed (phenomena 12 to 17 of its notes)."""

import math

import pytest
import torch

from engine.core.session import Session
from engine.discrete.gumbel_softmax.vae import exact_bounds, sampled_elbo
from tests.discrete.runs import start

pytestmark = pytest.mark.slow

# ---- 12 to 16: the categorical VAE


def discrete(session: Session) -> list[float]:
    """Held-out discrete ELBO of each network, enumerated on all 297 images."""
    model = session._model
    with torch.no_grad():
        return [float(exact_bounds(net, model.test_x)["elbo"].mean()) for net in model.nets]


METHODS = ("exact", "score-function", "score-baseline", "leave-one-out", "gumbel-softmax", "straight-through-gumbel")


@pytest.fixture(scope="module", params=[0, 1])
def trained(request):
    """Six gradients, one slide of the temperature from 1 to .3 in 1000 steps."""
    session = start("vae", seed=request.param, schedule="geometric", estimators=METHODS, probing=False)
    frame = session.advance(steps=1000)
    return frame, dict(zip(METHODS, discrete(session), strict=True))


@pytest.fixture(scope="module")
def constant():
    """Gumbel-softmax at constant temperatures, seed 0: τ -> (discrete ELBO, relaxed − discrete, log p)."""
    found = {}
    for tau in (0.05, 0.1, 0.2, 0.5, 1.0, 2.0):
        session = start("vae", tau=tau, estimators=("gumbel-softmax",), probing=False)
        scalars = session.advance(steps=1000).scalars
        found[tau] = (
            scalars["elbo_gumbel_softmax"],
            scalars["relaxed_gumbel_softmax"] - scalars["elbo_gumbel_softmax"],
            scalars["used_gumbel_softmax"],
            scalars["relaxed_gumbel_softmax"],
        )
    return found


def test_the_ranking_of_training_gradients(trained, constant):
    """exact > RLOO4 > GS(1→.3) > GS(1) > SF; SF at least 2 nats below RLOO4, GS(1→.3) at least .5 above GS(1)."""
    _, elbo = trained
    warm = constant[1.0][0]
    assert elbo["exact"] > elbo["leave-one-out"] > elbo["gumbel-softmax"] > warm > elbo["score-function"]
    assert elbo["leave-one-out"] - elbo["score-function"] > 2
    assert elbo["gumbel-softmax"] - warm > 0.5


def test_the_bounds_are_near_the_notes(trained):
    """−18.92 exact, −19.25 RLOO4, −19.64 GS(1→.3) for seed 0: here −18.49, −19.07, −19.63, and within .6 for seed 1.

    The score functions depend more on the initial weights: the notes have −20.80/−21.04 with the batch mean and
    −23.98/−24.79 without; here −20.99/−22.70 and −23.88/−25.38 for seeds 0/1.
    """
    _, elbo = trained
    for name, value in (("exact", -18.9), ("leave-one-out", -19.2), ("gumbel-softmax", -19.6)):
        assert elbo[name] == pytest.approx(value, abs=0.6)
    assert -23 < elbo["score-baseline"] < -20.5
    assert -25.6 < elbo["score-function"] < -23.5


def test_the_frame_says_what_full_enumeration_says(trained):
    frame, elbo = trained
    for name in METHODS:
        assert frame.scalars[f"elbo_{name.replace('-', '_')}"] == pytest.approx(elbo[name], abs=1e-3)


def test_the_relaxed_bound_flatters_more_the_warmer_it_is(constant, trained):
    """Gaps .06 / .15 / .28 / 1.0 / 2.8 / 6.8; monotone, above 2 at τ = 1, below .4 at τ = .1.

    At τ = 1 the relaxed value is above even the exactly trained network's log p(x): it is no bound.
    """
    gaps = [constant[tau][1] for tau in sorted(constant)]
    assert gaps == sorted(gaps)
    assert constant[1.0][1] > 2 and constant[0.1][1] < 0.4
    frame, _ = trained
    assert constant[1.0][3] > frame.scalars["evidence_exact"]


def test_two_is_far_too_warm_and_cold_or_noisy_gradients_leave_codes_dead(constant, trained):
    assert constant[2.0][0] < constant[1.0][0] - 3
    frame, _ = trained
    assert frame.scalars["used_score_function"] < 67  # a third to two thirds of the hundred codes are dead
    assert constant[0.05][2] < 67 and frame.scalars["used_exact"] > constant[0.05][2]


def test_annealing_helps_but_not_all_the_way_down():
    """3000 steps, seed 0: 1→.3 at least a nat above constant 1 and near constant .2; a slide to .01 at least .5 below 1→.3."""
    slide = {"schedule": "geometric", "anneal_until": 3000.0}
    settings = {
        "one": {"tau": 1.0},
        "fifth": {"tau": 0.2},
        "to .3": slide,
        "to .01": {**slide, "anneal_end": 0.01},
        "article": {"schedule": "article"},
    }
    elbo = {}
    for name, values in settings.items():
        session = start("vae", estimators=("gumbel-softmax",), probing=False, **values)
        elbo[name] = session.advance(steps=3000).scalars["elbo_gumbel_softmax"]
    assert elbo["to .3"] > elbo["one"] + 1, elbo
    assert abs(elbo["fifth"] - elbo["to .3"]) < 0.3, elbo
    assert elbo["to .01"] < elbo["to .3"] - 0.5, elbo
    assert abs(elbo["article"] - elbo["to .3"]) < 0.4, elbo


@pytest.mark.parametrize(("variables", "levels"), [(8, 4), (8, 10)])
def test_in_code_books_too_large_to_list_relaxation_overtakes_two_draw_leave_one_out(variables, levels):
    """RLOO4 leads, then GS 1→.3, then RLOO2 (which is ahead of it in the small model); τ = 1 and SF with a mean are last.

    Means over seeds 0 and 1, with 100 hard samples per image. One seed does not settle it: with (8, 4) and seed 0
    GS (−19.71) is just ahead of RLOO4 (−19.82), with (8, 10) and seed 0 level with RLOO2 (−20.92, −20.89).
    """
    size = {"variables": variables, "levels": levels, "probing": False}
    elbo: dict[str, float] = {}
    for seed in (0, 1):
        sessions = {
            "anneal": start("vae", seed, schedule="geometric", estimators=("leave-one-out", "gumbel-softmax"), **size),
            "two": start("vae", seed, schedule="geometric", estimators=("leave-one-out",), rloo=2, **size),
        }
        if seed == 0:
            sessions["last"] = start("vae", seed, tau=1.0, estimators=("score-baseline", "gumbel-softmax"), **size)
        for name, session in sessions.items():
            frame = session.advance(steps=1000)
            assert math.isnan(frame.scalars["evidence_gumbel_softmax"])
            model = session._model
            noise = model._gumbel(model.generator("test"), 100, len(model.test_x))
            with torch.no_grad():
                for estimator, network in zip(session.params.estimators, model.nets, strict=True):
                    value = float(sampled_elbo(network, model.test_x, noise).mean())
                    elbo[f"{name} {estimator}"] = elbo.get(f"{name} {estimator}", 0.0) + value / (2 if name != "last" else 1)
    assert elbo["anneal leave-one-out"] > elbo["anneal gumbel-softmax"] > elbo["two leave-one-out"], elbo
    assert elbo["two leave-one-out"] > max(elbo["last gumbel-softmax"], elbo["last score-baseline"]), elbo


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
