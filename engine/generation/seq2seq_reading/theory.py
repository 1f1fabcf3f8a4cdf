"""What is known without a network: masks, the fused score, beams of it, a perfect reader's vote. float64, no torch.

Numbers in brackets are those of the page: (1) the mask, (3) no answer, (4) the fused score.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np

Array = np.ndarray
SEP, DIGIT, NAME = 2, 3, 13  # [SEP], the first digit, the first name
ANSWER = 3  # tokens of an answer: two digits and [SEP]
VALUES = 100
TINY = 1e-300  # floor of a fused score before its logarithm


def visible(source: int, total: int, mask: str = "unilm") -> Array:
    """The mask M (total, total), bool: row sees column. (1): column < source or column <= row, both from 0.

    "question-first" is causal, too: what differs is the order of the source.
    """
    row, column = np.arange(total)[:, None], np.arange(total)
    if mask == "full":
        return np.ones((total, total), bool)
    return (column <= row) | ((column < source) & (mask == "unilm"))


def fuse(p: Array, kept: Array, rule: str = "squares") -> Array:
    """One score per token from the passages' chances; not a distribution. kexue.fm/archives/7115, its code.

    Args:
        p: (..., passages, vocabulary), float64. kept: (..., passages), bool: who has a say.
        rule: "squares" is (4), Σp² / (1 + Σp); "mean"; "product"; "first": the first kept passage alone.

    Returns:
        (..., vocabulary), all 0 where nobody is kept.
    """
    say = np.where(kept[..., None], p, 0.0)
    if rule == "squares":
        return (say**2).sum(-2) / (1 + say.sum(-2))
    if rule == "mean":
        return say.sum(-2) / np.maximum(kept.sum(-1, keepdims=True), 1)
    if rule == "product":
        return np.where(kept[..., None], p, 1.0).prod(-2) * np.any(kept, -1, keepdims=True)
    return np.take_along_axis(say, kept.argmax(-1)[..., None, None], -2)[..., 0, :]


def continues(facts: Array, kept: Array, prefix: Array, vocabulary: int) -> Array:
    """Which tokens an extractive answer may take next: those that follow `prefix` in a kept passage, and [SEP].

    Args:
        facts: (..., passages, words). kept: (..., passages). prefix: (..., t).

    Returns:
        (..., vocabulary), bool. An n-gram may cross the border between two facts.
    """
    t, words = prefix.shape[-1], facts.shape[-1]
    facts = np.broadcast_to(facts, (*prefix.shape[:-1], *facts.shape[-2:]))
    allowed = np.zeros((*prefix.shape[:-1], vocabulary), bool)
    allowed[..., SEP] = True
    same = np.broadcast_to(kept[..., None], facts.shape)[..., : max(words - t, 0)]
    for k in range(t):
        same = same & (facts[..., k : words - t + k] == prefix[..., None, None, k])
    following = facts[..., t:][same]
    rows = np.nonzero(same)[:-2]
    allowed[(*rows, following)] = True
    return allowed


Reading = Callable[[Array, Array], Array]  # (questions (n,), prefixes (n, t)) -> chances (n, passages, vocabulary)


def vote(
    read: Reading, facts: Array, kept: Array, rule: str, extractive: bool, vocabulary: int, beam: int = 1,
    longest: int = ANSWER,
) -> Array:  # fmt: skip
    """The answers that beams of the fused score find; all passages share one prefix.

    If the best continuation of all ends, it is the answer; others that end are dropped, for scores below 1 favour the short.

    Args:
        read: the chances of the next token. beam: hypotheses that are kept; 1 is token by token.
        facts: (questions, passages, words). kept: (questions, passages).
        rule, extractive: see `fuse` and `continues`; what is not allowed gets chance 0 before fusing.

    Returns:
        (questions, longest): tokens up to and including [SEP], then 0. All 0 where nobody is kept.
    """
    count = len(kept)
    prefix, score = np.zeros((count, 1, 0), int), np.zeros((count, 1))
    answer, open_ = np.zeros((count, longest), int), kept.any(1)
    everyone = np.arange(count)
    for t in range(longest):
        width = prefix.shape[1]
        p = read(np.repeat(everyone, width), prefix.reshape(count * width, t)).reshape(count, width, -1, vocabulary)
        if extractive:
            p = p * continues(facts[:, None], kept[:, None], prefix, vocabulary)[:, :, None]
        step = score[..., None] + np.log(np.maximum(fuse(p, kept[:, None], rule), TINY))
        best = np.argsort(-step.reshape(count, -1), axis=1, kind="stable")[:, :beam]
        origin, token = best // vocabulary, best % vocabulary
        score = np.take_along_axis(step.reshape(count, -1), best, 1)
        prefix = np.concatenate([np.take_along_axis(prefix, origin[..., None], 1), token[..., None]], 2)
        ended = open_ & ((token[:, 0] == SEP) | (t == longest - 1))
        answer[ended, : t + 1] = prefix[ended, 0]
        open_ = open_ & ~ended
        score = np.where(token == SEP, -np.inf, score)
    return answer


def _power(series: Array, exponent: int) -> Array:
    """The first coefficients of a power of a series that begins with 1 (J. C. P. Miller's recurrence)."""
    power = np.zeros(len(series))
    power[0] = 1.0
    for k in range(1, len(series)):
        j = np.arange(1, k + 1)
        power[k] = ((exponent * j - k + j) * series[j] * power[k - j]).sum() / k
    return power


@cache
def perfect(passages: int, present: float, wrong: float) -> float:
    """How often a whole-answer majority of a perfect reader's answers is right; ties are split evenly.

    Each passage holds the pair with chance `present`; if so, it says any of the 100 values with chance `wrong` (which may be
    the right one). Exact: the multinomial over absent, right and the 99 other values, by exponential generating functions.
    """
    other = present * wrong / VALUES
    truth = present * (1 - wrong) + other
    count = np.arange(passages + 1)
    factorial = np.array([math.factorial(k) for k in count], float)
    absent, box = (1 - present) ** count / factorial, other**count / factorial
    right = 0.0
    for votes in range(1, passages + 1):
        for tied in range((passages - votes) // votes + 1):  # other values with as many votes; the rest have fewer
            left = passages - votes * (1 + tied)
            fewer = _power(np.where(count < votes, box, 0.0), VALUES - 1 - tied)
            rest = float((fewer[: left + 1] * absent[left::-1]).sum())
            ways = math.comb(VALUES - 1, tied) * float(box[votes]) ** tied * truth**votes / factorial[votes]
            right += factorial[passages] * ways * rest / (1 + tied)
    return float(right)
