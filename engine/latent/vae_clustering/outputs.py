"""Every number and array of this lab's frames; those about classes are nan where the data have none."""

from __future__ import annotations

from engine.core.topic import array, constant, scalar, under, when
from engine.latent.vae_clustering.params import LABELLED

RACE = when(rival=True)

# fmt: off
OUTPUTS = (
    scalar("loss", "loss (3) over all data", "nats"),
    scalar("reconstruction", "½ λ times the squared error", "nats"),
    scalar("align", "alignment of codes with their classes", "nats"),
    scalar("balance_kl", "KL of p(y|z) from even", "nats"),
    scalar("evenness", "KL of the mean p(y|z) from even", "nats"),
    scalar("sureness", "information of class and code", "nats", symbol="I(y; z)"),
    scalar("gap", "KL of the classifier from Bayes' rule", "nats"),
    scalar("centre_distance", "mean distance of two centres"),
    scalar("clusters_used", "clusters with at least 1 % of the samples"),
    scalar("accuracy", "accuracy, clusters and classes paired one to one"),
    scalar("purity", "purity, each cluster with its majority"),
    scalar("nmi", "normalised mutual information"),
    scalar("kmeans_accuracy", "accuracy of K-means on the data as they are"),
    scalar("weight", "reconstruction weight in force", symbol="λ"),
    scalar("first_alive", "reconstruction weight at which a linear VAE's first latent lives"),
    scalar("pushed", "how often merged centres were pushed apart"),
    scalar("probe", "which sample is nearest to the pointer"),
    array("centres", "clusters latents", "centres of the classes"),
    array("cluster", "count", "cluster of every sample, by p(y|z) at z = μ(x)"),
    array("share", "clusters", "share of the samples in each cluster"),
    array("codes", "shown latents", "codes μ(x) of the shown samples"),
    array("probabilities", "shown clusters", "p(y|z) of the shown samples at z = μ(x)"),
    array("flat_codes", "shown 2", "these codes in the plane of the map"),
    array("flat_centres", "clusters 2", "centres in the plane of the map"),
    array("order", "clusters", "clusters in the order of the classes they are paired with"),
    array("speaks", "clusters", "most frequent class of each cluster, -1 where none is known"),
    array("drawn", "drawings pixels", "each class drawn at its centre and around it, class by class"),
    array("members", "members pixels", "the surest samples of the chosen cluster (and class)"),
    array("probe_shown", "2 pixels", "the sample at the pointer, and how it is drawn again"),
    array("probe_sure", "clusters", "p(y|z) of the sample at the pointer"),
    constant("shadow", "shown 2", "the shown samples in a plane of the data"),
    constant("size", "2", "height and width of a picture, 0 where samples are none"),
    *under(LABELLED,
        constant("labels", "count", "class of every sample, unseen by the training"),
        array("table", "clusters classes", "how many samples of each class are in each cluster")),
    *under(RACE,
        scalar("two_step_accuracy", "accuracy of K-means on a plain VAE's codes")),
)
# fmt: on
