"""The pictures of the adversarial training lab."""

from engine.core.topic import View
from engine.training.adversarial_training.params import DIGITS, MOONS
from engine.training.adversarial_training.views import measured, plane

VIEWS = (
    View("plane", "The plane and its worst neighbours", "Probability of the classes, the boundary, every training point's ball and where training moves it; ringed, the point whose pit is drawn.",
         plane.plane, MOONS),
    View("pit", "The pit of one point", "The loss of one training point around it, and where random shaking takes it; click another point in the plane.",
         plane.pit, MOONS),
    View("slopes", "Slope and room", "Of all training points: how steep the loss is there, and how far the boundary is.", plane.slopes, MOONS),
    View("equivalence", "Attack against penalty", "Distance between the two gradients in the weights, over the size of the disturbance.",
         plane.equivalence, MOONS),
    View("gallery", "Digits under attack", "A digit, what the attack adds, and what the net then says.", measured.gallery, DIGITS),
    View("robustness", "Accuracy against attack radius", "Under an attack of twenty steps, of one step, and under random noise.", measured.robustness),
    View("accuracy", "Accuracy on the way", "On the test set: without attack, under one step, under twenty.", measured.accuracy),
    View("cost", "Gradients a step", "What a step of every method costs.", measured.cost),
)  # fmt: skip
