"""What the race shows beyond the chapters, on the real model, default seed: accuracies over the last quarter of 64 sequences.

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
LAG = "shaw,deberta,xpos"


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


@pytest.mark.parametrize("name", ["shaw", "deberta", "xpos"])
def test_relative_tables_and_damped_rotations_keep_the_lag_to_eight_times(name):
    """Phenomenon 1: >= 0.90 everywhere (the test sample's own ceiling is 0.906 to 0.921)."""
    assert min(accuracy(lag(), name)) >= 0.90


def test_alibi_holds_a_short_lag_at_any_length():
    """Phenomenon 2: k = 2: 0.873 at 1x, and 8x / 1x > 0.9."""
    found = accuracy(trained("alibi", lag=2), "alibi")
    assert found[0] > 0.82 and found[4] / found[0] > 0.9


def test_deberta_needs_the_row_of_the_answer():
    """Phenomenon 4: k = 5: K = 4 gives 0.42, K = 5 gives 0.91 (Shaw: the chapter "one_row_too_few")."""
    assert accuracy(trained("deberta", clip=4), "deberta")[0] < 0.5
    assert accuracy(trained("deberta", clip=5), "deberta")[0] > 0.90


def test_more_frequencies_help_rope():
    """Phenomenon 6: d_h = 8, 16, 32 give 0.18, 0.74 to 0.92, 0.90 to 0.92 at 2x, three seeds (expected at 16: 0.44 to 0.89)."""
    narrow = [accuracy(trained("rope", seed), "rope")[2] for seed in (0, 1, 2)]
    middle = [accuracy(trained("rope", seed, heads=2), "rope")[2] for seed in (0, 1, 2)]
    wide = [accuracy(trained("rope", seed, heads=1), "rope")[2] for seed in (0, 1, 2)]
    assert max(narrow) < 0.45 < min(middle) and min(wide) > 0.88
    assert np.mean(narrow) < np.mean(middle) < np.mean(wide)


def test_sinusoid_on_the_first_token_fades_with_length():
    """Phenomenon 8 says 0.26 to 0.77 at 4x and 0.19 to 0.59 at 8x. Seeds 0 to 3 give 1.00, 0.77, 0.98, 0.28 and 0.88, 0.36,
    0.45, 0.18: the fading is sure, the digits are the seed's."""
    found = [accuracy(trained("sinusoidal", seed, task="first"), "sinusoidal") for seed in (0, 1, 2)]
    assert all(values[4] < values[3] <= values[2] for values in found)
    assert min(values[4] for values in found) < 0.59


MIRROR = "none,recursive,multiplicative,shaw,t5,deberta,xpos,alibi"


def test_only_absolute_encodings_can_read_backwards():
    """Phenomenon 9: recursive 0.83 (expected 0.75), every relative scheme <= 0.39."""
    race = trained(MIRROR, task="mirror")
    assert accuracy(race, "recursive")[0] > 0.6
    for name in ("shaw", "t5", "deberta", "xpos", "alibi", "none"):
        assert accuracy(race, name)[0] <= 0.39
    for name in race.nets:
        assert accuracy(race, name)[2] <= 0.42


def test_multiplicative_reads_backwards_given_time():
    """Phenomenon 9 says 1.0 (one seed). After 300 steps seeds 0 to 3 give 0.45, 0.74, 0.92, 0.86; after 800 seed 0 has 1.0."""
    assert accuracy(trained(MIRROR, task="mirror"), "multiplicative")[0] > 0.39
    assert accuracy(trained("multiplicative", task="mirror", schedule=800), "multiplicative")[0] > 0.99


def test_repeat_needs_content_and_distance_together():
    """Phenomenon 10: at 4x xPos 0.99, T5 0.97, ALiBi 0.93, learned 0.72."""
    race = trained("learned,t5,xpos,alibi", task="repeat", layers=2, schedule=400)
    inside, far = ({name: accuracy(race, name)[i] for name in race.nets} for i in (0, 3))
    assert inside["xpos"] >= 0.97 and inside["t5"] > 0.9 and inside["alibi"] > 0.87 and 0.75 < inside["learned"] < 0.9
    assert far["xpos"] >= 0.95 and min(far["alibi"], far["t5"]) > 0.8 and 0.65 < far["learned"] < 0.8


def test_depth_lets_a_net_without_encoding_count():
    """Phenomenon 12: lag 2, 600 steps at 5e-3: 0.53, 0.77, 0.84 with 1, 2, 3 layers (expected 0.50, 0.76, 0.83)."""
    by_depth = [
        accuracy(trained("none", lag=2, layers=layers, schedule=600, learning_rate=5e-3), "none")[0] for layers in (1, 2, 3)
    ]
    assert by_depth[0] < 0.6 < 0.7 < by_depth[1] < by_depth[2]


def test_trained_heads_look_four_back():
    """Phenomenon 13: the best head of Shaw and xPos has 0.99 of its attention there."""
    assert min(attention_at(lag(), name, 4) for name in ("shaw", "xpos")) > 0.97


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
