"""The pictures of the reading lab."""

from engine.core.topic import View
from engine.generation.seq2seq_reading.views.reading import curves, doubt, grid, reading
from engine.generation.seq2seq_reading.views.votes import ballot, fusions

VIEWS = (
    View("grid", "Who sees whom", "Row sees column where it is tinted; between the masks, nothing else differs.", grid),
    View("reading", "Read and answered",
        "The stronger a token's tint, the more the answer's token looked at it; click another token of the answer.", reading),
    View("curves", "Learning", "Loss of the batches; answers right, and empty answers told apart, at the trials.", curves),
    View("doubt", "Is there an answer?", "p₀ of test items with and without the asked pair; drag θ.", doubt),
    View("ballot", "One vote, token by token",
        "Each passage's likeliest next token and its chance; last row: the fused score that decides. ● says the right value, "
        "✕ has no say.", ballot),
    View("fusions", "More passages, four fusions",
        "Share right among the first k passages; dashed: a perfect reader and a majority.", fusions),
)  # fmt: skip
