"""What the race shows, on the real model with the default seed. Accuracies over the last quarter of 64 sequences.

Lists are accuracies at 1, 1.5, 2, 4 and 8 times the training length.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from engine.attention.position_encodings import TOPIC, theory
from engine.attention.position_encodings.model import PLAIN, Race, bend
from engine.core.session import Session

pytestmark = pytest.mark.slow

LENGTHS = (0, 1, 2, 4, 6)  # 1, 1.5, 2, 4, 8 times, among the tested ratios
LAG = "none,learned,sinusoidal,shaw,xl,t5,deberta,rope,xpos,alibi"


@cache
def trained(contestants: str, seed: int = 0, **values: Any) -> Race:
    """A race run to the end of its schedule, without the tests on the way (they cost time and change nothing)."""
    session = Session(TOPIC, TOPIC.params.build({"contestants": contestants, **values}), seed, "cpu")
    race = session._model
    assert isinstance(race, Race)
    race.test = lambda: None  # type: ignore[method-assign]
    session.run(steps=session.params.schedule)
    return race


@cache
def accuracy(race: Race, name: str, stretch: Any = PLAIN) -> list[float]:
    net = race.nets[name]
    bend(net, stretch)
    values = [race.evaluate(net, race.params.lengths[i], 64)[0] for i in LENGTHS]
    bend(net, PLAIN)
    return values


def lag(seed: int = 0) -> Race:
    return trained(LAG, seed)


def attention_at(race: Race, name: str, distance: int) -> float:
    """Mean attention mass at one distance over 32 sequences of the training length, best head."""
    tokens, _ = race.exam(race.params.train_length, 64)
    with torch.no_grad():
        weights = race.nets[name].trace(tokens[:32])[1][-1].mean(0)
    return float(torch.diagonal(weights, -distance, 1, 2).mean(-1).max())


@pytest.mark.parametrize("name", ["shaw", "xl", "deberta", "xpos"])
def test_relative_tables_and_damped_rotations_keep_the_lag_to_eight_times(name):
    """Phenomenon 1: >= 0.90 everywhere (the test sample's own ceiling is 0.906 to 0.921)."""
    assert min(accuracy(lag(), name)) >= 0.90


@pytest.mark.parametrize("name", ["learned", "sinusoidal"])
def test_absolute_encodings_learn_the_lag_and_lose_it_at_once(name):
    """Phenomenon 1: 0.89 to 0.91, then 0.16 to 0.37 at 1.5 times (expected: up to 0.35; seed 0 gives 0.367)."""
    found = accuracy(lag(), name)
    assert found[0] > 0.88 and found[1] < 0.45 and found[4] < 0.25


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_rope_learns_the_lag_and_loses_it_at_twice_the_length(seed):
    """Phenomenon 1: > 0.88 at 1x and < 0.45 at 2x (0.41, 0.76, 0.71 at 1.5x: the expected band was 0.49 to 0.73)."""
    found = accuracy(lag() if seed == 0 else trained("rope", seed), "rope")
    assert found[0] > 0.88 and found[2] < 0.45
    assert found[2] < found[1] < found[0]


def test_a_recency_prior_is_not_an_address():
    """Phenomenon 2: none and ALiBi cannot find "5 back" even at 1x (0.36, 0.34; expected 0.31 to 0.34)."""
    assert accuracy(lag(), "none")[0] < 0.40
    assert accuracy(lag(), "alibi")[0] < 0.40


def test_alibi_holds_a_short_lag_at_any_length():
    """Phenomenon 2: k = 2: 0.873 at 1x, and 8x / 1x > 0.9."""
    found = accuracy(trained("alibi", lag=2), "alibi")
    assert found[0] > 0.82 and found[4] / found[0] > 0.9


def test_t5_fails_far_away_because_of_untrained_buckets():
    """Phenomenon 3: (32, 128) falls to 0.59 to 0.71 at 8x; D = 32 repairs it with 16 or 32 buckets."""
    far = accuracy(lag(), "t5")
    assert min(far[:3]) >= 0.90 and far[4] < 0.75
    for buckets in (16, 32):
        assert min(accuracy(trained("t5", buckets=buckets, reach=32), "t5")) >= 0.90


def test_t5_bias_is_a_spike_where_the_answer_stands():
    """Phenomenon 3: about +4 at distance 4, -2.6 elsewhere, echoes at 9 and 14, buckets 22 to 31 exactly 0."""
    bias = lag().nets["t5"].first_plug().table.detach().numpy()
    assert (bias.argmax(0) == 4).all() and bias[4].min() > 3
    elsewhere = [n for n in range(16) if n not in (4, 9, 14)]
    assert -3.2 < bias[elsewhere].mean() < -1.8
    assert (bias[9] > bias[8] + 1).all() and (bias[14] > bias[13] + 1).all()
    assert (bias[22:] == 0).all() and (bias[:22] != 0).all()


@pytest.mark.parametrize("name", ["shaw", "deberta"])
def test_clip_threshold_is_sharp(name):
    """Phenomenon 4: k = 5: K = 4 gives 0.42, K = 5 gives 0.91."""
    assert accuracy(trained("shaw,deberta", clip=4), name)[0] < 0.5
    assert accuracy(trained("shaw,deberta", clip=5), name)[0] > 0.90


def test_stretching_a_trained_rope_without_training():
    """Phenomenon 5: at 2x none 0.18, NTK 0.82, YaRN 0.92; ReRoPE (W = 16) everywhere; PI breaks even 1x (0.21)."""
    race = lag()
    assert accuracy(race, "rope")[2] < 0.45
    assert 0.78 < accuracy(race, "rope", ("NTK", 4.0, 16, 32))[2] <= 0.925
    assert accuracy(race, "rope", ("YaRN", 4.0, 16, 32))[2] > 0.89
    assert min(accuracy(race, "rope", ("ReRoPE", 1.0, 16, 32))) >= 0.90
    assert accuracy(race, "rope", ("PI", 2.0, 16, 32))[0] < 0.4


def test_more_frequencies_help_rope():
    """Phenomenon 6: d_h = 8, 16, 32 give 0.18, 0.74 to 0.92, 0.90 to 0.92 at 2x, three seeds (expected at 16: 0.44 to 0.89)."""
    narrow = [accuracy(lag() if seed == 0 else trained("rope", seed), "rope")[2] for seed in (0, 1, 2)]
    middle = [accuracy(trained("rope", seed, heads=2), "rope")[2] for seed in (0, 1, 2)]
    wide = [accuracy(trained("rope", seed, heads=1), "rope")[2] for seed in (0, 1, 2)]
    assert max(narrow) < 0.45 < min(middle) and min(wide) > 0.88
    assert np.mean(narrow) < np.mean(middle) < np.mean(wide)


def test_the_base_is_not_monotone():
    """Phenomenon 7, mean of 3 seeds at 2x: 3: 0.87, 10: 0.90, 100: 0.62, 1e4: 0.22, 1e5: 0.84, 1e6: 0.91."""

    def mean(base: float) -> float:
        return float(np.mean([accuracy(trained("rope", seed, base=base), "rope")[2] for seed in (0, 1, 2)]))

    found = {base: mean(base) for base in (3.0, 100.0, 1e4, 1e6)}
    assert found[3.0] > 0.8 and found[1e6] > 0.88
    assert found[1e4] < 0.45 < found[100.0] < found[3.0]


FIRST = "none,learned,sinusoidal,xl,t5,rope,xpos,alibi"


def test_the_folklore_reverses_on_an_absolute_task():
    """Phenomenon 8: learned 1.00 to 8x; relative schemes lose it at 1.5x (here 0.17 to 0.18; XL comes back to 0.38 at 2x)."""
    race = trained(FIRST, task="first")
    assert min(accuracy(race, "learned")) > 0.99
    assert min(accuracy(race, "sinusoidal")[:3]) >= 0.96
    for name in ("rope", "xl", "xpos"):
        found = accuracy(race, name)
        assert found[0] > 0.99 and found[1] < 0.25
    assert 0.6 < accuracy(race, "t5")[0] < 0.85
    assert max(accuracy(race, name)[0] for name in ("none", "alibi")) < 0.35


def test_sinusoid_on_the_first_token_fades_with_length():
    """Phenomenon 8 says 0.26 to 0.77 at 4x and 0.19 to 0.59 at 8x. Seeds 0 to 3 give 1.00, 0.77, 0.98, 0.28 and 0.88, 0.36,
    0.45, 0.18: the fading is sure, the digits are the seed's."""
    found = [accuracy(trained(FIRST if seed == 0 else "sinusoidal", seed, task="first"), "sinusoidal") for seed in (0, 1, 2)]
    assert all(values[4] < values[3] <= values[2] for values in found)
    assert min(values[4] for values in found) < 0.59


MIRROR = "none,learned,sinusoidal,recursive,multiplicative,shaw,xl,t5,deberta,rope,xpos,alibi"


def test_only_absolute_encodings_can_read_backwards():
    """Phenomenon 9: learned and sinusoidal 1.00, recursive 0.83 (expected 0.75), every relative scheme <= 0.39."""
    race = trained(MIRROR, task="mirror")
    assert accuracy(race, "learned")[0] > 0.99 and accuracy(race, "sinusoidal")[0] > 0.99
    assert accuracy(race, "recursive")[0] > 0.6
    for name in ("shaw", "xl", "t5", "deberta", "rope", "xpos", "alibi", "none"):
        assert accuracy(race, name)[0] <= 0.39
    for name in race.nets:
        assert accuracy(race, name)[2] <= 0.42


def test_multiplicative_reads_backwards_given_time():
    """Phenomenon 9 says 1.0 (one seed). After 300 steps seeds 0 to 3 give 0.45, 0.74, 0.92, 0.86; after 800 seed 0 has 1.0."""
    assert accuracy(trained(MIRROR, task="mirror"), "multiplicative")[0] > 0.39
    assert accuracy(trained("multiplicative", task="mirror", schedule=800), "multiplicative")[0] > 0.99


def test_repeat_needs_content_and_distance_together():
    """Phenomenon 10: at 4x XL 0.99, xPos 0.99, T5 0.97, ALiBi 0.93, learned 0.72, RoPE 0.42 (expected 0.34 to 0.39), none 0.44."""
    race = trained("none,learned,xl,t5,rope,xpos,alibi", task="repeat", layers=2, schedule=400)
    inside, far = ({name: accuracy(race, name)[i] for name in race.nets} for i in (0, 3))
    assert min(inside[name] for name in ("xl", "rope", "xpos")) >= 0.97
    assert inside["t5"] > 0.9 and inside["alibi"] > 0.87 and 0.75 < inside["learned"] < 0.9 and inside["none"] < 0.6
    assert min(far["xl"], far["xpos"]) >= 0.95 and min(far["alibi"], far["t5"]) > 0.8
    assert far["rope"] < 0.5 and 0.65 < far["learned"] < 0.8


def test_no_encoding_is_as_good_as_any_where_order_is_nothing():
    """Phenomenon 11: none 1.0, 1.0, 0.94, 0.84, 0.86 and sinusoidal 0.40 at 8x (expected 0.27 to 0.45)."""
    race = trained("none,learned,sinusoidal,xl,rope,alibi", task="bag")
    none = accuracy(race, "none")
    assert none[0] > 0.98 and none[1] > 0.97
    for name in race.nets:
        assert all(none[i] >= accuracy(race, name)[i] - 0.02 for i in range(5))
    assert none[4] > accuracy(race, "sinusoidal")[4] + 0.2


def test_depth_lets_a_net_without_encoding_count():
    """Phenomenon 12: lag 2, 600 steps at 5e-3: 0.53, 0.77, 0.84 with 1, 2, 3 layers (expected 0.50, 0.76, 0.83)."""
    by_depth = [
        accuracy(trained("none", lag=2, layers=layers, schedule=600, learning_rate=5e-3), "none")[0] for layers in (1, 2, 3)
    ]
    assert by_depth[0] < 0.6 < 0.7 < by_depth[1] < by_depth[2]


def test_trained_heads_look_four_back():
    """Phenomenon 13: Shaw, RoPE, xPos 0.99, XL 0.98, T5 0.93, learned 0.86, sinusoidal 0.78 (expected 0.87), ALiBi 0.12, none 0.08."""
    race = lag()
    mass = {name: attention_at(race, name, 4) for name in race.nets}
    assert min(mass["shaw"], mass["rope"], mass["xpos"]) > 0.97
    assert mass["xl"] > 0.93 and mass["t5"] > 0.88
    assert mass["sinusoidal"] > 0.6 and mass["learned"] > 0.75
    assert mass["alibi"] < 0.2 and mass["none"] < 0.12


def test_untrained_rows_and_buckets_have_not_moved_by_a_bit():
    """Truth 13: no gradient and no weight decay, so exact equality."""
    race = lag()
    assert race.untouched() == (0.0, 0.0)
    table = race.nets["learned"].input.table.detach()
    assert race.first_rows is not None and not torch.equal(table[:32], race.first_rows[:32])


def test_hierarchical_rows_do_not_extrapolate_without_fine_tuning():
    """Did not hold: eq. (2) alone gives 0.20 at 1.5x (expected 0.15); the article claims it only with fine-tuning."""
    race = trained("learned")
    net = race.nets["learned"]
    before = accuracy(race, "learned")
    with torch.no_grad():
        table = net.input.table
        kept = table.clone()
        table.copy_(torch.as_tensor(theory.hierarchical(kept[:32].numpy(), 0.4)[:256]))
        found = [race.evaluate(net, race.params.lengths[i], 64)[0] for i in LENGTHS]
        table.copy_(kept)
    assert found[0] == before[0] and found[1] < 0.4


def test_slow_learners_reach_the_ceiling_with_more_steps():
    """Did not hold at 300 steps: multiplicative, FLOATER and complex order reach 0.906 with 800 (expected: complex 0.85;
    FLOATER 0.77 at 1.5x, where seed 0 gives 0.25)."""
    race = trained("recursive,multiplicative,complex", schedule=800)
    assert accuracy(race, "recursive")[0] > 0.88 and accuracy(race, "multiplicative")[0] > 0.88
    assert accuracy(race, "complex")[0] > 0.8
    assert max(accuracy(race, name)[2] for name in race.nets) < 0.75
