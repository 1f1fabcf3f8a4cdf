"""The approximation bench: one attention matrix of a smooth sequence, and what every method makes of it. All in float64.

Nothing here is learned: whatever is found depends on the run's seed, the settings and the number of Performer draws alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, cached_property, lru_cache

import numpy as np
import torch
from scipy.cluster.vq import kmeans2
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from engine.attention.nystromformer import attention, theory
from engine.attention.nystromformer.names import COSTS
from engine.attention.nystromformer.params import DEEPEST, LANDMARKS, LENGTHS, TOKENS, WIDTH, NystromformerParams
from engine.core.model import numpy

MOST_DRAWS = 50  # of the Performer; a step after these adds none
PAIRS = 48  # pairs of tokens whose random features are watched
Random = Callable[[str], torch.Generator]  # a generator of the run's seed, by purpose


def away(one: Tensor, other: Tensor) -> float:
    """‖one − other‖ of two matrices."""
    apart = (one - other).flatten()
    return math.sqrt(float(apart @ apart))


class Factors:
    """F, A, B for m landmarks (m, d), the singular values of A, and the errors against S (n, n)."""

    def __init__(self, queries: Tensor, exact: Tensor, centres: Tensor) -> None:
        self.exact, self.size, self.centres = exact, float(exact.norm()), centres
        self.left, self.a, self.right = attention.factors(queries, queries, centres, centres)
        self.u, self.singular, self.v = torch.linalg.svd(self.a)
        self.norms = float(self.a.sum(0).max() * self.a.sum(1).max())
        self.middles = [attention.first_guess(self.a)]  # of (5), as many as were asked for
        self.error_iterated = cache(lambda steps: self.error(self.iterated(steps)))

    @cached_property
    def inverse(self) -> Tensor:
        """The Moore-Penrose inverse of A: `attention.exact_inverse`, from the decomposition that is there already."""
        kept = self.singular > attention.CUT * self.singular[0]
        return (self.v.mT * torch.where(kept, 1 / self.singular, torch.zeros_like(self.singular))) @ self.u.mT

    def iterated(self, steps: int) -> Tensor:
        """V after so many iterations."""
        while len(self.middles) <= steps:
            self.middles.append(attention.closer(self.a, self.middles[-1]))
        return self.middles[steps]

    def rebuilt(self, middle: Tensor) -> Tensor:
        """(4): F middle B, (n, n)."""
        return self.left @ middle @ self.right

    def error(self, middle: Tensor) -> float:
        """‖F middle B − S‖/‖S‖."""
        return away(self.rebuilt(middle), self.exact) / self.size

    @cached_property
    def error_pinv(self) -> float:
        return self.error(self.inverse)

    @cached_property
    def error_double(self) -> float:
        return away(self.left @ self.right, self.exact) / self.size

    def passed(self, middle: Tensor) -> Tensor:
        """uᵢᵀ A V uᵢ, (m,): how much of each singular direction is there in A V. By (6) no direction mixes with another."""
        return ((self.u.mT @ self.a @ middle) * self.u.mT).sum(-1)


class Approximations:
    """Everything that is exact, by settings, kept for those that were looked at last; and the Performer's draws."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.noise = torch.randn(TOKENS, WIDTH, generator=random("tokens"), dtype=torch.float64)
        mixing = torch.randn(WIDTH, WIDTH, generator=random("mixing"), dtype=torch.float64)
        self.mixing = mixing / math.sqrt(WIDTH)
        self.queries = lru_cache(4)(self._queries)
        self.softmax = lru_cache(4)(lambda scale, smoothness: self._softmax(self.queries(scale, smoothness)))
        self.factors = lru_cache(5 * len(LANDMARKS))(self._factors)
        self.draws = lru_cache(4)(self._draws)
        self.omega = lru_cache(2 * MOST_DRAWS)(self._omega)

    def _queries(self, scale: float, smoothness: float) -> Tensor:
        """x_t = ρ x_(t−1) + √(1 − ρ²) ε_t, stationary; queries, which are the keys too: s x W d^(−1/4), (n, d)."""
        rows = [self.noise[0]]
        for fresh in self.noise[1:]:
            rows.append(smoothness * rows[-1] + math.sqrt(1 - smoothness**2) * fresh)
        return attention.scaled(scale * torch.stack(rows) @ self.mixing)

    @staticmethod
    def _softmax(queries: Tensor) -> tuple[Tensor, np.ndarray, float]:
        """S, its singular values, and the weight that is drawn darkest."""
        exact = (queries @ queries.mT).softmax(-1)
        return exact, torch.linalg.svdvals(exact).numpy(), theory.darkest(exact.numpy())

    def _factors(self, scale: float, smoothness: float, rule: str, m: int) -> Factors:
        queries = self.queries(scale, smoothness)
        return Factors(queries, self.softmax(scale, smoothness)[0], self.centres(queries, rule, m))

    def centres(self, x: Tensor, rule: str, m: int) -> Tensor:
        """Landmarks (m, d) of x (n, d), in the order of the tokens they stand for."""
        if rule == "segment":
            return attention.segment_means(x, m)
        random = np.random.default_rng(int(torch.randint(2**62, (), generator=self.random(rule))))
        if rule == "random":
            return x[np.sort(random.permutation(len(x))[:m])]
        start = x.numpy()[np.sort(random.permutation(len(x))[:m])]
        found, label = kmeans2(x.numpy(), start, minit="matrix", missing="warn")
        place = [np.flatnonzero(label == k).mean() if (label == k).any() else np.inf for k in range(m)]
        return torch.from_numpy(found[np.argsort(place, kind="stable")])

    @staticmethod
    def _draws(scale: float, smoothness: float, orthogonal: bool) -> list[list[float]]:
        """Errors (7,) of every draw so far, under these settings."""
        return []

    def _omega(self, draw: int, orthogonal: bool) -> Tensor:
        return attention.directions(LANDMARKS[-1], WIDTH, orthogonal, self.random(f"draw {draw}"))

    def performer(self, p: NystromformerParams, count: int) -> np.ndarray:
        """Errors (count, 7) of the first draws, for every number of features: the first m directions of a draw."""
        orthogonal = p.features == "orthogonal"
        known = self.draws(p.scale, p.smoothness, orthogonal)
        queries, (exact, *_) = self.queries(p.scale, p.smoothness), self.softmax(p.scale, p.smoothness)
        size = float(exact.norm())
        for draw in range(len(known), count):
            left, right = attention.random_features(queries, queries, self.omega(draw, orthogonal))
            kernel, begin, errors = torch.zeros_like(exact), 0, []
            for m in LANDMARKS:
                kernel = kernel + left[:, begin:m] @ right[:, begin:m].mT
                rows = kernel / kernel.sum(-1, keepdim=True).clamp_min(torch.finfo(kernel.dtype).tiny)
                errors.append(away(rows, exact) / size)
                begin = m
            known.append(errors)
        return np.reshape(known[:count], (count, len(LANDMARKS)))

    def feature_variance(self, p: NystromformerParams, count: int) -> tuple[np.ndarray, np.ndarray]:
        """‖q + k‖² of some pairs, and the relative variance of one feature over all directions drawn so far; nan before any."""
        queries, apart = self.queries(p.scale, p.smoothness), np.arange(PAIRS)
        both = queries[apart * TOKENS // PAIRS] + queries[(apart * TOKENS // PAIRS + 5 * apart) % TOKENS]
        squared = both.square().sum(-1)
        if not count:
            return squared.numpy(), np.full(PAIRS, np.nan)
        omega = torch.cat([self.omega(draw, p.features == "orthogonal") for draw in range(count)])
        over_mean = (both @ omega.mT - squared[:, None] / 2).exp()  # φ(q)φ(k) m e^(−q·k) for each direction
        return squared.numpy(), (over_mean - 1).square().mean(-1).numpy()

    def measure(self, p: NystromformerParams, count: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame after so many draws."""
        count, place = min(count, MOST_DRAWS), LANDMARKS.index(p.m)
        all_of_them = [self.factors(p.scale, p.smoothness, p.landmark_rule, m) for m in LANDMARKS]
        here, (_, singular, darkest) = all_of_them[place], self.softmax(p.scale, p.smoothness)
        middle = here.inverse if p.inverse == "exact" else here.iterated(p.iterations)
        rebuilt, drawn = here.rebuilt(middle), self.performer(p, count)
        errors = np.array(
            [
                [theory.best_of_rank(singular, m) for m in LANDMARKS],
                [one.error_pinv for one in all_of_them],
                [one.error_iterated(p.iterations) for one in all_of_them],
                [one.error_double for one in all_of_them],
                drawn.mean(0) if count else np.full(len(LANDMARKS), np.nan),
            ]
        )
        squared, variance = self.feature_variance(p, count)
        queries = numpy(self.queries(p.scale, p.smoothness), exact=True)
        names = ("error_svd", "error_pinv", "error_iterated", "error_double", "error_performer")
        scalars = dict(zip(names, errors[:, place].tolist(), strict=True)) | {
            "draws_done": float(count),
            "row_sum_gap": float((rebuilt.sum(-1) - 1).abs().max()),
            "negative_share": float((rebuilt < 0).double().mean()),
            "condition": float(here.singular[0] / here.singular[-1]),
            "norms": here.norms,
        }
        return scalars, {
            "queries": queries,
            "keys": queries.copy(),
            "centres": numpy(here.centres),
            "middle": theory.shades(middle.numpy(), float(middle.abs().max())),
            "rebuilt": theory.shades(rebuilt.numpy(), darkest),
            "row_rebuilt": numpy(rebuilt[p.row]),
            "errors": errors,
            "spread": drawn.std(0, ddof=1) if count > 1 else np.full(len(LANDMARKS), np.nan),
            "by_iterations": np.array([here.error_iterated(steps) for steps in range(1, DEEPEST + 1)]),
            "singular": numpy(here.singular, exact=True),
            "passed": numpy(here.passed(middle), exact=True),
            "pair_norms": squared,
            "pair_variances": variance,
            "operations": counted(p.m, p.iterations),
        }


def counted(m: int, iterations: int) -> np.ndarray:
    """Multiplications of one head's forward pass, (3, 6): every way is run on tensors without numbers, and torch counts."""
    counts, one = run_dry(m)
    return counts + np.array([0, (iterations - 1) * one, 0])[:, None]


@lru_cache(maxsize=len(LANDMARKS))
def run_dry(m: int) -> tuple[np.ndarray, int]:
    """The counts with one iteration, and what each further one takes, whatever the length."""
    omega = torch.empty(m, WIDTH, device="meta")
    ways = {
        "softmax": attention.softmax_attention,
        "nystrom": lambda q, k, v: attention.nystrom_attention(q, k, v, m, 1),
        "performer": lambda q, k, v: attention.performer_attention(q, k, v, omega),
    }
    so_far = []
    with FlopCounterMode(display=False) as counter:
        for name in COSTS:
            for n in LENGTHS:
                ways[name](*(torch.empty(n, WIDTH, device="meta") for _ in range(3)))
                so_far.append(counter.get_total_flops() // 2)
        attention.closer(*(torch.empty(m, m, device="meta") for _ in range(2)))
        one = counter.get_total_flops() // 2 - so_far[-1]
    return np.diff(so_far, prepend=0).reshape(len(COSTS), len(LENGTHS)), one
