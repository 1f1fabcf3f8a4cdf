"""MEMM: the CRF's scores under local denominators, what these forget, and when it does not matter."""

from engine.core.topic import Tempo, Topic
from engine.structured.memm.lesson import CHAPTERS, GUESSES, WORDS
from engine.structured.memm.outputs import OUTPUTS
from engine.structured.memm.params import LEXICON, MemmParams
from engine.structured.memm.views import VIEWS

TOPIC = Topic(
    slug="memm",
    group="structured",
    title="The price of local normalisation",
    question="CRF and MEMM share all scores, only the denominator differs: why is one blind to what comes later?",
    params=MemmParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.structured.memm.model:LocalNormalisation",
    parts=("batch", "gradient", "update"),
    steps=300,
    chapters=CHAPTERS,
    hero="gamma",
    after=("crf",),
    short="MEMM",
    guesses=GUESSES,
    pace=40.0,
    tempos=(Tempo(LEXICON, WORDS, 25.0),),
)
