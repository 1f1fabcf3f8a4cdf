"""Pseudo-summaries: sentences cut out of plain texts as something to practise on, and what that buys with ten true titles."""

from engine.core.topic import Tempo, Topic, when
from engine.generation.t5_pegasus.lesson import CHAPTERS, GUESSES
from engine.generation.t5_pegasus.outputs import OUTPUTS
from engine.generation.t5_pegasus.params import SELECT, TRAIN, T5PegasusParams
from engine.generation.t5_pegasus.views import VIEWS

TOPIC = Topic(
    slug="t5-pegasus",
    group="generation",
    title="Summaries cut out of the text",
    question="Can a network that never saw a summary learn to write titles from ten examples, after practising on sentences cut out of plain texts?",
    params=T5PegasusParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.generation.t5_pegasus.model:T5Pegasus",
    parts=("batch", "update"),
    steps=4,
    pace=1,
    tempos=(Tempo(TRAIN, steps=660), Tempo(when(source="own"), steps=30, pace=1)),  # all that can be chosen
    chapters=CHAPTERS,
    hero=(("gap", SELECT), ("labels", TRAIN)),
    scripts=("choose", "pretrain", "fine_tune"),
    short="Pseudo-summaries",
    after=("repetition",),
    uploads=("text",),
    data_param="source",
    data_value="own",
    guesses=GUESSES,
    stackable=("labels",),
    stacks=TRAIN,
    separate=True,
)
