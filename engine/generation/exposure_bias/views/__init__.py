"""The views of the exposure bias lab, in the order of the page."""

from __future__ import annotations

from engine.core.topic import View, when
from engine.generation.exposure_bias.params import COMPASS, KNOWN, TEXT
from engine.generation.exposure_bias.views import chain, example, nets, sequences

VIEWS = (
    View(
        "accuracy",
        "Taught and on its own",
        "Dashed in a net's colour it reads the true past, solid its own: the shaded gap is exposure bias. "
        "The thick dashes are the memoryless decoder in theory at your r; the pale bands, one taught like each net.",
        nets.accuracy,
        KNOWN,
        cases=(
            (when(decoding="sample"), "Taught, and drawing on its own"),
            (when(decoding="beam"), "Taught, and searching on its own"),
        ),
    ),
    View(
        "surprise",
        "Surprise, taught and on its own",
        "Your own text has no right answers: how surprised the net is by the text, and a judge by what the net writes.",
        nets.surprise,
        TEXT,
    ),
    View(
        "walk",
        "One sequence",
        "The truth, the readings and one net's own tokens; point at a position to see what it expected.",
        sequences.walk,
    ),
    View(
        "sweep", "How much corruption", "The memoryless decoder's accuracy against r; drag the diamond.", chain.sweep, COMPASS
    ),
    View(
        "injection",
        "Put an error in",
        "Right and wrong tokens after an error; click a cell or drag the diamond to move it.",
        sequences.injection,
        KNOWN,
    ),
    View(
        "fluency",
        "Fluency against fidelity",
        "What each remedy costs: legal steps against right tokens, with the way over training.",
        nets.fluency,
        KNOWN,
    ),
    View("losses", "Losses", "Teacher-forced test loss: the figure that cannot see exposure bias.", nets.losses),
    View("bounds", "Compounding", "Wrong tokens so far, under the bound that teacher-forced errors give.", nets.bounds, KNOWN),
    View(
        "horizon",
        "Errors against length",
        "Quadratic or linear: the length from which a worse pupil writes better.",
        chain.horizon,
        COMPASS,
    ),
    View(
        "search",
        "Local or global",
        "A wider beam (dots) searches the local model better; the global model was the better one.",
        chain.search,
        COMPASS,
    ),
    View("tree", "Two tokens", "The article's example: each step right, the search wrong.", example.tree),
    View("plane", "Who wins", "Drag the dot: where every step is right and the search still wrong.", example.plane),
    View("push", "What each criterion pushes", "Teacher forcing leaves the row after c exactly alone.", example.push),
    View("training", "Train the example", "Which remedies reach a past that training never shows.", example.training),
    View("length", "Longer targets", "How sure each step must be before search keeps a target of T tokens.", example.length),
    View("writing", "What they write", "The nets' own continuations of eight true characters.", nets.writing, TEXT),
)
