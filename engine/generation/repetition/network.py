"""The network bench: a small GRU learns the text that the table counts; every 25 steps it writes, cut in four ways."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, log_softmax

from engine.data.errors import refused
from engine.generation.decoders import Decoder, free_run
from engine.generation.repetition import theory
from engine.generation.repetition.params import OFF, WIDE, RepetitionParams
from engine.generation.repetition.sources import Source

HIDDEN, RATE, ROWS, WINDOW = 96, 5e-3, 24, 48
EVERY = 25  # steps between two trials; between them a frame repeats the last one
WRITERS, LENGTH, SHOWN = 26, 160, 3 * WIDE  # texts a way, symbols of each, symbols that are shown of the first
JUDGED = 32  # windows on which the network is held against pairs
WAYS = ("greedy", "top3", "full", "yours")


class Network:
    """The GRU, its optimiser, and the pair frequencies (with 1 added to each count) that it is held against."""

    def __init__(self, source: Source, weights: torch.Generator, draws: torch.Generator, device: torch.device) -> None:
        self.n, self.device = len(source.names), device
        stream = source.stream if source.sentences else sampled(source, draws)
        if len(stream) < WINDOW:
            raise refused("The text has {count} symbols; the network reads {window} at a time.", parameter="source",
                count=len(stream), window=WINDOW)  # fmt: skip
        self.stream = torch.from_numpy(stream).to(device)
        self.net = Decoder(self.n + 1, 0, HIDDEN, True, weights).to(device)
        self.adam = torch.optim.Adam(self.net.parameters(), lr=RATE)
        self.shown = deepcopy(self.net).requires_grad_(False)
        pairs = np.ones((self.n + 1, self.n + 1))
        np.add.at(pairs, (stream[:-1], stream[1:]), 1)
        self.pairs = torch.from_numpy(np.log(pairs / pairs.sum(1, keepdims=True))).float().to(device)
        places = torch.linspace(0, len(stream) - WINDOW, JUDGED).long()
        self.judged = torch.stack([self.stream[at : at + WINDOW] for at in places.tolist()])
        begins = [k for k, name in enumerate(source.names) if name != " "]
        self.begins = torch.tensor((begins * WRITERS)[:WRITERS], device=device)
        self.uniforms = torch.rand((3 * WRITERS, LENGTH), generator=draws).to(device)

    def batch(self, random: torch.Generator) -> Tensor:
        """Windows of the text: (ROWS, WINDOW)."""
        begins = torch.randint(len(self.stream) - WINDOW + 1, (ROWS, 1), generator=random).to(self.device)
        return self.stream[begins + torch.arange(WINDOW, device=self.device)]

    def loss(self, y: Tensor) -> Tensor:
        """Mean −ln q of the next symbol, in nats."""
        readings = torch.zeros_like(y)
        return cross_entropy(self.net(self.net.shifted(y), readings).flatten(0, 1), y.flatten())

    @torch.no_grad()
    def kl(self) -> float:
        """Mean KL(network ‖ pair frequencies) over places of the text, in nats."""
        y = self.judged
        q = log_softmax(self.shown(self.shown.shifted(y), torch.zeros_like(y)), -1)[:, 1:]
        return float((q.exp() * (q - self.pairs[y[:, :-1]])).sum(-1).mean())

    def write(self, p: RepetitionParams) -> np.ndarray:
        """Texts of the shown network: greedy, top-3, full, and under the reader's knobs: (4, WRITERS, LENGTH)."""

        def reshape(logits: Tensor) -> Tensor:
            three, full, yours = logits.double().split(WRITERS)
            three = three.masked_fill(three < three.topk(3, -1).values[:, -1:], -torch.inf)
            table = theory.heated(torch.softmax(yours, -1).cpu().numpy(), p.temperature)
            table = theory.cut(table, p.top_k if p.top_k < OFF else None, p.nucleus, p.force_eos)
            return torch.cat([three, full, torch.from_numpy(table).to(logits.device).log()])

        forced = torch.full((len(WAYS) * WRITERS, LENGTH), -1, device=self.device)
        forced[:, 0] = self.begins.repeat(len(WAYS))
        run = free_run(self.shown, torch.zeros_like(forced), forced=forced, uniforms=self.uniforms, reshape=reshape)
        texts = torch.where(forced >= 0, forced, run.tokens)
        return texts.view(len(WAYS), WRITERS, LENGTH).cpu().numpy().astype(np.int32)

    def look(self, p: RepetitionParams) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """How far the shown network is from pairs, and how much of its texts is stuck."""
        texts = self.write(p)
        periods = theory.stuck(texts.reshape(-1, LENGTH)).reshape(texts.shape)
        stuck = (periods > 0).mean((1, 2))
        scalars = {"kl_bigram": self.kl()} | {f"stuck_{way}": float(share) for way, share in zip(WAYS, stuck, strict=True)}
        scalars["period_greedy"] = float(periods[0].sum() / max((periods[0] > 0).sum(), 1))
        return scalars, {"written": texts[:, 0, :SHOWN], "stretches": periods[:, 0, :SHOWN]}


def sampled(source: Source, draws: torch.Generator) -> np.ndarray:
    """A text for a table that came without one: sentences that the table writes, eos behind each."""
    uniforms = torch.rand((400, 300), generator=draws, dtype=torch.float64).numpy()
    texts = theory.write(source.table, source.start, uniforms)
    return np.concatenate([[*text[text >= 0], len(source.names)] for text in texts])[:12_000].astype(np.int64)
