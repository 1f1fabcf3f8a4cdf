"""What is measured in a frame: the whole journey round the loop, what the loop encloses, and Γ from thrown stones. numpy only."""

from __future__ import annotations

import math

import numpy as np

from engine.geometry.charts import Array, christoffel
from engine.geometry.riemann_connection import theory
from engine.geometry.riemann_connection.loops import enclosed, frame_turns
from engine.geometry.riemann_connection.params import RiemannConnectionParams
from engine.geometry.riemann_connection.transport import learned, travel


def measure(params: RiemannConnectionParams, seed: int) -> tuple[dict[str, float], dict[str, Array]]:
    """Scalars and arrays of the whole loop: all but where the arrow is now."""
    chart, loop = params.chart, params.loop
    with np.errstate(all="ignore"):
        journey = travel(chart, loop, params.n, params.scheme, params.connection, math.radians(params.start_angle))
        total, area = enclosed(chart, loop)
        around = frame_turns(chart, loop, params.n)
    # Round a pole the frame turns once by itself: it is turned back evenly on the way.
    laps = loop.laps if params.connection == "levi_civita" else 0
    turn = journey.angles - journey.angles[0] + 2 * np.pi * laps * np.linspace(0, 1, params.n + 1)
    random = np.random.default_rng(seed)
    start = journey.places[0]
    if np.isfinite(start).all():
        gamma, found = christoffel(chart, start), theory.measured(chart, start, params.shots, params.noise, random)
        field = learned(chart, journey.places, params.shots, params.noise, random)
        angles = travel(chart, loop, params.n, "rk4", field, math.radians(params.start_angle)).angles
    else:
        gamma = found = np.full((2, 2, 2), np.nan)
        angles = np.full(params.n + 1, np.nan)
    found_turns = angles - angles[0] + 2 * np.pi * loop.laps * np.linspace(0, 1, params.n + 1)
    degrees, hours = theory.foucault(params.latitude)
    delta = params.surface == "cone" and params.shape == "parallel"  # all curvature is in the apex
    scalars = {
        "holonomy": float(turn[-1]),
        "holonomy_frame": float(around[-1]),
        "enclosed_curvature": math.nan if delta else total,
        "loop_area": area,
        "norm_ratio": float(journey.lengths[-1] / journey.lengths[0]),
        "foucault_degrees": degrees,
        "foucault_hours": hours,
        "gamma_error": float(np.abs(found - gamma).max()),
        "learned_holonomy": float(found_turns[-1]),
    }
    way = {"places": journey.places, "arrows": journey.arrows, "lengths": journey.lengths}
    turns = {"turns": turn, "frame_turns": around, "learned_turns": found_turns}
    return scalars, {"gamma": gamma, "learned_gamma": found} | way | turns
