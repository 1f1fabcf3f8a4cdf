"""The views of the VAE geometry lab, in the order of the page."""

from __future__ import annotations

from engine.core.topic import View, when
from engine.latent.vae_geometry.params import BOTH, PLANE
from engine.latent.vae_geometry.views.laws import bounds, ellipse_law, ladder, losses, surgery
from engine.latent.vae_geometry.views.paths import probe, strips
from engine.latent.vae_geometry.views.plane import metric_field, plane, twin
from engine.latent.vae_geometry.views.prior import gallery

# fmt: off
VIEWS = (
    View("plane", "Code plane of the VAE",
        "Ellipses are the samples (1σ), dashed circles the prior (1 and 2σ), and the shade is log₁₀ of the magnification √det G. "
        "The cross is where you point, joined to the nearest code; from A to B lead three ways.", plane, PLANE),
    View("twin", "Code plane of the autoencoder",
        "The same first weights and the same batches, but points instead of ellipses and no pull to the disc.", twin, BOTH),
    View("strips", "Three ways from A to B",
        "Pictures decoded along the straight line and both geodesics, over the distance to the nearest true picture (bars) and its angle (needles).",
        strips, PLANE, ((when(data=("swiss-roll", "long-roll", "moons")), "Three ways from A to B, seen in the data"),)),
    View("probe", "At the pointer",
        "What the decoder draws at the pointer, the nearest sample, and that sample's ellipse by the encoder, by law (13) and by the true posterior.",
        probe, PLANE),
    View("ellipse_law", "The ellipse law",
        "Each code's σ² per axis against 1/(1 + Gᵢᵢ/s): the ellipse is the inverse of the metric. Dashed: equality.", ellipse_law),
    View("surgery", "Each ellipse and the union",
        "The mean KL of an ellipse is mutual information plus the KL of the union (6). Below: how much of the prior the ellipses cover.",
        surgery, PLANE),
    View("ladder", "KL per axis, β against its critical value",
        "Dashed: reverse water-filling, the linear theory (9). Dots: this run, wherever β was left alone for 150 steps.", ladder),
    View("losses", "Errors over time", "Squared error summed over pixels, of both arms, and the mean KL.", losses),
    View("gallery", "What the prior draws",
        "Decoded quantiles of the prior (or random draws), and the class of the nearest sample of 256 draws.", gallery),
    View("metric_field", "The ruler of the code space",
        "Unit circles of the metric: small where a short step changes the picture much.", metric_field, PLANE),
    View("bounds", "Bounds on the likelihood",
        "Bounds on the log p(x) of test samples: the ELBO and its importance-weighted kin, which get tighter with every draw.", bounds),
)
# fmt: on
