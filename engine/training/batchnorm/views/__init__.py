"""The pictures of the batch normalisation lab."""

from engine.core.topic import View
from engine.training.batchnorm.params import NET, TWIN
from engine.training.batchnorm.views import net, twin

VIEWS = (
    View("ribbon", "The loss ahead", "The line is the loss of all rows; the ribbon reaches from the lowest to the highest loss "
        "that the next 0.4 gradients could bring the batch.", net.ribbon, NET),
    View("slice", "One look ahead", "The newest look along the gradient; dashed, what the measured curvature allows.", net.slice_ahead, NET),
    View("smoothness", "Curvature on the way", "How fast the gradient changes along itself. Below the line 2/η a step goes down for certain.", net.smoothness, NET),
    View("backward", "What the backward pass removes", "Shares of the squared gradient along 1 and along ŷ, of eight units of the first layer.", net.backward, NET),
    View("norms", "Length of the weights", "Squared length of the first layer, beside what right angles ask for, and the effective rate.", net.norms, NET),
    View("spectrum", "Eigenvalues and the line 2/η", "A direction above the line explodes; the others shrink.", twin.spectrum, TWIN),
    View("directions", "What is left, by direction", "Loss above the least one along every eigendirection, the steepest first.", twin.directions, TWIN),
    View("twin_loss", "The twin's loss", "Above the least loss that a linear map can have on this input.", twin.twin_loss, TWIN),
)  # fmt: skip
