"""The decoders of the group's labs: a GRU that remembers, a Markov net that does not, and their fast free running."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.generation.recurrence import Recurrence


class Reader(nn.Module):
    """States of what was read so far: tokens (the one before, at each place) and readings, through a GRU or a perceptron.

    Args:
        symbols: vocabulary size m; token m is the begin sign.
        readings: number of values of the reading, 0 without a source.
        hidden: width; embeddings have half of it.
        memory: a GRU; otherwise a perceptron (2 x hidden, hidden) on the last token and reading only.
    """

    def __init__(self, symbols: int, readings: int, hidden: int, memory: bool) -> None:
        super().__init__()
        self.symbols, self.readings, self.hidden, self.memory = symbols, readings, hidden, memory
        width = hidden // 2
        self.past = nn.Embedding(symbols + 1, width)
        self.source = nn.Embedding(readings, width) if readings else None
        inputs = width * (2 if readings else 1)
        self.body: nn.Module
        if memory:
            self.body = nn.GRU(inputs, hidden, batch_first=True)
        else:
            self.body = nn.Sequential(nn.Linear(inputs, 2 * hidden), nn.ReLU(), nn.Linear(2 * hidden, hidden), nn.ReLU())

    def states(self, past: Tensor, c: Tensor, *, twice: bool = False) -> Tensor:
        """States (n, T, hidden) from input tokens (n, T), or already embedded ones (n, T, hidden / 2), and readings (n, T).

        `twice`: gradients of their gradients are going to be asked for.
        """
        if not isinstance(self.body, nn.GRU):
            return self._entered(past, c)
        if twice or not past.is_cpu:
            states: Tensor = self.body(self.embedded(past, c))[0]
            return states
        inputs = self._entered(past.transpose(0, 1), c.transpose(0, 1))  # time first: a step is then one block of memory
        weight, bias = self.body.get_parameter("weight_hh_l0"), self.body.get_parameter("bias_hh_l0")
        return Recurrence.run(inputs, weight, bias).transpose(0, 1)

    def embedded(self, past: Tensor, c: Tensor) -> Tensor:
        """What the body reads at every place (..., inputs): the token before, embedded if it is not yet, and the reading."""
        tokens = past if past.is_floating_point() else self.past(past)
        return tokens if self.source is None else torch.cat([tokens, self.source(c)], -1)

    def enter(self, embedded: Tensor) -> Tensor:
        """What the body makes of every place by itself: the input side of a GRU's gates (..., 3 hidden), or the states."""
        if isinstance(self.body, nn.GRU):
            return functional.linear(embedded, self.body.get_parameter("weight_ih_l0"), self.body.get_parameter("bias_ih_l0"))
        states: Tensor = self.body(embedded)
        return states

    def table(self) -> Tensor:
        """`enter` of every pair of a token and a reading, one a row; `pair` says which."""
        pairs = self.past.weight if self.source is None else self.past.weight.repeat_interleave(self.readings, 0)
        if self.source is not None:
            pairs = torch.cat([pairs, self.source.weight.repeat(self.symbols + 1, 1)], -1)
        return self.enter(pairs)

    def pair(self, token: Tensor, reading: Tensor) -> Tensor:
        """Rows of the table."""
        return token * self.readings + reading if self.readings else token

    def _entered(self, past: Tensor, c: Tensor) -> Tensor:
        """`enter` at all places: of each pair only once, where pairs are fewer than places."""
        if past.is_floating_point() or (self.symbols + 1) * max(self.readings, 1) > past.numel():
            return self.enter(self.embedded(past, c))
        return functional.embedding(self.pair(past, c), self.table())


class Decoder(Reader):
    """q(y_t | past tokens, readings so far), with embeddings for the token before and the reading.

    Args as of a Reader; `generator` fills all weights, with the distributions torch itself would use.
    """

    def __init__(self, symbols: int, readings: int, hidden: int, memory: bool, generator: torch.Generator) -> None:
        super().__init__(symbols, readings, hidden, memory)
        self.head = nn.Linear(hidden, symbols)
        fill(self, generator)

    def forward(self, past: Tensor, c: Tensor, *, twice: bool = False) -> Tensor:
        """Logits (n, T, m); arguments as for `states`."""
        states = self.states(past, c, twice=twice)
        return self.head(states) if self.memory else states

    def enter(self, embedded: Tensor) -> Tensor:
        """As of a reader; without memory, the logits themselves."""
        entered = super().enter(embedded)
        return entered if self.memory else self.head(entered)

    def shifted(self, y: Tensor) -> Tensor:
        """The decoder's inputs for targets y: the begin sign, then y without its last token."""
        return functional.pad(y[:, :-1], (1, 0), value=self.symbols)


def fill(net: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights of `net` from `generator`: N(0, 1) embeddings, else uniform within 1 / sqrt(fan-in)."""
    with torch.no_grad():
        for layer in net.modules():
            if isinstance(layer, nn.Embedding):
                layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator))
            elif isinstance(layer, nn.Linear | nn.GRU | nn.MultiheadAttention):
                fan = layer.hidden_size if isinstance(layer, nn.GRU) else next(layer.parameters()).shape[1]
                for weight in layer.parameters(recurse=False):
                    weight.copy_((torch.rand(weight.shape, generator=generator) * 2 - 1) / math.sqrt(fan))


class Walker:
    """The GRU of a reader made ready to run step by step, for all sequences at once.

    Its input side is a table over (token, reading), computed once; a step is then one gather and one product with the state.
    """

    def __init__(self, net: Reader) -> None:
        self.net, self.table = net, net.table()
        if isinstance(net.body, nn.GRU):
            self.weight = net.body.get_parameter("weight_hh_l0").t().contiguous()
            self.bias = net.body.get_parameter("bias_hh_l0")

    def begin(self, count: int) -> Tensor:
        """The state before the first token."""
        return torch.zeros(count, self.net.hidden, device=self.table.device)

    def walk(self, state: Tensor, token: Tensor, reading: Tensor) -> Tensor:
        """Next state (n, hidden), from the token before and the reading, both (n,)."""
        return self._walk(state, self._row(token, reading))

    def _row(self, token: Tensor, reading: Tensor) -> Tensor:
        return self.table.index_select(0, self.net.pair(token, reading))

    def _walk(self, state: Tensor, inputs: Tensor) -> Tensor:
        h = self.net.hidden
        recurrent = torch.addmm(self.bias, state, self.weight)
        gates = torch.sigmoid(inputs[:, : 2 * h] + recurrent[:, : 2 * h])
        fresh = torch.tanh(torch.addcmul(inputs[:, 2 * h :], gates[:, :h], recurrent[:, 2 * h :]))
        return torch.lerp(fresh, state, gates[:, h:])


class Runner(Walker):
    """One decoder made ready to run step by step without gradients: a step of its reader, if it has a memory, and its head."""

    net: Decoder

    def __init__(self, net: Decoder) -> None:
        super().__init__(net)
        self.out, self.out_bias = net.head.weight.t().contiguous(), net.head.bias

    def step(self, state: Tensor, token: Tensor, reading: Tensor) -> tuple[Tensor, Tensor]:
        """Next state (n, hidden) and logits (n, m), from the token before and the reading, both (n,)."""
        return self._advance(state, self._row(token, reading))

    def soft_step(self, state: Tensor, row: Tensor, reading: Tensor) -> tuple[Tensor, Tensor]:
        """The same for a mixture of tokens, `row` (n, m + 1), through its expected embedding; keeps gradients."""
        return self._advance(state, self.net.enter(self.net.embedded(row @ self.net.past.weight, reading)))

    def _advance(self, state: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor]:
        if not self.net.memory:
            return state, inputs
        state = self._walk(state, inputs)
        return state, torch.addmm(self.out_bias, state, self.out)


@dataclass(frozen=True)
class Run:
    """What decoders wrote: own choices (n, T), -ln q of the reference tokens (n, T), kept distributions (keep, T, m)."""

    tokens: Tensor
    surprise: Tensor
    distributions: Tensor


@torch.no_grad()
def free_run(
    net: Decoder,
    c: Tensor,
    *,
    forced: Tensor | None = None,
    uniforms: Tensor | None = None,
    reference: Tensor | None = None,
    keep: slice = slice(0, 0),
    reshape: Callable[[Tensor], Tensor] | None = None,
) -> Run:
    """Let the decoder write on its own.

    Args:
        c: readings (n, T).
        forced: (n, T) tokens put into the running output instead of its own; -1 where it is free.
        uniforms: (s, T) numbers that decide the draws of the LAST s rows; all others take the most likely token.
        reference: (k, T) tokens whose -ln q is wanted, for the first k rows.
        keep: rows whose distributions are returned.
        reshape: changes the logits (s, m) of the drawn rows before each draw (temperature, truncation).
    """
    runner = Runner(net)
    count, positions = c.shape
    drawn = len(uniforms) if uniforms is not None else 0
    judged = len(reference) if reference is not None else 0
    state = runner.begin(count)
    token = torch.full((count,), net.symbols, device=c.device)
    own, surprise, kept = [], [], []
    for t in range(positions):
        state, logits = runner.step(state, token, c[:, t])
        choice = logits.argmax(1)
        if uniforms is not None:
            scores = logits[count - drawn :]
            choice[count - drawn :] = draw(scores if reshape is None else reshape(scores), uniforms[:, t])
        if reference is not None:
            surprise.append(functional.cross_entropy(logits[:judged], reference[:, t], reduction="none"))
        if keep.stop > keep.start:
            kept.append(logits[keep])
        own.append(choice)
        token = choice if forced is None else torch.where(forced[:, t] >= 0, forced[:, t], choice)
    empty = torch.zeros(0, device=c.device)
    return Run(
        torch.stack(own, 1),
        torch.stack(surprise, 1) if surprise else empty,
        torch.softmax(torch.stack(kept, 1), 2) if kept else empty,
    )


def draw(logits: Tensor, uniforms: Tensor) -> Tensor:
    """Tokens drawn from logits (..., m) by inverse transform of uniforms (...)."""
    below = torch.softmax(logits, -1).cumsum(-1) < uniforms[..., None]
    return below.sum(-1).clamp(max=logits.shape[-1] - 1)


@torch.no_grad()
def beam_run(net: Decoder, c: Tensor, width: int, forced: Tensor | None = None) -> Tensor:
    """Beam search of `width` with the decoder: the best finished sequence of every row (n, T).

    `forced` as in `free_run`; forced tokens cost nothing.
    """
    runner = Runner(net)
    (count, positions), m = c.shape, net.symbols
    state = runner.begin(count)
    token = torch.full((count,), m, device=c.device)
    score = torch.zeros(count, 1, device=c.device)
    paths = token.new_zeros((count, 1, 0))
    for t in range(positions):
        beams = score.shape[1]
        state, logits = runner.step(state, token, c[:, t].repeat_interleave(beams))
        step = torch.log_softmax(logits, 1).view(count, beams, m)
        if forced is not None and bool((forced[:, t] >= 0).all()):
            chosen, origin = forced[:, t, None].expand(-1, beams), torch.arange(beams, device=c.device).expand(count, -1)
        else:
            score, best = (score[:, :, None] + step).flatten(1).topk(min(width, beams * m), 1)
            chosen, origin = best % m, best // m
        rows = torch.arange(count, device=c.device)[:, None]
        paths = torch.cat([paths[rows, origin], chosen[:, :, None]], 2)
        state = state.view(count, beams, -1)[rows, origin].flatten(0, 1)
        token = chosen.flatten()
    return paths[torch.arange(count, device=c.device), score.argmax(1)]
