"""Ground truth of the masking lab: masked operators, what padding does without them, both directions, convolutions, constants."""

import numpy as np
import pytest
import torch
from torch import nn

from engine.training.masking import data, network, theory
from engine.training.masking.composite import Classifier
from engine.training.masking.network import HALF, Network, attention, hide, reversal, take
from engine.training.masking.params import WIDTH

LAYERS = ("mean", "max", "attention", "bigru", "self_attention", "conv")


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(count: int = 20) -> torch.Tensor:
    return data.sentences(random()).ids[:count]


def test_masked_mean_and_maximum_are_numpys():
    x, mask = np.array([1.0, 0, 3, 4, 5, 0, 0, 0]), np.array([1, 1, 1, 1, 1, 0, 0, 0])
    assert theory.masked_mean(x, mask) == np.ma.mean(np.ma.array(x, mask=1 - mask)) == 2.6 and x.mean() == 1.625
    y = np.array([-1.0, -2, -3, -4, -5, 0, 0, 0])
    assert theory.masked_max(y, mask) == np.ma.max(np.ma.array(y, mask=1 - mask)) == -1 and y.max() == 0
    assert theory.masked_mean(x, 0 * mask) == 0  # nobody there: no 0/0


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(("kind", "most"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
def test_a_masked_network_does_not_see_padding_and_agrees_with_a_batch_of_one(layer, side, kind, most):
    net, ids = Network(layer, False, random()).to(kind), batch()
    with torch.no_grad():
        rows = [row[row > 0][None] for row in ids]
        alone = torch.cat([net(row, row > 0) for row in rows]).softmax(-1)
        for total in (12, 13, 24, 96):
            longer = data.padded(ids, total, side)
            assert (net(longer, longer > 0).softmax(-1) - alone).abs().max() < most
        cut = ids[ids[:, 6:].sum(1) == 0]
        assert torch.equal(data.padded(cut, 6), cut[:, :6])


@pytest.mark.parametrize("layer", ["mean", "max", "attention"])
def test_what_padding_does_without_a_mask_is_predicted_from_the_networks_own_weights(layer):
    net, ids = Network(layer, False, random()), batch()
    weights = {f"u_{name}": value.numpy() for name, value in net.state_dict().items()}
    for total in (12, 24, 192):
        longer = data.padded(ids, total)
        with torch.no_grad():
            found = net(longer, torch.ones_like(longer, dtype=torch.bool)).softmax(-1).numpy()
        law = theory.answer(weights, "u", theory.pool(layer, weights, "u", ids.numpy(), total, masked=False))
        assert np.abs(found - law).max() < 1e-6
    scores = theory.table(weights, "u")[:, 0]
    share = theory.pad_share(scores[1:4], float(scores[0]), 50)
    assert share == pytest.approx(theory.softmax(np.array([*scores[1:4], *(47 * [scores[0]])]))[3:].sum(), abs=1e-12)


def test_attention_with_masked_keys_is_torchs():
    net, ids = Network("self_attention", False, random()), batch()
    mask = ids > 0
    torchs = nn.MultiheadAttention(WIDTH, 1, bias=False, batch_first=True)
    torchs.in_proj_weight.data, torchs.out_proj.weight.data = net.read.data.mT, torch.eye(WIDTH)
    with torch.no_grad():
        x = net.embedding[ids]
        q, k, v = (x @ net.read).chunk(3, -1)
        weights = attention(q / WIDTH**0.5, k, mask)
        assert (weights.sum(-1) - 1).abs().max() < 1e-6 and (weights * ~mask[:, None]).abs().max() == 0
        filled = (q @ k.mT / WIDTH**0.5).masked_fill(~mask[:, None], -torch.inf).softmax(-1)
        assert (weights - filled).abs().max() < 1e-6
        found = net.layers(ids, mask)[-1]  # of every id once; here of every position
        looks = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None]), torchs(x, x, x, ~mask)[0]
        for looked in looks:
            assert (found - torch.tanh((x + looked) @ net.w + net.b))[mask].abs().max() < 1e-6
        real = mask[..., None].float()
        assert (net.weights(ids, mask) - (filled * real).sum(1) / real.sum(1)).abs().max() < 1e-6
        bare = (q @ k.mT / WIDTH**0.5).softmax(-1)  # padding is looked at; what it looks at itself is still not counted
        assert (net.weights(ids, torch.ones_like(mask)) - (bare * real).sum(1) / real.sum(1)).abs().max() < 1e-6


def test_both_ways_are_torchs_packed_gru():
    net, ids = Network("bigru", False, random()), batch()
    mask, length = ids > 0, (ids > 0).sum(1)
    torchs = nn.GRU(WIDTH, HALF, batch_first=True, bidirectional=True)
    for suffix, one in (("", net.onward), ("_reverse", net.backward_)):
        for name, weight in one.named_parameters():
            getattr(torchs, name + suffix).data = weight.data
    packed = nn.utils.rnn.pack_padded_sequence(net.embedding[ids], length, batch_first=True, enforce_sorted=False)
    with torch.no_grad():
        states, last = torchs(packed)
        expected = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)[0]
        found = net.layers(ids, mask)[-1][:, : expected.shape[1]]
        assert (net.pooled(ids, mask) - torch.cat([*last], -1)).abs().max() < 1e-6  # read at L, and at the first
    assert (found - expected)[mask[:, : expected.shape[1]]].abs().max() < 1e-6
    turn = reversal(mask)
    assert torch.equal(take(take(ids[..., None], turn), turn).squeeze(-1), ids)
    for row, own in zip(turn, length.tolist(), strict=True):
        assert np.array_equal(row.numpy(), [*range(own)[::-1], *range(own, 12)])
    assert reversal(torch.tensor([[1, 2, 3, 4, 5, 0, 0, 0]]) > 0).tolist() == [[4, 3, 2, 1, 0, 5, 6, 7]]


@pytest.mark.parametrize("zero", [True, False])
def test_convolutions_carry_padding_so_far(zero):
    net, row = Network("conv", zero, random()), torch.arange(1, 11)[None]
    longer = torch.cat([row, torch.zeros(1, 14, dtype=torch.long)], 1)
    with torch.no_grad():
        pairs = zip(*(net.layers(x, torch.ones_like(x, dtype=torch.bool)) for x in (row, longer)), strict=True)
        for depth, (one, two) in enumerate(pairs, 1):
            wrong = np.flatnonzero((two[0, :10] - one[0]).abs().amax(-1).numpy() > 1e-6).tolist()
            assert wrong == list(range(10 - theory.contaminated(depth, 3, zero), 10))
        clean = zip(net.layers(row, row > 0), net.layers(longer, longer > 0), strict=True)
        assert max(float((two[:, :10] - one).abs().max()) for one, two in clean) < 1e-6
    assert [theory.contaminated(depth, 3, True) for depth in (1, 2, 3, 4)] == [0, 1, 2, 3]


def test_constants_on_a_row_of_padding():
    scores, nobody = torch.tensor([1.0, 0, 3, 4, 5, 0, 0, 0]), torch.zeros(8, dtype=torch.bool)
    near = hide(scores, nobody, 1e2).softmax(-1).numpy()
    assert np.abs(near - theory.softmax(scores.double().numpy())).max() < 1e-5
    assert torch.equal(hide(scores, nobody).softmax(-1), torch.full((8,), 0.125))
    some = torch.tensor([1.0, 0, 3]), torch.tensor([True, True, False])
    for constant in (1e2, 1e10, torch.inf):  # with anybody there nothing becomes nan
        for precision in (torch.float32, torch.float16):
            weights = hide(*some, constant, precision).softmax(-1)
            assert torch.allclose(weights[:2], some[0][:2].softmax(-1), atol=1e-6) and weights[2] < 1e-40
    assert np.spacing(np.float32(network.CONSTANT)) == 1024


def test_a_composite_layer_is_its_four_tensors():
    x = torch.rand(5, 64, generator=random(1))
    for registered, count in ((True, 8970), (False, 650)):
        net = Classifier(random(), registered)
        assert sum(weight.numel() for weight in net.parameters()) == count
        w1, b1, w2, b2, v, c = net.tensors
        by_hand = ((x @ w1 + b1).relu() @ w2 + b2).relu() @ v + c
        assert (net(x) - by_hand).abs().max() < 1e-6


def test_sentences_and_their_classes():
    s = data.sentences(random(3))
    assert sorted(s.values.tolist()) == pytest.approx(np.linspace(-2, 2, 20).tolist())
    length = (s.ids > 0).sum(1)
    assert int(length.min()) == 2 and int(length.max()) == 12 and (s.ids.gather(1, length[:, None] - 1) > 0).all()
    row = s.test_ids[7]
    mean = float(s.values[row[row > 0] - 1].mean())
    assert int(s.test_labels[7]) == (0 if mean < -0.5 else 2 if mean > 0.5 else 1)
