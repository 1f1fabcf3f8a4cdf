"""Parameters of the lab of entity linking."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, toggle, when

NAMED, HOMONYMS, TOPICS, TOPIC_SIZE, PRIVATE_COUNT = 60, 8, 10, 12, 400
VOCABULARY = TOPICS * TOPIC_SIZE + PRIVATE_COUNT
TESTS, ALIAS_COUNT = 2000, 600
RULE = 1 / 6  # (1) as a threshold
LEAST, MOST = 2, 16  # words of context


class EntityLinkingParams(Params):
    """Controls of the lab of entity linking."""

    # fmt: off
    habit_weight: float = number(0.0, 0.0, 2.0, "Weight of habit",
        "How much the logarithm of a name's usual meaning is added to what the linker reads in the sentence.", symbol="λ", kind="hot", step=0.05)
    alias_threshold: float = number(RULE, 0.0, 1.0, "Alias filter",
        "An alias is kept if annotators marked it more often than this share; 1/6 is the code's rule (1).", symbol="τ", kind="hot")
    keep_ids: int = number(HOMONYMS, 1, HOMONYMS, "Keep top meanings",
        "Of every name only so many meanings can be chosen, those most frequent in training.", symbol="K", kind="hot")
    mention: int = number(0, 0, TESTS - 1, "Test text", "Which test text is shown.", kind="lens", when=when(source="generated"))
    prior_concentration: float = number(1.2, 0.0, 4.0, "Concentration of habit",
        "How unequal the meanings of a name are: the r-th is meant in proportion to r to the power −a; 0: all alike.", symbol="a", step=0.1)
    context_words: int = number(8, LEAST, MOST, "Words of context", "Words of a text besides the name.", symbol="L")
    negatives: Literal["uniform", "prior"] = choice("uniform", "Wrong meanings from",
        "Where training draws the meaning that is to be refused: evenly among the name's meanings, or as often as each is meant.",
        labels={"uniform": "evenly", "prior": "by habit"}, symbol="q")
    match_features: bool = toggle(True, "Match flag", "Whether the linker is told which words of the text stand in the description.")
    annotator: Literal["lazy", "diligent", "fickle"] = choice("lazy", "Annotator",
        "lazy: most aliases hardly ever, a few nearly always; diligent: the other way round; fickle: as much as lazy in all, any alias now and then.",
        labels={"lazy": "lazy", "diligent": "diligent", "fickle": "fickle"})
    source: Literal["generated", "own"] = choice("generated", "Text shown", "A generated text, or your own: its first 200 words or characters.",
        labels={"generated": "generated", "own": "your own"})
    # fmt: on
