"""Who is who in every picture of this lab."""

from __future__ import annotations

from engine.plot import Cast

CAST = Cast(
    {
        "arrow": ("carried arrow", "measured"),
        "start": ("start arrow", "mark"),
        "loop": ("loop", "text"),
        "naive": ("same numbers", "quiet", "dot"),
        "compass": ("same bearing", 5, "dash"),
        "frame": ("from the frame", "theory", "dash"),
        "learned": ("from stones", "good"),
    }
)
TITLES = {
    "sphere": ("colatitude θ", "longitude φ"),
    "torus": ("u, round the tube", "v, round the hole"),
    "cone": ("distance from the apex", "angle φ"),
    "cylinder": ("height z", "angle φ"),
    "half_plane": ("x", "y"),
}
PLAIN = ("radius r", "angle φ")
