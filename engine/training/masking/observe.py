"""What a frame of the masking lab holds: both networks on padded test sentences, the article's five numbers, the composite layer."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.core.model import numpy
from engine.training.classifier import accuracy
from engine.training.masking import theory
from engine.training.masking.data import padded
from engine.training.masking.network import Hide, Network, hide
from engine.training.masking.params import ALONG, FINE, FIVE, LONGEST, MIXING, MOST, NEGATIVE, TABLED, MaskingParams

Scalars = dict[str, float]
Arrays = dict[str, np.ndarray]
Masking = Any  # the lab's model, which imports this module
AT_ONCE = 12_000  # positions: their features stay in the processor's cache
CHANGED = 1e-6  # from here on a feature counts as another one


def mask_of(ids: Tensor, masked: bool) -> Tensor:
    """The mask, which comes from ids and never from features; or one that calls padding real."""
    return ids > 0 if masked else torch.ones_like(ids, dtype=torch.bool)


def test_mask(p: MaskingParams) -> Hide:
    """How scores are hidden at test time."""
    return partial(hide, constant=float(p.constant), precision=getattr(torch, p.precision))


@torch.no_grad()
def chances(network: Network, ids: Tensor, total: int, masked: bool, p: MaskingParams | None = None) -> Tensor:
    """Probabilities (n, 3) of sentences (n, 12) padded to `total`."""
    longer = padded(ids, total, p.pad_side if p else "right").to(network.embedding.device)
    once = len(ids) if network.layer == "bigru" else max(AT_ONCE // total, 1)
    logits = [network(part, mask_of(part, masked), test_mask(p) if p else hide) for part in longer.split(once)]
    return torch.cat(logits).softmax(-1).cpu()


def along(model: Masking) -> Arrays:
    """Test accuracy and largest change of a probability, of both networks at all lengths: with the weights of this moment."""
    ids, labels = model.sentences.test_ids, model.sentences.test_labels
    right, change = np.empty((2, len(ALONG))), np.empty((2, len(ALONG)))
    for row, network in enumerate((model.masked, model.unmasked)):
        found = [chances(network, ids, total, masked=row == 0) for total in ALONG]
        right[row] = [float((one.argmax(-1) == labels).double().mean()) for one in found]
        change[row] = [float((one - found[0]).abs().max()) for one in found]
    return {"accuracy_along": right, "dp_along": change}


def tested(model: Masking, p: MaskingParams) -> Scalars:
    """Accuracy of both networks at the chosen padding, and how far a probability moved from that at 12."""
    labels, scalars = model.sentences.test_labels, {}
    for name, network in (("masked", model.masked), ("unmasked", model.unmasked)):
        near, far = (_kept(model, network, total, name == "masked", p) for total in (LONGEST, p.test_padding))
        scalars[f"accuracy_{name}"] = float((far.argmax(-1) == labels).double().mean())
        scalars[f"max_dp_{name}"] = float((far - near).abs().max())
    return scalars


def _kept(model: Masking, network: Network, total: int, masked: bool, p: MaskingParams) -> Tensor:
    """Probabilities of the test sentences, once for the present weights and each padding."""
    key = (masked, total, p.pad_side, p.constant, p.precision)
    if key not in model.found:
        model.found[key] = chances(network, model.sentences.test_ids, total, masked, p)
    return model.found[key]


@torch.no_grad()
def shown(model: Masking, p: MaskingParams) -> tuple[Scalars, Arrays]:
    """The shown sentence in both networks: probabilities at this and at all paddings, pooled vectors, attention, who was changed."""
    own, device = model.sentences.test_ids[p.sentence : p.sentence + 1], model.device
    length, hidden = int((own > 0).sum()), test_mask(p)
    ids, bare = padded(own, p.test_padding, p.pad_side).to(device), own[:, :length].to(device)
    scalars, arrays = {}, {"ids": numpy(ids[0].int())}
    rows = padded(own, MOST, p.pad_side).expand(len(FINE), -1).to(device)
    inside = torch.arange(MOST, device=device) < torch.tensor(FINE, device=device)[:, None]
    if p.pad_side == "left":
        inside = inside.flip(1)
    fine = [torch.cat([chances(model.masked, own, total, True, p) for total in FINE])]  # each padded itself
    for name, network in (("masked", model.masked), ("unmasked", model.unmasked)):
        mask = mask_of(ids, name == "masked")
        vector = network.pooled(ids, mask, hidden)[0]
        arrays[f"pooled_{name}"] = numpy(vector)
        arrays[f"p_{name}"] = numpy((vector @ network.out_w + network.out_b).softmax(-1))
        if p.layer in ("attention", "self_attention"):
            arrays[f"weights_{name}"] = numpy(network.weights(ids, mask, hidden)[0])
    fine.append(model.unmasked(rows, inside, hidden).softmax(-1).cpu())
    arrays["p_along"] = numpy(torch.stack(fine))
    if p.layer in ("attention", "self_attention"):
        scalars["pad_mass"] = float(arrays["weights_unmasked"][arrays["ids"] == 0].sum(dtype=float))
    if p.layer in MIXING:
        real = ids[0] > 0
        before, after = (model.unmasked.layers(x, mask_of(x, False)) for x in (bare, ids))
        change = torch.stack([(two[0, real] - one[0]).abs().amax(-1) for one, two in zip(before, after, strict=True)])
        arrays["change"] = numpy(functional.pad(change, (0, LONGEST - length)))
        scalars["contaminated"] = float((change[-1] > CHANGED).sum())
    return scalars, arrays


def desk(p: MaskingParams) -> tuple[Scalars, Arrays]:
    """The article's numbers with zeros behind them, naive and masked."""
    mask = np.array(5 * [1] + p.desk_zeros * [0])
    five, negative = (np.array([*numbers, *(p.desk_zeros * [0])], float) for numbers in (FIVE, NEGATIVE))
    scalars = {
        "desk_naive_mean": float(five.mean()),
        "desk_masked_mean": theory.masked_mean(five, mask),
        "desk_naive_max": float(negative.max()),
        "desk_masked_max": theory.masked_max(negative, mask),
    }
    scores = torch.from_numpy(five).float()  # nobody is real: what the networks' own softmax makes of that
    return scalars, {"desk_empty": numpy(test_mask(p)(scores, torch.zeros(len(scores), dtype=torch.bool)).softmax(-1))}


def learned(model: Masking) -> Arrays:
    """The weights of networks whose features are a table: from them anybody can compute the whole answer."""
    names = ("embedding", "w", "b", "out_w", "out_b", *(("query",) if model.params.layer == "attention" else ()))
    networks = (("m", model.masked), ("u", model.unmasked))
    return {f"{who}_{name}": numpy(getattr(network, name)) for who, network in networks for name in names}


def padding(model: Masking, p: MaskingParams) -> tuple[Scalars, Arrays]:
    """A frame of the padding bench."""
    s = model.sentences
    constants = {
        "test_ids": numpy(s.test_ids.int()),
        "test_labels": numpy(s.test_labels.int()),
        "token_values": numpy(s.values),
    }
    more, arrays = shown(model, p)
    five, empty = desk(p)
    gradients = dict(zip(("pad_gradient_masked", "pad_gradient_unmasked"), model.pad_gradients, strict=True))
    scalars = {**tested(model, p), **more, **gradients, **five}
    return scalars, {**arrays, **model.along, **empty, **constants, **(learned(model) if p.layer in TABLED else {})}


@torch.no_grad()
def composite(model: Masking, p: MaskingParams) -> tuple[Scalars, Arrays]:
    """A frame of the composite bench: what the optimiser was given, the shown digit, and which tensors moved."""
    net, test = model.classifier, model.digits
    logits = net(test.test_x)
    scalars = {
        "parameters": float(sum(weight.numel() for weight in net.parameters())),
        "composite_accuracy": float(accuracy(logits, test.test_labels)),
        "digit_class": float(test.test_labels[p.digit]),
    }
    arrays = {"digit_pixels": numpy(test.test_x[p.digit].reshape(8, 8)), "digit_p": numpy(logits[p.digit].softmax(-1))}
    moved = [float((now - first).norm()) for now, first in zip(net.tensors, model.first, strict=True)]
    gradient = [0.0 if tensor.grad is None else float(tensor.grad.norm()) for tensor in net.tensors]
    return scalars, {**arrays, "moved": np.array(moved, np.float32), "gradient": np.array(gradient, np.float32)}
