"""The decoders that the group's labs share: short cuts give what torch's own layers give."""

import pytest
import torch

from engine.generation.decoders import Decoder
from engine.generation.recurrence import Recurrence


def test_the_written_out_gradient_of_the_recurrence_agrees_with_finite_differences():
    generator = torch.Generator().manual_seed(0)
    shapes = (5, 3, 12), (12, 4), (12,)
    given = [torch.randn(shape, generator=generator, dtype=torch.double, requires_grad=True) for shape in shapes]
    assert torch.autograd.gradcheck(Recurrence.run, given)


@pytest.mark.parametrize("memory", [True, False])
@pytest.mark.parametrize("readings", [8, 0])
@pytest.mark.parametrize("count", [2, 32])  # fewer places than pairs of token and reading, and more
def test_a_decoder_answers_and_learns_as_its_layers_do_one_after_the_other(memory, readings, count):
    """Logits and gradients of all weights, to 1e-10 in float64."""
    generator = torch.Generator().manual_seed(0)
    net = Decoder(8, readings, 16, memory, generator).double()
    y, c = (torch.randint(8, (count, 20), generator=generator) for _ in range(2))
    states = net.body(net.embedded(net.shifted(y), c))
    plain = net.head(states[0] if memory else states)
    found = net(net.shifted(y), c)
    assert torch.allclose(found, plain, rtol=0, atol=1e-10)
    weights = list(net.parameters())
    gradients = (torch.autograd.grad(logits.square().mean(), weights) for logits in (found, plain))
    assert all(torch.allclose(one, two, rtol=0, atol=1e-10) for one, two in zip(*gradients, strict=True))
