"""Adversarial training: worst neighbours, penalties on the slope, and pits around data points."""

from engine.core.topic import Tempo, Topic
from engine.training.adversarial_training.lesson import CHAPTERS, GUESSES
from engine.training.adversarial_training.outputs import OUTPUTS
from engine.training.adversarial_training.params import DIGITS, AdversarialTrainingParams
from engine.training.adversarial_training.views import VIEWS

TOPIC = Topic(
    slug="adversarial-training",
    group="training",
    title="Adversarial training, FGM and the gradient penalty",
    question="Training on worst-case neighbours and penalising the slope of the loss look like two tricks. Are they one and the same, "
    "and what do they do to the loss around a data point?",
    params=AdversarialTrainingParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.training.adversarial_training.model:AdversarialTraining",
    parts=("batch", "inner", "outer", "update"),
    steps=400,
    pace=60,
    tempos=(Tempo(DIGITS, steps=500, pace=60),),
    chapters=CHAPTERS,
    hero=(("digits_epsilon", DIGITS), ("epsilon", ~DIGITS)),
    short="Adversarial training",
    uploads=("samples",),
    data_param="data",
    data_value="own",
    scripts=("steps", "samples"),
    stackable=("epsilon", "digits_epsilon"),
    guesses=GUESSES,
)
