"""Who is who in the pictures of this lab."""

from __future__ import annotations

from engine.plot import Cast

CAST = Cast({"full": ("full net", "measured"), "average": ("crowd's average", 2), "member": ("one thinned net", 4, "dot")})
PASSES = Cast({"one": ("first pass", 0), "two": ("second pass", 1)})
