"""The pictures of the VAE clustering lab."""

from engine.core.topic import View, when
from engine.latent.vae_clustering.params import LABELLED, PAIRS
from engine.latent.vae_clustering.views import plane, scores, sheets, terms

# fmt: off
VIEWS = (
    View("plane", "Map of the codes", "Every sample's code μ(x) in the mixed colour of p(y|z), grey where it is in doubt. Stars are the "
        "centres, each with the most frequent label of its samples; rings are one standard deviation of their classes. Point at a code to "
        "see its picture.", plane.plane),
    View("drawn", "Drawn by class", "One row a cluster, from the eleventh on in a second block: first at its centre, then around it. "
        "The sorter can draw.", sheets.drawn,
        cases=((~when(data=("digits", "own")), "Samples and what each class draws"),)),
    View("table", "Clusters against classes", "How many samples of each true class are in each cluster. Labels are used here only. Click a "
        "cell to see its samples.", scores.table, LABELLED),
    View("members", "The samples of a cell", "The surest samples of the chosen cluster (and class).", sheets.members),
    View("ledger", "The loss in parts", "The three terms of the loss; the third split into evenness, which is wanted, and sureness, which it "
        "has to pay for.", terms.ledger),
    View("race", "One step against two", "Accuracy of this model, of K-means on a plain VAE's codes, and of K-means on the data.",
        scores.race, LABELLED),
    View("centres", "Centres and dead clusters", "Mean distance of two centres, and the share of samples in each cluster; dead ones are "
        "crossed out.", terms.centres, PAIRS),
)
# fmt: on
