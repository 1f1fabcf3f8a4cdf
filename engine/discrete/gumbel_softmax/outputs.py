"""Every number and array of this lab's frames; which of them exist depends on the bench."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.core.topic import Output
from engine.discrete.gumbel_softmax.params import ESTIMATORS, GumbelSoftmaxParams, scalar_name

When = Callable[[GumbelSoftmaxParams], bool]


def on(*benches: str) -> When:
    """True for parameters with one of these benches."""
    return lambda params: params.bench in benches


def _on(bench: str, outputs: Iterable[tuple[str, str, str, str]]) -> tuple[Output, ...]:
    return tuple(Output(name, shape, meaning, unit, on(bench)) for name, shape, meaning, unit in outputs)


SHARED = (
    Output("draws", "", "draws counted so far", "", on("simplex", "gradients", "normal", "dimension")),
    Output("temperature", "", "temperature of the present training step", "", on("descent", "vae")),
    Output("corner_values", "classes", "values of f at the corners", "", on("gradients")),
)

SIMPLEX = _on(
    "simplex",
    (
        ("chi_square", "", "χ² of the winners against p, two degrees of freedom", ""),
        ("chance", "", "probability of a larger χ² when p is right", ""),
        ("maximum_mean", "", "mean of the largest noisy logit", ""),
        ("sharp", "", "share of samples with one class above 0.9", ""),
        ("cloud", "points 2", "first two coordinates of the softened choices", ""),
        ("winner", "points", "which class wins each race, from 0", ""),
        ("density", "grid grid", "log of the Concrete density over the first two coordinates", "nats"),
        ("wins", "3", "how often each class won", ""),
        ("ranks", "6", "how often each order of the classes occurred", ""),
        ("mean", "3", "mean of the softened choices", ""),
        ("mean_curve", "curve 3", "mean of the softened choices over temperatures", ""),
        ("track", "track 2", "the followed draw over temperatures", ""),
        ("race", "3", "Gumbel noise of the followed draw", ""),
    ),
)

_GRADIENTS = _on(
    "gradients",
    (
        ("exact_norm", "", "length of the exact gradient", ""),
        ("best_tau", "", "temperature at which Gumbel-softmax errs least for S draws a step", ""),
        ("gs_bias", "", "length of the bias of Gumbel-softmax at the present temperature", ""),
        ("gs_sd", "", "standard deviation of one Gumbel-softmax gradient", ""),
        ("gs_cosine", "", "cosine between the mean Gumbel-softmax gradient and the truth", ""),
        (
            "gradient_mean",
            "methods slots classes",
            "mean gradient per estimator and temperature; the last slot is the present one",
            "",
        ),
        ("gradient_variance", "methods slots", "total variance of one draw", ""),
        ("gradient_count", "methods slots", "draws behind each mean", ""),
        ("exact_gradient", "classes", "gradient by enumeration", ""),
        ("corner_slopes", "classes classes", "gradient of f at each corner", ""),
        ("tiny_share", "slots", "share of Gumbel-softmax draws below a thousandth of the exact gradient", ""),
        ("largest_draw", "slots", "length of the longest Gumbel-softmax draw", ""),
    ),
)
GRADIENTS = (
    *_GRADIENTS,
    Output(
        "wrong_way",
        "cells cells",
        "cosine between mean Gumbel-softmax and exact gradient over the triangle of p",
        "",
        lambda params: params.bench == "gradients" and params.classes == 3,
    ),
)

DESCENT = _on(
    "descent",
    (
        *((scalar_name("value", name), "", "mean E f of five descents", "") for name in ESTIMATORS),
        ("trail", "methods trail 2", "track of p of the first descent, NaN where not yet", ""),
        ("corners", "3", "values of f at the three corners", ""),
        ("positions", "methods runs 2", "present p of all descents", ""),
        ("values", "methods runs", "present E f of all descents", ""),
    ),
)

NORMAL = _on(
    "normal",
    (
        ("path_mean", "", "mean pathwise gradient at the present values", ""),
        ("score_mean", "", "mean score-function gradient at the present values", ""),
        ("path_variance", "", "variance of one pathwise gradient", ""),
        ("score_variance", "", "variance of one score-function gradient", ""),
        ("normal_grid", "columns", "frequencies ω (cosine) or widths σ of the measurements", ""),
        ("normal_variance", "2 columns", "measured variances, pathwise and score function", ""),
        ("needles", "2 needles", "fifty gradients of each kind", ""),
    ),
)

DIMENSION = _on(
    "dimension",
    (
        (
            "many_sd",
            "4 counts",
            "standard deviation of the whole gradient: score function, leave-one-out, Gumbel-softmax, ST",
            "",
        ),
        ("many_norm", "4 counts", "length of the mean gradient", ""),
    ),
)

_PER_NETWORK = (
    ("elbo", "held-out discrete ELBO", "nats"),
    ("relaxed", "the same with softened codes: no bound", "nats"),
    ("evidence", "held-out log p(x), enumerated", "nats"),
    ("kl", "KL of the code's distribution to uniform", "nats"),
    ("gap", "KL of the code's distribution to the true posterior", "nats"),
    ("used", "codes that are some training image's most probable one", ""),
)

VAE = _on(
    "vae",
    (
        *((scalar_name(what, name), "", text, unit) for what, text, unit in _PER_NETWORK for name in ESTIMATORS),
        ("evaluated", "", "held-out images behind the bounds", ""),
        ("cell", "", "place of the chosen code in the picture", ""),
        ("member_count", "", "training images of the chosen code", ""),
        ("probe_norm", "", "length of the exact gradient in the logits of 16 images", "nats"),
        ("book", "book pixels", "what the shown codes decode to, 0 to 255", ""),
        ("book_index", "book", "numbers of the shown codes", ""),
        ("usage", "book", "training images of each shown code", ""),
        ("image_size", "2", "height and width", "pixels"),
        ("members", "12 pixels", "training images of the chosen code", ""),
        ("probe_bias", "methods", "bias of each estimator's gradient, relative to the exact one", ""),
        ("probe_error", "methods", "standard error of that bias", ""),
        ("probe_sd", "methods", "standard deviation of one step's gradient, relative to the exact one", ""),
    ),
)

OUTPUTS = SHARED + SIMPLEX + GRADIENTS + DESCENT + NORMAL + DIMENSION + VAE
