"""Phenomena of the exposure bias lab: real runs with the default seed, on 512 fresh sequences of length 64."""

from functools import cache

import numpy as np
import pytest
import torch

from engine.core.session import Session
from engine.generation.exposure_bias import exact, theory
from engine.generation.exposure_bias.trial import Trial

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


def one(scheme, **values):
    """The board of a single net trained by `scheme`."""
    return boards((scheme, *sorted(values.items())))


@cache
def boards(key):
    scheme, *values = key
    task, found = nets(remedy=scheme, schemes="", **dict(values))
    return Board(task, found["live"])


@pytest.fixture(scope="module")
def race():
    """Default task, GRU: teacher, the article's replacement and the three that feed own samples."""
    task, found = nets(schemes="su,scheduled,two-pass,gumbel")
    return {name: Board(task, net) for name, net in found.items()}


@pytest.fixture(scope="module")
def replaced():
    """Default task, GRU, random replacement by rate."""
    return {rate: one("replace", rate=rate) for rate in (0.1, 0.2, 0.3, 0.6, 1.0)}


def test_1_ninety_one_percent_and_lost(race):
    """GRU teacher: TF > 0.89, FR < 0.2 (expected 0.910, 0.122), although the source alone gives 0.7375, the filter 0.850."""
    assert race["live"].taught > 0.89
    assert race["live"].alone < 0.2
    trial = race["live"].trial
    assert (trial.readings == trial.truth).mean() == pytest.approx(0.7375, abs=0.01)
    best = exact.forward(trial.readings, 0.1, 0.3, 8).argmax(2) == trial.truth
    assert best[:, -8:].mean() == pytest.approx(0.850, abs=0.02)


@pytest.mark.parametrize(
    ("scheme", "rate"),
    [("teacher", 0.0), ("replace", 0.1), ("replace", 0.3), ("replace", 0.6), ("replace", 1.0), ("scheduled", 0.4242)],
)
def test_2_the_memoryless_net_lands_on_theory(scheme, rate):
    """Drawing, 4096 sequences: (6) position by position within 0.02 in the mean square; greedy flips between 0.1 and 0.3."""
    task, found = nets(remedy=scheme, schemes="", decoder="Markov", **({"rate": rate} if scheme == "replace" else {}))
    result = _trial(task, 4096, 64).run(found["live"])
    own = theory.own_rate(0.1, 0.3, 8) if scheme == "scheduled" else rate
    epsilon, rho = map(float, theory.rates(0.1, 0.3, 8, own))
    curve = theory.curve(epsilon, rho, 64, theory.first_accuracy(0.3, 8))
    assert np.sqrt(np.square(result.sampled[8:] - curve[8:]).mean()) < 0.02
    assert float(result.sampled[24:].mean()) == pytest.approx(float(curve[-1]), abs=0.015)
    if rate <= 0.1:
        assert result.greedy[-8:].mean() == pytest.approx(0.122, abs=0.03)
    else:
        assert result.greedy[-8:].mean() == pytest.approx(0.7375, abs=0.03)


def test_3_replacement_repairs_the_gru_smoothly(race, replaced):
    """FR rises with r; above 0.78 at r = 0.6; at r = 1 the exact filter."""
    alone = [race["live"].alone, *(replaced[rate].alone for rate in (0.1, 0.2, 0.3, 0.6, 1.0))]
    assert all(np.diff(alone) > 0)
    assert replaced[0.6].alone > 0.78
    assert alone[1:] == pytest.approx([0.63, 0.70, 0.745, 0.824, 0.847], abs=0.04)
    assert race["su"].alone == pytest.approx(0.70, abs=0.04)


def test_4_nothing_is_free(race, replaced):
    """Loss rises and legal transitions fall with the dose (expected: NLL 0.303 ... 0.47, legal 0.83 ... 0.71)."""
    rows = [race["live"], race["su"], replaced[0.3], replaced[0.6], replaced[1.0]]
    assert [row.nll for row in rows] == pytest.approx([0.303, 0.323, 0.335, 0.365, 0.47], abs=0.015)
    assert [row.legal for row in rows] == pytest.approx([0.83, 0.79, 0.79, 0.77, 0.71], abs=0.02)
    assert all(np.diff([row.nll for row in rows]) > 0)
    floor = theory.entropy_floor(0.1, 0.3, 8)  # ground truth 5: no net below it
    assert min(row.nll for row in rows) > floor - 3 * 0.6 / np.sqrt(512 * 64)


def test_5_feeding_own_samples_repairs_too(race):
    """FR 0.844-0.849 for all three; two passes keep a lower loss than the serial ones."""
    for scheme in ("scheduled", "two-pass", "gumbel"):
        assert race[scheme].alone == pytest.approx(0.846, abs=0.02)
    assert race["scheduled"].nll == pytest.approx(0.40, abs=0.015)
    assert race["two-pass"].nll == pytest.approx(0.365, abs=0.015)


def test_6_without_a_source_own_samples_teach_nothing():
    """Huszar 2015 live: delta 1, fully sampled, NLL ln 8 and 0.126 legal against 0.477 and 0.912.

    Fully sampled is truth 0 from the first step; the linear schedule has not finished unlearning after 400 steps
    (NLL 2.00, 0.135 legal).
    """
    task, found = nets(noise=1.0, schemes="scheduled", schedule="constant", truth=0.0)
    teacher, sampled = (Board(task, found[arm]) for arm in ("live", "scheduled"))
    assert sampled.nll == pytest.approx(np.log(8), abs=0.005) and sampled.legal == pytest.approx(0.126, abs=0.01)
    assert teacher.nll == pytest.approx(0.477, abs=0.02) and teacher.legal == pytest.approx(0.912, abs=0.01)


def test_6_the_price_is_paid_before_the_source_is_gone():
    """delta 0.8, linear schedule: NLL 1.317 against 0.459, legal 0.264 against 0.900, for FR 0.457 against 0.146."""
    task, found = nets(noise=0.8, schemes="scheduled")
    teacher, sampled = (Board(task, found[arm]) for arm in ("live", "scheduled"))
    assert (sampled.nll, teacher.nll) == pytest.approx((1.317, 0.459), abs=0.06)
    assert (sampled.legal, teacher.legal) == pytest.approx((0.264, 0.900), abs=0.02)
    assert (sampled.alone, teacher.alone) == pytest.approx((0.457, 0.146), abs=0.05)


def test_7_more_data_makes_the_teacher_forced_decoder_worse_on_its_own():
    """n = 64, 256, 1024, unlimited (GRU 64, batch 32): FR falls while taught accuracy rises and the loss falls.

    Expected: FR 0.60-0.67, 0.52-0.59, 0.21-0.31, 0.16. Found at positions 57-64 on several data seeds: 0.56-0.65,
    0.41-0.62, 0.10-0.31, 0.10-0.12 (0.15 at positions 25-32, which is where the expected 0.16 stands in its scoreboard).
    """
    rows = [one("teacher", training_set=n, **SMALL) for n in ("64", "256", "1024", "unlimited")]
    assert all(np.diff([row.alone for row in rows]) < 0)
    assert all(np.diff([row.taught for row in rows]) > 0)
    assert all(np.diff([row.nll for row in rows]) < 0)
    assert rows[0].alone > 0.55 and rows[2].alone < 0.4 and rows[3].alone < 0.2


@pytest.fixture(scope="module")
def counters():
    """Task B by scheme and rate."""
    task, found = nets(schemes="su,two-pass", **COUNTER)
    rows = {name: Board(task, net, 512, 48) for name, net in found.items()}
    for rate in (0.05, 0.15, 0.3):
        task, found = nets(schemes="", remedy="replace", rate=rate, **COUNTER)
        rows[rate] = Board(task, found["live"], 512, 48)
    return rows


def test_9_one_wrong_token_is_for_ever(counters):
    """Task B teacher: 1.000 taught and alone at twice the length; after one wrong input below 0.25 (chance 0.143)."""
    teacher = counters["live"]
    assert teacher.taught > 0.999 and teacher.alone > 0.999
    assert teacher.repaired(1) < 0.25


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


def test_10_own_samples_do_not_immunise_a_perfect_pupil(counters):
    """Two passes on task B: right alone, and lost after one wrong token."""
    assert counters["two-pass"].alone > 0.99
    assert counters["two-pass"].repaired(1) < 0.35
    assert counters["two-pass"].repaired(2) < 0.25


def test_11_on_little_data_smoothing_the_past_helps():
    """n = 64: every remedy lifts FR; penalty and shift also lower the loss, replacement raises it.

    Expected: teacher 0.64-0.67, su 0.76-0.79, replace 0.77-0.79, gp 0.72-0.76, fgm 0.76-0.80. Found on three data seeds:
    0.56-0.65, 0.76-0.78, 0.79, 0.64-0.71 (0.74 at a fourfold weight), 0.66-0.75.
    """
    teacher = one("teacher", training_set="64", **SMALL)
    other = {
        "su": one("su", training_set="64", **SMALL),
        "replace": one("replace", training_set="64", rate=0.3, **SMALL),
        "penalty": one("penalty", training_set="64", penalty=10.0, **SMALL),
        "shift": one("shift", training_set="64", shift=4.0, **SMALL),
    }
    assert all(row.alone > teacher.alone + 0.04 for row in other.values())
    assert other["penalty"].nll < teacher.nll and other["shift"].nll < teacher.nll
    assert other["su"].nll > teacher.nll and other["replace"].nll > teacher.nll


def test_on_unlimited_data_smoothing_does_nothing():
    """Did not hold, before as here: penalty and TeaForN leave the greedy free run at chance."""
    for scheme in ("penalty", "teaforn"):
        assert one(scheme).alone < 0.2


def test_a_remedy_switched_on_in_the_running_loop_rescues_the_live_net():
    """Hot: 200 steps of teacher forcing, then replacement at 0.6: from chance to above 0.7 within 200 more steps."""
    session = Session.start("exposure-bias", {"schemes": "", "rate": 0.6, "horizon": 1000}, seed=0)
    sunk = session.advance(steps=200).scalars["free_live"]
    session.set(remedy="replace")
    rescued = session.advance(steps=200).scalars["free_live"]
    assert sunk < 0.25 and rescued > 0.7
