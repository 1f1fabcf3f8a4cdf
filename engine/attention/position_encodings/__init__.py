"""Where is this token? Fourteen position encodings raced side by side on the same batches."""

from engine.attention.position_encodings.lesson import CHAPTERS, GUESSES
from engine.attention.position_encodings.outputs import OUTPUTS
from engine.attention.position_encodings.params import BENT, ROPE, PositionEncodingsParams
from engine.attention.position_encodings.views import VIEWS
from engine.core.topic import Topic, when

TOPIC = Topic(
    slug="position-encodings",
    group="attention",
    title="Where is this token?",
    question="Attention cannot tell “dog bites man” from “man bites dog”. What tells it the order, and still does on texts longer "
    "than those of its training?",
    params=PositionEncodingsParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.attention.position_encodings.model:Race",
    parts=("batch", "gradients", "update"),
    steps=300,
    chapters=CHAPTERS,
    hero=(("window", ROPE & when(stretch="ReRoPE")), ("factor", ROPE & BENT), ("test_ratio", ~(ROPE & BENT))),
    short="Position encodings",
    guesses=GUESSES,
)
