"""Who is who in the pictures of this lab."""

from __future__ import annotations

from engine.plot import Cast

CAST = Cast({"full": ("full net", 0), "average": ("crowd's average", 1), "member": ("one thinned net", 2)})
PASSES = Cast({"one": ("first pass", 3), "two": ("second pass", 4)})
