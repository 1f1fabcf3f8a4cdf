"""The pictures of the lab of entity linking."""

from engine.core.topic import View
from engine.language.entity_linking.views.linking import answers, attention, habit, learning, mention, pruning
from engine.language.entity_linking.views.mentions import aliases, filtering, sentence

VIEWS = (
    View("habit", "Accuracy against the weight of habit", "The linker's accuracy if habit counts more or less; dashed: what can be known exactly.", habit),
    View("sentence", "Names in a sentence", "Every match of the dictionary: blue is kept by the filter, grey dropped; brackets are the annotator's.", sentence),
    View("filter", "The alias filter", "Precision and recall of the mentions, and F1 against the filter's threshold.", filtering),
    View("aliases", "Habits of aliases", "How many aliases are marked how often, as counted in training texts; grey ones are dropped.", aliases),
    View("answers", "Five ways to answer", "Share of test texts linked rightly.", answers),
    View("mention", "One name, eight meanings", "Bars: what the linker reads; dots: with habit added. ▸ is meant; words in colour stand in the description of the choice.", mention),
    View("attention", "What looks at what", "How much each word of the text looks at each of the description.", attention),
    View("pruning", "Fewer meanings to choose from", "Accuracy if only the most usual meanings of every name are kept.", pruning),
    View("learning", "Learning", "Accuracy on test texts at the present λ and K.", learning),
)  # fmt: skip
