"""What the ways to compute attention cost: `python -m tests.bench.attention [--stride 32] [--rounds 12]`.

The processor's time of a forward pass (one thread; what else the machine does is not in it) fitted against the length, beside the
slope of the number of scores that theory counts over the same lengths, and the ratio to PyTorch's scaled_dot_product_attention.
In every round all lengths take their turn, and the best of all rounds counts. Two things bend the curves that are no arithmetic:
scores that fit into the caches, so the lengths are those at which they do not; and memory that the system gives anew and empty in
every call, so memory is kept here (mallopt), which the page's own measurement does not do: dense attention is there up to three
times as slow at 2,048 tokens as its arithmetic alone. A near score of the sparse pattern costs more than
a far one, so its time grows more slowly than its scores. What is kept for the way back is counted, and equals `kept` to the byte.
"""

from __future__ import annotations

import argparse
import ctypes
import time

import numpy as np
import torch
from torch.nn import functional

from engine.attention.nystromformer import attention as nystrom
from engine.attention.nystromformer.theory import operations
from engine.attention.sparse_attention import cost
from engine.attention.sparse_attention.params import HEAD_WIDTH, HEADS

LENGTHS = {
    "dense": (1024, 2048, 4096),
    "masked": (1024, 2048, 4096),
    "sdpa": (512, 1024, 2048),
    "atrous": (8192, 16384, 32768),
    "unfold": (512, 1024, 2048),
    "blocked": (8192, 16384, 32768),
    "sparse": (8192, 16384, 32768),
}
M_MMAP_MAX, M_TRIM_THRESHOLD = -4, -1  # of glibc's malloc.h


def scores(name: str, n: int, k: int) -> int:
    """How many scores an implementation computes at length n with a stride k that divides it."""
    few = {"atrous": n * n // k, "unfold": n * (2 * k + 1), "blocked": 3 * n * k, "sparse": n * n // k + 3 * n * k}
    return few.get(name, n * n)


def kept(name: str, n: int, k: int) -> int:
    """How many bytes an implementation keeps for the way back at length n with a stride k that divides it.

    Four for every number of every head: the weights; q, k, v in as many copies as their layout makes; and for sparse the far weights once
    more, in the layout of their product with v. One for every place of a mask that is hidden or not, for all heads together.
    """
    rows = {"sdpa": 4, "unfold": 2 * (2 * k + 1) + 1, "blocked": 2 * 3 + 1, "sparse": 2 * 3 + 1 + 3}.get(name, 3)
    weights = {"sdpa": n, "sparse": scores("sparse", n, k) + scores("atrous", n, k)}.get(name, scores(name, n, k))
    masks = {"masked": n * n, "unfold": scores("unfold", n, k), "blocked": 3 * n * k, "sparse": 3 * n * k}.get(name, 0)
    return 4 * HEADS * (weights + rows * n * HEAD_WIDTH) + masks


def slope(lengths: tuple[int, ...], values: list[float] | list[int]) -> float:
    """Of the line through the points in logarithms."""
    return float(np.polyfit(np.log(lengths), np.log(values), 1)[0])


@torch.no_grad()
def milliseconds(way: cost.Way, given: list[torch.Tensor]) -> float:
    """The processor's time of one forward pass."""
    begin = time.thread_time()
    way(*given)
    return 1e3 * (time.thread_time() - begin)


def keep_memory() -> None:
    """What is freed stays with this process, where its malloc is glibc's."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


def lengthwise(rounds: int, landmarks: int = 32, iterations: int = 6) -> None:
    """The Nyströmformer lab's ways: time against the length beside the slope of the multiplications that theory counts."""
    omega = nystrom.directions(landmarks, HEAD_WIDTH, True, torch.Generator().manual_seed(0), torch.float32)
    ways = {
        "softmax": nystrom.softmax_attention,
        "nystrom": lambda q, k, v: nystrom.nystrom_attention(q, k, v, landmarks, iterations),
        "performer": lambda q, k, v: nystrom.performer_attention(q, k, v, omega),
    }
    device, random = torch.device("cpu"), torch.Generator().manual_seed(0)
    print("\n| attention | lengths | slope of time | of multiplications | within 0.1 | ÷ SDPA at the shortest |")
    print("|---|---|---|---|---|---|")
    for name, way in ways.items():
        lengths = (1024, 2048, 4096) if name == "softmax" else (8192, 16384, 32768)
        given = {n: cost.inputs(n, random, device) for n in lengths}
        best = dict.fromkeys(lengths, np.inf)
        for _ in range(rounds):
            for n in lengths:
                best[n] = min(best[n], milliseconds(way, given[n]))
        other = min(milliseconds(functional.scaled_dot_product_attention, given[lengths[0]]) for _ in range(3))
        wanted = slope(lengths, [float(operations(name, np.array(n), HEAD_WIDTH, landmarks, iterations)) for n in lengths])
        found = slope(lengths, list(best.values()))
        held = "yes" if abs(found - wanted) <= 0.1 else "missed"
        print(
            f"| {name} | {lengths[0]} to {lengths[-1]} | {found:.2f} | {wanted:.2f} | {held} | {best[lengths[0]] / other:.3f} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stride", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=12)
    options = parser.parse_args()
    k = options.stride
    keep_memory()
    torch.set_num_threads(1)
    device, random = torch.device("cpu"), torch.Generator().manual_seed(0)
    print(
        "| implementation | lengths | slope of time | of scores | within 0.1 | slope of bytes | exact | ÷ SDPA at the shortest |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name, lengths in LENGTHS.items():
        given = {n: cost.inputs(n, random, device) for n in lengths}
        bytes_kept = [cost.kept_bytes(cost.ways(n, k, device)[name], given[n]) for n in lengths]
        best = dict.fromkeys(lengths, np.inf)
        for _ in range(options.rounds):
            for n in lengths:
                way = cost.ways(n, k, device)[name]
                if name == "masked":
                    cost.seen(n, k, device)  # is kept for one length only, so it is made here
                best[n] = min(best[n], milliseconds(way, given[n]))
        first = lengths[0]
        other = min(milliseconds(cost.ways(first, k, device)["sdpa"], given[first]) for _ in range(3))
        found, wanted = slope(lengths, list(best.values())), slope(lengths, [scores(name, n, k) for n in lengths])
        held = "yes" if abs(found - wanted) <= 0.1 else "missed"
        exact = "yes" if bytes_kept == [kept(name, n, k) for n in lengths] else "no"
        print(
            f"| {name} | {lengths[0]} to {lengths[-1]} | {found:.2f} | {wanted:.2f} | {held} | {slope(lengths, bytes_kept):.2f} "
            f"| {exact} | {best[first] / other:.3f} |",
            flush=True,
        )
    lengthwise(options.rounds)


if __name__ == "__main__":
    main()
