"""From maximum likelihood to EM: one number, raised by two half-steps in turn."""

from engine.core.topic import Topic
from engine.latent.em.lesson import CHAPTERS, GUESSES
from engine.latent.em.outputs import OUTPUTS
from engine.latent.em.params import EmParams
from engine.latent.em.views import VIEWS

TOPIC = Topic(
    slug="em",
    group="latent",
    title="Guess, fit, guess again: EM climbs one number",
    question="Nobody knows the labels. Why does guessing them, fitting, and guessing again never once step down, and what does "
    "K-means have to do with it?",
    params=EmParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.latent.em.model:EM",
    parts=("E", "M"),
    steps=60,
    pace=12,
    chapters=CHAPTERS,
    guesses=GUESSES,
    scripts=("steps", "book", "heed"),
    hero="softness",
    short="EM",
    uploads=("table",),
    data_param="data",
    data_value="own",
)
