"""Every number and array of this lab's frames."""

from __future__ import annotations

from engine.core.topic import array, constant, scalar, under, when
from engine.training.r_drop.params import LINEAR, NET

# fmt: off
OUTPUTS = (
    scalar("loss", "loss (1) of the batch", "nats"),
    scalar("ce", "error of both passes against the labels", "nats"),
    scalar("kl", "disagreement of the passes", "nats"),
    scalar("example_kl", "disagreement of (.5 .2 .3) and (.5 .3 .2)", "nats"),
    *under(NET,
        scalar("agreement", "disagreement as the loss counts it"),
        scalar("unlabelled", "disagreement on the rows without labels"),
        scalar("accuracy_weight_average", "test accuracy of the full net"),
        scalar("accuracy_model_average", "test accuracy of the crowd's average"),
        scalar("accuracy_member", "test accuracy of one thinned net"),
        scalar("nll", "test loss of the full net", "nats"),
        scalar("nll_model_average", "test loss of the crowd's average", "nats"),
        scalar("nll_member", "mean test loss of a thinned net", "nats"),
        scalar("gap", "gap: KL from the crowd's average to the full net", "nats"),
        scalar("pair", "disagreement of two masks on the test rows", "nats"),
        scalar("member_distance", "KL from the crowd's average to a thinned net", "nats"),
        scalar("memorised", "share of the wrong labels that are learned by heart"),
        array("p1", "32 classes", "answers of the first pass, before the step"),
        array("p2", "32 classes", "answers of the second pass"),
        array("batch_labels", "32", "labels of the batch as trained, noise included"),
        array("members", "masks classes", "answers of the thinned nets to the shown row"),
        array("test_model_average", "rows classes", "the crowd's average answer"),
        array("test_weight_average", "rows classes", "the full net's answer"),
        constant("test_labels", "rows", "labels of the test rows"),
        constant("rivals", "rows", "classes of the nearest test rows of another class"),
        array("shown", "features", "inputs of the shown test row")),
    *under(NET & when(data="moons"), constant("test_x", "rows 2", "places of the test rows")),
    *under(LINEAR,
        constant("x", "40 5", "inputs", exact=True),
        constant("y", "40", "what they should give", exact=True),
        array("w", "5", "weights, averaged over the second half of the steps", exact=True),
        array("w_closed", "5", "weights by (4)", exact=True)),
)
# fmt: on
