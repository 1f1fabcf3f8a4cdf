"""Every number and array of this lab's frames; which of them exist depends on the bench."""

from engine.core.topic import array, constant, scalar, under
from engine.generation.repetition.params import MATRIX, NEURAL

OUTPUTS = (
    constant("names", "symbols width", "names of the symbols as code points, padded with 0"),
    *under(
        MATRIX,
        scalar("symbols", "symbols besides the end of the sentence", symbol="n"),
        scalar("rho", "spectral radius of A", symbol="ρ"),
        scalar("risk", "sum over all closed walks (1)", symbol="R"),
        scalar("risk_bound", "bound nρ/(1 − ρ) of R (2)"),
        scalar("row_low", "least row sum of A"),
        scalar("row_high", "largest row sum of A"),
        scalar("events", "expected loops in a text (4)", symbol="E"),
        scalar("length", "expected length of a text", "symbols"),
        scalar("rate", "expected loops in 100 symbols (4)"),
        scalar("events_measured", "loops in a sampled text, mean"),
        scalar("events_error", "standard error of that mean"),
        scalar("texts", "sampled texts so far"),
        scalar("ended", "share of sampled texts that ended within 300 symbols"),
        scalar("per_100", "loops in 100 letters of the sampled texts"),
        scalar("text_100", "loops in 100 letters of the text itself"),
        array("transitions", "rows columns", "table of what follows what, after the knobs; the last column ends"),
        array("shown_symbols", "rows", "the symbols of that table: all, or the 200 visited most"),
        array("start", "symbols", "chances of the first symbol", exact=True),
        array("walks", "8 3", "closed walks of length 1 to 8: Tr Aᵏ, its bound (3), how many there are", exact=True),
        scalar("filled", "entries above 0 in a row, mean", symbol="ζn"),
        array("eigenvalues", "symbols 2", "eigenvalues of A, real and imaginary", exact=True),
        array("curves", "places 4", "R, its bounds from above and from below, and E along the chosen knob", exact=True),
        array("lines", "lines shown", "symbols of the newest texts, −1 behind their end"),
        array("periods", "lines shown", "for each of them, the length of a loop around it; 0 for none"),
    ),
    *under(
        NEURAL,
        scalar("loss", "loss of the last batch", "nats"),
        scalar("kl_bigram", "mean KL from the network to pair frequencies", "nats"),
        scalar("stuck_greedy", "share of positions in a loop, greedy"),
        scalar("stuck_top3", "share of positions in a loop, top-3"),
        scalar("stuck_full", "share of positions in a loop, full sampling"),
        scalar("stuck_yours", "share of positions in a loop, under your knobs"),
        scalar("period_greedy", "mean length of the loops in greedy texts", "symbols"),
        array("written", "4 shown", "symbols that the network wrote: greedy, top-3, full, under your knobs"),
        array("stretches", "4 shown", "for each of them, the length of a loop around it; 0 for none"),
    ),
)  # fmt: skip
