"""Every number and array of this lab's frames; which of them exist depends on the task and on the nets."""

from engine.core.topic import Output, array, constant, scalar, under, when
from engine.generation.exposure_bias.names import NAMES, key
from engine.generation.exposure_bias.params import COMPASS, SCHEMES, TEXT


def _of(arm: str) -> tuple[Output, ...]:
    """The scalars of one net."""
    name, end = NAMES[arm], key(arm)
    return under(
        when(arms=arm),
        scalar(f"loss_{end}", f"training loss of the last batch: {name}", "nats"),
        scalar(f"nll_{end}", f"teacher-forced test loss: {name}", "nats"),
        scalar(f"forced_{end}", f"teacher-forced test accuracy: {name}"),
        scalar(f"free_{end}", f"greedy free-running accuracy at the last eight positions: {name}"),
        scalar(f"legal_{end}", f"share of legal steps when sampling: {name}"),
    )


OUTPUTS = (
    *(output for arm in ("live", *SCHEMES) for output in _of(arm)),
    scalar("trial", "step of the last trial, which the curves show", "steps"),
    scalar("truth_share", "chance of a true past token in scheduled sampling now"),
    array("forced", "arms positions", "teacher-forced accuracy by position, live net first"),
    array("greedy", "arms positions", "free-running accuracy by position, most likely tokens"),
    array("sampled", "arms positions", "free-running accuracy by position, drawn tokens"),
    array("beam", "arms positions", "free-running accuracy by position, beam search; NaN unless it is chosen"),
    array("repaired", "arms positions", "free-running accuracy by position with wrong tokens put in"),
    array("raster", "arms sequences positions", "0 wrong, 1 right, 2 put in: the first 40 sequences with wrong tokens put in"),
    array("example_own", "arms positions", "greedy tokens of each net in the example"),
    array("example_truth", "positions", "true tokens of the example"),
    array("example_reading", "positions", "readings of the example"),
    array("probe_own", "arms symbols", "what each net expects at the probed position of the example"),
    array("probe_true", "symbols", "true conditional there, given the live net's past and the whole source"),
    array("joint", "4", "probabilities of the paths (a, b), (a, d), (c, b), (c, d) of the two-token example"),
    array("repair", "4 moments", "w of the two-token example while it is trained by four remedies"),
    *under(
        COMPASS,
        scalar("floor", "exact entropy given the past and the reading, mean over positions", "nats"),
        scalar("exact_real", "true ln p per token of the test sequences", "nats"),
        scalar("exact_own", "true ln p per token of what the exact full-source model writes on its own", "nats"),
        scalar("exact_error", "standard error of the difference of these two", "nats"),
        constant("filter", "positions", "accuracy by position of the exact filter, the best causal decoder"),
        constant("smoother", "positions", "accuracy by position of exact inference from the whole source"),
        constant("exact_forced", "positions", "accuracy of the exact full-source model, drawn, reading the true past"),
        constant("exact_free", "positions", "accuracy of the exact full-source model, drawn, reading its own past"),
        constant("search_beam", "2 widths", "token accuracy and true ln p per token of beam search on the exact local model"),
        constant("search_other", "2 4", "the same for local Viterbi, global Viterbi, posterior decoding and the truth"),
    ),
    *under(
        TEXT,
        scalar("unseen", "share of test characters outside the training vocabulary"),
        array("surprise_taught", "arms positions", "teacher-forced loss by position", "nats"),
        array("surprise_own", "arms positions", "a trigram judge's surprise at each net's own text by position", "nats"),
        constant("surprise_real", "positions", "the judge's surprise at the true text by position", "nats"),
        array("writing", "arms lines positions", "code points that each net wrote on its own"),
        constant("original", "lines positions", "code points of true text"),
    ),
)
