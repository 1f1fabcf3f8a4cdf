"""Exposure bias: trained on the teacher's history, graded on its own."""

from engine.core.topic import Topic, View
from engine.generation.exposure_bias.lesson import CHAPTERS, GUESSES
from engine.generation.exposure_bias.outputs import OUTPUTS
from engine.generation.exposure_bias.params import COMPASS, KNOWN, TEXT, ExposureBiasParams
from engine.generation.exposure_bias.views import accuracy, fluency, losses, writing
from engine.generation.exposure_bias.views_example import length, plane, push, training, tree
from engine.generation.exposure_bias.views_recovery import injection, walk
from engine.generation.exposure_bias.views_theory import bounds, horizon, search, sweep

VIEWS = (
    View(
        "accuracy",
        "Taught and on its own",
        "Dashed reads the true past, solid its own: the shaded gap is exposure bias.",
        accuracy,
    ),
    View(
        "walk",
        "One sequence",
        "The truth, the readings and one net's own tokens; point at a position to see what it expected.",
        walk,
    ),
    View("sweep", "How much corruption", "The memoryless decoder's accuracy against r; drag the diamond.", sweep, COMPASS),
    View(
        "injection",
        "Put an error in",
        "Right and wrong tokens after an error; click a cell or drag the diamond to move it.",
        injection,
    ),
    View(
        "fluency",
        "Fluency against fidelity",
        "What each remedy costs: legal steps against right tokens, with the way over training.",
        fluency,
    ),
    View("losses", "Losses", "Teacher-forced test loss: the figure that cannot see exposure bias.", losses),
    View("bounds", "Compounding", "Wrong tokens so far, under the bound that teacher-forced errors give.", bounds, KNOWN),
    View(
        "horizon",
        "Errors against length",
        "Quadratic or linear: the length from which a worse pupil writes better.",
        horizon,
        COMPASS,
    ),
    View(
        "search",
        "Local or global",
        "A wider beam searches the local model better; the global model was the better one.",
        search,
        COMPASS,
    ),
    View("tree", "Two tokens", "The article's example: each step right, the search wrong.", tree),
    View("plane", "Who wins", "Drag the dot: where every step is right and the search still wrong.", plane),
    View("push", "What each criterion pushes", "Teacher forcing leaves the row after c exactly alone.", push),
    View("training", "Train the example", "Which remedies reach a past that training never shows.", training),
    View("length", "Longer targets", "How sure each step must be before search keeps a target of T tokens.", length),
    View("writing", "What they write", "The nets' own continuations of eight true characters.", writing, TEXT),
)

TOPIC = Topic(
    slug="exposure-bias",
    group="generation",
    title="Exposure bias",
    question="Every step is right while the teacher holds its hand: why does it sink alone, and which trick repairs that?",
    params=ExposureBiasParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.generation.exposure_bias.model:ExposureBias",
    parts=("batch", "corrupt", "forward", "losses", "update"),
    steps=400,
    chapters=CHAPTERS,
    hero="rate",
    short="Exposure bias",
    uploads=("text",),
    data_param="task",
    data_value="text",
    guesses=GUESSES,
)
