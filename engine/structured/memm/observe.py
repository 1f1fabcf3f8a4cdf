"""What a frame shows: every model on training and test sequences, and all paths of the shown word. In float64, on the CPU."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from engine.structured import chains
from engine.structured.memm import local, theory
from engine.structured.memm.data import Corpus
from engine.structured.memm.params import LETTERS, MODELS, RIB, MemmParams
from engine.structured.tables import label_scores

SHOWN = 8  # letters of the lexicon's sequence that is shown
PUSH = 3.0  # of the map of reach
GAMMAS = torch.linspace(0.0, 1.0, 11, dtype=torch.float64)
Trained = Mapping[str, tuple[Tensor, Tensor]]  # tables and transitions of each model


class Tests:
    """The sequences, and what is known of them before anything is learned."""

    def __init__(self, corpus: Corpus, params: MemmParams) -> None:
        self.corpus, self.legal = corpus, torch.from_numpy(corpus.legal)
        self.train, self.test = (
            tuple(map(torch.from_numpy, (part.symbols, part.labels))) for part in (corpus.train, corpus.test)
        )
        self.arrays = {
            "gammas": GAMMAS.numpy(),
            "test_symbols": corpus.test.symbols.astype(np.int32),
            "test_labels": corpus.test.labels.astype(np.int32),
        }
        self.known = {"bayes_error": math.nan, "memm_floor": math.nan, "crf_floor": math.nan}
        if RIB(params):
            p = (params.prior, params.noise)
            self.known = {"bayes_error": theory.bayes_error(*p), "memm_floor": theory.memm_floor(params.prior),
                "crf_floor": theory.crf_floor(*p)}  # fmt: skip

    def frame(self, trained: Trained, p: MemmParams) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """All scalars and arrays under these settings."""
        scalars, arrays = dict(self.known), dict(self.arrays)
        symbols = self.test[0]
        for name, (tables, g) in trained.items():
            f = label_scores(tables, symbols)
            decoded = self.decode(name, f, g, p.gamma)
            scalars[f"{name}_error"] = float(self.wrong(decoded, p))
            if name == "memm":
                scalars["illegal"] = float((~self.legal[decoded[:, :-1], decoded[:, 1:]]).double().mean())
            if name != "softmax":
                before = label_scores(tables, self.train[0])
                scalars[f"{name}_nll"] = float(local.nll(name, before, g, self.train[1]).mean())
            if name in ("memm", "bi"):  # all γ at once
                arrays[f"{name}_by_gamma"] = self.wrong(self.decode(name, f, g, GAMMAS[:, None, None, None]), p).numpy()
            if RIB(p) and name != "softmax":
                arrays[f"{name}_table"] = tables[0, : len(LETTERS)].numpy().copy()
        return scalars, arrays | self.shown(trained, p)

    def decode(self, name: str, f: Tensor, g: Tensor, gamma: Tensor | float) -> Tensor:
        """The best path of every sequence (..., count, n), by Viterbi."""
        return f.argmax(-1) if name == "softmax" else chains.viterbi(local.reading(name, f, g, gamma), g)[0]

    def wrong(self, decoded: Tensor, p: MemmParams) -> Tensor:
        """The share of words with a wrong label, of the lexicon the share of wrong labels: (..., count, n) -> (...)."""
        off = decoded != self.test[1]
        return off.any(-1).double().mean(-1) if RIB(p) else off.double().mean((-1, -2))

    def shown(self, trained: Trained, p: MemmParams) -> dict[str, np.ndarray]:
        """Scores, chances and paths of the shown word, nudge included, and how far evidence reaches in it."""
        n = 3 if RIB(p) else SHOWN
        typed = torch.tensor([LETTERS.index(letter) for letter in (p.letter_1, p.letter_2, p.letter_3)])
        word = typed if RIB(p) else self.test[0][0]  # scores see the whole sequence, also what is not shown of it
        found: dict[str, Tensor] = {"codes": torch.tensor([ord(self.corpus.letters[k]) for k in word[:n].tolist()])}
        for name in MODELS[1:]:
            tables, g = trained[name]
            f = label_scores(tables, word)[:n].clone()
            f[1, 1] += p.nudge
            read = local.reading(name, f, g, p.gamma)
            now = chains.marginals(read, g)
            model = now if name == "crf" or p.gamma == 1 else chains.marginals(local.reading(name, f, g), g)
            prefix = "" if name == "memm" else f"{name}_"
            found |= {f"{prefix}f": f, f"{prefix}g": g.clone(), f"{name}_marginals": model.nodes, f"{name}_nodes": now.nodes,
                f"{name}_pairs": now.pairs, f"{name}_path": chains.viterbi(read, g)[0],
                "reach" if name == "memm" else f"{name}_reach": reach(name, f, g)}  # fmt: skip
        return {
            name: part.numpy() if part.dtype.is_floating_point else part.numpy().astype(np.int32)
            for name, part in found.items()
        }


def reach(name: str, f: Tensor, g: Tensor) -> Tensor:
    """How far the chances at place t (column) move at most when a label's score at place s (row) grows by 3: (n, n)."""
    n, k = f.shape
    pushed = f + PUSH * torch.eye(n * k, dtype=f.dtype).reshape(n * k, n, k)
    before, after = (chains.marginals(local.reading(name, scores, g), g).nodes for scores in (f, pushed))
    return (after - before).abs().amax(-1).reshape(n, k, n).amax(1)
