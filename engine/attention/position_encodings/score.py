"""The positional part of every encoding's attention score in plain numpy: the instant pictures, and an oracle for the loop."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from engine.attention.position_encodings import theory

Array = np.ndarray

ADDED = ("learned", "sinusoidal", "recursive", "convolution")  # x + p: all four terms of eq. (5)
ROTATED = ("rope", "xpos", "complex")  # pairs turned by position: the first term itself changes


@dataclass(frozen=True)
class Scheme:
    """One encoding with its knobs, for `positional_score` and `terms`.

    `tables` holds learned arrays by name ("table", "keys", "queries", "bias", "u", "v", "projection", "kernel",
    "offset", "amplitude", "omega"); where one is missing, an example of the size the trained model starts from is drawn.
    """

    name: str
    width: int
    heads: int
    causal: bool = True
    base: float = 1e4
    clip: int = 16
    buckets: int = 32
    reach: int = 128
    xpos_scale: float = 32.0
    rows: int = 263
    tables: Mapping[str, Array] = field(default_factory=dict)

    @property
    def head_width(self) -> int:
        return self.width // self.heads


def example(scheme: Scheme) -> Scheme:
    """The scheme with fixed example tables where none are given: random as at the start of training, and for T5's bias
    (which starts at 0) a line that falls by 1/4 per bucket."""
    random = np.random.default_rng(8130)
    width, heads, clip = scheme.width, scheme.heads, 2 * scheme.clip + 1
    head_width = scheme.head_width
    made: dict[str, Array] = {}
    match scheme.name:
        case "learned":
            made["table"] = 0.5 * random.standard_normal((scheme.rows, width))
        case "multiplicative":
            made["table"] = 1 + 0.5 * random.standard_normal((scheme.rows, width))
        case "recursive":
            made["table"] = _walk(random, scheme.rows, width)
        case "shaw":
            made["keys"] = 0.1 * random.standard_normal((clip, head_width))
        case "deberta":
            made["keys"] = 0.1 * random.standard_normal((clip, heads, head_width))
            made["queries"] = 0.1 * random.standard_normal((clip, heads, head_width))
        case "t5":
            half = scheme.buckets if scheme.causal else scheme.buckets // 2
            made["bias"] = -0.25 * np.repeat((np.arange(scheme.buckets) % half)[:, None], heads, 1)
        case "xl":
            made["u"] = made["v"] = np.ones((heads, head_width))
            made["projection"] = np.eye(width)
        case "convolution":
            made["kernel"] = random.uniform(-1, 1, (width, 3)) / math.sqrt(3)
            made["offset"] = random.uniform(-1, 1, width) / math.sqrt(3)
        case "complex":
            made["amplitude"] = np.ones((width // 2, 2))
            made["omega"] = theory.frequencies(width, scheme.base)
    return replace(scheme, tables={**made, **scheme.tables})


def _walk(random: np.random.Generator, rows: int, width: int) -> Array:
    """FLOATER-lite with random weights: p(i + 1) = p(i) + 0.1 MLP(p(i))."""
    bound = 1 / math.sqrt(width)
    first, second = (random.uniform(-bound, bound, (width, width)) for _ in range(2))
    walk = [random.standard_normal(width)]
    for _ in range(rows - 1):
        walk.append(walk[-1] + 0.1 * np.tanh(walk[-1] @ first) @ second)
    return np.stack(walk)


def absolute(scheme: Scheme, positions: Array) -> Array:
    """The vectors p that an input encoding gives to `positions`, (L, width), around 0 (for a product p = 1 + this)."""
    tables = scheme.tables
    if scheme.name == "sinusoidal":
        return theory.sinusoid(positions, scheme.width, scheme.base)
    if scheme.name == "multiplicative":
        return tables["table"][positions] - 1
    if scheme.name == "convolution":  # of a constant sequence of ones: only the zeros beyond the border make a difference
        kernel, inside = tables["kernel"], np.arange(len(positions))
        offsets = (-2, -1, 0) if scheme.causal else (-1, 0, 1)
        present = [(inside + k >= 0) & (inside + k < len(inside)) for k in offsets]
        return np.stack([mask[:, None] * kernel[:, k] for k, mask in enumerate(present)]).sum(0) + tables["offset"]
    return tables["table"][positions]


def angles(scheme: Scheme) -> Array:
    """Angle per position of each pair of a head, (pairs,)."""
    return theory.frequencies(scheme.head_width, scheme.base)


def pair_terms(scheme: Scheme, query: Array, key: Array) -> Array:
    """Contribution of each pair to the score of equal contents, scaled; (..., heads, pairs) for positions (...)."""
    n = (np.asarray(query, np.float64) - np.asarray(key, np.float64))[..., None, None]
    scale, head_width, heads = 1 / math.sqrt(scheme.head_width), scheme.head_width, scheme.heads
    if scheme.name == "complex":
        amplitude = (scheme.tables["amplitude"] ** 2).sum(-1)
        value = amplitude * np.cos(n[..., 0] * scheme.tables["omega"])
        return scale * value.reshape(*value.shape[:-1], heads, -1)
    if scheme.name == "sinusoidal":
        value = np.cos(n[..., 0] * theory.frequencies(scheme.width, scheme.base))
        return scale * value.reshape(*value.shape[:-1], heads, -1)
    value = 2 * np.cos(n * angles(scheme)) * scale
    if scheme.name == "xpos":
        value = value * theory.xpos_zeta(head_width) ** (n / scheme.xpos_scale)
    return np.broadcast_to(value, (*value.shape[:-2], heads, head_width // 2))


def terms(scheme: Scheme, positions: Array, query: Array, key: Array) -> Array:
    """The four terms of eq. (5) at query and key INDICES into `positions`, for equal contents q = k = 1.

    Args:
        scheme: with all its tables (see `example`).
        positions: the sequence's positions (L,).
        query, key: index arrays that broadcast to one shape (...).

    Returns: (4, heads, ...) content-content, content-position, position-content, position-position, each divided by
    the root of the head width (DeBERTa: of three head widths); T5's and ALiBi's biases are added unscaled.
    """
    heads, head_width, tables = scheme.heads, scheme.head_width, scheme.tables
    scale = 1 / math.sqrt(3 * head_width if scheme.name == "deberta" else head_width)
    query, key = np.broadcast_arrays(query, key)
    n = positions[query] - positions[key]
    out = np.zeros((4, heads, *query.shape))
    out[0] = head_width * scale
    clipped = np.clip(n, -scheme.clip, scheme.clip) + scheme.clip
    match scheme.name:
        case "learned" | "sinusoidal" | "recursive" | "convolution" | "multiplicative":
            p = absolute(scheme, positions).reshape(len(positions), heads, head_width)
            own = p.sum(-1)
            out[1] = np.moveaxis(own[key], -1, 0) * scale
            out[2] = np.moveaxis(own[query], -1, 0) * scale
            gram = np.einsum("ihd,jhd->hij", p, p) * scale
            out[3] = gram[:, query, key]
        case "rope" | "xpos" | "complex":
            out[0] = np.moveaxis(pair_terms(scheme, positions[query], positions[key]).sum(-1), -1, 0)
        case "shaw":
            out[1] = tables["keys"].sum(-1)[clipped] * scale
        case "deberta":
            out[1] = np.moveaxis(tables["keys"].sum(-1)[clipped], -1, 0) * scale
            mirrored = np.clip(-n, -scheme.clip, scheme.clip) + scheme.clip
            out[2] = np.moveaxis(tables["queries"].sum(-1)[mirrored], -1, 0) * scale
        case "xl":
            distances = np.arange(n.min(), n.max() + 1)
            wave = theory.sinusoid(distances, scheme.width, scheme.base) @ tables["projection"]
            wave = wave.reshape(-1, heads, head_width)
            out[1] = np.moveaxis(wave.sum(-1)[n - n.min()], -1, 0) * scale
            out[2] = (tables["u"].sum(-1) * scale).reshape(heads, *[1] * query.ndim)
            out[3] = np.moveaxis((wave * tables["v"]).sum(-1)[n - n.min()], -1, 0) * scale
        case "t5":
            bucket = theory.t5_bucket(n, scheme.buckets, scheme.reach, scheme.causal)
            out[3] = np.moveaxis(tables["bias"][bucket], -1, 0)
        case "alibi":
            out[3] = -theory.alibi_slopes(heads).reshape(heads, *[1] * query.ndim) * np.abs(n)
    return out


def positional_score(scheme: Scheme, positions: Array) -> Array:
    """The part of the score that position makes, for equal contents q = k = 1: (heads, L, L), query by key.

    Input encodings: p_i p_j (their Gram matrix, head by head). RoPE, xPos and complex order: the whole rotated score.
    Relative schemes: everything but the content term.
    """
    scheme = example(scheme)
    query, key = np.meshgrid(np.arange(len(positions)), np.arange(len(positions)), indexing="ij")
    parts = terms(scheme, np.asarray(positions), query, key)
    if scheme.name in ROTATED:
        return parts[0]
    if scheme.name in (*ADDED, "multiplicative"):
        return parts[3]
    return parts[1:].sum(0)
