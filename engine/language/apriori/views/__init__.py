"""The pictures of the Apriori lab."""

from engine.core.topic import View
from engine.language.apriori.views.rules import bits, scatter, table
from engine.language.apriori.views.search import cost, lattice, levels

VIEWS = (
    View(
        "lattice",
        "All sets of six items",
        "A dot a set, a row a size, a line from a set to each with one item more; click a set: all inside it and around it.",
        lattice,
    ),
    View("levels", "Level by level", "How many sets each level joins, counts, and finds frequent.", levels),
    View(
        "scatter", "Rules", "A dot a rule; rings: planted; hollow: the same search in shuffled baskets; click a rule.", scatter
    ),
    View("table", "The first rules", "In the chosen order; click a row to see its baskets.", table),
    View("bits", "Counting by bits", "A dot a basket, a row of 64 is a machine word: A, C, and where both are.", bits),
    View("cost", "What support costs", "The search at every minimum support: sets, and time on this machine.", cost),
)
