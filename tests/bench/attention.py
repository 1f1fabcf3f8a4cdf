"""What the ways to compute attention cost: `python -m tests.bench.attention [--stride 32]`.

Time of a forward pass (best of five, one thread) fitted against the length, beside the slope of the number of scores that theory
counts over the same lengths, and the ratio to PyTorch's scaled_dot_product_attention in the same run. Each way is measured at
lengths at which its scores, not the calls, take the time.
What is kept for the way back is counted, so its slope has no noise: theory counts weights and, once each, queries, keys and
values.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from torch.nn import functional

from engine.attention.nystromformer import attention as nystrom
from engine.attention.nystromformer.theory import operations
from engine.attention.sparse_attention import cost

LENGTHS = {
    "dense": (512, 1024, 2048),
    "masked": (512, 1024, 2048),
    "sdpa": (512, 1024, 2048),
    "atrous": (4096, 8192, 16384),
    "unfold": (256, 512, 1024),
    "blocked": (1024, 2048, 4096),
    "sparse": (1024, 2048, 4096),
}


def scores(name: str, n: int, k: int) -> float:
    """How many scores an implementation computes at length n with stride k."""
    return {"atrous": n * n / k, "unfold": n * (2 * k + 1), "blocked": 3 * n * k, "sparse": n * n / k + 3 * n * k}.get(
        name, n * n
    )


def kept(name: str, n: int, k: int) -> float:
    """About how many numbers a head keeps for the way back at length n with stride k."""
    copies = {"unfold": 2 * n * (2 * k + 1), "blocked": 2 * 3 * n, "sparse": 2 * 3 * n}.get(name, 2 * n) * cost.HEAD_WIDTH
    return (0.0 if name == "sdpa" else scores(name, n, k)) + copies + n * cost.HEAD_WIDTH


def slope(lengths: tuple[int, ...], values: list[float]) -> float:
    """Of the line through the points in logarithms."""
    return float(np.polyfit(np.log(lengths), np.log(values), 1)[0])


def lengthwise(landmarks: int = 32, iterations: int = 6) -> None:
    """The Nyströmformer lab's ways: time against the length beside the slope of the multiplications that theory counts."""
    omega = nystrom.directions(landmarks, cost.HEAD_WIDTH, True, torch.Generator().manual_seed(0), torch.float32)
    ways = {
        "softmax": nystrom.softmax_attention,
        "nystrom": lambda q, k, v: nystrom.nystrom_attention(q, k, v, landmarks, iterations),
        "performer": lambda q, k, v: nystrom.performer_attention(q, k, v, omega),
    }
    device, random = torch.device("cpu"), torch.Generator().manual_seed(0)
    print(
        "\n| attention | lengths | slope of time | of multiplications | within 0.1 | ÷ SDPA at the longest |\n|---|---|---|---|---|---|"
    )
    for name, way in ways.items():
        lengths = (512, 1024, 2048) if name == "softmax" else (4096, 8192, 16384)
        times, other = [], 0.0
        for n in lengths:
            given = cost.inputs(n, random, device)
            way(*given)
            times.append(cost.milliseconds(way, given, device))
            if n == lengths[-1]:
                other = cost.milliseconds(functional.scaled_dot_product_attention, given, device)
        found = slope(lengths, times)
        wanted = slope(lengths, [float(operations(name, np.array(n), cost.HEAD_WIDTH, landmarks, iterations)) for n in lengths])
        held = "yes" if abs(found - wanted) <= 0.1 else "missed"
        print(
            f"| {name} | {lengths[0]} to {lengths[-1]} | {found:.2f} | {wanted:.2f} | {held} | {times[-1] / other:.4f} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stride", type=int, default=32)
    k = parser.parse_args().stride
    torch.set_num_threads(1)
    device, random = torch.device("cpu"), torch.Generator().manual_seed(0)
    print(
        "| implementation | lengths | slope of time | of scores | within 0.1 | slope of bytes | theory | ÷ SDPA at the longest |\n|---|---|---|---|---|---|---|---|"
    )
    for name, lengths in LENGTHS.items():
        times, held_bytes, other = [], [], 0.0
        for n in lengths:
            given = cost.inputs(n, random, device)
            way = cost.ways(n, k, device, masks=name == "masked")[name]
            held_bytes.append(float(cost.kept_bytes(way, given)))  # which warms up, too
            times.append(cost.milliseconds(way, given, device))
            if n == lengths[-1]:
                other = cost.milliseconds(cost.ways(n, k, device, masks=False)["sdpa"], given, device)
        found, wanted = slope(lengths, times), slope(lengths, [scores(name, n, k) for n in lengths])
        bytes_found = slope(lengths, held_bytes)
        bytes_wanted = slope(lengths, [kept(name, n, k) for n in lengths])
        held = "yes" if abs(found - wanted) <= 0.1 else "missed"
        print(
            f"| {name} | {lengths[0]} to {lengths[-1]} | {found:.2f} | {wanted:.2f} | {held} | {bytes_found:.2f} | {bytes_wanted:.2f} | {times[-1] / other:.3f} |",
            flush=True,
        )
    lengthwise()


if __name__ == "__main__":
    main()
