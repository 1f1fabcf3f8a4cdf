"""The pictures of the optimiser lab."""

from engine.core.topic import View
from engine.training.optimizers.params import NET, SURFACE, VALLEY
from engine.training.optimizers.views import net, valley
from engine.training.optimizers.views import surface as ground

VIEWS = (
    View("trails", "Ways down", "All methods after the same number of gradients; dotted, the exact gradient flow.", ground.trails, SURFACE),
    View("loss", "Loss", "Loss after every step; a step gives each method four gradients.", ground.loss, SURFACE),
    View("stability", "Growth of one update", "What an update multiplies the error by. Above the line 1 it explodes.", ground.stability, SURFACE),
    View("errors", "Distance to the flow", "How far each solver is from the exact flow at the time it has reached.", ground.errors, SURFACE),
    View("net_loss", "Loss of three runs", "Over all training pictures, after every step.", net.losses, NET),
    View("difference", "Difference of the parameters", "Largest one between the accumulating run and the one with a big batch.", net.difference, NET),
    View("speed", "By hand and by graph", "Time of one micro-batch's gradient, the median of this run.", net.speed, NET),
    View("walkers", "Where the walkers are", "Density of 20,000 walkers, and the normal law with variance (8).", valley.walkers, VALLEY),
    View("spread", "Their variance", "Against the step; dashed, the variance at rest by (8).", valley.spread, VALLEY),
)  # fmt: skip
