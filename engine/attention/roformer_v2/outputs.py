"""Every number and array of this lab's frames."""

from engine.attention.roformer_v2.params import FEW, SPEED, STARTUP
from engine.core.topic import array, clock, constant, scalar, under, when

OUTPUTS = (
    *under(
        STARTUP,
        scalar("loss", "cross-entropy of the masked positions of the last batch", "nats"),
        scalar("loss_late", "the same, mean of the last 20 steps", "nats"),
        scalar("loss_plain", "the same mean of the same net with α = 1 throughout", "nats"),
        scalar("alpha", "weight of the branches in the last step (of ReZero: mean size of the learned ones)", symbol="α"),
        scalar("bayes_loss", "loss of the best predictor", "nats"),
        scalar("parameters", "numbers that are trained in one net"),
        clock("step_ms", "time of a step of both nets, best of the last 20", "ms"),
        array("gradient_norm", "depth", "length of the gradient of each layer's matrices in the last step"),
        array("direct_path", "depth", "what the norms leave of the way from each layer to the top", when=when(residual="post")),
        constant("probe_in", "16 width", "what the probe gives to the norm", exact=True),
        constant("probe_out", "16 width", "what the norm at its start makes of it", exact=True),
        constant("rope_in", "length head", "what the probe gives to the rotation", exact=True),
        constant("rope_out", "length head", "row t turned by t", exact=True),
    ),
    *under(
        FEW,
        scalar("accuracy_scratch", "accuracy with few labels, from scratch"),
        scalar("accuracy_pretrained", "accuracy with few labels, after the other tasks"),
        scalar("school_gain", "what school is worth in accuracy"),
        array("task_losses", "tasks", "cross-entropy of each task on the last batch", "nats"),
        array("gradient_cosine", "tasks tasks", "cosines of the tasks' gradients"),
        array("update_cosine", "tasks", "cosine of each gradient with the update"),
    ),
    *under(
        SPEED,
        clock("milliseconds", "time forward and backward, best of 25, by kernel", "ms", shape="10"),
        clock("composed_ratio", "composed: LayerNorm with γ β over RMS", ""),
        clock("fused_ratio", "fused: LayerNorm with γ β over RMS", ""),
        clock("bias_ratio", "linear with bias over without", ""),
        clock("threads", "threads that torch computes with", ""),
    ),
)
