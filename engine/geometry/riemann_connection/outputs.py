"""Every number and array of this lab's frames."""

from __future__ import annotations

from engine.core.topic import array, scalar

# fmt: off
OUTPUTS = (
    scalar("holonomy", "turn of the arrow after the whole loop, by the scheme", "rad", symbol="α"),
    scalar("holonomy_frame", "the same for Levi-Civita, from the turn of the frame", "rad"),
    scalar("enclosed_curvature", "curvature inside the loop, from Γ and its derivatives", symbol="∫K dA"),
    scalar("loop_area", "area inside the loop"),
    scalar("norm_ratio", "length of the arrow after the whole loop, over the start", symbol="|A|"),
    scalar("turn_so_far", "turn of the arrow so far", "rad"),
    scalar("length_now", "length of the arrow now"),
    scalar("piece", "pieces of the loop that lie behind"),
    scalar("foucault_degrees", "turn of the pendulum's plane per sidereal day", "degrees"),
    scalar("foucault_hours", "time for a whole turn of the pendulum's plane", "hours"),
    scalar("gamma_error", "largest error of the Γ found with thrown stones"),
    scalar("learned_holonomy", "turn of the arrow after the whole loop, by the Γ found with thrown stones", "rad"),
    array("gamma", "2 2 2", "Γ at the loop's start, [μ, α, β]", exact=True),
    array("learned_gamma", "2 2 2", "Γ found with thrown stones", exact=True),
    array("vector", "2", "components of the arrow now", exact=True),
    array("places", "points 2", "places along the loop", exact=True),
    array("arrows", "points 2", "components of the arrow at each of them", exact=True),
    array("turns", "points", "turn of the arrow up to each of them", "rad", exact=True),
    array("frame_turns", "points", "turn up to each of them, from the turn of the frame", "rad", exact=True),
    array("learned_turns", "points", "turn up to each of them, by the Γ found with thrown stones", "rad", exact=True),
    array("lengths", "points", "length of the arrow at each of them", exact=True),
)
# fmt: on
