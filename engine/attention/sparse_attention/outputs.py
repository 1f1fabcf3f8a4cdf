"""Every number and array of this lab's frames."""

from engine.attention.sparse_attention.params import COST, REACH
from engine.core.topic import array, clock, constant, scalar, under

OUTPUTS = (
    *under(
        REACH,
        scalar("loss", "cross-entropy of the last batch", "nats"),
        scalar("accuracy", "share of right copies on fresh sequences"),
        scalar("expected", "accuracy of a perfect learner: right where a way exists, guessing elsewhere"),
        scalar("reachable", "share of the pairs at the copy distance that have a way"),
        scalar("connected", "share of all pairs that have a way"),
        *(scalar(f"ones_{layer}", f"ones in the mask of layer {layer}") for layer in (1, 2, 3)),
        scalar("components", "groups of tokens between which nothing ever passes"),
        scalar("fast_error", "largest difference between fast and masked dense attention"),
        array("masks", "3 length length", "who may see whom in each layer, query by key"),
        array("paths", "length length", "ways from input j to output i through all layers"),
        array("attention", "3 length length", "mean attention of the trained layers, query by key"),
        constant("probe_q", "length 16", "queries of the probe", exact=True),
        constant("probe_k", "length 16", "keys of the probe", exact=True),
        constant("probe_v", "length 16", "values of the probe", exact=True),
        array("probe_out", "length 16", "what the fast form of layer 1 makes of them", exact=True),
    ),
    *under(
        COST,
        array("sizes", "sizes", "lengths measured so far", "tokens"),
        array("kept_bytes", "7 sizes", "bytes kept for the way back, by implementation", "bytes"),
        clock("milliseconds", "time of one forward pass, best of five, by implementation", "ms", shape="7 sizes"),
        scalar("growth_dense", "growth of kept bytes at the last doubling: dense"),
        scalar("growth_blocked", "growth of kept bytes at the last doubling: local in blocks"),
        clock("dense_over_atrous", "time of dense over atrous attention at the longest length", ""),
        clock("threads", "threads that torch computes with", ""),
    ),
)
