"""What a frame of the VAE geometry lab holds."""

from __future__ import annotations

from engine.core.topic import array, at_least, scalar, when

PLANE = when(plane=True)
BOTH = when(plane=True, twin=True)

OUTPUTS = (
    scalar("loss", "loss (8) of the last batch", "nats"),
    scalar("error", "squared error of the VAE on the last batch, summed over pixels"),
    scalar("ae_error", "squared error of the autoencoder on the last batch"),
    scalar("kl", "mean KL of an ellipse from the unit disc", "nats"),
    *(
        scalar(f"kl_{i}", f"mean KL of the axis number {i} by size", "nats", when=when(code_size=at_least(i)))
        for i in range(1, 9)
    ),
    scalar("beta", "KL weight in force"),
    scalar("s", "the one scale β σₓ²"),
    scalar("beta_c", "critical KL weight λ₁/σₓ² (10)"),
    scalar("beta_ratio", "β / β_c"),
    scalar("sigma_median", "median half-axis of the ellipses"),
    scalar("points", "fraction of half-axes below 0.02"),
    scalar("law_correlation", "correlation of log σ² with the law (13)"),
    scalar("law_bias", "median of log σ² minus the law's (13)"),
    scalar("law_averaged", "median of log σ² minus the law averaged over each ellipse, at the last key step"),
    scalar("law_scatter", "standard deviation of that difference over samples"),
    scalar("cosine", "mean |cos| between two columns of the decoder's Jacobian"),
    scalar("unevenness", "standard deviation over mean of the magnification at the codes"),
    scalar("test_error", "squared error of the VAE on test samples"),
    scalar("ae_cosine", "mean |cos| between two columns of the autoencoder's Jacobian"),
    scalar("ae_unevenness", "standard deviation over mean of the autoencoder's magnification"),
    scalar("ae_test_error", "squared error of the autoencoder on test samples"),
    scalar("elbo", "evidence lower bound on test samples (β = 1)", "nats"),
    scalar("log_likelihood", "log p(x) of test samples by quadrature, in full quality", "nats"),
    scalar("class_entropy", "entropy of the classes of prior draws, VAE", "nats"),
    scalar("classes", "classes with at least 1 % of the prior draws, VAE"),
    scalar("ae_class_entropy", "entropy of the classes of prior draws, autoencoder", "nats"),
    scalar("ae_classes", "classes with at least 1 % of the prior draws, autoencoder"),
    scalar("each_kl", "mean KL of an ellipse (6)", "nats", when=PLANE),
    scalar("information", "mutual information of sample and code (6)", "nats", when=PLANE),
    scalar("union_kl", "KL of the union of all ellipses from the unit disc (6)", "nats", when=PLANE),
    scalar("log_n", "log of the number of samples", "nats", when=PLANE),
    scalar("coverage", "fraction of the prior inside an ellipse (7)", when=PLANE),
    scalar("multiplicity", "ellipses over a draw from the prior", when=PLANE),
    scalar("held_out", "fraction of test codes inside a training ellipse", when=PLANE),
    *(
        scalar(prefix + name, meaning + arm, when=PLANE)
        for prefix, arm in (("", ", VAE"), ("ae_", ", autoencoder"))
        for name, meaning in (
            ("cloud", "shape of the codes: 0 scattered, 1 line, 2 ring, 3 disc, 4 centre, 5 two arcs"),
            ("eigen_ratio", "smaller over larger variance of the codes"),
            ("ring", "median radius over its standard deviation"),
            ("winding", "turns of the codes per turn of the glyph"),
            ("backward", "fraction of backward steps of the codes"),
        )
    ),
    scalar("probe_index", "which sample is nearest to the pointer", when=PLANE),
    *(
        scalar(f"{name}_{curve}", f"{meaning}, {words}", unit, when=PLANE)
        for curve, words in (("straight", "straight line"), ("pullback", "pullback geodesic"), ("rbf", "RBF geodesic"))
        for name, meaning, unit in (
            ("length", "picture length of the curve", ""),
            ("off", "largest distance of the curve to the true pictures", ""),
            ("bend", "largest departure of the true coordinate from the share of picture length covered", "rad"),
        )
    ),
    scalar("true_length", "distance of the curve's ends inside the true manifold", when=PLANE),
    array("kl_axis", "code_size", "mean KL per axis", "nats"),
    array("spectrum", "8", "leading eigenvalues of the data covariance"),
    array("sigmas", "shown code_size", "half-axes of the shown ellipses"),
    array("predicted", "shown code_size", "half-axes by law (13)"),
    array("hue", "shown", "true coordinate or class of the shown samples, 0 to 1"),
    array("size", "2", "height and width of a picture, 0 when samples are no pictures"),
    array("shadow", "shown 2", "the shown samples in a flat picture of the data"),
    array("bounds", "9", "bounds on log p(x) for 1, 2, 4, ... 256 draws", "nats"),
    array("gallery", "tiles pixels", "decoded prior codes, VAE"),
    array("histogram", "classes", "classes of 256 prior draws, VAE"),
    array("ae_gallery", "tiles pixels", "decoded prior codes, autoencoder", when=when(twin=True)),
    array("ae_histogram", "classes", "classes of 256 prior draws, autoencoder", when=when(twin=True)),
    array("codes", "shown 2", "centres of the shown ellipses", when=PLANE),
    array("map", "25 25", "log₁₀ magnification over the plane", when=PLANE),
    array("box", "4", "edges of the map", when=PLANE),
    array("field_points", "81 2", "where the metric is shown", when=PLANE),
    array("field_metric", "81 3", "metric there: G₁₁, G₁₂, G₂₂", when=PLANE),
    array("ae_codes", "shown 2", "codes of the autoencoder", when=BOTH),
    array("ae_map", "25 25", "log₁₀ magnification over the autoencoder's plane", when=BOTH),
    array("ae_box", "4", "edges of the autoencoder's map", when=BOTH),
    array("probe_pictures", "4 pixels", "decoded at the pointer; nearest sample; its reconstruction; autoencoder", when=PLANE),
    array("probe_code", "2 2", "the pointer and the nearest code", when=PLANE),
    array("probe_ellipses", "2 2", "that code's half-axes: encoder, law (13)", when=PLANE),
    array("probe_posterior", "24 24", "that sample's true posterior, largest value 1", when=PLANE),
    array("probe_box", "4", "edges of the posterior's picture", when=PLANE),
    array("ends", "2 2", "ends of the curves", when=PLANE),
    array("curves", "3 nodes 2", "straight line, pullback geodesic, RBF geodesic", when=PLANE),
    array("strips", "3 stations pixels", "what is decoded along the curves", when=PLANE),
    array("strip_off", "3 stations", "distance to the nearest true picture", when=PLANE),
    array("strip_place", "3 stations", "true coordinate of the nearest true picture", when=PLANE),
    array("strip_steps", "3 32", "lengths of the curves' steps", when=PLANE),
    array("batch_codes", "128 2", "codes sampled for the last batch", when=PLANE),
    array("batch_hue", "128", "true coordinate or class of the last batch", when=PLANE),
)
