"""Every number and array of this lab's frames."""

from __future__ import annotations

from engine.core.topic import array, clock, constant, scalar, under, when
from engine.training.adversarial_training.params import DIGITS, MOONS

# fmt: off
OUTPUTS = (
    scalar("loss", "what is minimised", "nats"),
    scalar("clean_accuracy", "accuracy without attack"),
    scalar("robust_accuracy", "accuracy under attack, PGD-20"),
    scalar("fgm_accuracy", "accuracy under an attack of one step"),
    scalar("slope_mean", "mean slope of the loss at test inputs", symbol="‖∇ₓL‖"),
    scalar("slope_max", "largest slope of the loss at a training input", symbol="‖∇ₓL‖"),
    scalar("vanished", "share of training inputs whose gradient has vanished"),
    scalar("gradients", "gradients a step"),
    clock("milliseconds", "time of a step", "ms"),
    array("robust_curve", "3 7", "accuracy against the attack radius: PGD-20, one step, random", exact=True),
    *under(MOONS,
        scalar("equivalence_raw", "distance of raw training from its penalty at ε = 0.01"),
        scalar("equivalence_unit", "distance of FGM from its penalty at ε = 0.01"),
        scalar("equivalence_slope", "power of ε with which the distance falls"),
        array("apart", "2 7", "distance of adversarial training from its penalty, for seven ε", exact=True),
        array("alike", "2 7", "cosine between what both add to the gradient, for seven ε", exact=True),
        constant("points", "n 2", "training points", exact=True),
        constant("labels", "n", "their classes"),
        constant("test_points", "tested 2", "test points", exact=True),
        constant("test_labels", "tested", "their classes"),
        array("w1", "2 32", "weights of the first layer", exact=True),
        array("b1", "32", "biases of the first layer", exact=True),
        array("w2", "32 32", "weights of the second layer", exact=True),
        array("b2", "32", "biases of the second layer", exact=True),
        array("w3", "32 2", "weights of the third layer", exact=True),
        array("b3", "2", "biases of the third layer", exact=True),
        array("gradient", "n 2", "slope of the loss at the training points", exact=True),
        array("delta", "n 2", "how training moves the points", exact=True),
        array("ways", "pgd_steps n 2", "the same after each of PGD's steps", exact=True, when=when(method="pgd"))),
    *under(DIGITS,
        constant("digit_images", "5 64", "test digits", exact=True),
        constant("digit_labels", "5", "their labels"),
        array("digit_delta", "5 64", "how the attack moves them", exact=True),
        array("digit_before", "5", "answers before the attack"),
        array("digit_after", "5", "answers under attack")),
)
# fmt: on
