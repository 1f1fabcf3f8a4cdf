"""Many tasks at once: the gradient of each, how they are added (4), and a head learned from a few labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.attention.roformer_v2 import data
from engine.attention.roformer_v2.network import Linear, Reader, Style, stacked

DIGITS = Style(depth=2, width=48)  # RMS, no bias, post-norm, α = 1
DRAWS = 5  # of the labels; accuracies are their mean
BATCH = 32  # of the language and of the few labels
SCHOOL_BATCH = 16  # digits of one step of the school
TUNING = {1: 20, 2: 25, 5: 30, 20: 100, 100: 150}  # labels a class -> steps of fine-tuning
TUNING_RATE = 2e-3
PIXELS = 8  # of a row


def task_gradients(net: nn.Module, losses: Tensor) -> Tensor:
    """g_i (tasks, numbers): the gradient of every loss with respect to all the weights that the tasks share."""
    one_each = torch.eye(len(losses)).to(losses)  # all ways back in one: each alone is many tiny steps
    each = torch.autograd.grad(losses, list(net.parameters()), one_each, retain_graph=True, is_grads_batched=True)
    return torch.cat([part.flatten(1) for part in each], 1)


def combined(gradients: Tensor, balance: str) -> Tensor:
    """(4): u = Σ g_i / ‖g_i‖, or Σ g_i for "mean"; a gradient that is zero adds nothing."""
    if balance == "normalised":
        gradients = functional.normalize(gradients, dim=1, eps=1e-30)
    return gradients.sum(0)


def cosines(gradients: Tensor, balance: str) -> tuple[Tensor, Tensor]:
    """Cosines of the task gradients with each other (tasks, tasks) and with the update (tasks,); 0 where a gradient is zero."""
    unit = functional.normalize(gradients.double(), dim=1, eps=1e-30)
    update = functional.normalize(combined(gradients.double(), balance), dim=0, eps=1e-30)
    return unit @ unit.T, unit @ update


def give(net: nn.Module, gradient: Tensor) -> None:
    """Lay a gradient (numbers,) into the weights it belongs to."""
    sizes = [part.numel() for part in net.parameters()]
    for part, own in zip(net.parameters(), gradient.split(sizes), strict=True):
        part.grad = own.view_as(part)


class Exam:
    """Fine-tunes and tests: the net as it was drawn and the one that has been to school, each with the same five draws of labels."""

    def __init__(self, first: Mapping[str, Tensor], taught: Reader, each: int, random: torch.Generator) -> None:
        device = taught.project.weight.device
        self.nets = Reader(2 * DRAWS, DIGITS, PIXELS, random).to(device)
        with torch.no_grad():
            for name, part in self.nets.named_parameters():
                both = first[name], taught.state_dict()[name]
                part.copy_(torch.cat([one.expand(DRAWS, *one.shape[1:]) for one in both]))
        head = Linear(1, DIGITS.width, 10, random, bias=False).weight[0]
        self.head = stacked(2 * DRAWS, head).to(device)
        self.each = each

    def tune(self, rows: Tensor, labels: Tensor, random: torch.Generator) -> Iterator[None]:
        """Adam on minibatches of the few labelled pictures; both nets see the same ones in the same order."""
        places = data.few(labels, self.each, DRAWS, random).repeat(2, 1).to(rows.device)
        adam = torch.optim.Adam([*self.nets.parameters(), self.head], lr=TUNING_RATE, fused=True)
        for _ in range(TUNING[self.each]):
            batch = places[:, torch.randperm(places.shape[1], generator=random)[:BATCH]]
            logits = self.nets(rows[batch]) @ self.head
            adam.zero_grad()
            loss = functional.cross_entropy(logits.flatten(0, 1), labels[batch].flatten())
            (2 * DRAWS * loss).backward()  # each net its own mean
            adam.step()
            yield

    @torch.no_grad()
    def accuracy(self, rows: Tensor, labels: Tensor) -> tuple[float, float]:
        """Share of right digits, mean of the draws: the net as it was drawn, the net that was taught."""
        logits = self.nets(rows.expand(2 * DRAWS, *rows.shape)) @ self.head
        scratch, taught = (logits.argmax(-1) == labels).double().mean(1).view(2, DRAWS).mean(1).tolist()
        return scratch, taught
