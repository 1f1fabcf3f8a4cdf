"""The pictures of the EM lab."""

from engine.core.topic import View
from engine.latent.em.params import COINS, LINE, MIXTURE, PAIR
from engine.latent.em.views import climb, plane, softness

# fmt: off
VIEWS = (
    View("plane", "Data and clouds", "Every point has the mixed colour of its memberships; ellipses reach two standard deviations. Click "
        "to put the nearest centre elsewhere.", plane.plane,
        cases=((LINE, "Data and both curves"), (COINS, "Five sets, two coins"))),
    View("bound", "The bound touches, then is climbed", "Along component 1: the log-likelihood and the bound F that the last E-step made.",
        climb.bound, PAIR),
    View("landscape", "Landscape of the likelihood", "The log-likelihood over both components. Two mirror peaks: exchanging the names "
        "changes nothing. Click to begin elsewhere.", climb.landscape, PAIR),
    View("ledger", "The ledger never falls", "F after every half-step, ℓ, and the gap between them.", climb.ledger),
    View("rate", "How fast", "Distance to the fixed point; dashed: the slope that the share of missing information predicts.",
        climb.rate, LINE),
    View("entropy", "Entropy against softness", "How unsure the memberships are; with a fixed σ also the smooth inertia.",
        softness.entropy, MIXTURE),
)
# fmt: on
