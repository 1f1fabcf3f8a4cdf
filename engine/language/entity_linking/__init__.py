"""Which of several things of the same name is meant: what the sentence says, and what habit says."""

from engine.core.topic import Topic
from engine.language.entity_linking.lesson import CHAPTERS, GUESSES
from engine.language.entity_linking.outputs import OUTPUTS
from engine.language.entity_linking.params import EntityLinkingParams
from engine.language.entity_linking.views import VIEWS

TOPIC = Topic(
    slug="entity-linking",
    group="language",
    title="Which Victory is meant?",
    question="Several things have the same name. How much of a good guess is reading the sentence, and how much is knowing people's habits?",
    params=EntityLinkingParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.language.entity_linking.model:EntityLinking",
    parts=("batch", "gradient", "update"),
    steps=600,
    chapters=CHAPTERS,
    hero="habit_weight",
    short="Entity linking",
    uploads=("text",),
    data_param="source",
    data_value="own",
    cover="habit",
    guesses=GUESSES,
)
