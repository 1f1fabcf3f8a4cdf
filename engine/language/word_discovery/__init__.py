"""Word discovery: words of an unknown language found by counting alone."""

from engine.core.topic import Topic
from engine.language.word_discovery.lesson import CHAPTERS, GUESSES
from engine.language.word_discovery.outputs import OUTPUTS
from engine.language.word_discovery.params import WordDiscoveryParams
from engine.language.word_discovery.views import VIEWS

TOPIC = Topic(
    slug="word-discovery",
    group="language",
    title="Words without a dictionary",
    question="If nobody ever told you the words of a language, could counting alone show where they begin and end?",
    params=WordDiscoveryParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.language.word_discovery.model:WordDiscovery",
    parts=("read", "count", "cut", "backtrack"),
    steps=8,
    chapters=CHAPTERS,
    hero="threshold_base",
    short="New words",
    uploads=("text",),
    data_param="data",
    data_value="own",
    guesses=GUESSES,
    pace=1.5,
)
