"""The recurrence of a GRU over whole sequences, with its gradient written out: a tenth of the operations of a recorded one."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

sigmoid_backward, tanh_backward = torch.ops.aten.sigmoid_backward, torch.ops.aten.tanh_backward  # of a gradient and the value


class Recurrence(torch.autograd.Function):
    """A GRU from its input side on, in torch's form (Cho et al. 2014), from the state 0; its gradient can be taken once only.

    r, z = sigmoid(inputs + weight h + bias); n = tanh(inputs + r (weight h + bias)); h' = (1 - z) n + z h.
    """

    @classmethod
    def run(cls, inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """States (T, n, h) from the input side of the gates r, z, n (T, n, 3 h), `weight` (3 h, h) and `bias` (3 h,)."""
        states: Tensor = cls.apply(inputs, weight, bias)
        return states

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        steps, count, h = *inputs.shape[:2], weight.shape[1]
        recurrent, gates = inputs.new_empty(steps, count, 3 * h), inputs.new_empty(steps, count, 2 * h)
        fresh, states = inputs.new_empty(2, steps, count, h)
        state, turned = inputs.new_zeros(count, h), weight.t().contiguous()
        views = (recurrent, gates, *gates.chunk(2, 2), fresh, states)
        sides = (part for whole in (inputs, recurrent) for part in whole.split([2 * h, h], 2))
        for whole, gate, r, z, new, after, gate_input, new_input, gate_past, new_past in _by_step(*views, *sides):
            torch.addmm(bias, state, turned, out=whole)
            torch.add(gate_input, gate_past, out=gate).sigmoid_()
            torch.addcmul(new_input, r, new_past, out=new).tanh_()
            state = torch.lerp(new, state, z, out=after)
        ctx.save_for_backward(weight, recurrent[..., 2 * h :], gates, fresh, states)
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        weight, recurrent, gates, fresh, states = ctx.saved_tensors
        r, z = gates.chunk(2, 2)
        before = torch.cat([torch.zeros_like(states[:1]), states[:-1]])
        candidate = tanh_backward(1 - z, fresh)  # how a state moves with what goes into the tanh,
        by_gates = sigmoid_backward(candidate * recurrent, r), sigmoid_backward(before - fresh, z)
        slopes = torch.stack([*by_gates, candidate * r], 2)  # and with weight h + bias
        by_state, changes = torch.empty_like(states), torch.empty_like(slopes)  # how the loss moves with these
        flat, delta = changes.flatten(2), torch.zeros_like(states[0])
        views = (gradient, by_state, by_state.unsqueeze(2), z, slopes, changes, flat)
        for direct, one, wide, kept, slope, change, row in reversed(_by_step(*views)):
            torch.add(direct, delta, out=one)
            torch.mul(wide, slope, out=change)
            delta = torch.addmm(one * kept, row, weight)
        rows = flat.flatten(0, 1)
        by_weight, by_bias = rows.t() @ before.flatten(0, 1), rows.sum(0)
        torch.mul(by_state, candidate, out=changes[:, :, 2])  # the input of the tanh does not pass r
        return flat, by_weight, by_bias


def _by_step(*tensors: Tensor) -> list[tuple[Tensor, ...]]:
    """Views of each step, taken at once: as many slices in the loop would cost as much as what it computes."""
    return list(zip(*(tensor.unbind() for tensor in tensors), strict=True))
