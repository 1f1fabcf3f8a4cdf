"""Who is who in every picture of the lab: the two distributions, the distances (which are the racers' losses), the humps' optima."""

from __future__ import annotations

import numpy as np

from engine.latent.gaussian_distances.theory import Array
from engine.plot import Cast

CAST = Cast(
    {
        "p": ("p", "first"),
        "q": ("q", "second"),
        "w2": ("W₂²", 2),
        "kl_pq": ("KL(p‖q)", 4),
        "kl_qp": ("KL(q‖p)", 6),
        "bhattacharyya": ("Bhattacharyya", 5),
        "hellinger": ("H²", 7),
        "flow": ("exact flow (13)", "theory", "dash"),
        "right": ("larger hump", "text"),
        "left": ("smaller hump", "text", "dot"),
        "bridge": ("bridge", "text", "dash"),
    }
)


def sunflower(count: int) -> Array:
    """`count` points (count, 2) that fill N(0, I) evenly: equal shares of mass, turned by the golden angle."""
    k = np.arange(count) + 0.5
    radius, angle = np.sqrt(-2 * np.log(1 - k / count)), k * np.pi * (3 - np.sqrt(5))
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
