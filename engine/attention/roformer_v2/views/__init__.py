"""The pictures of the RoFormerV2 lab."""

from engine.attention.roformer_v2.params import FEW, SPEED, STARTUP
from engine.attention.roformer_v2.views.parts import kernels, ledger
from engine.attention.roformer_v2.views.startup import loss, path, race
from engine.attention.roformer_v2.views.tasks import cosines, few
from engine.core.topic import View

VIEWS = (
    View("loss", "Start from scratch", "Loss with the ramp and with α = 1 at once; below, the ramp.", loss, when=STARTUP),
    View("race", "What is left", "Loss of this net over α; a twin lies over it.", race, when=STARTUP),
    View("ledger", "What was taken away", "Numbers that are trained; pale: not in this net.", ledger, when=STARTUP),
    View("path", "The way down", "What is left of the direct path, and each layer's gradient.", path, when=STARTUP),
    View("few", "Few labels", "Accuracy from scratch and after school; what each task gets of an update.", few, when=FEW),
    View("cosines", "Do tasks agree?", "Cosines of the tasks' gradients, and of each with the update.", cosines, when=FEW),
    View("kernels", "What parts cost", "Forward and backward of each part, measured on this machine.", kernels, when=SPEED),
)
