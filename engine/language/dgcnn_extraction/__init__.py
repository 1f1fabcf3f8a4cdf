"""Triples by a chain rule: first the subjects of a sentence, then the objects of each."""

from engine.core.topic import Tempo, Topic, when
from engine.language.dgcnn_extraction.lesson import CHAPTERS, GUESSES
from engine.language.dgcnn_extraction.outputs import OUTPUTS
from engine.language.dgcnn_extraction.params import FOLD_STEPS, STEPS, DgcnnExtractionParams
from engine.language.dgcnn_extraction.views import VIEWS

TOPIC = Topic(
    slug="dgcnn-extraction",
    group="language",
    title="Who did what?",
    question="A sentence may hold many facts that share words: how can one small network read them all without mixing up who did what?",
    params=DgcnnExtractionParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.language.dgcnn_extraction.model:DgcnnExtraction",
    parts=("batch", "gradient", "update"),
    steps=STEPS,
    chapters=CHAPTERS,
    hero="start_threshold",
    scripts=("steps", "learn"),
    short="Triple extraction",
    uploads=("text", "numbers"),
    data_param="data",
    data_value="own",
    cover="tape",
    guesses=GUESSES,
    tempos=tuple(Tempo(when(repair=str(folds)), STEPS + FOLD_STEPS * folds) for folds in range(2, 9)),
)
