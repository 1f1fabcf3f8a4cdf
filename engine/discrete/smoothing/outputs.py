"""Every number and array of this lab's frames."""

from engine.core.topic import Output, array, constant, scalar
from engine.discrete.smoothing.names import CAST, LOSSES


def _of(loss: str) -> tuple[Output, ...]:
    """The scalars of one network."""
    name = CAST[loss].words
    return (
        scalar(f"f1_{loss}", f"hard F1, test: {name}", symbol="F₁"),
        scalar(f"acc_{loss}", f"hard accuracy, test: {name}"),
        scalar(f"positives_{loss}", f"share predicted positive, test: {name}"),
        scalar(f"gradient_{loss}", f"length of the last gradient: {name}"),
    )


OUTPUTS = (
    scalar("lse", "smooth maximum (1)", symbol="LSE"),
    scalar("softmax_mean", "softmax-weighted mean of x"),
    scalar("entropy", "entropy of softmax(K x)", "nats", symbol="H"),
    scalar("soft_argmax", "soft position of the maximum (4), counted from 1"),
    *(output for loss in LOSSES for output in _of(loss)),
    scalar("f1_bayes", "largest F1 of any rule, by integration", symbol="F*"),
    scalar("cut_bayes", "posterior at the cut of that rule", symbol="η"),
    scalar("bias_batch", "mean soft F1 (6) of random batches, cross-entropy network"),
    scalar("bias_full", "soft F1 (6) of all training data, cross-entropy network"),
    scalar("soft_acc", "soft accuracy (5) on the training data: the network trained on it"),
    scalar("soft_f1", "soft F1 (6) on the training data: the network trained on it"),
    array("vector", "n", "the vector x", exact=True),
    array("softmax", "n", "softmax(K x) (2)", exact=True),
    array("grad_topk", "n", "soft top-k from subsets (10)", exact=True),
    array("threshold_topk_exp", "n", "soft top-k by a threshold, f = min(1, exp) (11)", exact=True),
    array("threshold_topk_sigmoid", "n", "soft top-k by a threshold, f = logistic (11)", exact=True),
    array("recursive_topk", "n", "soft top-k by the recursion (8)", exact=True),
    array("web_topk", "n", "soft top-k from the web (9)", exact=True),
    array("field", "4 side side", "logits of the four networks over the plane"),
    array("shown_logits", "4 shown", "logits of the shown samples"),
    array("pull", "2", "how strongly soft F1 pulls at a positive and at a negative sample, per unit of slope"),
    array("bias_curve", "sizes", "mean soft F1 (6) of random batches by size"),
    array("bias_spread", "sizes", "standard deviation of soft F1 over random batches by size"),
    constant("shown", "shown 2", "the first training samples"),
    constant("labels", "shown", "their classes"),
)
