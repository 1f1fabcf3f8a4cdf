"""The pictures of the VAE-as-one-KL lab."""

from engine.core.topic import View, when
from engine.latent.vae_bayes.params import GAUSSIAN
from engine.latent.vae_bayes.views import pictures, terms

# fmt: off
VIEWS = (
    View("plane", "Rate and distortion", "What a code costs (KL) against what it loses (squared error). Dashed: the best that a linear VAE can do at "
        "any noise; click a diamond to go there.", terms.plane),
    View("water", "Eigenvalues under water", "Variance of the data along each principal direction, with σ² as water level; below, the KL of each latent and "
        "its theory.", terms.water, GAUSSIAN),
    View("ledger", "What the loss is made of", "Reconstruction, the loss with the KL on top, and −ln q(x) itself: the gap is the encoder's "
        "distance from Bayes.", terms.ledger),
    View("images", "Images", "Originals, their reconstructions, draws of the prior, and a walk along one latent.", pictures.images,
        cases=((when(data="own"), "Samples"),)),
    View("noise", "Gradient noise", "Gradients of one batch along two random directions, with the draws of z in force and with sixteen.", pictures.noise),
    View("codes", "Codes", "Mean codes of the images, coloured by class; dashed circles are the prior at 1 and 2σ.", pictures.codes,
        when(latents=2)),
)
# fmt: on
