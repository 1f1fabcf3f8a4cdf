"""Reading comprehension as text generation: passage and question in, answer out, under one mask; and a vote of passages."""

from engine.core.topic import Topic
from engine.generation.seq2seq_reading.lesson import CHAPTERS, GUESSES
from engine.generation.seq2seq_reading.outputs import OUTPUTS
from engine.generation.seq2seq_reading.params import Seq2seqReadingParams
from engine.generation.seq2seq_reading.views import VIEWS

VOTE = ("passages", "present", "wrong", "fusion", "drop_empty", "mode")
TOPIC = Topic(
    slug="seq2seq-reading",
    group="generation",
    title="Reading comprehension as text generation",
    question="A passage, a question, and a network that just writes on: where is the answer, when is there none, and whom does it "
    "believe when five passages disagree?",
    params=Seq2seqReadingParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.generation.seq2seq_reading.model:Seq2seqReading",
    parts=("batch", "forward", "update"),
    steps=900,
    chapters=CHAPTERS,
    hero="question",
    cover="reading",
    short="Reading",
    after=("exposure-bias",),
    guesses=GUESSES,
    stackable=VOTE,
    untrained=VOTE,
)
