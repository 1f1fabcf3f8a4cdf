"""Exposure bias: trained on the teacher's history, graded on its own."""

from engine.core.topic import Topic
from engine.generation.exposure_bias.lesson import CHAPTERS, GUESSES
from engine.generation.exposure_bias.outputs import OUTPUTS
from engine.generation.exposure_bias.params import COMPASS, ExposureBiasParams
from engine.generation.exposure_bias.views import VIEWS

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
    hero=(("rate", COMPASS), ("remedy", ~COMPASS)),
    short="Exposure bias",
    uploads=("text",),
    data_param="task",
    data_value="text",
    guesses=GUESSES,
)
