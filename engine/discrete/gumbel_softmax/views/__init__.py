"""The list of this lab's views, and on which bench each makes sense."""

from __future__ import annotations

from engine.core.topic import View, when
from engine.discrete.gumbel_softmax.params import DESCENT, DIMENSION, GRADIENTS, NORMAL, SIMPLEX, TRAINING, VAE
from engine.discrete.gumbel_softmax.views import benches, code, gradients, training, triangle

# fmt: off
VIEWS = (
    View("cloud", "The triangle of choices",
        "Each point is one softened choice in the colour of its winner, over the shade of the closed-form density.", triangle.cloud, SIMPLEX),
    View("winners", "Who wins, and the mean",
        "How often each class wins, whatever the temperature (left), and the mean of the softened choice, which moves with it (right), against p (dashed).",
        triangle.winners, SIMPLEX),
    View("race", "One race",
        "Each class starts at its logit and adds Gumbel noise; the largest sum wins. Beside it: that choice softened, with and without noise.",
        triangle.race, SIMPLEX),
    View("mean_curve", "Mean against temperature", "The mean of y tends to p as the temperature falls, and to 1/3 as it rises.",
        triangle.mean_curve, SIMPLEX),
    View("orders", "The whole order", "Sorting the noisy logits draws the classes without replacement: six orders against their probabilities.",
        triangle.orders, SIMPLEX),
    View("bias_and_noise", "Bias and noise against temperature",
        "Every estimator against the exact gradient, on the same noise. Bars: two standard errors. Horizontal: estimators without τ. Bold: temperatures above yours.",
        gradients.bias_and_noise, GRADIENTS),
    View("directions", "Which way the mean gradient points",
        "Arrows: where a descent step moves p. Orange: places where the relaxed gradient opposes the true one on average.",
        gradients.directions, when(bench="gradients", classes=3)),
    View("budget", "The best temperature for a budget",
        "Bias and noise together: the error of an average of S draws, and the temperature at which it is smallest.",
        gradients.budget, GRADIENTS),
    View("lottery", "Rare and huge", "How many Gumbel-softmax gradients are almost zero, and how large the largest is.",
        gradients.lottery, GRADIENTS),
    View("paths", "Descent in the triangle",
        "Logits from zero, one track per estimator on the same noise. The star is the best corner, × the best relaxed point.",
        training.paths, DESCENT),
    View("values", "What the descent reaches", "Mean of f under p, of five descents per estimator; in brackets, evaluations of f in one step.",
        training.values, DESCENT),
    View("schedule", "Temperature schedule", "The temperature over the training. With the geometric schedule, drag both ends of the slide.",
        training.schedule, TRAINING),
    View("bounds", "Discrete and relaxed ELBO",
        "Solid: the bound with discrete codes on held-out digits. Dotted: the same with softened codes, which is no bound. Below: the temperature; drag the ends of its slide.",
        code.bounds, VAE),
    View("code_book", "The code book", "What every code decodes to. Pale codes are dead: no training image uses them. Click one.",
        code.code_book, VAE),
    View("usage", "Use of the codes", "How many training images have each code as their most probable one.", code.usage, VAE),
    View("members", "One code", "What the chosen code decodes to, and training images that use it.", code.members, VAE),
    View("gradients_now", "Gradients now",
        "Every 100 steps, bias and noise of each estimator's gradient on 16 held-out images, against full enumeration.", code.gradients_now, VAE),
    View("variances", "Variance of two gradients",
        "The pathwise and the score-function gradient of a normal mean. Dashed: closed forms, dots: measured. Bold: up to your value.",
        benches.variances, NORMAL, ((when(wave="jump"), "Variance of two gradients at a jump"),)),
    View("needles", "Fifty gradients of each kind", "Every needle is one gradient estimate drawn as a slope; dashed is the truth.",
        benches.needles, NORMAL),
    View("dimension", "Noise against dimension",
        "Standard deviation of the whole gradient when M binary variables share one f. Dashed: closed forms.", benches.dimension, DIMENSION),
    View("relative_noise", "Noise relative to the gradient", "The same, divided by the length of the mean gradient.",
        benches.relative_noise, DIMENSION),
)
# fmt: on
