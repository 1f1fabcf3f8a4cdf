"""Ground truth of the position encodings: identities that hold exactly, with any weights."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy.linalg import expm

from engine.attention.position_encodings import instant, score, tasks, theory
from engine.attention.position_encodings.encodings import INPUTS, PLUGS, Knobs, Shape, ahead, skew, turned, unskew
from engine.attention.position_encodings.model import PLAIN, bend
from engine.attention.position_encodings.network import Network
from engine.attention.position_encodings.params import PositionEncodingsParams, memory_limit
from engine.core.params import BadValue

torch.set_num_threads(1)
ALL = ("none", *INPUTS, *PLUGS)
KNOBS = Knobs()


def net(name: str, *, causal: bool = False, seed: int = 0, **shape) -> Network:
    own, shared = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(seed + 1)
    return Network(name, Shape(causal=causal, **shape), KNOBS, shared, own)


def tokens(length: int = 16, count: int = 2, seed: int = 5) -> torch.Tensor:
    return torch.randint(8, (count, length), generator=torch.Generator().manual_seed(seed))


def shuffle_gap(network: Network) -> float:
    x, order = tokens(), torch.randperm(16, generator=torch.Generator().manual_seed(9))
    with torch.no_grad():
        return float((network(x[:, order]) - network(x)[:, order]).abs().max())


# 1. Equivariance without encoding (eq. 1)


def test_without_encoding_attention_is_permutation_equivariant():
    """Eq. (1)."""
    assert shuffle_gap(net("none")) < 1e-5


@pytest.mark.parametrize("name", [name for name in ALL if name not in ("none", "t5")])
def test_every_encoding_breaks_the_equivariance(name):
    """Ground truth 1: the smallest gap seen was DeBERTa's 7e-3."""
    assert shuffle_gap(net(name)) > 1e-3


def test_t5_breaks_it_only_once_its_bias_is_not_zero():
    """Ground truth 1: the zero-initialised bias is the one exception."""
    network = net("t5")
    assert shuffle_gap(network) < 1e-5
    with torch.no_grad():
        network.first_plug().table.normal_(generator=torch.Generator().manual_seed(3))
    assert shuffle_gap(network) > 1e-3


# 2. A causal mask is not an encoding of its own


def test_causal_net_without_encoding_sees_no_position_in_a_constant_sequence():
    """From the notation: averaging equals gives equals."""
    network, constant = net("none", causal=True), torch.full((1, 24), 3)
    with torch.no_grad():
        out = network(constant)[0]
        marked = constant.clone()
        marked[0, 0] = 5
        other = network(marked)[0]
    assert float((out - out[0]).abs().max()) < 1e-5
    assert float((other[1:] - other[1:].mean(0)).abs().max()) > 1e-3


# 3. Shift invariance


@pytest.mark.parametrize("name", ["none", "t5", "alibi", "shaw", "xl", "deberta"])
def test_relative_schemes_do_not_notice_a_shift_at_all(name):
    """Ground truth 3: exactly 0."""
    network, x = net(name, causal=True), tokens()
    with torch.no_grad():
        if name == "t5":
            network.first_plug().table.normal_(generator=torch.Generator().manual_seed(3))
        assert float((network(x) - network(x, start=7)).abs().max()) == 0.0


@pytest.mark.parametrize("name", ["rope", "xpos"])
def test_rotations_do_not_notice_a_shift_up_to_rounding(name):
    """Eq. (10): the score depends on m - n."""
    network, x = net(name, causal=True), tokens()
    with torch.no_grad():
        assert float((network(x) - network(x, start=7)).abs().max()) < 1e-5


@pytest.mark.parametrize("name", ["sinusoidal", "learned", "multiplicative", "complex"])
def test_absolute_schemes_notice_a_shift(name):
    """Ground truth 3: 0.74, 1.06, 1.26 and 2.6 were seen."""
    network, x = net(name, causal=True), tokens()
    with torch.no_grad():
        assert float((network(x) - network(x, start=7)).abs().max()) > 0.1


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


# 8. Four terms, and every encoding turned off


def test_four_terms_add_up():
    """Eq. (5) in float64."""
    r = np.random.default_rng(0)
    x, p, y, q = r.standard_normal((4, 32))
    query, key = r.standard_normal((2, 32, 32))
    assert abs(theory.four_terms(x, p, y, q, query, key).sum() - (x + p) @ query @ key.T @ (y + q)) < 1e-10


@pytest.mark.parametrize("name", ["shaw", "t5", "alibi", "rope"])
def test_encodings_turned_off_are_no_encoding(name, monkeypatch):
    """Ground truth 8: tables 0, bias 0, slopes 0, all positions 0."""
    if name == "alibi":
        monkeypatch.setattr(theory, "alibi_slopes", lambda heads: np.zeros(heads))
    if name == "rope":
        monkeypatch.setattr(theory, "frequencies", lambda width, base: np.zeros(width // 2))
    network, plain, x = net(name, causal=True), net("none", causal=True), tokens()
    with torch.no_grad():
        for parameter in network.first_plug().parameters():
            parameter.zero_()
        assert float((network(x) - plain(x)).abs().max()) < 1e-6


# 9. Clipped tables


def test_clipped_tables_are_constant_beyond_the_clip():
    """Eq. (6) and (9): equal for all distances >= K."""
    for name in ("shaw", "deberta"):
        scheme = score.example(score.Scheme(name, 32, 4, clip=5))
        s = score.positional_score(scheme, np.arange(20))[:, 19, ::-1]
        assert np.abs(s[:, 5:] - s[:, 5:6]).max() < 1e-12
        assert np.abs(s[:, 4] - s[:, 5]).max() > 1e-3


@pytest.mark.parametrize("name", ["shaw", "deberta"])
def test_relative_terms_equal_an_explicit_loop(name):
    """Eq. (6) and (9) by O(L^2 d) loops."""
    plug = net(name, clip=3).double().first_plug()
    g = torch.Generator().manual_seed(1)
    q, k = (torch.randn(2, 4, 9, 8, generator=g).double() for _ in range(2))
    weights, positions = torch.rand(2, 4, 9, 9, generator=g).double(), torch.arange(9)
    expected, gained = torch.zeros(2, 4, 9, 9).double(), torch.zeros(2, 4, 9, 8).double()
    with torch.no_grad():
        for i in range(9):
            for j in range(9):
                ahead_, back = max(-3, min(3, j - i)) + 3, max(-3, min(3, i - j)) + 3
                if name == "shaw":
                    expected[:, :, i, j] = q[:, :, i] @ plug.keys[back]
                    gained[:, :, i] += weights[:, :, i, j, None] * plug.contents[back]
                else:
                    key_row, query_row = plug.keys[back].view(4, 8), plug.queries[ahead_].view(4, 8)
                    expected[:, :, i, j] = (q[:, :, i] * key_row).sum(-1) + (k[:, :, j] * query_row).sum(-1)
        assert float((plug.term(q, k, positions) - expected).abs().max()) < 1e-6
        if name == "shaw":
            assert float((plug.values(weights, positions) - gained).abs().max()) < 1e-6


def test_skew_and_unskew_put_every_distance_where_it_belongs():
    """Column c of (T, 2L - 1) is key - query = c - (L - 1), also for the last T queries alone."""
    distance = ahead(torch.arange(6)).expand(6, -1)
    square = skew(distance)
    assert torch.equal(square, torch.arange(6)[None, :] - torch.arange(6)[:, None])
    assert torch.equal(skew(distance[-2:]), square[-2:])
    weights = torch.rand(3, 2, 6)
    assert torch.equal(skew(unskew(weights)), weights)
    assert torch.allclose(unskew(weights).sum(-1), weights.sum(-1))


# 10. Stretching


def test_ntk_leaves_the_fastest_pair_and_divides_the_slowest():
    """b -> b s^(d / (d - 2))."""
    plain, (bent, _) = theory.frequencies(8, 1e4), theory.stretched("NTK", 8, 1e4, 4.0, 32)
    assert bent[0] == plain[0]
    assert abs(bent[-1] / plain[-1] - 0.25) < 1e-12


def rope_scores(mode: theory.Stretch, factor: float, window: int = 16, length: int = 40, ones: bool = False) -> np.ndarray:
    network = net("rope")
    plug = network.first_plug().double()
    g = torch.Generator().manual_seed(4)
    q, k = (torch.randn(1, 4, length, 8, generator=g).double() for _ in range(2))
    if ones:
        q, k = torch.ones_like(q), torch.ones_like(k)
    bend(network, (mode, factor, window, 32))
    return plug.logits(q, k, torch.arange(length)).numpy()


def test_interpolation_reads_positions_divided():
    """Chen et al. 2023: s_PI(m, n) = s(m / s, n / s)."""
    s, plain = rope_scores("PI", 2.0, ones=True), rope_scores("none", 1.0, ones=True)
    assert np.abs(s[:, :, ::2, ::2] - plain[:, :, :20, :20]).max() < 1e-10


def test_rerope_is_rope_inside_the_window_and_constant_beyond():
    """Su 2023."""
    s, plain = rope_scores("ReRoPE", 1.0, 16), rope_scores(*PLAIN[:2])
    n = np.arange(40)[:, None] - np.arange(40)
    assert np.array_equal(s[..., np.abs(n) < 16], plain[..., np.abs(n) < 16])
    flat = rope_scores("ReRoPE", 1.0, 16, ones=True)[..., n >= 16]
    assert np.abs(flat - flat[..., :1]).max() < 1e-10


def test_yarn_without_stretching_is_rope():
    """Eq. (13) with s = 1."""
    assert np.array_equal(rope_scores("YaRN", 1.0), rope_scores("none", 1.0))


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


# 14. Convolution and the border


def convolved(circular: bool, x: torch.Tensor, depth: int = 3) -> torch.Tensor:
    network = net("convolution")
    encoding, out = network.input, x
    for _ in range(depth):
        if circular:
            padded = torch.cat([out[:, -1:], out, out[:, :1]], 1)
            step = torch.nn.functional.conv1d(padded.mT, encoding.kernel, encoding.offset, groups=32).mT
            out = torch.relu(out + step)
        else:
            out = torch.relu(encoding(out, torch.zeros(1), torch.zeros(1)))
    return out.detach()


def test_circular_convolution_knows_no_place_and_zero_padding_leaks_the_border():
    """Islam et al. 2020: only within depth x radius of the border."""
    x = torch.randn(1, 30, 32, generator=torch.Generator().manual_seed(0))
    around = convolved(True, x)
    assert float((convolved(True, x.roll(5, 1)) - around.roll(5, 1)).abs().max()) < 1e-6
    difference = (convolved(False, x) - around).abs().amax((0, 2))
    assert float(difference[3:-3].max()) < 1e-6
    assert float(difference[[0, 1, 2, -1, -2, -3]].min()) > 1e-3


# 15. Lag generator and gradients


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


@pytest.mark.parametrize("name", ALL)
def test_gradients_are_right(name):
    """torch.autograd.gradcheck of one attention head in float64."""
    network = net(name, causal=True, width=4, heads=1, rows=8, clip=2).double()
    x = tokens(5, 1)
    wanted = [p for key, p in network.named_parameters() if "plug" in key or "input" in key or "read" in key]

    def logits(*parameters):
        return network(x)

    assert torch.autograd.gradcheck(logits, tuple(wanted), atol=1e-5)


# The numpy pictures are an oracle of the torch code


def torch_score(name: str, length: int, causal: bool) -> tuple[np.ndarray, score.Scheme]:
    """The positional score by the torch plug with q = k = 1 (for an input encoding: the Gram matrix of p)."""
    network = net(name, causal=causal, rows=64, clip=5).double()
    plug, positions = network.first_plug(), torch.arange(length)
    ones = torch.ones(1, 4, length, 8, dtype=torch.float64)
    tables = {key: value.detach().numpy() for key, value in plug.named_parameters()}
    with torch.no_grad():
        if name in ("t5", "xl"):
            for parameter in plug.parameters():
                parameter.normal_(generator=torch.Generator().manual_seed(3))
        if name == "deberta":
            tables = {key: value.reshape(-1, 4, 8) for key, value in tables.items()}
        if name == "xl":
            tables = {"projection": tables["projection"], "u": tables["u"][:, 0], "v": tables["v"][:, 0]}
        if name == "t5":
            tables = {"bias": tables["table"]}
        scheme = score.Scheme(name, 32, 4, causal=causal, clip=5, rows=64, tables=tables)
        if name in INPUTS:
            x = torch.ones(1, length, 32, dtype=torch.float64)
            p = network.input(x, torch.zeros(1, length, dtype=torch.long), positions) - x
            if name == "convolution":
                kernel, offset = network.input.kernel[:, 0].numpy(), network.input.offset.numpy()
                scheme = score.Scheme(name, 32, 4, causal=causal, tables={"kernel": kernel, "offset": offset})
            elif name == "complex":
                p = p + x
                omega = network.input.omega[0].numpy()
                scheme = score.Scheme(name, 32, 4, tables={"amplitude": np.ones((16, 2)), "omega": omega})
            elif name == "recursive":
                scheme = score.Scheme(name, 32, 4, tables={"table": p[0].numpy()})
            elif name != "sinusoidal":
                scheme = score.Scheme(name, 32, 4, tables={"table": network.input.table.numpy()})
            heads = p[0].unflatten(-1, (4, 8)).transpose(0, 1)
            return (heads @ heads.mT / math.sqrt(8)).numpy(), scheme
        logits = plug.logits(ones, ones, positions)[0]
        if name not in score.ROTATED:
            logits = logits - 8 * plug.scale
        return logits.numpy(), scheme


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("name", ALL)
def test_pictures_agree_with_the_trained_code(name, causal):
    """`positional_score` (numpy) against the hooks (torch), written separately."""
    ours, scheme = torch_score(name, 24, causal)
    picture = score.positional_score(scheme, np.arange(24))
    inside = np.tril(np.ones((24, 24), bool)) if causal else np.ones((24, 24), bool)
    assert np.abs(picture - ours)[:, inside].max() < 1e-5


@pytest.mark.parametrize("name", ALL)
def test_instant_pictures_exist_for_every_encoding_and_length(name):
    """No NaN but above the causal diagonal; the sum of the terms is the score of the cell."""
    for settings in ({}, {"test_ratio": 8.0, "shifted": True}, {"task": "bag", "heads": 8, "width": 16, "test_ratio": 1.0}):
        params = PositionEncodingsParams.build({"encoding": name, **settings})
        arrays = instant.arrays(params)
        picture = arrays["score"]
        assert np.isfinite(picture[np.tril_indices(len(picture))]).all()
        assert np.isfinite(arrays["terms"]).all() and np.isfinite(arrays["decay"]).all()


def test_shares_of_unseen_angles():
    """Eq. (14): a pair that turned full circle meets nothing new."""
    omega = np.array([1.0, 0.1, 0.001])
    share = theory.unseen_share(omega, 32, 64)
    assert share[0] == 0
    assert abs(share[1] - (2 * math.pi - 3.2) / (2 * math.pi)) < 1e-12
    assert abs(share[2] - 0.032 / (2 * math.pi)) < 1e-12


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
    huge = {"batch": 256, "train_length": 256, "layers": 4, "heads": 8, "width": 256, "contestants": ",".join(ALL)}
    with pytest.raises(BadValue, match="GB") as caught:
        PositionEncodingsParams.build(huge)
    assert caught.value.name == "batch"
    assert PositionEncodingsParams().memory() < memory_limit()


def test_matrix_exponential_is_the_independent_one():
    """scipy's expm of a rotation generator is the rotation (a check on the oracle itself)."""
    assert np.allclose(
        expm(np.array([[0.0, 0.7], [-0.7, 0.0]])), [[math.cos(0.7), math.sin(0.7)], [-math.sin(0.7), math.cos(0.7)]]
    )
