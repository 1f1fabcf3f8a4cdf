"""The article's worked example: two tokens are enough for search to be misled (kexue.fm/archives/7259).

Target (a, b), rival (c, d). A table gives u = q(a), v = q(b|a), w = q(d|c); the rest follows. Greedy decoding asks
each step, search asks the whole sequence, and the step after c is never a training input.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

Array = np.ndarray

PATHS = ("ab", "ad", "cb", "cd")
EDGES = ("a", "c", "b|a", "d|a", "b|c", "d|c")
POOL = (33, 27, 4, 36)  # how often each path occurs when a pool of 100 targets, not one, is right


@dataclass(frozen=True)
class TwoStep:
    """The 2-step table. Probabilities are multiplied, never logged, so 0 and 1 are allowed."""

    u: float = 0.6
    v: float = 0.55
    w: float = 0.9

    def joint(self) -> Array:
        """Probabilities of the four paths (a,b), (a,d), (c,b), (c,d)."""
        u, v, w = self.u, self.v, self.w
        return np.array([u * v, u * (1 - v), (1 - u) * (1 - w), (1 - u) * w])

    def edges(self) -> Array:
        """Probabilities of the six edges in the order of EDGES."""
        return np.array([self.u, 1 - self.u, self.v, 1 - self.v, 1 - self.w, self.w])

    def beam(self, width: int) -> int:
        """Index into PATHS of what beam search of this width returns; ties go to the earlier path."""
        joint = self.joint()
        if width == 1:
            allowed = [0, 1] if self.u >= 0.5 else [2, 3]
            return max(allowed, key=lambda path: joint[path])
        return int(joint.argmax())

    def step_gaps(self) -> tuple[float, float]:
        """max score - target's score of the two trained steps; 0 means the step has reached its aim (A1)."""
        return tuple(  # type: ignore[return-value]
            math.log(max(p, 1 - p) / p) if p > 0 else math.inf for p in (self.u, self.v)
        )

    def sequence_gap(self) -> float:
        """ln of the best path's probability over the target's: ln(12/11) at the article's table."""
        joint = self.joint()
        return float(math.log(joint.max() / joint[0])) if joint[0] > 0 else math.inf

    def critical(self) -> tuple[float, float, float]:
        """(u, v, w) at which search starts to be right, each with the other two held, equation (A3), for w >= 1/2."""
        u, v, w = self.u, self.v, self.w
        return (
            w / (v + w) if v + w > 0 else math.nan,
            (1 - u) * w / u if u > 0 else math.inf,
            u * v / (1 - u) if u < 1 else math.inf,
        )

    def search_right(self) -> bool:
        """Is full search right? Equation (A3), and the target's own last step won."""
        return self.v > 0.5 and self.u * self.v > (1 - self.u) * max(self.w, 1 - self.w)

    def gradients(self) -> Array:
        """Gradients on the six logits under (teacher forcing, softmax over sequences, beam criterion): (3, 6)."""
        u, v = self.u, self.v
        joint = self.joint()
        teacher = [u - 1, 1 - u, v - 1, 1 - v, 0.0, 0.0]
        whole = [u - 1, 1 - u, joint[0] - 1, joint[1], joint[2], joint[3]]
        best, margin = np.zeros(6), int(joint.argmax())
        for path, sign in ((margin, 1.0), (0, -1.0)):  # the best sequence's score minus the target's
            best[0 if path < 2 else 1] += sign
            best[2 + path] += sign
        return np.array([teacher, whole, best])

    def shifted(self, kappa: float) -> Array:
        """The softmax over sequences after adding kappa to every logit after c: what each step learned is unchanged."""
        weights = self.joint() * np.exp([0, 0, kappa, kappa])
        return np.asarray(weights / weights.sum())


def survives(v: float, w: float, steps: int) -> bool:
    """Does the target survive full search over `steps` steps against a rival that left at step 1? Equation (A4)."""
    return v**steps > (1 - v) * w ** (steps - 1)


def critical_v(w: float, steps: int) -> float:
    """The v of equation (A4) with equality, by bisection (at least 1/2, where the step itself is won)."""
    low, high = 0.5, 1.0
    if survives(low + 1e-12, w, steps):
        return 0.5
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if survives(middle, w, steps) else (middle, high)
    return high


def all_paths(v: float, w: float, steps: int) -> Array:
    """Probabilities of all 2^steps paths: right with v on the target's path, after leaving it w or 1 - w at each step.

    Index 0 is the target. Memory grows as 2^steps; keep steps <= 16.
    """
    on, off = np.array([1.0]), np.zeros(0)
    for _ in range(steps):
        off = np.concatenate([on * (1 - v), off * w, off * (1 - w)])
        on = on * v
    return np.concatenate([on, off])


def beam_of(v: float, w: float, steps: int, width: int) -> float:
    """Probability of what beam search of `width` returns on the tree of `all_paths`; negative for off-target paths."""
    beams = [(1.0, True)]
    for _ in range(steps):
        grown = []
        for p, on in beams:
            grown += [(p * v, True), (p * (1 - v), False)] if on else [(p * w, False), (p * (1 - w), False)]
        beams = sorted(grown, key=lambda item: -item[0])[:width]
    return beams[0][0] if beams[0][1] else -beams[0][0]


REMEDIES = ("teacher", "replace", "penalty", "uniform")


@lru_cache(maxsize=64)
def repair(
    u: float, v: float, w: float, *, steps: int = 400, ceiling: bool = True, penalty: float = 5.0, rate: float = 0.15
) -> tuple[Array, Array]:
    """Plain gradient descent (lr 0.1) on the example under four remedies; equations in the story's notes.

    teacher, replace (the article's: a -> b at rate/2) and penalty train a net with shared parameters, q(b|y1) =
    sigmoid(theta + omega e(y1)), e = 1, 0, -1 for a, b, c; uniform (any of four tokens at `rate`) trains the table,
    where nothing else can reach the row after c. Every row of two has one free logit, the difference (with both logits
    free, table steps would be twice as large). With `ceiling`, u and v are held (limited capacity).

    Returns:
        w after 0..steps steps (4, steps + 1), and whether K = 2 is right at each (same shape, bool).
    """
    clip = [min(max(p, 1e-9), 1 - 1e-9) for p in (u, v, w)]
    logit = [math.log(p / (1 - p)) for p in clip]
    tracks, rights = [], []
    for remedy in REMEDIES:
        root, after_a, after_c = logit[0], logit[1], -logit[2]  # logits of a, of b after a, of b after c
        theta, omega = (after_a + after_c) / 2, (after_a - after_c) / 2
        track, right = [], []
        for _ in range(steps + 1):
            p_u, p_v, p_w = _sigmoid(root), _sigmoid(after_a), _sigmoid(-after_c)
            track.append(p_w)
            right.append(p_u * p_v > (1 - p_u) * max(p_w, 1 - p_w))
            if not ceiling:
                root += 0.1 * (1 - p_u)
            if remedy == "uniform":
                if not ceiling:
                    after_a += 0.1 * (1 - rate * 3 / 4) * (1 - p_v)
                after_c += 0.1 * rate / 4 * p_w
                continue
            miss = 1 - p_v
            share = rate / 2 if remedy == "replace" else 0.0
            push_theta = (1 - share) * miss + share * (1 - _sigmoid(theta))
            push_omega = (1 - share) * miss
            if remedy == "penalty":  # gradient of (lambda / 2) sigma(-z)^2 omega^2 at the input a
                push_theta += penalty * omega**2 * miss**2 * (1 - miss)
                push_omega -= penalty * (omega * miss**2 - omega**2 * miss**2 * (1 - miss))
            if ceiling:  # keep z(a) = theta + omega: project on the direction (1, -1)
                push_theta, push_omega = (push_theta - push_omega) / 2, (push_omega - push_theta) / 2
            theta, omega = theta + 0.1 * push_theta, omega + 0.1 * push_omega
            after_a, after_c = theta + omega, theta - omega
        tracks.append(track)
        rights.append(right)
    return np.array(tracks), np.array(rights)


def _sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z > -700 else 0.0
