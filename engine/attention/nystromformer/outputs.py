"""Every number and array of this lab's frames."""

from engine.attention.nystromformer.params import APPROXIMATE, SWAP
from engine.core.topic import array, scalar, under

OUTPUTS = (
    *under(
        APPROXIMATE,
        scalar("error_svd", "error of the best matrix of rank m"),
        scalar("error_pinv", "error of Nyström with the exact inverse"),
        scalar("error_iterated", "error of Nyström after T iterations"),
        scalar("error_double", "error of F B without the middle"),
        scalar("error_performer", "error of the Performer, mean over the draws"),
        scalar("draws_done", "Performer draws so far"),
        scalar("row_sum_gap", "largest distance of a row sum from 1"),
        scalar("negative_share", "share of negative entries"),
        scalar("condition", "largest over smallest singular value of A"),
        scalar("norms", "largest column sum times largest row sum of A"),
        array("queries", "256 16", "queries, scale inside", exact=True),
        array("keys", "256 16", "keys, scale inside; here the queries", exact=True),
        array("centres", "m 16", "landmarks"),
        array("middle", "m m", "what stands between F and B, as shades: 0 to 255 for minus to plus its largest size"),
        array(
            "rebuilt",
            "256 256",
            "the rebuilt attention, as shades: 0 to 255 for minus to plus the 99.5 % quantile of the exact one",
        ),
        array("row_rebuilt", "256", "the followed token's row of it"),
        array("errors", "5 7", "errors of all methods for all numbers of landmarks", exact=True),
        array("spread", "7", "standard deviation of the Performer's error between draws", exact=True),
        array("by_iterations", "20", "error after 1, 2, ... iterations", exact=True),
        array("singular", "m", "singular values of A", exact=True),
        array("passed", "m", "share of each singular direction in A V", exact=True),
        array("pair_norms", "48", "‖q + k‖² of some pairs", exact=True),
        array("pair_variances", "48", "relative variance of one random feature for them", exact=True),
        array("operations", "3 6", "multiplications of a forward pass, by attention and length"),
    ),
    *under(
        SWAP,
        scalar("loss", "cross-entropy of the last batch", "nats"),
        scalar("accuracy_softmax", "test accuracy with softmax attention, before the swap"),
        scalar("accuracy_tuned", "test accuracy after fine-tuning"),
        array("accuracy_swapped", "3", "test accuracy of the same weights with another attention"),
    ),
)
