"""Repetition: how often a decoder must get stuck in a loop, computed from the table of what follows what."""

from engine.core.topic import Topic
from engine.generation.repetition.lesson import CHAPTERS, GUESSES
from engine.generation.repetition.outputs import OUTPUTS
from engine.generation.repetition.params import MATRIX, RepetitionParams
from engine.generation.repetition.views import VIEWS

TOPIC = Topic(
    slug="repetition",
    group="generation",
    title="Why decoders repeat themselves",
    question="Given only the table of what follows what: how often must the text get stuck in a loop, and which knob stops it?",
    params=RepetitionParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.generation.repetition.model:Repetition",
    parts=("draw", "update"),
    steps=600,
    chapters=CHAPTERS,
    hero="top_k",
    scripts=("count", "learn"),
    short="Repetition",
    after=("exposure-bias",),
    uploads=("text", "numbers"),
    data_param="source",
    data_value="own",
    guesses=GUESSES,
    stackable=("top_k", "temperature", "nucleus", "force_eos", "sharpen", "row", "column"),
    stacks=MATRIX,
)
