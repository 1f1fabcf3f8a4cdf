"""Closed forms and phenomena held against the run, by what is computed."""

from engine.discrete.gumbel_softmax.claims.gradients import (
    best_tau,
    blind,
    cold_noise,
    cold_relaxed,
    cold_straight,
    loo_noise,
    loo_unbiased,
    rao_is_quieter,
    relaxed_bias,
    score_noise,
    score_unbiased,
    straight_mean,
    turned,
    wrong_way,
)
from engine.discrete.gumbel_softmax.claims.simplex import gumbel_max, maximum, mean_of_y, orders
from engine.discrete.gumbel_softmax.claims.training import (
    annealed,
    bound,
    capacity,
    cliff,
    corner_reached,
    enumeration_wins,
    flatters,
    large_world,
    many,
    path_variance,
    score_lags,
    score_variance,
    small_world,
    stuck,
)

__all__ = ["annealed", "best_tau", "blind", "bound", "capacity", "cliff", "cold_noise", "cold_relaxed", "cold_straight", "corner_reached", "enumeration_wins", "flatters", "gumbel_max", "large_world", "loo_noise", "loo_unbiased", "many", "maximum", "mean_of_y", "orders", "path_variance", "rao_is_quieter", "relaxed_bias", "score_lags", "score_noise", "score_unbiased", "score_variance", "small_world", "straight_mean", "stuck", "turned", "wrong_way"]  # fmt: skip
