"""Who is who in every picture of the RNN and ODE lab."""

from engine.plot import Cast

CAST = Cast({"euler": ("Euler", "measured"), "midpoint": ("midpoint", 6), "rk4": ("RK4", "second")})
PARTS = Cast({"first": ("first kind", "measured"), "second": ("second kind", "second"), "third": ("third kind", 6)})
WEIGHTS = ("r₁", "r₂", "M₁₁", "M₁₂", "M₂₁", "M₂₂")
