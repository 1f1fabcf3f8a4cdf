"""ON-LSTM: a language model whose neurons have levels, and the tree that its gates draw over a flat string."""

from engine.core.topic import Topic
from engine.structured.on_lstm.lesson import CHAPTERS, GUESSES
from engine.structured.on_lstm.outputs import OUTPUTS
from engine.structured.on_lstm.params import OnLstmParams
from engine.structured.on_lstm.views import VIEWS

TOPIC = Topic(
    slug="on-lstm",
    group="structured",
    title="Ordered neurons: a tree out of flat strings",
    question="Can a language model that only ever sees flat strings tell me where the brackets of the grammar are?",
    params=OnLstmParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.structured.on_lstm.model:OrderedNeurons",
    parts=("batch", "gradient", "update"),
    steps=240,
    chapters=CHAPTERS,
    hero="temperature",
    short="ON-LSTM",
    uploads=("text",),
    data_param="show",
    data_value="own",
    guesses=GUESSES,
    pace=40.0,
    after=("crf",),
)
