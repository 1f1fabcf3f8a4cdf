"""Habits and the exact answers of the generator, in float64: thresholds and F1, posteriors, the optimal logit. No torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_softmax

from engine.language.entity_linking.params import TOPIC_SIZE, TOPICS, VOCABULARY

TOPIC_SHARE, PRIVATE_SHARE, PRIVATE_WORDS = 0.25, 0.06, 3  # of a text's words; words that are an entity's own
SMOOTHING = 0.5  # of counts of meanings
IN_DICTIONARY = 0.92  # of annotated mentions


def habit(marked: np.ndarray, unmarked: np.ndarray) -> np.ndarray:
    """Estimated habit (n⁺ + 1) / (n⁺ + n⁻ + 2) of every alias. Above 1/6 exactly where rule (1) keeps it: (n⁻ + 1) / (n⁺ + 1) < 5."""
    return (marked + 1) / (marked + unmarked + 2)


def f1(precision: ArrayLike, recall: ArrayLike) -> np.ndarray:
    """Harmonic mean of precision and recall; 0 where both are."""
    precision, recall = np.asarray(precision, float), np.asarray(recall, float)
    total = precision + recall
    return np.where(total > 0, 2 * precision * recall / np.where(total > 0, total, 1), 0.0)


def scores(
    kept: np.ndarray, marked: np.ndarray, unmarked: np.ndarray, lost: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and F1 (...) of keeping aliases (..., aliases), on occurrences (aliases,) marked and not; nothing kept: precision 1."""
    right, taken = kept @ marked, kept @ (marked + unmarked)
    precision, recall = np.where(taken > 0, right / np.maximum(taken, 1e-300), 1.0), right / (marked.sum() + lost)
    return precision, recall, f1(precision, recall)


def best_f1(frequency: np.ndarray, habits: np.ndarray, inside: float = IN_DICTIONARY) -> float:
    """The largest F1 of (2) over all sets of aliases: keep those with the largest π. Its threshold is half of it (Lipton et al. 2014).

    Args:
        frequency, habits: f and π of every alias (aliases,). inside: the share of annotated mentions that the dictionary has; those
            that it lacks count among the positives of the denominator.
    """
    order = np.argsort(-habits, kind="stable")
    right, taken = np.cumsum((frequency * habits)[order]), np.cumsum(frequency[order])
    return float((2 * right / (taken + (frequency * habits).sum() / inside)).max())


def prior(concentration: float, count: int) -> np.ndarray:
    """Chances (count,) of the r-th meaning, in proportion to r^−a."""
    rank = np.arange(1, count + 1) ** -float(concentration)
    return rank / rank.sum()


def word_chances(topics: np.ndarray, private: np.ndarray) -> np.ndarray:
    """P(w | e): (..., words) of entities with topics (...) and private words (..., 3); a private word that stands twice counts twice."""
    chances = np.full((*topics.shape, VOCABULARY), (1 - TOPIC_SHARE - PRIVATE_SHARE) / VOCABULARY)
    own_topic = np.arange(VOCABULARY) // TOPIC_SIZE == np.where(topics < TOPICS, topics, -1)[..., None]
    chances += own_topic * (TOPIC_SHARE / TOPIC_SIZE)
    for k in range(private.shape[-1]):
        np.put_along_axis(chances, private[..., k : k + 1],
            np.take_along_axis(chances, private[..., k : k + 1], -1) + PRIVATE_SHARE / private.shape[-1], -1)  # fmt: skip
    return chances


def log_posterior(likelihood: np.ndarray, given: np.ndarray) -> np.ndarray:
    """log p(e | m, x) (..., entities), normalised, from log-likelihoods and the prior p(e | m)."""
    return log_softmax(likelihood + np.log(given), -1)


def smoothed(counts: np.ndarray) -> np.ndarray:
    """p̂(e | m) (..., entities) from training counts: (count + 1/2) / (sum + entities / 2)."""
    return (counts + SMOOTHING) / (counts.sum(-1, keepdims=True) + SMOOTHING * counts.shape[-1])


def kept_ids(given: np.ndarray, keep: int) -> np.ndarray:
    """Which meanings stay (..., entities): the `keep` largest p̂, ties by the smaller number."""
    order = np.argsort(-given, -1, kind="stable")
    kept = np.zeros(given.shape, bool)
    np.put_along_axis(kept, order[..., :keep], True, -1)
    return kept


def choose(contexts: np.ndarray, given: np.ndarray, weight: float = 0.0, keep: int | None = None) -> np.ndarray:
    """The linker's choice: argmax over the kept meanings of s(e) + λ ln p̂(e | m); scores and p̂ (..., entities)."""
    total = contexts + weight * np.log(given)
    if keep is not None and keep < given.shape[-1]:
        total = np.where(kept_ids(given, keep), total, -np.inf)
    return total.argmax(-1)


def optimal_logit(prior: np.ndarray, sampler: np.ndarray, likelihood: np.ndarray) -> np.ndarray:
    """(4): ln p(e|m) p(x|e) / (q(e|m) p(x|m)), (entities, texts), from p, q (entities,) and p(x | e) (entities, texts)."""
    return np.log(prior[:, None] * likelihood / (sampler[:, None] * (prior @ likelihood)))
