"""Association rules: the lattice of item sets pruned live, and which rules are only popularity."""

from __future__ import annotations

from engine.core.topic import Topic
from engine.language.apriori.lesson import CHAPTERS, GUESSES
from engine.language.apriori.outputs import OUTPUTS
from engine.language.apriori.params import AprioriParams
from engine.language.apriori.views import VIEWS

TOPIC = Topic(
    slug="apriori",
    group="language",
    title="Association rules: Apriori made fast",
    question="Out of millions of possible rules “if A and B, then C”, how can a computer find every one worth knowing in a blink, and "
    "which of them are only popularity in disguise?",
    params=AprioriParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.language.apriori.model:Apriori",
    parts=("join", "prune", "count"),
    steps=6,
    pace=5.0,
    chapters=CHAPTERS,
    hero="min_support",
    short="Apriori",
    uploads=("text",),
    data_param="data",
    data_value="own",
    scripts=("steps", "table", "rules"),
    guesses=GUESSES,
)
