"""What shape is the code space? A VAE seen as geometry: ellipses, their union, and the decoder's own ruler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.core.topic import Experiment, Output, Topic
from engine.latent.vae_geometry.claims import CLAIMS
from engine.latent.vae_geometry.guesses import GUESSES
from engine.latent.vae_geometry.params import VaeGeometryParams
from engine.latent.vae_geometry.views import VIEWS


def _flat(params: Any) -> bool:
    return params.plane


def _twin(params: Any) -> bool:
    return params.twin


def _twins(params: Any) -> bool:
    return params.twin and params.plane


def _axes(count: int) -> Callable[[Any], bool]:
    return lambda params: params.code_size >= count


OUTPUTS = (
    Output("loss", "", "loss (8) of the last batch", "nats"),
    Output("error", "", "squared error of the VAE on the last batch, summed over pixels"),
    Output("ae_error", "", "squared error of the autoencoder on the last batch"),
    Output("kl", "", "mean KL of an ellipse from the unit disc", "nats"),
    *(Output(f"kl_{i}", "", f"mean KL of the axis number {i} by size", "nats", when=_axes(i)) for i in range(1, 9)),
    Output("beta", "", "KL weight in force"),
    Output("s", "", "the one scale β σₓ²"),
    Output("beta_c", "", "critical KL weight λ₁/σₓ² (10)"),
    Output("beta_ratio", "", "β / β_c"),
    Output("sigma_median", "", "median half-axis of the ellipses"),
    Output("points", "", "fraction of half-axes below 0.02"),
    Output("law_correlation", "", "correlation of log σ² with the law (13)"),
    Output("law_bias", "", "median of log σ² minus the law's (13)"),
    Output("law_averaged", "", "median of log σ² minus the law averaged over each ellipse, at the last key step"),
    Output("law_scatter", "", "standard deviation of that difference over samples"),
    Output("cosine", "", "mean |cos| between two columns of the decoder's Jacobian"),
    Output("unevenness", "", "standard deviation over mean of the magnification at the codes"),
    Output("test_error", "", "squared error of the VAE on test samples"),
    Output("ae_cosine", "", "mean |cos| between two columns of the autoencoder's Jacobian"),
    Output("ae_unevenness", "", "standard deviation over mean of the autoencoder's magnification"),
    Output("ae_test_error", "", "squared error of the autoencoder on test samples"),
    Output("elbo", "", "evidence lower bound on test samples (β = 1)", "nats"),
    Output("log_likelihood", "", "log p(x) of test samples by quadrature, in full quality", "nats"),
    Output("class_entropy", "", "entropy of the classes of prior draws, VAE", "nats"),
    Output("classes", "", "classes with at least 1 % of the prior draws, VAE"),
    Output("ae_class_entropy", "", "entropy of the classes of prior draws, autoencoder", "nats"),
    Output("ae_classes", "", "classes with at least 1 % of the prior draws, autoencoder"),
    Output("each_kl", "", "mean KL of an ellipse, at the last key step (6)", "nats", when=_flat),
    Output("information", "", "mutual information of sample and code (6)", "nats", when=_flat),
    Output("union_kl", "", "KL of the union of all ellipses from the unit disc (6)", "nats", when=_flat),
    Output("log_n", "", "log of the number of samples", "nats", when=_flat),
    Output("coverage", "", "fraction of the prior inside an ellipse (7)", when=_flat),
    Output("multiplicity", "", "ellipses over a draw from the prior", when=_flat),
    Output("held_out", "", "fraction of test codes inside a training ellipse", when=_flat),
    *(
        Output(prefix + name, "", meaning + arm, when=_flat)
        for prefix, arm in (("", ", VAE"), ("ae_", ", autoencoder"))
        for name, meaning in (
            ("cloud", "shape of the codes: 0 scattered, 1 line, 2 ring, 3 disc, 4 centre"),
            ("eigen_ratio", "smaller over larger variance of the codes"),
            ("ring", "median radius over its standard deviation"),
            ("winding", "turns of the codes per turn of the glyph"),
            ("backward", "fraction of backward steps of the codes"),
        )
    ),
    Output("probe_index", "", "which sample is nearest to the pointer", when=_flat),
    *(
        Output(f"{name}_{curve}", "", f"{meaning}, {words}", unit, when=_flat)
        for curve, words in (("straight", "straight line"), ("pullback", "pullback geodesic"), ("rbf", "RBF geodesic"))
        for name, meaning, unit in (
            ("length", "picture length of the curve", ""),
            ("off", "largest distance of the curve to the true pictures", ""),
            ("bend", "largest departure of the true coordinate from the share of picture length covered", "rad"),
        )
    ),
    Output("true_length", "", "distance of the curve's ends inside the true manifold", when=_flat),
    Output("kl_axis", "code_size", "mean KL per axis", "nats"),
    Output("spectrum", "8", "leading eigenvalues of the data covariance"),
    Output("sigmas", "shown code_size", "half-axes of the shown ellipses"),
    Output("predicted", "shown code_size", "half-axes by law (13)"),
    Output("hue", "shown", "true coordinate or class of the shown samples, 0 to 1"),
    Output("size", "2", "height and width of a picture, 0 when samples are no pictures"),
    Output("shadow", "shown 2", "the shown samples in a flat picture of the data"),
    Output("bounds", "9", "bounds on log p(x) for 1, 2, 4, ... 256 draws", "nats"),
    Output("gallery", "tiles pixels", "decoded prior codes, VAE"),
    Output("histogram", "classes", "classes of 256 prior draws, VAE"),
    Output("ae_gallery", "tiles pixels", "decoded prior codes, autoencoder", when=_twin),
    Output("ae_histogram", "classes", "classes of 256 prior draws, autoencoder", when=_twin),
    Output("codes", "shown 2", "centres of the shown ellipses", when=_flat),
    Output("map", "25 25", "log₁₀ magnification over the plane", when=_flat),
    Output("box", "4", "edges of the map", when=_flat),
    Output("field_points", "81 2", "where the metric is shown", when=_flat),
    Output("field_metric", "81 3", "metric there: G₁₁, G₁₂, G₂₂", when=_flat),
    Output("ae_codes", "shown 2", "codes of the autoencoder", when=_twins),
    Output("ae_map", "25 25", "log₁₀ magnification over the autoencoder's plane", when=_twins),
    Output("ae_box", "4", "edges of the autoencoder's map", when=_twins),
    Output("probe_pictures", "4 pixels", "decoded at the pointer; nearest sample; its reconstruction; autoencoder", when=_flat),
    Output("probe_code", "2 2", "the pointer and the nearest code", when=_flat),
    Output("probe_ellipses", "2 2", "that code's half-axes: encoder, law (13)", when=_flat),
    Output("probe_posterior", "24 24", "that sample's true posterior, largest value 1", when=_flat),
    Output("probe_box", "4", "edges of the posterior's picture", when=_flat),
    Output("ends", "2 2", "ends of the curves", when=_flat),
    Output("curves", "3 nodes 2", "straight line, pullback geodesic, RBF geodesic", when=_flat),
    Output("strips", "3 stations pixels", "what is decoded along the curves", when=_flat),
    Output("strip_off", "3 stations", "distance to the nearest true picture", when=_flat),
    Output("strip_place", "3 stations", "true coordinate of the nearest true picture", when=_flat),
    Output("strip_steps", "3 32", "lengths of the curves' steps", when=_flat),
    Output("batch_codes", "128 2", "codes sampled for the last batch", when=_flat),
    Output("batch_hue", "128", "true coordinate or class of the last batch", when=_flat),
)

EXPERIMENTS = (
    Experiment(
        "points",
        "1 · Points: a plain autoencoder",
        "No noise, no pull: every picture is a point. Which shape does the cloud take?",
        {"noise": False, "regulariser": "none"},
        steps=800,
    ),
    Experiment(
        "areas", "2 · Areas: the ellipses of a VAE", "Noise and KL: points grow into ellipses.", {"beta": 4.0}, steps=1000
    ),
    Experiment(
        "unheld",
        "3 · A noise that nobody holds",
        "Noise without any pull (β = 0): watch σ die; the VAE turns itself back into an autoencoder.",
        {"beta": 0.0},
        steps=800,
    ),
    Experiment(
        "naive",
        "4 · The naive penalty",
        "‖μ‖² + ‖σ − 1‖² instead of the KL: σ = 0 costs only 1 per axis, so the ellipses shrink to points.",
        {"regulariser": "quadratic"},
        steps=800,
    ),
    Experiment(
        "too_much",
        "5 · Too much, and back",
        "β = 450 is above β_c: every code dies. Drag β back to 4 while it runs and watch the ring come alive again.",
        {"beta": 450.0},
        steps=1500,
    ),
    Experiment(
        "short_way",
        "6 · Which way is short?",
        "Three curves from A to B. Drag the ends; the plain geodesic takes the short cut through the hole.",
        {"beta": 4.0, "metric": "rbf", "angle_b": 2.4},
        steps=1000,
    ),
    Experiment(
        "no_gap",
        "7 · No prior, no gap",
        "Two moons: the prior pushes them together, but the magnification between them remembers the gap.",
        {"data": "moons", "beta": 4.0, "metric": "pullback"},
        steps=1000,
    ),
    Experiment(
        "digits",
        "8 · Handwritten digits",
        "The same scale s on real pictures: the union is nearly the disc, and prior draws show all ten digits.",
        {"data": "digits", "sigma_x": 0.2, "beta": 1.0},
        steps=1500,
    ),
    Experiment(
        "roll",
        "9 · Unroll the sheet",
        "Swiss roll: geodesics measure the true distance inside the sheet, straight code distances do not.",
        {"data": "swiss-roll", "beta": 1.0, "metric": "pullback", "angle_a": 0.3, "angle_b": 6.0},
        steps=2000,
    ),
    Experiment(
        "same_s",
        "10 · Only s matters",
        "σₓ doubled at the same s = β σₓ²: the codes are those of experiment 2.",
        {"sigma_x": 0.2, "beta": 4.0, "lock_s": True},
        steps=1000,
    ),
    Experiment(
        "eight_axes",
        "11 · Eight axes, some dead",
        "Digits with d = 8: several axes die although the linear theory would keep all of them.",
        {"data": "digits", "sigma_x": 0.2, "beta": 1.0, "code_size": 8},
        steps=1500,
    ),
    Experiment(
        "blow_up",
        "12 · Too fast",
        "A learning rate of 1: the run stops itself and says which quantity blew up.",
        {"learning_rate": 1.0},
        steps=1000,
    ),
)

TOPIC = Topic(
    slug="vae-geometry",
    group="latent",
    title="What shape is the code space? A VAE seen as geometry",
    question="An autoencoder turns every image into a point; a VAE turns it into a small ellipse. What does that do to the shape "
    "of the code space, and how far apart are two codes really?",
    params=VaeGeometryParams,
    outputs=OUTPUTS,
    views=VIEWS,
    stackable=("beta", "sigma_x", "noise"),
    model="engine.latent.vae_geometry.model:VaeGeometry",
    parts=("encode", "sample", "decode", "losses", "update"),
    steps=1000,
    claims=CLAIMS,
    experiments=EXPERIMENTS,
    uploads=("table", "images"),
    data_param="data",
    data_value="own",
    scripts=("steps", "perceptron", "kl", "quadratic"),
    guesses=GUESSES,
)
