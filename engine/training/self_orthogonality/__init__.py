"""Self-orthogonality: filters that become orthogonal by the signs of their own outputs, and in which sense."""

from engine.core.topic import Topic
from engine.training.self_orthogonality.lesson import CHAPTERS, GUESSES
from engine.training.self_orthogonality.outputs import OUTPUTS
from engine.training.self_orthogonality.params import DIGITS, GAUSSIAN, SelfOrthogonalityParams
from engine.training.self_orthogonality.views import VIEWS

TOPIC = Topic(
    slug="self-orthogonality",
    group="training",
    title="Orthogonal by the signs of the outputs",
    question="Can filters become orthogonal by looking at nothing but the signs of their own outputs, and orthogonal in which sense?",
    params=SelfOrthogonalityParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.training.self_orthogonality.model:SelfOrthogonality",
    parts=("batch", "forward", "backward", "update"),
    steps=600,
    pace=80,
    chapters=CHAPTERS,
    hero=(("anisotropy", GAUSSIAN), ("penalty_weight", DIGITS)),
    after=("batchnorm",),
    short="Self-orthogonality",
    scripts=("align", "classify"),
    stackable=("anisotropy", "sharpness", "digits_sharpness", "lambda1", "lambda2", "penalty_weight"),
    guesses=GUESSES,
)
