"""Every number and array of this lab's frames."""

from __future__ import annotations

from engine.core.topic import array, scalar, under
from engine.training.self_orthogonality.params import DIGITS, GAUSSIAN

# fmt: off
OUTPUTS = (
    scalar("penalty_value", "penalty (3) of the batch, after the step"),
    scalar("theta_mean", "mean of ϑ over the pairs"),
    scalar("theta_rms", "root mean square of ϑ over the pairs"),
    scalar("angle_mean", "mean Euclid angle", "°"),
    scalar("angle_sd", "deviation of the Euclid angles", "°"),
    scalar("sigma_angle_mean", "mean Σ-angle", "°"),
    scalar("sigma_angle_sd", "deviation of the Σ-angles", "°"),
    scalar("cos2_sum", "sum of cos² over the ordered pairs", symbol="Σ cos²"),
    scalar("welch_bound", "the least that it can be", symbol="k²/d − k"),
    scalar("unsaturated", "share of outputs with |γy| below 2"),
    array("w", "inputs columns", "filters, one a column", symbol="W", exact=True),
    array("batch_x", "rows inputs", "inputs of this step", symbol="X", exact=True),
    array("theta", "columns columns", "ϑ̂ of the batch", exact=True),
    *under(GAUSSIAN,
        array("sigma", "inputs", "variances of the inputs", symbol="Σ", exact=True),
        array("population_theta", "columns columns", "ϑ that these inputs give on average", exact=True)),
    *under(DIGITS,
        scalar("accuracy", "test accuracy"),
        scalar("test_theta_mean", "mean ϑ of exact signs, test rows"),
        scalar("test_theta_rms", "root mean square ϑ of exact signs, test rows")),
)
# fmt: on
