"""The list of this lab's views."""

from __future__ import annotations

from engine.core.topic import View
from engine.geometry.feynman_paths.params import HARMONIC
from engine.geometry.feynman_paths.views import averages, imaginary, real

# fmt: off
VIEWS = (
    View("paths", "Paths from a to b", "They differ in the height of one sine. Blue ones turn their arrow as the classical path does, orange "
        "ones the other way; pale ones and their neighbours cancel; thin ones lie outside the window. Drag the two ends.", real.paths),
    View("spiral", "Their arrows, head to tail", "The arrows of the window, evenly spaced in a₁, and, in bold, their sum.", real.spiral),
    View("modes", "Sine by sine", "The product over the first n sines, and what it tends to.", real.modes),
    View("necklace", "Closed paths in imaginary time", "Left, some chains, one in bold; right, where all of them have been, against the "
        "exact density.", imaginary.necklace),
    View("correlator", "How long a path remembers", "⟨x₀x_j⟩ on a logarithmic axis: its slope is the energy gap.", imaginary.correlator),
    View("convergence", "The mean, and its error", "⟨x²⟩ with twice its standard error, against three exact values.", averages.convergence),
    View("discretisation", "Finer and finer", "Ground state energy and ⟨x²⟩ against the spacing, exactly; the points are this run's.",
        averages.discretisation, HARMONIC),
    View("walkers", "Walkers who pay", "Random walks lose weight where the potential is high. Right, where they end, with and without the "
        "toll.", averages.walkers),
    View("drift", "Coins that lead home", "Each step is a coin's; the farther out, the likelier the coin leads back. Right, where the walks "
        "end, against the law of this walk (grey) and the ground state's |ψ₀|².", averages.drift),
)
# fmt: on
