"""What does padding do to an answer when nobody masks it, and what happens to layers inside layers?"""

from engine.core.topic import Tempo, Topic, when
from engine.training.masking.lesson import CHAPTERS, GUESSES
from engine.training.masking.outputs import OUTPUTS
from engine.training.masking.params import COMPOSITE, PADDING, MaskingParams
from engine.training.masking.views import VIEWS

TOPIC = Topic(
    slug="masking",
    group="training",
    title="Masks: what padding does when nobody looks",
    question="If I put more zeros behind the same sentence, does the model's answer change, and which single line in each kind of layer stops it?",
    params=MaskingParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.training.masking.model:Masking",
    parts=("batch", "gradients", "update"),
    steps=500,
    tempos=(Tempo(COMPOSITE, steps=400), Tempo(PADDING & when(layer="bigru"), steps=250)),
    chapters=CHAPTERS,
    hero=(("test_padding", PADDING), ("digit", COMPOSITE)),
    short="Masks",
    scripts=("sentence_steps", "digit_steps"),
    cover="sentence",
    guesses=GUESSES,
)
