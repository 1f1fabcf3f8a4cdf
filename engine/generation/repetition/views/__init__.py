"""The pictures of the repetition lab."""

from engine.core.topic import View
from engine.generation.repetition.params import MATRIX, NEURAL
from engine.generation.repetition.views.table import bounds, cells, eigenvalues, walks
from engine.generation.repetition.views.texts import counted, texts, valley, written

VIEWS = (
    View("cells", "What follows what", "Row: a symbol; column: the next one. Click a cell, then sharpen it.", cells, MATRIX),
    View("texts", "Written by the table", "The newest texts; point at a loop to see its length.", texts, MATRIX),
    View("counted", "Counted and computed", "Loops in sampled texts beside the exact number.", counted, MATRIX),
    View("bounds", "Along a knob", "R, its two bounds, E, and what was counted.", bounds, MATRIX),
    View("eigenvalues", "Eigenvalues of A", "The largest one, ρ, lies between the row sums.", eigenvalues, MATRIX),
    View("walks", "Loops by their length", "The terms of R, a bound, and an estimate that is none.", walks, MATRIX),
    View(
        "valley", "Stuck, and like pairs", "Loops in the network's texts; how far it is from pair frequencies.", valley, NEURAL
    ),
    View("written", "Written by the network", "Four ways to choose the next symbol; yours: under your knobs.", written, NEURAL),
)
