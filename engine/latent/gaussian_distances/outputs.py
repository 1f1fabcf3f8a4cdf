"""Every number and array of this lab's frames."""

from engine.core.topic import Output, array, scalar, under, when

DISTANCES = ("kl_pq", "kl_qp", "bhattacharyya", "w2_squared")  # those that are a mean part plus a shape part
NAMED = {"kl_pq": "KL(p‖q)", "kl_qp": "KL(q‖p)", "bhattacharyya": "Bhattacharyya distance", "w2_squared": "W₂²"}
LOSSES = ("w2", "kl_pq", "kl_qp", "bhattacharyya", "hellinger")
RACERS = (*LOSSES, "flow")
RACING = {"w2": "W₂²", "kl_pq": "KL(p‖q)", "kl_qp": "KL(q‖p)", "bhattacharyya": "Bhattacharyya", "hellinger": "H²"}


def _distance(name: str) -> tuple[Output, ...]:
    words, unit = NAMED[name], "" if name == "w2_squared" else "nats"
    return (
        scalar(name, words, unit),
        scalar(f"{name}_mean", f"{words}, part of the means", unit),
        scalar(f"{name}_shape", f"{words}, part of the shapes", unit),
    )


OUTPUTS = (
    *(output for name in DISTANCES for output in _distance(name)),
    scalar("hellinger_squared", "H²"),
    scalar("coupling_cost", "mean squared length of the pairs"),
    scalar("coupling_best", "angle of the cheapest coupling", "°", symbol="φ*"),
    scalar("race_start", "W₂ to p where the racers started"),
    *(scalar(f"race_{name}", f"W₂ to p of the racer with {RACING[name]}") for name in LOSSES),
    scalar("flow_w2", "W₂ to p on the exact flow of KL(q‖p)"),
    scalar("mixture_right", "least KL(q‖p) at the larger hump", "nats"),
    scalar("mixture_left", "least KL(q‖p) at the smaller hump", "nats"),
    scalar("mixture_bridge", "least KL(q‖p) across both humps", "nats"),
    scalar("mixture_live", "KL(q‖p) of the fit that walks downhill", "nats"),
    scalar("mixture_mean", "mean of the fit that walks downhill"),
    scalar("mixture_sd", "standard deviation of the fit that walks downhill"),
    scalar("mixture_forward_sd", "standard deviation of the fit by KL(p‖q)"),
    scalar("bias_mean", "mean W₂² of two samples of one law"),
    scalar("bias_predicted", "the same by (14)"),
    array("transport", "2 2", "matrix of the optimal map from p to q", exact=True),
    array("means", "6 2", "means of the racers, then of the exact flow", exact=True),
    array("covariances", "6 2 2", "covariances of the racers, then of the exact flow", exact=True),
    array("trails", "6 trail 2", "means of the last steps"),
    array("lost_at", "6", "step at which a racer left the picture for good; NaN while it runs"),
    array("optima", "3 3", "mean, standard deviation, KL(q‖p) of the optima: larger hump, smaller hump, bridge"),
    array("bias_repeats", "50", "W₂² of two samples of one law, each repeat"),
    array("bias_sizes", "5", "sample sizes of the curve"),
    array("bias_curve", "5", "mean W₂² of two samples of one law at these sizes"),
    *under(
        when(data="own"),
        scalar("sample_w2_squared", "W₂² of your two samples by (3)"),
        scalar("sample_mean", "W₂² of your two samples, part of the means"),
        scalar("sample_extrapolated", "W₂² of your two samples, extrapolated to infinitely many rows"),
        scalar("sample_rows_p", "rows of your first sample"),
        scalar("sample_rows_q", "rows of your second sample"),
        scalar("sample_missing", "rows that the smaller sample lacks for a covariance of full rank"),
        array("sample_points_p", "first 2", "your first sample in its two widest directions"),
        array("sample_points_q", "second 2", "your second sample in the same directions"),
    ),
)
