"""The net 64-64-64-10 with ReLU: its parameters as one vector, and its gradient written by hand. Float64 numpy; no graph."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy.special import log_softmax

from engine.data.sets.digits import digits
from engine.training.normalisation import backward, standardise

Array = np.ndarray
TRAINED = 1437  # the first rows of the file are trained on
SHAPES = {"w1": (64, 64), "b1": (1, 64), "w2": (64, 64), "b2": (1, 64), "w3": (64, 10), "b3": (1, 10)}  # w: inputs x outputs
SIZES = [math.prod(shape) for shape in SHAPES.values()]
ENDS = np.cumsum(SIZES)
COUNT = int(ENDS[-1])


@cache
def training() -> tuple[Array, Array]:
    """Pixels (1437, 64) in [0, 1] and labels (1437,)."""
    pictures, labels = digits()
    return pictures[:TRAINED], labels[:TRAINED]


def unpack(theta: Array) -> dict[str, Array]:
    """The matrices in parameters (arms, 8970), as views: writing into them writes into the vector."""
    parts = np.split(theta, ENDS[:-1], axis=-1)
    return {name: part.reshape(-1, *shape) for (name, shape), part in zip(SHAPES.items(), parts, strict=True)}


def forward(theta: Array, x: Array, batch_norm: bool) -> tuple[dict[str, Array], list[Array], list[Array], Array]:
    """The matrices, what goes into each layer, what comes out of the first two linear maps, and the logits (arms, n, 10)."""
    p, into, out = unpack(theta), [x], []
    for layer in "12":
        y = into[-1] @ p[f"w{layer}"]
        out.append(y)
        into.append(np.maximum((standardise(y)[0] if batch_norm else y) + p[f"b{layer}"], 0))
    return p, into, out, into[-1] @ p["w3"] + p["b3"]


def loss(theta: Array, x: Array, labels: Array, batch_norm: bool = False) -> Array:
    """Mean cross-entropy in nats, (arms,), of parameters (arms, 8970) on pictures (n, 64)."""
    *_, logits = forward(theta, x, batch_norm)
    return np.asarray(-log_softmax(logits, -1)[:, np.arange(len(x)), labels].mean(-1))


def gradient(theta: Array, x: Array, labels: Array, batch_norm: bool = False) -> Array:
    """Its gradient, (arms, 8970): (p − 1_y)/B behind the softmax, then transposes, layer by layer."""
    p, into, out, logits = forward(theta, x, batch_norm)
    found = np.empty_like(theta)
    g = unpack(found)
    d = np.exp(logits - logits.max(-1, keepdims=True))
    d /= d.sum(-1, keepdims=True)
    d[:, np.arange(len(x)), labels] -= 1
    d /= len(x)
    g["w3"][:], g["b3"][:] = into[2].mT @ d, d.sum(-2, keepdims=True)
    for layer in (2, 1):
        d = (d @ p[f"w{layer + 1}"].mT) * (into[layer] > 0)
        g[f"b{layer}"][:] = d.sum(-2, keepdims=True)
        d = backward(out[layer - 1], d) if batch_norm else d
        g[f"w{layer}"][:] = into[layer - 1].mT @ d
    return found
