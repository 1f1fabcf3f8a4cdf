"""Closed forms of the noisy compass: what teacher forcing and free running must give. Numbers (3)-(9) are the story's.

The compass: a hidden walk on a ring of m labels, y_t = y_{t-1} + 1 with probability 1 - eta, else uniform; a reading
c_t = y_t with probability 1 - delta, else uniform. In training a decoder's input token is replaced by a uniform one
with probability r. Everything here is float64 numpy and exact for the best decoder that sees (previous token, reading).
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def conditionals(eta: float, delta: float, m: int, r: Array | float, greedy: bool = False) -> tuple[Array, ...]:
    """The best order-1 decoder trained at replacement rate r, equations (3) and (4).

    With h = previous token + 1: returns, for any shape of `r`, the probabilities
    (of h when c = h, of each other when c = h, of h when c != h, of c when c != h, of each third label when c != h);
    `greedy` puts all mass on the largest, ties shared equally.
    """
    a = (1 - np.asarray(r, np.float64)) * (1 - eta)
    a_other, b_other = (1 - a) / m, delta / m
    a_right, b_right = a + a_other, 1 - delta + b_other
    same = np.stack([a_right * b_right, a_other * b_other + 0 * a])
    apart = np.stack([a_right * b_other, a_other * b_right, a_other * b_other + 0 * a])
    same_count = np.array([1.0, m - 1]).reshape(2, *[1] * a.ndim)
    apart_count = np.array([1.0, 1.0, m - 2]).reshape(3, *[1] * a.ndim)
    if greedy:
        same, apart = (np.where(w >= w.max(0) * (1 - 1e-12), 1.0, 0.0) for w in (same, apart))
    with np.errstate(invalid="ignore"):
        same = same / (same * same_count).sum(0)
        apart = apart / (apart * apart_count).sum(0)
    # delta = 0 and eta = 0: the case c != h has probability zero, any answer will do
    apart = np.where(np.isfinite(apart), apart, 1.0 / m)
    return same[0], same[1], apart[0], apart[1], apart[2]


def rates(eta: float, delta: float, m: int, r: Array | float, greedy: bool = False) -> tuple[Array, Array]:
    """(epsilon, rho) of equation (5): the chances to slip while on track and to come back while off track."""
    same_h, same_o, apart_h, apart_c, apart_o = conditionals(eta, delta, m, r, greedy)
    b_other = delta / m
    b_right = 1 - delta + b_other
    right_h = b_right * same_h + (1 - b_right) * apart_h
    right_n = b_right * apart_c + b_other * same_o + (m - 2) * b_other * apart_o
    on_track = 1 - eta + eta / m
    epsilon = 1 - (on_track * right_h + (1 - on_track) * right_n)
    rho = eta / m * right_h + (1 - eta / m) * right_n
    return epsilon, rho


def first_accuracy(delta: float, m: int, greedy: bool = False) -> float:
    """A_1, the accuracy at the first position, where only the reading helps (the input is the begin sign)."""
    b_other = delta / m
    b_right = 1 - delta + b_other
    if not greedy:
        return float(b_right**2 + (m - 1) * b_other**2)
    return float(b_right if delta < 1 else 1 / m)


def stationary(epsilon: Array | float, rho: Array | float) -> Array:
    """pi = rho / (epsilon + rho), the free-running accuracy far from the start, equation (6); 1 where both are 0."""
    total = np.asarray(epsilon + rho, np.float64)
    return np.where(total > 1e-300, rho / np.where(total > 1e-300, total, 1.0), 1.0)


def curve(epsilon: float, rho: float, positions: int, first: float) -> Array:
    """A_t of equation (6) at t = 1..positions, given A_1 = first."""
    target = stationary(epsilon, rho)
    return np.asarray(target + (first - target) * (1 - epsilon - rho) ** np.arange(positions))


def errors(epsilon: float, rho: float, horizon: Array | int) -> Array:
    """Expected number of wrong tokens in `horizon` steps after a correct start (A_0 = 1), equation (6), right formula.

    For rho -> 0 it is the limit sum_t (1 - (1 - epsilon)^t); never above epsilon T (T + 1) / 2 (Ross & Bagnell 2010).
    """
    t = np.asarray(horizon, np.float64)
    total = epsilon + rho
    if total < 1e-14:
        return epsilon * t * (t + 1) / 2
    factor = 1 - total
    return np.asarray(epsilon / total * (t - factor * (1 - factor**t) / total))


def critical_rate(eta: float, delta: float) -> float:
    """r_c of equation (7): below it a greedy decoder believes its past, above it the source. Clamped to [0, 1]."""
    return float(np.clip((delta - eta) / (1 - eta), 0.0, 1.0)) if eta < 1 else 0.0


def own_rate(eta: float, delta: float, m: int, truth: float = 0.0) -> float:
    """r* of equation (8): training on own samples is replacement at this self-consistent rate (by bisection).

    With probability `truth` the true token is fed instead: of the inputs w = (1 - truth) (epsilon + w (1 - epsilon - rho)) are wrong.
    """

    def excess(r: float) -> float:
        epsilon, rho = (float(chance) for chance in rates(eta, delta, m, r))
        stays = truth + (1 - truth) * (epsilon + rho)
        wrong = (1 - truth) * epsilon / stays if stays > 1e-300 else 0.0
        return m / (m - 1) * wrong - r

    low, high = 0.0, 1.0
    if excess(high) >= -1e-12:
        return 1.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2


def crossing(eta: float, delta: float, m: int, r: float, longest: int = 2000) -> int | None:
    """The first horizon at which greedy teacher forcing expects more errors than greedy replacement at rate r."""
    t = np.arange(1, longest + 1)
    pairs = (rates(eta, delta, m, rate, True) for rate in (0.0, r))
    teacher, other = (errors(float(epsilon), float(rho), t) for epsilon, rho in pairs)
    behind = np.flatnonzero(teacher > other + 1e-9)
    return int(t[behind[0]]) if len(behind) else None


def entropy_floor(eta: float, delta: float, m: int) -> float:
    """H(y_t | y_{t-1}, c_t) in nats for t >= 2, by enumeration: no decoder's teacher-forced loss can be below."""
    move = np.full(m, eta / m)
    move[0] += 1 - eta  # label 0 stands for h = y_{t-1} + 1
    read = np.full((m, m), delta / m) + (1 - delta) * np.eye(m)
    joint = move[:, None] * read  # over (y_t, c_t)
    posterior = joint / np.maximum(joint.sum(0), 1e-300)
    return float(-(joint * np.log(np.maximum(posterior, 1e-300))).sum())


def first_entropy(delta: float, m: int) -> float:
    """H(y_1 | c_1) in nats: the floor at the first position, where there is no past yet."""
    right, other = 1 - delta + delta / m, delta / m
    return float(-right * np.log(right) - ((m - 1) * other * np.log(other) if other > 0 else 0.0))


def floor_error(eta: float, delta: float, m: int, positions: int, count: int) -> float:
    """Standard error in nats of the best decoder's mean surprise over `count` sequences: steps are independent of each other."""

    def variance(joint: Array) -> float:
        posterior = joint / np.maximum(joint.sum(0), 1e-300)
        surprise = -np.log(np.maximum(posterior, 1e-300))
        return float((joint * surprise**2).sum() - (joint * surprise).sum() ** 2)

    move = np.full(m, eta / m)
    move[0] += 1 - eta
    read = np.full((m, m), delta / m) + (1 - delta) * np.eye(m)
    total = variance(read / m) + (positions - 1) * variance(move[:, None] * read)
    return float(np.sqrt(max(total, 0.0) / count) / positions)


def mean_floor(eta: float, delta: float, m: int, positions: int) -> float:
    """The floor of the teacher-forced loss averaged over positions 1..positions, in nats."""
    return (first_entropy(delta, m) + (positions - 1) * entropy_floor(eta, delta, m)) / positions


def error_bound(forced_errors: Array) -> Array:
    """Cumulated free-running errors can be at most sum over t of the teacher-forced errors up to t (Ross & Bagnell 2010).

    `forced_errors` (positions,): teacher-forced error at each position; constant epsilon gives epsilon T (T + 1) / 2.
    The bound holds sequence by sequence for greedy decoding: before its first slip a free run IS the teacher-forced one.
    """
    slipped = np.minimum(np.cumsum(np.nan_to_num(forced_errors)), 1.0)
    return np.cumsum(slipped)


def scheduled_minimiser(joint: Array, truth: float) -> tuple[Array, Array]:
    """Huszar's minimiser of scheduled sampling on two tokens, equation (9); Huszar 2015 (1511.05101).

    Args:
        joint: p(y1, y2), shape (m, m).
        truth: probability that the second step reads the true first token.

    Returns:
        q(y1) (m,) and q(y2 | y1) (m, m), rows y1.
    """
    first = joint.sum(1)
    return first, truth * joint / first[:, None] + (1 - truth) * joint.sum(0)[None, :]


def truth_probability(kind: str, step: int, horizon: int, floor: float) -> float:
    """Chance that scheduled sampling feeds the true token at this step (Bengio et al. 2015, 1506.03099).

    linear: from 1 down to `floor` at 70 % of `horizon`; exponential: k^s, one half at 35 % of `horizon`; inverse
    sigmoid: k / (k + exp(s / k)) with k = horizon / 12; constant: `floor` from the start.
    """
    if kind == "constant":
        return floor
    if kind == "linear":
        value = 1 - step / (0.7 * horizon)
    elif kind == "exponential":
        value = 0.5 ** (step / (0.35 * horizon))
    else:
        k = horizon / 12
        value = k / (k + float(np.exp(min(step / k, 700.0))))
    return float(min(1.0, max(floor, value)))
