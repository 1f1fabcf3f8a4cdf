"""Every number and array of this lab's frames; some exist only for two components with one number each (line, coins)."""

from __future__ import annotations

from engine.core.topic import array, constant, scalar, under
from engine.latent.em.params import COINS, FIXED, LINE, MIXTURE, PAIR

# fmt: off
OUTPUTS = (
    scalar("ell", "mean log-likelihood", "nats", symbol="ℓ"),
    scalar("free_energy", "free energy: the bound on ℓ", "nats", symbol="F"),
    scalar("gap", "gap between ℓ and F", "nats"),
    scalar("ell_e", "mean log-likelihood before the last M-step", "nats"),
    scalar("largest_drop", "largest fall of F in any half-step", "nats"),
    scalar("label_entropy", "mean entropy of the memberships", "nats", symbol="H"),
    scalar("singular", "components without variance or without points"),
    scalar("accuracy", "points in the cloud of their class"),
    array("weights", "components", "weights of the components", exact=True),
    constant("points", "count dims", "the data", exact=True),
    array("responsibilities", "count components", "membership of every point in every component", exact=True),
    array("ledger", "halves 3", "of the last half-steps: place in iterations, F, ℓ", "nats", exact=True),
    array("trail", "past components 2", "where the centres were, in the picture's plane"),
    *under(~COINS,
        array("means", "components dims", "centres of the components", exact=True),
        array("covariances", "components dims dims", "covariances of the components", exact=True)),
    *under(MIXTURE,
        constant("plane", "count 2", "the data in the picture's plane"),
        constant("axes", "2 dims", "directions of the picture's plane"),
        array("flat_means", "components 2", "centres in the picture's plane"),
        array("flat_covariances", "components 2 2", "covariances in the picture's plane"),
        array("field", "rows columns", "which component owns a place, plus how surely (0 to 1)"),
        constant("corners", "4", "left, right, bottom and top of the picture's plane"),
        constant("soft_grid", "softs", "softnesses of the entropy curve"),
        array("soft_entropy", "softs", "mean entropy of the memberships at these softnesses, centres held", "nats")),
    *under(FIXED,
        scalar("inertia", "inertia, as of K-means"),
        scalar("smooth", "smooth inertia at the present σ"),
        scalar("lloyd_distance", "largest distance of a centre to that of K-means from the same start"),
        array("smooth_inertia", "softs", "smooth inertia at these softnesses, centres held"),
        array("lloyd", "components dims", "centres of K-means from the same start", exact=True),
        array("flat_lloyd", "components 2", "these centres in the picture's plane")),
    *under(PAIR,
        scalar("ell_gradient", "mean log-likelihood of gradient ascent from the same start", "nats"),
        constant("grid", "grid", "values of one component in the landscape"),
        constant("landscape", "grid grid", "ℓ over both components' values", "nats"),
        constant("slice_grid", "slice", "values of component 1 in the picture of the bound"),
        array("slice", "2 slice", "ℓ and F along component 1", "nats"),
        array("touch", "3", "component 1 before and after the M-step, component 2 in both curves", exact=True),
        array("em_path", "past 2", "way of EM in the landscape"),
        array("gradient_path", "past 2", "way of gradient ascent in the landscape")),
    *under(LINE,
        scalar("error", "distance to the fixed point of EM"),
        scalar("moved", "distance moved in the last iteration"),
        scalar("rho_predicted", "predicted ratio of successive errors", symbol="ρ"),
        scalar("rho_observed", "observed ratio of successive errors")),
    *under(COINS,
        array("coin", "2", "probability of heads of both coins", exact=True)),
)
# fmt: on
