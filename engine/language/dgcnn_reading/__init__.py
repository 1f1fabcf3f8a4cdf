"""How far a reader made of local convolutions looks, and what happens to the answer one token past that distance."""

from engine.core.topic import Topic
from engine.language.dgcnn_reading.lesson import CHAPTERS, GUESSES
from engine.language.dgcnn_reading.outputs import OUTPUTS
from engine.language.dgcnn_reading.params import DgcnnReadingParams
from engine.language.dgcnn_reading.views import VIEWS

TOPIC = Topic(
    slug="dgcnn-reading",
    group="language",
    title="Reading with gates and holes",
    question="How far can a reader of local convolutions look, and what happens to the answer one token past that distance?",
    params=DgcnnReadingParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.language.dgcnn_reading.model:DgcnnReading",
    parts=("batch", "gradient", "update"),
    steps=300,
    chapters=CHAPTERS,
    hero="walk",
    short="DGCNN reading",
    uploads=("text",),
    data_param="source",
    data_value="own",
    cover="gaps",
    guesses=GUESSES,
)
