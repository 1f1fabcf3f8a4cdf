"""CRF: one choice among kⁿ label paths, summed in n k² steps, beside a softmax that chooses place by place."""

from engine.core.topic import Topic
from engine.structured.crf.lesson import CHAPTERS, GUESSES
from engine.structured.crf.outputs import OUTPUTS
from engine.structured.crf.params import CrfParams
from engine.structured.crf.views import VIEWS

TOPIC = Topic(
    slug="crf",
    group="structured",
    title="One choice among all label paths",
    question="If there is already a softmax at every position, what does a CRF add?",
    params=CrfParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.structured.crf.model:ConditionalRandomField",
    parts=("batch", "gradient", "update"),
    steps=150,
    chapters=CHAPTERS,
    hero="transition_scale",
    scripts=("steps",),
    short="CRF",
    uploads=("text",),
    data_param="data",
    data_value="own",
    guesses=GUESSES,
    pace=20.0,
)
