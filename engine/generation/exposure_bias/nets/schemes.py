"""The nine ways to train a decoder: what its inputs are, what is computed, what is minimised."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.generation.decoders import Decoder, Runner, draw
from engine.generation.exposure_bias.params import ExposureBiasParams
from engine.generation.exposure_bias.tasks import Task

SHARE, ORACLE = 0.5, 0.3  # the article's guesses: half of the sequences, 30 % of their inputs (archives/7259)
PASSES, DISCOUNT = 3, 0.5  # TeaForN: passes and the weight of each further one (2010.03494)


@dataclass
class Lesson:
    """One arm's view of one batch.

    past: input tokens (n, T); embedded: their embeddings, kept where a gradient with respect to them is needed;
    logits: one (n, T, m) for each pass.
    """

    past: Tensor
    embedded: Tensor | None = None
    logits: tuple[Tensor, ...] = ()


def corrupt(
    scheme: str, net: Decoder, y: Tensor, c: Tensor, noise: torch.Generator, task: Task, rate: float, truth: float
) -> Tensor:
    """The decoder's input tokens (n, T) in training. Targets and the begin sign are never touched.

    Args:
        rate: replacement rate r of "replace".
        truth: chance of a true past token for the schemes that feed own samples.
    """
    past = net.shifted(y)
    if scheme == "replace":
        other = (_uniform(y, noise) * net.symbols).long().clamp(max=net.symbols - 1)
        return _swap(past, other, _uniform(y, noise) < rate)
    if scheme == "su":  # tokens of the same target sequence, in half of the sequences
        place = (_uniform(y, noise) * y.shape[1]).long().clamp(max=y.shape[1] - 1)
        chosen = (_uniform(y, noise)[:, :1] < SHARE) & (_uniform(y, noise) < ORACLE)
        return _swap(past, y.gather(1, place), chosen)
    if scheme == "two-pass":  # own samples taken from a teacher-forced pass: parallel over positions
        with torch.no_grad():
            own = draw(net(past, c), _uniform(y, noise))
        return _swap(past, net.shifted(own), _uniform(y, noise) >= truth, task.kept)
    if scheme == "scheduled":  # own samples of a running decoder: serial
        return _own_past(net, past, c, _uniform(y, noise) >= truth, _uniform(y, noise), task.kept)
    return past


def forward(scheme: str, net: Decoder, past: Tensor, c: Tensor, noise: torch.Generator, task: Task, truth: float) -> Lesson:
    """The scores of one arm on one batch."""
    if scheme in ("penalty", "shift"):
        embedded = net.past(past)
        with torch.backends.cudnn.flags(enabled=False):  # its recurrent layers have no second derivative
            return Lesson(past, embedded, (net(embedded, c, twice=scheme == "penalty"),))
    if scheme == "gumbel":
        return Lesson(past, None, (_straight_through(net, past, c, noise, task.kept, truth),))
    if scheme == "teaforn":
        passes = [net(past, c)]
        for _ in range(PASSES - 1):  # the next pass reads the expected embedding of what this one would have said
            expected = torch.softmax(passes[-1], 2) @ net.past.weight[: net.symbols]
            passes.append(net(torch.cat([net.past(past[:, :1]), expected[:, :-1]], 1), c))
        return Lesson(past, None, tuple(passes))
    return Lesson(past, None, (net(past, c),))


def loss(
    scheme: str, net: Decoder, lesson: Lesson, y: Tensor, c: Tensor, task: Task, params: ExposureBiasParams
) -> tuple[Tensor, Tensor]:
    """(what is minimised, the plain cross entropy in nats per token), both of one element."""
    plain = cross_entropy(lesson.logits[0], y, task.start)
    if scheme == "teaforn":
        ahead = [DISCOUNT**n * cross_entropy(s, y, task.start + n) for n, s in enumerate(lesson.logits[1:], 1)]
        return plain + torch.stack(ahead).sum(), plain
    if scheme not in ("penalty", "shift"):
        return plain, plain
    assert lesson.embedded is not None
    counted = y[:, task.start :].numel()
    # the summed loss: of the mean, each position's gradient would vanish with the batch
    (gradient,) = torch.autograd.grad(plain * counted, lesson.embedded, create_graph=scheme == "penalty", retain_graph=True)
    if scheme == "penalty":
        return plain + params.penalty / 2 * gradient.square().sum(2).mean(), plain
    length = gradient.square().sum(2, keepdim=True).sqrt()  # every token is shifted by the same length
    worst = net.past(lesson.past) + params.shift * gradient / (length + 1e-12)
    return plain + cross_entropy(net(worst, c), y, task.start), plain


def cross_entropy(logits: Tensor, y: Tensor, start: int = 0) -> Tensor:
    """Mean -ln q(y_t | ...) over positions from `start` on, in nats."""
    return functional.cross_entropy(logits[:, start:].flatten(0, 1), y[:, start:].flatten())


def _uniform(like: Tensor, noise: torch.Generator) -> Tensor:
    return torch.rand(like.shape, generator=noise).to(like.device)


def _swap(past: Tensor, other: Tensor, where: Tensor, kept: int = 1) -> Tensor:
    """`past` with `other` where chosen, except for the first `kept` inputs (the begin sign at least)."""
    where = where.clone()
    where[:, :kept] = False
    return torch.where(where, other, past)


@torch.no_grad()
def _own_past(net: Decoder, past: Tensor, c: Tensor, own: Tensor, uniforms: Tensor, kept: int) -> Tensor:
    """Inputs in which the chosen ones are what the running decoder itself has drawn one step before."""
    runner = Runner(net)
    state, token = runner.begin(len(past)), past[:, 0]
    inputs = [token]
    for t in range(past.shape[1] - 1):
        state, logits = runner.step(state, token, c[:, t])
        drawn = draw(logits, uniforms[:, t])
        token = torch.where(own[:, t + 1], drawn, past[:, t + 1]) if t + 1 >= kept else past[:, t + 1]
        inputs.append(token)
    return torch.stack(inputs, 1)


def _straight_through(net: Decoder, past: Tensor, c: Tensor, noise: torch.Generator, kept: int, truth: float) -> Tensor:
    """Logits of a serial run in which own samples are hard forwards and soft backwards, temperature 1 (1611.01144)."""
    own = _uniform(past, noise) >= truth
    uniforms = torch.rand((*past.shape, net.symbols), generator=noise).clamp(1e-10, 1 - 1e-7).to(past.device)
    gumbel = -torch.log(-torch.log(uniforms))
    runner = Runner(net)
    state, inputs = runner.begin(len(past)), functional.one_hot(past, net.symbols + 1).float()
    row, scores = inputs[:, 0], []
    for t in range(past.shape[1]):
        state, logits = runner.soft_step(state, row, c[:, t])
        scores.append(logits)
        if t + 1 == past.shape[1]:
            break
        soft = torch.softmax(logits + gumbel[:, t], 1)
        hard = functional.one_hot(soft.argmax(1), net.symbols).float()
        sampled = functional.pad(hard + soft - soft.detach(), (0, 1))
        row = torch.where(own[:, t + 1, None], sampled, inputs[:, t + 1]) if t + 1 >= kept else inputs[:, t + 1]
    return torch.stack(scores, 1)
