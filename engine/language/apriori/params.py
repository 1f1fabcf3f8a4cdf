"""Parameters of the Apriori lab."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, toggle, when

PLANTED, MADE = when(data="planted"), when(data=("planted", "quest"))
LATTICE = 6  # items of the lattice that is drawn: 63 sets


class AprioriParams(Params):
    """Controls of the Apriori lab."""

    # fmt: off
    min_support: float = number(0.03, 0.002, 0.3, "Minimum support",
        "Share of the baskets in which a set of items must lie to be called frequent.", symbol="s", kind="hot", log=True)
    min_confidence: float = number(0.4, 0.0, 1.0, "Minimum confidence",
        "Of the baskets with A, the share that must hold C, too, for a rule A → C.", kind="hot", step=0.01)
    prune: bool = toggle(True, "Prune", "Drop a candidate with an infrequent subset before it is counted. Off: the article's way.",
        kind="hot")
    shuffle: bool = toggle(False, "Shuffle columns",
        "Every item goes into as many baskets as before, drawn at random: what chance alone gives.", kind="hot")
    max_size: int = number(6, 2, 12, "Largest set", "Sets of more items are not looked for.", symbol="k", kind="hot")
    rank: Literal["lift", "confidence", "leverage", "p_value"] = choice("lift", "Sort by", "Which measure orders the rules.",
        kind="lens", labels={"p_value": "p-value"})
    data: Literal["planted", "quest", "own"] = choice("planted", "Baskets from",
        "planted: five rules hidden in independent items; quest: overlapping patterns; own: your text, a basket a line, items between "
        "commas or tabs.", labels={"planted": "planted rules", "quest": "patterns", "own": "your own"}, section="Data")
    baskets: int = number(2000, 200, 100_000, "Baskets", "How many are made.", symbol="N", log=True, section="Data", when=MADE)
    items: int = number(40, 10, 1000, "Items", "How many there are to buy.", symbol="m", log=True, section="Data", when=MADE)
    planted_strength: float = number(0.06, 0.0, 0.15, "Planted strength", "Share of the baskets that get a and b of a planted rule.",
        step=0.01, section="Data", when=PLANTED)
    rule: int = number(0, 0, 9_999, "Rule", "Place of the chosen rule in the order of the table.", kind="lens", hidden=True)
    chosen: int = number(0, 0, 2**LATTICE - 1, "Set", "The chosen set of the lattice; bit j stands for its item j.", kind="lens",
        hidden=True)
    # fmt: on
