"""Who is who in all pictures of this lab."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Style
from engine.plot import Cast

CAST = Cast(
    {
        "likelihood": ("log-likelihood ℓ", "measured"),
        "bound": ("bound F", "second"),
        "gradient": ("gradient ascent", "good"),
        "kmeans": ("K-means", "theory", "dash"),
    }
)
INKS = (0, 1, 2, 3, 4, 6, 7, 8, 9, 5)  # of the components: the pale yellow last


def ink(component: int, style: Style) -> str:
    """The colour of a component."""
    return style.series[INKS[component % len(INKS)]]


def mixed(shares: np.ndarray, style: Style) -> list[str]:
    """The colour of each row of memberships (N, K): those of the components, in these shares."""
    inks = np.array([channels(ink(k, style)) for k in range(shares.shape[1])])
    return ["#" + bytes(row).hex() for row in np.rint(shares @ inks).astype(int).tolist()]


def channels(shade: str) -> tuple[int, int, int]:
    """Red, green and blue of "#rrggbb"."""
    return int(shade[1:3], 16), int(shade[3:5], 16), int(shade[5:7], 16)


def pale(shade: str, style: Style, share: float) -> str:
    """A colour mixed into the background."""
    pairs = zip(channels(shade), channels(style.background), strict=True)
    return "#" + "".join(f"{round(share * own + (1 - share) * ground):02x}" for own, ground in pairs)
