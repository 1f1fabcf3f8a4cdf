"""Ground truth of the position encodings' networks: identities that hold exactly, with any weights."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from engine.attention.position_encodings import observe, score, theory
from engine.attention.position_encodings.encodings import INPUTS, PLUGS, Knobs, Shape, ahead
from engine.attention.position_encodings.model import PLAIN, bend
from engine.attention.position_encodings.network import Network
from engine.attention.position_encodings.params import PositionEncodingsParams
from engine.attention.relative import skew, unskew

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


# 8. Every encoding turned off


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


# 15. Gradients


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
        arrays = observe.arrays(params)
        picture = arrays["score"]
        assert np.isfinite(picture[np.tril_indices(len(picture))]).all()
        assert np.isfinite(arrays["terms"]).all() and np.isfinite(arrays["decay"]).all()
