"""Every number and array of this lab's frames."""

from __future__ import annotations

from engine.core.topic import array, constant, scalar, under
from engine.structured.rnn_ode.params import FIT, SOLVE

# fmt: off
OUTPUTS = (
    *under(SOLVE, scalar("t", "time reached", symbol="t")),
    *under(FIT,
        scalar("rmse", "root mean square error, in animals; of own data in their unit"),
        scalar("loss", "sum of squared errors, in hundreds of animals or the data's unit", symbol="ℓ"),
        scalar("gradient_norm", "length of the gradient before clipping", symbol="|∂ℓ/∂θ|"),
        scalar("slope_error", "the gradient against a central difference along a random direction"),
        scalar("refused", "steps that were not taken, because the cell would have blown up"),
        scalar("between", "observations between two steps, interpolated linearly"),
        scalar("unsorted", "rows of an own table that came too early and were sorted"),
        array("theta", "6", "the weights r₁ r₂ M₁₁ M₁₂ M₂₁ M₂₂", symbol="θ", exact=True),
        array("standard_errors", "6", "their standard errors, from the residuals and (JᵀJ)⁻¹; 0 where there are too few rows", exact=True),
        array("singular_values", "6", "singular values of the residuals' Jacobian", exact=True),
        array("state_gradient", "times", "length of ∂ℓ/∂xₙ", symbol="|∂ℓ/∂xₙ|", exact=True),
        constant("observation_times", "rows", "times of the observations", symbol="t", exact=True),
        constant("observations", "rows components", "the observations", exact=True)),
    array("times", "times", "times of the cell's steps", symbol="t", exact=True),
    array("trajectory", "times components", "the cell's states", symbol="x", exact=True),
    array("exact", "times components", "the exact solution at these times, of own data that of the fitted weights", exact=True),
)
# fmt: on
