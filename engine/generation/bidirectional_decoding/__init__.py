"""Decoding from both ends: two hands that write one sequence and read each other."""

from engine.core.topic import Topic
from engine.generation.bidirectional_decoding.lesson import CHAPTERS, GUESSES
from engine.generation.bidirectional_decoding.outputs import OUTPUTS
from engine.generation.bidirectional_decoding.params import BidirectionalParams
from engine.generation.bidirectional_decoding.views import VIEWS

TOPIC = Topic(
    slug="bidirectional-decoding",
    group="generation",
    title="Decoding from both ends",
    question="Two hands write one text, from the left and from the right, and read each other: do both ends get good, and the middle?",
    params=BidirectionalParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.generation.bidirectional_decoding.model:BidirectionalDecoding",
    parts=("batch", "write", "losses", "update"),
    steps=300,
    chapters=CHAPTERS,
    hero="noise",
    short="Both ends",
    after=("exposure-bias",),
    guesses=GUESSES,
)
