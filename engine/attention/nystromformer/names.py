"""Who is who in the pictures of the Nyströmformer lab."""

from __future__ import annotations

from engine.plot import Cast

METHODS = Cast(
    {
        "svd": ("best of rank m", "theory", "dash"),
        "pinv": ("Nyström, exact inverse", 1),
        "iterated": ("Nyström, T iterations", "measured"),
        "double": ("without the middle", 4),
        "performer": ("Performer", 2),
    }
)
ATTENTIONS = Cast(
    {
        "softmax": ("softmax", "text"),
        "nystrom": ("Nyström, T iterations", "measured"),
        "nystrom-exact": ("Nyström, exact inverse", 1),
        "performer": ("Performer", 2),
    }
)
SWAPPED = ("nystrom", "nystrom-exact", "performer")  # in the order of `accuracy_swapped`
COSTS = ("softmax", "nystrom", "performer")  # in the order of `operations`
