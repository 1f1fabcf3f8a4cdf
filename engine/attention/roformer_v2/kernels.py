"""What the small parts cost on this machine: forward and backward of each norm, composed and fused, and of a linear layer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

from engine.attention.roformer_v2.network import EPSILON, norm

SHAPE = (16, 64, 64)  # batch, tokens, components
TRIES, WARM_UP = 25, 3
Kernel = Callable[[], Tensor]


def kernels(random: torch.Generator, device: torch.device) -> Mapping[str, tuple[Kernel, list[Tensor]]]:
    """What is timed, in the order of `names.KERNELS`, each with what it takes gradients of."""
    draw = lambda *size: torch.randn(*size, generator=random).to(device).requires_grad_()  # noqa: E731
    wide = SHAPE[-1:]
    x, gain, shift, weight = draw(*SHAPE), draw(*wide), draw(*wide), draw(*wide, *wide)
    return {
        "ln": (lambda: norm(x, "ln", gain, shift), [x, gain, shift]),
        "ln-plain": (lambda: norm(x, "ln-plain"), [x]),
        "rms-gain": (lambda: norm(x, "rms-gain", gain), [x, gain]),
        "rms": (lambda: norm(x, "rms"), [x]),
        "fused-ln": (lambda: functional.layer_norm(x, wide, gain, shift, EPSILON), [x, gain, shift]),
        "fused-ln-plain": (lambda: functional.layer_norm(x, wide, eps=EPSILON), [x]),
        "fused-rms-gain": (lambda: functional.rms_norm(x, wide, gain, EPSILON), [x, gain]),
        "fused-rms": (lambda: functional.rms_norm(x, wide, eps=EPSILON), [x]),
        "linear-bias": (lambda: functional.linear(x, weight, shift), [x, weight, shift]),
        "linear": (lambda: functional.linear(x, weight), [x, weight]),
    }


def milliseconds(kernel: Kernel, given: list[Tensor], device: torch.device) -> float:
    """The best of 25 runs forward and backward, after three that are not counted."""
    best, ahead = float("inf"), torch.ones(SHAPE, device=device)
    for turn in range(WARM_UP + TRIES):
        begin = time.perf_counter()
        torch.autograd.grad(kernel(), given, ahead)
        if device.type == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - begin) if turn >= WARM_UP else best
    return 1e3 * best
