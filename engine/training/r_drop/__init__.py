"""R-Drop: dropout twice, and both passes made to agree; what the crowd of thinned nets and the full net gain by it."""

from engine.core.topic import Tempo, Topic
from engine.training.r_drop.lesson import CHAPTERS, GUESSES
from engine.training.r_drop.outputs import OUTPUTS
from engine.training.r_drop.params import LINEAR, RDropParams
from engine.training.r_drop.views import VIEWS

TOPIC = Topic(
    slug="r-drop",
    group="training",
    title="R-Drop: run dropout twice and make both agree",
    question="Dropout trains a crowd of thinned nets, but one full net answers. How far apart are the two, and can that gap be "
    "trained away?",
    params=RDropParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.training.r_drop.model:RDrop",
    parts=("batch", "two passes", "loss", "update"),
    steps=400,
    pace=40,
    tempos=(Tempo(LINEAR, steps=2000, pace=200),),
    chapters=CHAPTERS,
    hero="alpha",
    short="R-Drop",
    uploads=("samples",),
    data_param="data",
    data_value="own",
    scripts=("train", "regress"),
    stackable=("alpha", "dropout", "unlabelled_weight", "divergence"),
    guesses=GUESSES,
)
