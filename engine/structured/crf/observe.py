"""What a frame shows: both models on the test sequences, and all paths of the shown one. In float64, on the CPU."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from engine.core.model import numpy
from engine.structured import chains, sequences
from engine.structured.crf import theory
from engine.structured.crf.data import Corpus
from engine.structured.crf.network import Crf, Softmax
from engine.structured.crf.params import EXACT, HMM, LABELS, CrfParams
from engine.structured.tables import label_scores

BEST = 30  # likeliest paths that are listed
LEGAL = torch.from_numpy(sequences.LEGAL)
START, TRANSITIONS = (torch.from_numpy(theory.logs(table)) for table in (theory.START, theory.TRANSITIONS))


class Trained(NamedTuple):
    """Copies of what both models have learned: tables of symbols, transitions (from, to), scores of the first label."""

    crf: Tensor
    softmax: Tensor
    g: Tensor
    start: Tensor

    @classmethod
    def of(cls, crf: Crf, softmax: Softmax) -> Trained:
        kept = (crf.tables, softmax.tables, crf.transitions, crf.start)
        return cls(*(part.detach().cpu().double() for part in kept))


class Tests:
    """The test sequences, what is right, and what the generator itself would answer."""

    def __init__(self, corpus: Corpus, params: CrfParams) -> None:
        self.corpus, own = corpus, corpus.test
        self.symbols, self.labels, self.inside = map(torch.from_numpy, (own.symbols, own.labels, own.inside))
        self.arrays = {"test_symbols": own.symbols.astype(np.int32), "test_labels": own.labels.astype(np.int32)}
        self.bayes = {"bayes_nll": math.nan, "bayes_accuracy": math.nan}
        if HMM(params):
            self.arrays["emission"] = theory.emission(params.ambiguity)
        if EXACT(params):
            h = chains.with_start(torch.from_numpy(theory.logs(self.arrays["emission"].T))[self.symbols], START)
            right = chains.viterbi(h, TRANSITIONS)[0] == self.labels
            nll = chains.log_partition(h, TRANSITIONS) - chains.path_score(h, TRANSITIONS, self.labels)
            self.bayes = {"bayes_nll": float(nll.mean()), "bayes_accuracy": float(right.double().mean())}

    def scalars(self, trained: Trained, p: CrfParams) -> dict[str, float]:
        """Losses at κ = β = 1, and the decodings under the present settings."""
        inside, places = self.inside, self.inside.sum()
        own, alone = (label_scores(tables, self.symbols) for tables in (trained.crf, trained.softmax))
        h = chains.with_start(own, trained.start)
        nll = chains.log_partition(h, trained.g, inside) - chains.path_score(h, trained.g, self.labels, inside)
        separate = (alone.logsumexp(-1) - alone.gather(-1, self.labels[..., None])[..., 0]) * inside
        tagged = chains.viterbi(h, decoding(trained.g, p), inside)[0]
        by_frame = argmax(alone, p, inside)
        right = (tagged == self.labels) & inside
        return {
            "crf_nll": float(nll.mean()),
            "softmax_nll": float(separate.sum(-1).mean()),
            "crf_accuracy": float(right.sum() / places),
            "softmax_accuracy": float((((by_frame == self.labels) & inside).sum()) / places),
            "crf_path_accuracy": float((right == inside).all(-1).double().mean()),
            "crf_illegal": self.illegal(tagged),
            "softmax_illegal": self.illegal(by_frame),
            **self.bayes,
        }

    def illegal(self, labels: Tensor) -> float:
        """Which share of the steps between neighbours cannot be; NaN where no sequence has two symbols."""
        steps = self.inside[:, 1:]
        wrong = ~LEGAL[labels[:, :-1], labels[:, 1:]] & steps
        return float(wrong.sum() / steps.sum()) if steps.any() else math.nan


def decoding(g: Tensor, p: CrfParams) -> Tensor:
    """Transition scores that a path is chosen by: κ g, and -10⁴ more where a step is forbidden."""
    scaled = p.transition_scale * g
    return torch.where(LEGAL, scaled, scaled + chains.FORBIDDEN) if p.forbid_illegal else scaled


def argmax(h: Tensor, p: CrfParams, inside: Tensor | None = None) -> Tensor:
    """Labels (..., n) of the softmax: the best at every place; where steps are forbidden, the best possible path."""
    return (
        chains.viterbi(h, decoding(torch.zeros(LABELS, LABELS, dtype=h.dtype), p), inside)[0]
        if p.forbid_illegal
        else h.argmax(-1)
    )


def shown(trained: Trained, tests: Tests, p: CrfParams) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """All paths of the first symbols of one test sequence; where it is shorter, or there are fewer, what there is."""
    row = min(p.sequence, len(tests.symbols) - 1)
    n = min(p.length_shown, int(tests.inside[row].sum()))
    symbols, labels = tests.symbols[row, :n], tests.labels[row, :n]
    # scores see the whole sequence, also where the window reaches beyond what is shown
    h, alone = (label_scores(tables, tests.symbols[row])[:n] for tables in (trained.crf, trained.softmax))
    h, alone = pin(h, p), pin(alone, p)
    b, g = p.inverse_temperature, p.transition_scale * trained.g
    scores = chains.with_start(h, trained.start)
    found = chains.marginals(b * scores, b * g)
    path = chains.viterbi(scores, decoding(trained.g, p))[0]
    by_frame = argmax(alone, p)
    paths, kinds = likeliest((b * scores, b * g, found.log_z), (b * alone, 0 * g, (b * alone).logsumexp(-1).sum()), labels)
    scalars = {"log_z": float(found.log_z), "viterbi_score": float(chains.path_score(scores, g, path))}
    scalars["entropy"] = max(float(chains.entropy(b * scores, b * g, found)), 0.0)
    codes = [ord(tests.corpus.names[k]) if k < tests.corpus.unknown else ord("?") for k in symbols.tolist()]
    exact = {"h": h, "g": trained.g, "start": trained.start, "node_marginals": found.nodes, "pair_marginals": found.pairs,
        "filtered": chains.forward(b * scores, b * g).softmax(-1), "softmax_marginals": (b * alone).softmax(-1), "paths": paths}  # fmt: skip
    whole = {"viterbi": path, "softmax_labels": by_frame, "labels": labels, "path_kinds": kinds,
        "shown_codes": torch.tensor(codes), "unknown": symbols == tests.corpus.unknown}  # fmt: skip
    arrays = {name: numpy(part, exact=True) for name, part in exact.items()}
    arrays |= {name: part.numpy().astype(np.int32) for name, part in whole.items()}
    if EXACT(p):
        arrays["embedding"] = numpy(trained.crf[0, : len(tests.corpus.names)], exact=True)
    return scalars, arrays


def pin(h: Tensor, p: CrfParams) -> Tensor:
    """Label scores (n, 4) with the pinned label certain."""
    place, label = divmod(p.pinned, LABELS)
    if not p.pin or place >= len(h):
        return h
    h = h.clone()
    h[place, torch.arange(LABELS) != label] = chains.FORBIDDEN
    return h


def likeliest(
    crf: tuple[Tensor, Tensor, Tensor], softmax: tuple[Tensor, Tensor, Tensor], true: Tensor
) -> tuple[Tensor, Tensor]:
    """Chances and kinds (2, 30) of the likeliest paths of both models, given as (h, g, log Z)."""
    chances, kinds = torch.full((2, BEST), math.nan, dtype=torch.float64), torch.full((2, BEST), -1)
    for row, (h, g, log_z) in enumerate((crf, softmax)):
        paths, scores = chains.best_paths(h, g, BEST)
        chances[row, : len(paths)] = (scores - log_z).exp()
        kinds[row, : len(paths)] = LEGAL[paths[:, :-1], paths[:, 1:]].all(-1).int()
        kinds[row, : len(paths)][(paths == true).all(-1)] = 2
    return chances, kinds
