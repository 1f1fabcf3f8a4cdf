"""Exposure bias: trained on the teacher's history, graded on its own."""

from engine.core.topic import Output, Topic, View
from engine.generation.exposure_bias.chapters import CHAPTERS
from engine.generation.exposure_bias.guesses import GUESSES
from engine.generation.exposure_bias.params import SCHEMES, ExposureBiasParams
from engine.generation.exposure_bias.shades import NAMES, key
from engine.generation.exposure_bias.views import accuracy, fluency, losses, writing
from engine.generation.exposure_bias.views_example import length, plane, push, training, tree
from engine.generation.exposure_bias.views_recovery import injection, walk
from engine.generation.exposure_bias.views_theory import bounds, horizon, search, sweep


def _compass(params: ExposureBiasParams) -> bool:
    return params.task == "compass"


def _text(params: ExposureBiasParams) -> bool:
    return params.task == "text"


def _truth(params: ExposureBiasParams) -> bool:
    return params.task != "text"


def _of(arm: str) -> tuple[Output, ...]:
    """The scalars of one net."""
    name, end = NAMES[arm], key(arm)

    def present(params: ExposureBiasParams) -> bool:
        return arm in params.arms

    return (
        Output(f"loss_{end}", "", f"training loss of the last batch: {name}", "nats", present),
        Output(f"nll_{end}", "", f"teacher-forced test loss: {name}", "nats", present),
        Output(f"forced_{end}", "", f"teacher-forced test accuracy: {name}", "", present),
        Output(f"free_{end}", "", f"greedy free-running accuracy at the last eight positions: {name}", "", present),
        Output(f"legal_{end}", "", f"share of legal steps when sampling: {name}", "", present),
    )


OUTPUTS = (
    *(output for arm in ("live", *SCHEMES) for output in _of(arm)),
    Output("trial", "", "step of the last trial, which the curves show", "steps"),
    Output("truth_share", "", "chance of a true past token in scheduled sampling now"),
    Output("floor", "", "exact entropy given the past and the reading, mean over positions", "nats", _compass),
    Output("exact_real", "", "true ln p per token of the test sequences", "nats", _compass),
    Output("exact_own", "", "true ln p per token of what the exact full-source model writes on its own", "nats", _compass),
    Output("exact_error", "", "standard error of the difference of these two", "nats", _compass),
    Output("unseen", "", "share of test characters outside the training vocabulary", "", _text),
    Output("forced", "arms positions", "teacher-forced accuracy by position, live net first"),
    Output("greedy", "arms positions", "free-running accuracy by position, most likely tokens"),
    Output("sampled", "arms positions", "free-running accuracy by position, drawn tokens"),
    Output("beam", "arms positions", "free-running accuracy by position, beam search; NaN unless it is chosen"),
    Output("repaired", "arms positions", "free-running accuracy by position with wrong tokens put in"),
    Output("raster", "arms sequences positions", "0 wrong, 1 right, 2 put in: the first 40 sequences with wrong tokens put in"),
    Output("example_own", "arms positions", "greedy tokens of each net in the example"),
    Output("example_truth", "positions", "true tokens of the example"),
    Output("example_reading", "positions", "readings of the example"),
    Output("probe_own", "arms symbols", "what each net expects at the probed position of the example"),
    Output("probe_true", "symbols", "true conditional there, given the live net's past and the whole source"),
    Output("joint", "4", "probabilities of the paths (a, b), (a, d), (c, b), (c, d) of the two-token example"),
    Output("repair", "4 moments", "w of the two-token example while it is trained by four remedies"),
    Output("filter", "positions", "accuracy by position of the exact filter, the best causal decoder", "", _compass),
    Output("smoother", "positions", "accuracy by position of exact inference from the whole source", "", _compass),
    Output("exact_forced", "positions", "accuracy of the exact full-source model, drawn, reading the true past", "", _compass),
    Output("exact_free", "positions", "accuracy of the exact full-source model, drawn, reading its own past", "", _compass),
    Output(
        "search_beam",
        "2 widths",
        "token accuracy and true ln p per token of beam search on the exact local model",
        "",
        _compass,
    ),
    Output("search_other", "2 4", "the same for local Viterbi, global Viterbi, posterior decoding and the truth", "", _compass),
    Output("surprise_taught", "arms positions", "teacher-forced loss by position", "nats", _text),
    Output("surprise_own", "arms positions", "a trigram judge's surprise at each net's own text by position", "nats", _text),
    Output("surprise_real", "positions", "the judge's surprise at the true text by position", "nats", _text),
    Output("writing", "arms lines positions", "code points that each net wrote on its own", "", _text),
    Output("original", "lines positions", "code points of true text", "", _text),
)

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
    View("sweep", "How much corruption", "The memoryless decoder's accuracy against r; drag the diamond.", sweep, _compass),
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
    View("bounds", "Compounding", "Wrong tokens so far, under the bound that teacher-forced errors give.", bounds, _truth),
    View(
        "horizon",
        "Errors against length",
        "Quadratic or linear: the length from which a worse pupil writes better.",
        horizon,
        _compass,
    ),
    View(
        "search",
        "Local or global",
        "A wider beam searches the local model better; the global model was the better one.",
        search,
        _compass,
    ),
    View("tree", "Two tokens", "The article's example: each step right, the search wrong.", tree),
    View("plane", "Who wins", "Drag the dot: where every step is right and the search still wrong.", plane),
    View("push", "What each criterion pushes", "Teacher forcing leaves the row after c exactly alone.", push),
    View("training", "Train the example", "Which remedies reach a past that training never shows.", training),
    View("length", "Longer targets", "How sure each step must be before search keeps a target of T tokens.", length),
    View("writing", "What they write", "The nets' own continuations of eight true characters.", writing, _text),
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
    uploads=("text",),
    data_param="task",
    data_value="text",
    guesses=GUESSES,
)
