"""What attention costs on this machine: bytes kept for the way back (exact) and time of a forward pass (measured)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from engine.attention.sparse_attention import fast
from engine.attention.sparse_attention.params import HEAD_WIDTH, HEADS
from engine.attention.sparse_attention.theory import mask

TRIES = 5
Way = Callable[[Tensor, Tensor, Tensor], Tensor]


@lru_cache(maxsize=1)
def seen(n: int, k: int, device: torch.device) -> Tensor:
    """The mask of the sparse pattern (n, n); made once, for it takes longer than what is measured."""
    return torch.from_numpy(mask("sparse", n, k) > 0).to(device)


def ways(n: int, k: int, device: torch.device) -> Mapping[str, Way]:
    """The seven implementations at length n with stride (or window) k, in the order of `names.WAYS`.

    PyTorch's own computes full attention in tiles, without ever holding n² scores.
    """
    return {
        "dense": fast.dense,
        "masked": lambda q, key, v: fast.masked(q, key, v, seen(n, k, device)),
        "sdpa": functional.scaled_dot_product_attention,
        "atrous": lambda q, key, v: fast.atrous(q, key, v, k),
        "unfold": lambda q, key, v: fast.local_unfold(q, key, v, k),
        "blocked": lambda q, key, v: fast.local_blocked(q, key, v, k),
        "sparse": lambda q, key, v: fast.sparse(q, key, v, k),
    }


def inputs(n: int, generator: torch.Generator, device: torch.device) -> list[Tensor]:
    """q, k, v of one sequence: (1, heads, n, head width) float32 each."""
    return [torch.randn(1, HEADS, n, HEAD_WIDTH, generator=generator).to(device).requires_grad_() for _ in range(3)]


def kept_bytes(way: Way, given: list[Tensor]) -> int:
    """Bytes of the distinct storages that autograd keeps for the way back from q, k, v."""
    storages: dict[int, int] = {}
    kept: list[Tensor] = []  # a storage that is freed might lend its address to the next

    def pack(tensor: Tensor) -> Tensor:
        kept.append(tensor)
        storage = tensor.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        way(*given)
    return sum(storages.values())


@torch.no_grad()
def milliseconds(way: Way, given: list[Tensor], device: torch.device) -> float:
    """The best of five forward passes; who calls has warmed up."""
    best = float("inf")
    for _ in range(TRIES):
        begin = time.perf_counter()
        way(*given)
        if device.type == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - begin)
    return 1e3 * best
