"""BERT-whitening: one linear map against a flow, and what it takes to make cosine similarity mean something."""

from engine.core.topic import Tempo, Topic, when
from engine.language.bert_whitening.lesson import CHAPTERS, GUESSES
from engine.language.bert_whitening.outputs import OUTPUTS
from engine.language.bert_whitening.params import TRAINED, BertWhiteningParams
from engine.language.bert_whitening.views import VIEWS

TOPIC = Topic(
    slug="bert-whitening",
    group="language",
    title="Whitening sentence vectors: one matrix against a flow",
    question="Cosine cannot tell my sentence vectors apart. Do I need a normalising flow, or will a mean and one matrix do? "
    "And how many dimensions should I keep?",
    params=BertWhiteningParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.language.bert_whitening.model:BertWhitening",
    parts=("batch", "loss", "update"),
    steps=400,
    pace=40,
    tempos=(Tempo(TRAINED, steps=1000, pace=100), Tempo(when(width=8), steps=400, pace=80)),
    chapters=CHAPTERS,
    hero="kept",
    short="BERT-whitening",
    after=("gaussian-distances", "batchnorm"),
    uploads=("pairs",),
    data_param="source",
    data_value="own",
    scripts=("learn_words", "learn_flow"),
    stackable=("kept", "whitening_power", "centring"),
    guesses=GUESSES,
)
