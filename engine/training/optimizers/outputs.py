"""Every number and array of this lab's frames."""

from __future__ import annotations

from engine.core.topic import array, clock, constant, scalar, under
from engine.training.optimizers.params import NET, QUADRATIC, SURFACE, VALLEY

# fmt: off
OUTPUTS = (
    *under(SURFACE,
        scalar("gradients", "gradients spent by each method"),
        scalar("loss_gd", "loss of gradient descent"),
        scalar("loss_heun", "loss of Heun"),
        scalar("loss_rk4", "loss of RK4"),
        scalar("loss_momentum", "loss of momentum"),
        scalar("loss_nesterov", "loss of Nesterov"),
        scalar("loss_adam", "loss of Adam"),
        scalar("error_gd", "gradient descent's distance to the flow"),
        scalar("error_heun", "Heun's distance to the flow"),
        scalar("error_rk4", "RK4's distance to the flow"),
        scalar("slope_error", "the gradient by hand against central differences, at a random place"),
        array("positions", "6 2", "where gradient descent, Heun, RK4, momentum, Nesterov, Adam stand", exact=True),
        array("losses", "6", "their losses", exact=True),
        array("diverged", "6", "gradients at which they diverged, −1 where not", exact=True),
        array("flow", "2", "the exact gradient flow at the time of gradient descent", exact=True),
        array("trail", "6 seen 2", "their ways, a place for each gradient, the last 600"),
        constant("start", "2", "where all begin", exact=True),
        constant("hessian", "2 2", "second derivatives at the start", exact=True)),
    *under(QUADRATIC,
        array("growth_factors", "3", "factor of one update across the valley: gradient descent, Heun, RK4", symbol="|R(−γκ)|", exact=True),
        array("arrived", "6", "gradients at which a millionth of the first distance is left, −1 where more is", exact=True)),
    *under(NET,
        scalar("loss_small", "loss of the run with small batches", "nats"),
        scalar("loss_accumulated", "loss of the accumulating run", "nats"),
        scalar("loss_big", "loss of the run with one big batch", "nats"),
        scalar("parameter_difference", "largest parameter difference", symbol="‖Δθ‖∞"),
        scalar("gradient_difference", "largest difference of the gradients by hand and by graph"),
        clock("hand_ms", "time of a gradient by hand", "ms"),
        clock("graph_ms", "time of a gradient by graph", "ms")),
    *under(VALLEY,
        scalar("variance", "variance of the walkers", symbol="Var θ"),
        scalar("variance_theory", "variance at rest by (8)"),
        scalar("walkers_diverged", "step at which the walkers diverged, −1 if they did not"),
        array("heights", "80", "density of the walkers", exact=True)),
)
# fmt: on
