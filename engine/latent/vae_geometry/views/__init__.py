"""The views of the VAE geometry lab, in the order of the page."""

from __future__ import annotations

from engine.core.topic import View, when
from engine.latent.vae_geometry.views.laws import bounds, ellipse_law, ladder, losses, surgery
from engine.latent.vae_geometry.views.paths import probe, strips
from engine.latent.vae_geometry.views.plane import metric_field, plane, twin
from engine.latent.vae_geometry.views.prior import gallery

PLANE = when(plane=True)
BOTH = when(plane=True, twin=True)

VIEWS = (
    View(
        "plane",
        "Code plane of the VAE",
        "Each sample is an ellipse (1σ). Shade: log₁₀ of the magnification √det G. Dashed circles: 1 and 2σ of the prior. Drag A and B; point to decode.",
        plane,
        PLANE,
    ),
    View(
        "twin",
        "Code plane of the autoencoder",
        "The same first weights and the same batches, but points instead of ellipses and no pull to the disc.",
        twin,
        BOTH,
    ),
    View(
        "strips",
        "Three ways from A to B",
        "Pictures decoded along the straight line and both geodesics. Bars: distance to the nearest true picture. Needles: its angle.",
        strips,
        PLANE,
        ((when(data=("swiss-roll", "long-roll", "moons")), "Three ways from A to B, seen in the data"),),
    ),
    View(
        "probe",
        "At the pointer",
        "What the decoder draws at the pointer, the nearest sample and its reconstruction; its ellipse three times: encoder, law (13), true posterior.",
        probe,
        PLANE,
    ),
    View(
        "ellipse_law",
        "The ellipse law",
        "Each code's σ² per axis against 1/(1 + Gᵢᵢ/s): the ellipse is the inverse of the metric. Dashed: equality.",
        ellipse_law,
    ),
    View(
        "surgery",
        "Each ellipse and the union",
        "The mean KL of an ellipse is mutual information plus the KL of the union (6). Below: how much of the prior the ellipses cover.",
        surgery,
        PLANE,
    ),
    View(
        "ladder",
        "KL per axis against β/β_c",
        "Dashed: reverse water-filling, the linear theory (9). Dots: this run, wherever β was left alone for 150 steps.",
        ladder,
    ),
    View("losses", "Errors over time", "Squared error summed over pixels, of both arms, and the mean KL.", losses),
    View(
        "gallery",
        "What the prior draws",
        "Decoded quantiles of the prior (or random draws), and the class of the nearest sample of 256 draws.",
        gallery,
    ),
    View(
        "metric_field",
        "The ruler of the code space",
        "Unit circles of the metric: small where a short step changes the picture much.",
        metric_field,
        PLANE,
    ),
    View(
        "bounds",
        "Bounds on the likelihood",
        "ELBO and importance-weighted bounds on test samples. More draws, tighter bound; never above log p(x).",
        bounds,
    ),
)
