"""Every number and array of this lab's frames."""

from __future__ import annotations

from engine.core.topic import array, constant, scalar, under
from engine.training.batchnorm.params import NET, TWIN

# fmt: off
OUTPUTS = (
    scalar("diverged_at", "step of the first loss that is not finite, −1 if there is none"),
    *under(NET,
        scalar("batch_loss", "loss of the batch before the step", "nats"),
        scalar("train_loss", "loss of all 1,400 rows as one batch", "nats"),
        scalar("test_accuracy", "test accuracy, running moments"),
        scalar("test_accuracy_batch", "test accuracy, moments of the tested rows"),
        scalar("loss_low", "lowest loss along the gradient", "nats"),
        scalar("loss_high", "highest loss along the gradient", "nats"),
        scalar("loss_range", "range of the loss along the gradient", "nats"),
        scalar("gradient_norm", "length of the gradient", symbol="‖∇f‖"),
        scalar("smoothness", "effective smoothness", symbol="β̂"),
        scalar("mean_loss_range", "mean range of the loss along the gradient", "nats"),
        scalar("mean_smoothness", "mean effective smoothness", symbol="β̂"),
        scalar("weight_norm2", "squared length of the first layer's weights", symbol="‖W‖²"),
        scalar("predicted_norm2", "the same by Pythagoras", symbol="‖W₀‖² + Σ η²‖∇W‖²"),
        scalar("effective_rate", "effective learning rate", symbol="η/‖W‖²"),
        array("slice", "17", "loss along the gradient, η' from 0 to 0.4", "nats", exact=True),
        array("pre", "batch_size 8", "what goes into the first normaliser", exact=True),
        array("post", "batch_size 8", "what comes out of it", exact=True),
        array("grad_pre", "batch_size 8", "gradient of the loss in what goes in", exact=True),
        array("grad_post", "batch_size 8", "gradient of the loss in what comes out", exact=True),
        array("gamma", "8", "gains γ", exact=True),
        array("beta", "8", "shifts β", exact=True),
        array("w_first", "64 8", "weights of the first layer", exact=True),
        array("grad_w_first", "64 8", "gradient of the loss in them", exact=True),
        array("batch_rows", "batch_size", "rows of the digits in the batch")),
    *under(TWIN,
        scalar("lambda_max", "largest eigenvalue", symbol="λmax"),
        scalar("second_moment", "sum of the mean squares of all inputs", symbol="T"),
        scalar("condition", "largest eigenvalue over the smallest one that is not zero"),
        scalar("twin_loss", "loss of the twin"),
        scalar("twin_floor", "least loss that the twin can have"),
        array("excess", "64", "loss above the least one, by eigendirection", exact=True),
        constant("eigenvalues", "3 64", "eigenvalues of XᵀX/N: raw, centred, standardised", exact=True)),
)
# fmt: on
