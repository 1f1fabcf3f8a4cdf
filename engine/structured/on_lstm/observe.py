"""What a frame shows: the probe sentences' distances and trees, and every gate of the shown sentence."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import torch

from engine.structured.on_lstm import grammar, theory
from engine.structured.on_lstm.grammar import Sentences
from engine.structured.on_lstm.network import Gates, LanguageModel, loss
from engine.structured.on_lstm.params import OnLstmParams
from engine.train.ranks import spearman

SHOWN = ("forget_master", "input_master", "forget_gate", "input_gate", "output_gate", "candidate", "cell_state", "hidden_state")


class Looks:
    """Looks at a network; what depends only on its weights and τ is computed once for them."""

    def __init__(self, probe: Sentences, shown: Sentences, params: OnLstmParams, device: torch.device) -> None:
        self.probe, self.shown = probe, shown
        framed = torch.from_numpy(probe.framed()).to(device)
        self.read, self.next = framed[:, :-1], framed[:, 1:]
        tokens, lengths = probe.tokens, probe.lengths
        self.inside = tokens != grammar.PAD
        self.judged = self.inside & (np.arange(tokens.shape[1]) > 0)  # the first token's distance means nothing
        self.levels = grammar.LEVELS[tokens]
        self.gold = [set(grammar.brackets(row[:length])) for row, length in zip(tokens, lengths, strict=True)]
        right = [theory.right_branching(int(length)) for length in lengths]
        self.fixed = {"floor": grammar.floor(params.memory_demand), "right_recall": self.recall(right)}
        self.known: tuple[object, dict[str, float], np.ndarray] = (None, {}, np.zeros(0))

    def recall(self, trees: Iterable[Iterable[theory.Bracket]]) -> float:
        """Share of all gold brackets of the probe sentences that these trees have."""
        found = sum(len(gold.intersection(tree)) for gold, tree in zip(self.gold, trees, strict=True))
        return found / sum(map(len, self.gold))

    def trees(self, d: np.ndarray, parser: str) -> list[set[theory.Bracket]]:
        """The brackets of every probe sentence from distances (200, L)."""
        return [theory.brackets(row[:length], parser) for row, length in zip(d.tolist(), self.probe.lengths, strict=True)]

    @torch.no_grad()
    def probes(self, net: LanguageModel, p: OnLstmParams) -> tuple[dict[str, float], np.ndarray]:
        """Loss, statistics of d, and d itself (200, L), 0 where padded."""
        logits, steps = net(self.read, p.temperature)
        total = float(loss(logits.double(), self.next, "sum"))
        d = np.where(self.inside, np.stack([distances(step) for step in steps[1:]], 1), 0.0)
        own, levels = d[self.judged], self.levels[self.judged]
        scalars = {"nll": total / float((self.next != grammar.PAD).sum()), "spearman": float(spearman(own[:, None], levels)[0])}
        scalars |= {f"level{k}": float(own[levels == k].mean()) if (levels == k).any() else math.nan for k in range(3)}
        return scalars, d

    @torch.no_grad()
    def sentence(self, net: LanguageModel, p: OnLstmParams) -> dict[str, np.ndarray]:
        """Gates, distances and tree of the shown sentence."""
        row = min(p.sentence, len(self.shown.tokens) - 1)
        tokens = self.shown.tokens[row, : self.shown.lengths[row]]
        read = torch.from_numpy(np.concatenate([[grammar.BOS], tokens]))[None].to(self.read.device)
        first, *steps = net(read, p.temperature)[1]
        d = np.array([distances(step)[0] for step in steps])
        arrays = {"tokens": tokens.astype(np.int32), "cell_before": first.cell_state[0].cpu().numpy(), "distance": d}
        for name in SHOWN:
            parts = [getattr(step, name) for step in steps]
            if parts[0] is not None:
                arrays[name] = torch.cat(parts).cpu().numpy()
        tree = theory.tree(d.tolist(), p.parser)
        return arrays | {"tree": np.array(tree, np.int32).reshape(-1, 2)}

    def frame(self, net: LanguageModel, updates: int, p: OnLstmParams) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """All scalars and arrays."""
        if self.known[0] != (updates, p.temperature):
            self.known = ((updates, p.temperature), *self.probes(net, p))
        _, scalars, d = self.known
        recall = self.recall(self.trees(d, p.parser))
        probe = {"probe_distance": d, "probe_tokens": self.probe.tokens.astype(np.int32)}
        return {**scalars, **self.fixed, "recall": recall}, {**self.sentence(net, p), **probe}


def distances(step: Gates) -> np.ndarray:
    """(4) of a step's history gate, or of an LSTM's forget gate: (batch,)."""
    gate = step.forget_gate if step.forget_master is None else step.forget_master
    return theory.distance(gate.cpu().numpy())
