"""Phenomena of the exposure bias lab beyond its chapters: real runs with the default seed, on 512 fresh sequences of length 64."""

from functools import cache

import numpy as np
import pytest
import torch

from engine.core.session import Session
from engine.generation.exposure_bias.nets.trial import Trial
from tests.contract.runs import played

pytestmark = pytest.mark.slow

COUNTER = {"task": "counter", "labels": 7, "length": 24, "hidden": 64, "learning_rate": 0.01}
SMALL = {"hidden": 64, "batch": 32}


@cache
def trained(*settings):
    """The task and the trained nets of a run of 400 steps, by arm."""
    session = Session.start("exposure-bias", dict(settings), seed=0)
    session.run(steps=400)
    return session._model.task, {arm.name: arm.net for arm in session._model.arms}


def nets(**values):
    return trained(*sorted(values.items()))


@cache
def _trial(task, count, positions):
    return Trial(task, count, positions, torch.Generator().manual_seed(12345), torch.device("cpu"))


class Board:
    """The row of the scoreboard of one net."""

    def __init__(self, task, net, count=512, positions=64):
        self.trial, self.net = _trial(task, count, positions), net
        result = self.trial.run(net)
        # from the second position on: the expected 0.303 is below the floor 0.306 of the mean that counts the first
        self.taught, self.nll = float(np.nanmean(result.forced)), float(np.nanmean(result.loss[1:]))
        self.alone, self.drawn = float(result.greedy[-8:].mean()), float(result.sampled[24:].mean())
        self.legal, self.result = self.trial.fluency(result.draws), result

    def repaired(self, wrong, at=12):
        return float(self.trial.injected(self.net, at, wrong)[1][at - 1 + wrong :].mean())


@pytest.fixture(scope="module")
def race():
    """Default task, GRU: two of those that feed own samples, beside the teacher."""
    task, found = nets(schemes="two-pass,gumbel")
    return {name: Board(task, net) for name, net in found.items()}


def test_5_feeding_own_samples_repairs_too(race):
    """FR 0.844-0.849; two passes keep a lower loss than serial feeding (0.40). Serial feeding is a chapter."""
    for scheme in ("two-pass", "gumbel"):
        assert race[scheme].alone == pytest.approx(0.846, abs=0.02)
    assert race["gumbel"].nll == pytest.approx(0.398, abs=0.015)
    assert race["two-pass"].nll == pytest.approx(0.365, abs=0.015)


def test_6_the_price_is_paid_before_the_source_is_gone():
    """delta 0.8, linear schedule: NLL 1.317 against 0.459, legal 0.264 against 0.900, for FR 0.457 against 0.146."""
    task, found = nets(noise=0.8, schemes="scheduled")
    teacher, sampled = (Board(task, found[arm]) for arm in ("live", "scheduled"))
    assert (sampled.nll, teacher.nll) == pytest.approx((1.317, 0.459), abs=0.06)
    assert (sampled.legal, teacher.legal) == pytest.approx((0.264, 0.900), abs=0.02)
    assert (sampled.alone, teacher.alone) == pytest.approx((0.457, 0.146), abs=0.05)


@pytest.fixture(scope="module")
def counters():
    """Task B by scheme and rate; the chapter's run has su, and replacement at 0.15."""
    model = played("exposure-bias", "one_wrong_token").session._model
    found = {arm.name: arm.net for arm in model.arms}
    rows = {"su": Board(model.task, found["su"], 512, 48), 0.15: Board(model.task, found["replace"], 512, 48)}
    for rate in (0.05, 0.3):
        task, found = nets(schemes="", remedy="replace", rate=rate, **COUNTER)
        rows[rate] = Board(task, found["live"], 512, 48)
    return rows


@pytest.mark.parametrize(
    ("arm", "expected"),
    [
        (0.05, (1.0, 0.92, 0.24, 0.15)),
        (0.15, (1.0, 1.0, 0.85, 0.21)),
        ("su", (1.0, 1.0, 0.92, 0.34)),
        (0.3, (1.0, 1.0, 0.99, 0.61)),
    ],
)
def test_9_immune_to_the_dose_it_was_trained_with(counters, arm, expected):
    """Recovered accuracy after 1, 2, 4, 8 wrong tokens at t = 12 (expected: means of 3 seeds, spread <= 0.12; here seed 0).

    Single seeds scatter a little more: the last number was 0.48 to 0.64 in four seeds, and 0.48 or 0.55 with seed 0, as
    the processor adds.
    """
    found = [counters[arm].repaired(wrong) for wrong in (1, 2, 4, 8)]
    assert found == pytest.approx(expected, abs=0.16)


def side_by_side(schemes, **values):
    """The numbers of a small run whose nets learn side by side from the same batches: (accuracy alone, loss) by net."""
    session = Session.start("exposure-bias", {"schemes": schemes, **SMALL, **values}, seed=0)
    session.run(steps=session.params.horizon)
    found = session.look().scalars
    return {arm.name: (found[f"free_{arm.name}"], found[f"nll_{arm.name}"]) for arm in session._model.arms}


def test_11_on_little_data_smoothing_the_past_helps():
    """n = 64: every remedy lifts FR; penalty and shift also lower the loss, replacement raises it.

    Expected: teacher 0.64-0.67, su 0.76-0.79, replace 0.77-0.79, gp 0.72-0.76, fgm 0.76-0.80. Found on three data seeds:
    0.56-0.65, 0.76-0.78, 0.79, 0.64-0.71 (0.74 at a fourfold weight), 0.66-0.75.
    """
    found = side_by_side("su,replace,penalty,shift", training_set="64", rate=0.3, penalty=10.0, shift=4.0)
    alone, loss = found.pop("live")
    assert all(row[0] > alone + 0.04 for row in found.values())
    assert max(found["penalty"][1], found["shift"][1]) < loss < min(found["su"][1], found["replace"][1])


def test_on_unlimited_data_smoothing_does_nothing():
    """Did not hold, before as here: penalty and TeaForN leave the greedy free run at chance."""
    found = side_by_side("penalty,teaforn", horizon=200)
    assert all(alone < 0.2 for alone, _ in found.values())
