"""RoFormerV2: what is left when biases go and norms are simplified, and what can win it back."""

from engine.attention.roformer_v2.lesson import CHAPTERS, GUESSES
from engine.attention.roformer_v2.outputs import OUTPUTS
from engine.attention.roformer_v2.params import FEW, SPEED, STARTUP, RoFormerV2Params
from engine.attention.roformer_v2.views import VIEWS
from engine.core.topic import Topic

TOPIC = Topic(
    slug="roformer-v2",
    group="attention",
    title="RoFormerV2: what is left of a Transformer",
    question="If the small parts of a Transformer are taken away, what is lost, what is gained, and what can win it back?",
    params=RoFormerV2Params,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.attention.roformer_v2.model:RoFormerV2",
    parts=("batch", "forward", "update"),
    steps=160,
    chapters=CHAPTERS,
    hero=(("ramp", STARTUP), ("balance", FEW), ("against", SPEED)),
    short="RoFormerV2",
    after=("position-encodings",),
    scripts=("learn", "school", "measure"),
    guesses=GUESSES,
    stackable=("ramp",),
    stacks=STARTUP,
)
