"""Every number and array of this lab's frames."""

from __future__ import annotations

from engine.core.topic import array, constant, scalar

# fmt: off
OUTPUTS = (
    scalar("loss", "loss of all data", "nats", symbol="𝓛"),
    scalar("nll", "reconstruction term", "nats"),
    scalar("rate", "rate: mean KL", "nats", symbol="R"),
    scalar("distortion", "distortion: mean squared error"),
    scalar("sigma2_in_force", "decoder noise in force", symbol="σ²"),
    scalar("alive", "latents that carry more than 0.05 nats"),
    scalar("rate_theory", "rate of the best linear VAE", "nats"),
    scalar("distortion_theory", "distortion of the best linear VAE"),
    scalar("alive_theory", "living latents of the best linear VAE"),
    scalar("iw_nll", "−ln q(x) by importance weighting", "nats"),
    scalar("noise_x", "gradient variance from the choice of images"),
    scalar("noise_z", "gradient variance from the draws of z"),
    array("kl_latent", "latents", "mean KL of every latent, largest first", "nats", exact=True),
    constant("eigenvalues", "pixels", "eigenvalues of the data's covariance, largest first", exact=True),
    array("noise_cloud", "2 hundred 2", "gradients of one batch along two directions, for the draws in force and sixteen"),
    array("pictures", "4 shown pixels", "originals, reconstructions, draws of the prior, a walk along a latent"),
    constant("size", "2", "height and width of a picture"),
    array("codes", "codes 2", "mean codes, first two numbers"),
    constant("classes", "codes", "classes of these images"),
)
# fmt: on
