"""The pictures of the Nyströmformer lab."""

from engine.attention.nystromformer.params import APPROXIMATE, SWAP
from engine.attention.nystromformer.views.approximate import cost, errors, factors, row, variance
from engine.attention.nystromformer.views.inverse import depth, filters
from engine.attention.nystromformer.views.swap import learning, swap
from engine.core.topic import View

VIEWS = (
    View("factors", "Three thin factors", "F, A⁺ and B around what they rebuild, beside the exact matrix. Click a row to follow a token.", factors, when=APPROXIMATE),
    View("errors", "Error against landmarks", "All methods; the band is the Performer's spread between draws.", errors, when=APPROXIMATE),
    View("filters", "What the iteration lets through", "Large singular values of A pass, small ones are held back: a filter, not an inverse.", filters, when=APPROXIMATE),
    View("depth", "Error against iterations", "What every further iteration towards the inverse does to the error.", depth, when=APPROXIMATE),
    View("row", "One token's attention", "The followed row, exact and rebuilt.", row, when=APPROXIMATE),
    View("variance", "Why the Performer fails", "The relative variance of a random feature is exponential in ‖q + k‖².", variance, when=APPROXIMATE),
    View("cost", "Cost against length", "Multiplications of one forward pass; counted, not timed.", cost, when=APPROXIMATE),
    View("swap", "The same weights, another attention", "Test accuracy before and after the swap, and after fine-tuning.", swap, when=SWAP),
    View("learning", "Learning", "Loss and accuracy; at step 250 the attention is swapped.", learning, when=SWAP),
)  # fmt: skip
