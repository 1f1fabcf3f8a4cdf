"""Ground truth of the position encodings' formulas, tasks and settings: each against an independent computation."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy.linalg import expm

from engine.attention.memory import memory_limit
from engine.attention.position_encodings import claims, tasks, theory
from engine.attention.position_encodings.encodings import INPUTS, PLUGS, turned
from engine.attention.position_encodings.params import PositionEncodingsParams
from engine.core.params import BadValue

# 4. RoPE


def random_qk(length: int = 12, width: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(2)
    return torch.randn(1, 1, length, width, generator=g).double(), torch.randn(1, 1, length, width, generator=g).double()


def rotated(x: torch.Tensor, omega: np.ndarray, start: int = 0) -> torch.Tensor:
    angle = torch.arange(start, start + x.shape[-2]).double()[:, None] * torch.as_tensor(omega)
    return turned(x, angle.cos(), angle.sin())


def test_rope_is_complex_multiplication():
    """Eq. (10) against numpy complex128 and torch.view_as_complex; norms stay."""
    q, _ = random_qk()
    omega, positions = theory.frequencies(8, 1e4), np.arange(12)
    ours = rotated(q, omega)
    pairs = torch.view_as_complex(q.unflatten(-1, (-1, 2)).contiguous())
    theirs = torch.view_as_real(pairs * torch.exp(1j * torch.as_tensor(positions[:, None] * omega))).flatten(-2)
    assert float((ours - theirs).abs().max()) < 1e-10
    assert np.abs(ours.numpy() - theory.rotate(q.numpy(), positions, omega)).max() < 1e-10
    assert float((ours.norm(dim=-1) - q.norm(dim=-1)).abs().max()) < 1e-10


def test_rope_is_the_exponential_of_its_generator():
    """R(m) = exp(m A), A skew-symmetric with blocks omega_t."""
    q, _ = random_qk()
    omega = theory.frequencies(8, 1e4)
    generator = torch.zeros(8, 8, dtype=torch.float64)
    for t, w in enumerate(omega):
        generator[2 * t, 2 * t + 1], generator[2 * t + 1, 2 * t] = -w, w
    for m in (1, 7, 11):
        by_exponential = torch.linalg.matrix_exp(m * generator) @ q[0, 0, m]
        assert float((rotated(q, omega)[0, 0, m] - by_exponential).abs().max()) < 1e-10


def test_rope_scores_depend_on_the_difference_only():
    """s(m + c, n + c) = s(m, n) in float64."""
    q, k = random_qk()
    omega = theory.frequencies(8, 1e4)
    here = rotated(q, omega) @ rotated(k, omega).mT
    there = rotated(q, omega, 1000) @ rotated(k, omega, 1000).mT
    assert float((here - there).abs().max()) < 1e-10


def test_rope_of_ones_is_twice_the_sinusoid():
    """Eq. (10) with q = k = 1 is twice eq. (3)."""
    ones, omega = torch.ones(1, 1, 20, 8, dtype=torch.float64), theory.frequencies(8, 1e4)
    scores = (rotated(ones, omega) @ rotated(ones, omega).mT)[0, 0].numpy()
    n = np.arange(20)[:, None] - np.arange(20)
    assert np.abs(scores - 2 * theory.cosine_sum(n, 8, 1e4)).max() < 1e-10


# 5. Sinusoid


def test_sinusoid_inner_products_are_a_sum_of_cosines():
    """Eq. (3)."""
    p = theory.sinusoid(np.arange(200), 32, 1e4).astype(np.float32)
    n = np.arange(200)[:, None] - np.arange(200)
    assert np.abs(p @ p.T - theory.cosine_sum(n, 32, 1e4)).max() < 1e-5
    assert np.allclose((p.astype(np.float64) ** 2).sum(1), 16, atol=1e-5)


def test_sinusoid_shift_is_a_rotation():
    """Eq. (3): p(i + n) = M_n p(i)."""
    p, q = theory.sinusoid(np.array([3]), 32, 1e4)[0], theory.sinusoid(np.array([14]), 32, 1e4)[0]
    assert np.abs(theory.shift_matrix(11, 32, 1e4) @ p - q).max() < 1e-12


def test_decay_is_a_difference_of_cosine_integrals():
    """Eq. (4) against the mean of 2048 cosines."""
    n = np.linspace(0.5, 1000, 400)
    assert np.abs(theory.decay(n, 1e4) - theory.cosine_sum(n, 4096, 1e4) / 2048).max() < 1e-3
    middle = np.array([30.0, 100.0, 300.0])
    assert np.abs(theory.decay(middle, 1e4) - (1 - (np.log(middle) + np.euler_gamma) / math.log(1e4))).max() < 0.01


# 6. T5 buckets


def integer_bucket(n: int, count: int, reach: int) -> int:
    """f(n) >= e + k iff (n / e)^(count - e) >= (D / e)^k, in exact fractions."""
    exact = count // 2
    if n < exact:
        return n
    left, step = Fraction(n, exact) ** (count - exact), Fraction(reach, exact)
    k = 0
    while k + 1 < count - exact and left >= step ** (k + 1):
        k += 1
    return exact + k


@pytest.mark.parametrize(("buckets", "reach", "causal"), [(32, 128, False), (32, 128, True), (16, 32, True), (64, 256, False)])
def test_t5_buckets_follow_the_integer_rule(buckets, reach, causal):
    """Eq. (8) without logarithms."""
    count = buckets if causal else buckets // 2
    expected = [integer_bucket(n, count, reach) for n in range(300)]
    assert theory.t5_bucket(np.arange(300), buckets, reach, causal).tolist() == expected
    if not causal:
        assert theory.t5_bucket(-np.arange(1, 300), buckets, reach, causal).tolist() == [count + b for b in expected[1:]]


def lower_edges(causal: bool) -> list[int]:
    bucket = theory.t5_bucket(np.arange(300), 32, 128, causal)
    return [int(np.argmax(bucket == b)) for b in range(bucket.max() + 1)]


def test_t5_bucket_edges():
    """Ground truth 6 (the article's printed table puts 23 into bucket 10; the formula and T5's code say 11)."""
    assert lower_edges(False) == [*range(9), 12, 16, 23, 32, 46, 64, 91]
    assert lower_edges(True) == [*range(16), 16, 19, 21, 24, 27, 31, 35, 40, 46, 52, 59, 67, 77, 87, 99, 113]
    assert int(theory.t5_bucket(np.array(23), 32, 128, False)) == 11


# 7. ALiBi


def test_alibi_slopes_of_the_authors_code():
    """Press et al. 2021, and their list for H no power of two."""

    def log2(heads):
        return np.log2(theory.alibi_slopes(heads)).round(12).tolist()

    assert log2(1) == [-8]
    assert log2(3) == [-4, -8, -2]
    assert log2(6) == [-2, -4, -6, -8, -1, -3]
    assert log2(8) == [-1, -2, -3, -4, -5, -6, -7, -8]
    assert log2(12) == [*range(-1, -9, -1), -0.5, -1.5, -2.5, -3.5]
    assert log2(16) == [-0.5 * h for h in range(1, 17)]
    assert log2(20) == [*[-0.5 * h for h in range(1, 17)], -0.25, -0.75, -1.25, -1.75]


def test_alibi_is_a_bias_on_the_key_alone():
    """Softmax rows ignore what is constant in them: -mu (i - j) and +mu j agree under a causal mask."""
    n = 20
    s = np.random.default_rng(0).standard_normal((n, n))
    i, j = np.arange(n)[:, None], np.arange(n)
    masked = [np.where(i >= j, s + bias, -np.inf) for bias in (-0.3 * (i - j), 0.3 * j + 0 * i)]
    a, b = (np.exp(m - m.max(1, keepdims=True)) for m in masked)
    assert np.abs(a / a.sum(1, keepdims=True) - b / b.sum(1, keepdims=True)).max() < 1e-12


def test_alibi_mean_distance_is_that_of_a_truncated_geometric_law():
    """Eq. (12)."""
    for slope in (0.5, 2.0**-8):
        for length in (5, 64):
            weights = np.exp(-slope * np.arange(length))
            direct = (weights * np.arange(length)).sum() / weights.sum()
            assert abs(theory.alibi_mean_distance(slope, length) - direct) < 1e-12 * max(1.0, direct)


# 8. Four terms


def test_four_terms_add_up():
    """Eq. (5) in float64."""
    r = np.random.default_rng(0)
    x, p, y, q = r.standard_normal((4, 32))
    query, key = r.standard_normal((2, 32, 32))
    assert abs(theory.four_terms(x, p, y, q, query, key).sum() - (x + p) @ query @ key.T @ (y + q)) < 1e-10


# 10. Stretching


def test_ntk_leaves_the_fastest_pair_and_divides_the_slowest():
    """b -> b s^(d / (d - 2))."""
    plain, (bent, _) = theory.frequencies(8, 1e4), theory.stretched("NTK", 8, 1e4, 4.0, 32)
    assert bent[0] == plain[0]
    assert abs(bent[-1] / plain[-1] - 0.25) < 1e-12


def test_shares_of_unseen_angles():
    """Eq. (14): a pair that turned full circle meets nothing new."""
    omega = np.array([1.0, 0.1, 0.001])
    share = theory.unseen_share(omega, 32, 64)
    assert share[0] == 0
    assert abs(share[1] - (2 * math.pi - 3.2) / (2 * math.pi)) < 1e-12
    assert abs(share[2] - 0.032 / (2 * math.pi)) < 1e-12


# 11. and 12. Recursion and hierarchy


def test_linear_flow_is_the_sinusoid():
    """Liu et al. 2020; the article: the sinusoid is a special solution."""
    p = theory.linear_flow(7.0, 32, 1e4)
    assert np.abs(p - theory.sinusoid(np.array([7]), 32, 1e4)[0]).max() < 1e-6
    assert abs(p[0] - 0.65699) < 1e-5 and abs(p[1] - 0.75390) < 1e-5


def test_hierarchical_table_keeps_its_rows_and_makes_n_squared():
    """Eq. (2)."""
    table = np.random.default_rng(0).standard_normal((12, 6))
    larger = theory.hierarchical(table, 0.4)
    assert np.abs(larger[:12] - table).max() < 1e-6
    assert len(np.unique(larger.round(9), axis=0)) == 144
    with pytest.raises(ValueError, match=r"0\.5"):
        theory.hierarchical(table, 0.5)


# 15. Tasks


def test_lag_generator_has_the_stated_floor_and_ceiling():
    """-p ln p - (m - 1) e/m ln e/m = 0.46698 nats, accuracy 0.9125 for noise 0.1 and 8 tokens."""
    floor, ceiling = theory.lag_floor(0.1, 8), theory.lag_ceiling(0.1, 8)
    assert abs(floor - 0.46698) < 5e-6 and ceiling == 0.9125
    x, y = tasks.batch("lag", 500, 100, 5, 0.1, torch.Generator().manual_seed(0))
    known = y != tasks.IGNORE
    right = (x[:, :-4] == y[:, 4:]).float()  # the token five before the target
    assert known[:, 4:].all() and not known[:, :4].any()
    loss = torch.where(right == 1, -math.log(ceiling), -math.log(0.1 / 8))
    for sample, exact in ((right, ceiling), (loss, floor)):
        error = float(sample.std()) / math.sqrt(sample.numel())
        assert abs(float(sample.mean()) - exact) < 3 * error


@pytest.mark.parametrize("task", ["first", "mirror", "bag", "repeat"])
def test_tasks_ask_what_they_say(task):
    """The live model as described on its page."""
    x, y = tasks.batch(task, 50, 40, 5, 0.1, torch.Generator().manual_seed(0))
    assert x.shape == y.shape == (50, 40)
    if task == "first":
        assert torch.equal(y, x[:, :1].expand(-1, 40))
    elif task == "mirror":
        assert torch.equal(y, x.flip(1))
    elif task == "bag":
        for row, answer in zip(x.tolist(), y[:, 0].tolist(), strict=True):
            assert row.count(answer) == max(row.count(v) for v in range(4))
            assert all(row.count(v) < row.count(answer) for v in range(answer))
    else:
        assert torch.equal(y[:, :-1][y[:, :-1] != tasks.IGNORE], x[:, 1:][y[:, :-1] != tasks.IGNORE])
        for row, wanted in zip(x.tolist(), y.tolist(), strict=True):
            start = next(i for i, t in enumerate(wanted) if t != tasks.IGNORE) + 1
            assert 4 <= start <= 15 and all(row[i] == row[i - start] for i in range(start, 40))


# Bad input


@pytest.mark.parametrize(
    ("values", "name", "says"),
    [
        ({"heads": 3}, "heads", "divide"),
        ({"heads": 8, "width": 8}, "heads", "even"),
        ({"buckets": 33}, "buckets", "even"),
        ({"buckets": 64, "reach": 32}, "reach", "larger"),
        ({"lag": 1}, "lag", "2 to 13"),
        ({"clip": 0}, "clip", "1 to 32"),
        ({"contestants": "rope,nope"}, "contestants", "rope"),
    ],
)
def test_impossible_settings_get_a_sentence(values, name, says):
    with pytest.raises(BadValue, match=says) as caught:
        PositionEncodingsParams.build(values)
    assert caught.value.name == name


def test_sizes_beyond_the_machine_are_refused_before_anything_is_allocated():
    """Bad input: say the limit and why before starting."""
    everyone = ",".join(("none", *INPUTS, *PLUGS))
    huge = {"batch": 256, "train_length": 256, "layers": 4, "heads": 8, "width": 256, "contestants": everyone}
    with pytest.raises(BadValue, match="GB") as caught:
        PositionEncodingsParams.build(huge)
    assert caught.value.name == "batch"
    assert PositionEncodingsParams().memory() < memory_limit()


def test_matrix_exponential_is_the_independent_one():
    """scipy's expm of a rotation generator is the rotation (a check on the oracle itself)."""
    assert np.allclose(
        expm(np.array([[0.0, 0.7], [-0.7, 0.0]])), [[math.cos(0.7), math.sin(0.7)], [-math.sin(0.7), math.cos(0.7)]]
    )


@pytest.mark.parametrize(
    ("name", "values", "known"),
    [
        ("shaw", {"clip": 5}, True),
        ("shaw", {"clip": 4}, False),  # distance 4, where the answer stands, shares its row with everything beyond
        ("deberta", {"clip": 16, "lag": 13}, True),
        ("deberta", {"clip": 12, "lag": 13}, False),
        ("t5", {"buckets": 32}, True),
        ("t5", {"buckets": 4}, False),
        ("t5", {"buckets": 8}, False),
        ("rope", {"base": 1.5}, False),
        ("rope", {}, True),
        ("alibi", {}, False),
        ("none", {}, False),
    ],
)
def test_which_encodings_can_tell_the_answers_distance(name, values, known):
    """The floor of the lag task is claimed only where a contestant has the answer's distance to itself."""
    assert claims.knows(PositionEncodingsParams.build({"contestants": name, **values}), name) is known
