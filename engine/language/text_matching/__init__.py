"""Two sentences whose words are numbers: does a model pretrained on readable text still help?"""

from engine.core.topic import Topic
from engine.language.text_matching.lesson import CHAPTERS, GUESSES
from engine.language.text_matching.outputs import OUTPUTS
from engine.language.text_matching.params import TextMatchingParams
from engine.language.text_matching.views import VIEWS

TOPIC = Topic(
    slug="text-matching",
    group="language",
    title="Sentences made of numbers",
    question="Every word is a secret number. Can a model pretrained on readable text still tell whether two such sentences say the same?",
    params=TextMatchingParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.language.text_matching.model:TextMatching",
    parts=("batch", "gradient", "update"),
    steps=400,
    chapters=CHAPTERS,
    hero="looked",
    short="Text matching",
    uploads=("text",),
    data_param="data",
    data_value="own",
    cover="curves",
    guesses=GUESSES,
)
