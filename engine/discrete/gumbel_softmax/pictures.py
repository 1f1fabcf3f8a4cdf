"""The list of this lab's views, and on which bench each makes sense."""

from __future__ import annotations

from engine.core.topic import View
from engine.discrete.gumbel_softmax import views, views_benches, views_gradients, views_training, views_vae
from engine.discrete.gumbel_softmax.outputs import on

VIEWS = (
    View(
        "cloud",
        "The triangle of choices",
        "Each point is one softened choice, coloured by its winner; the shade is the closed-form density. Drag the dot to set p, "
        "click a point to follow it.",
        views.cloud,
        on("simplex"),
    ),
    View(
        "winners",
        "Who wins, and the mean",
        "Left: how often each class wins, whatever the temperature. Right: the mean of the softened choice, which moves. Dashed: p. "
        "Fair draws have a large χ² now and then: one run in a hundred shows less than 1 %; only far below 0.01 % is p in doubt.",
        views.winners,
        on("simplex"),
    ),
    View(
        "race",
        "One race",
        "Each class starts at its logit and adds Gumbel noise; the largest sum wins. Beside it: that choice softened, with and "
        "without noise.",
        views.race,
        on("simplex"),
    ),
    View(
        "mean_curve",
        "Mean against temperature",
        "The mean of y tends to p as the temperature falls, and to 1/3 as it rises.",
        views.mean_curve,
        on("simplex"),
    ),
    View(
        "orders",
        "The whole order",
        "Sorting the noisy logits draws the classes without replacement: six orders against their probabilities.",
        views.orders,
        on("simplex"),
    ),
    View(
        "bias_and_noise",
        "Bias and noise against temperature",
        "Every estimator against the exact gradient, on the same noise. Bars: two standard errors. Horizontal: estimators without τ.",
        views_gradients.bias_and_noise,
        on("gradients"),
    ),
    View(
        "directions",
        "Which way the mean gradient points",
        "Arrows: where a descent step moves p. Reddish: places where the relaxed gradient opposes the true one on average.",
        views_gradients.directions,
        lambda params: params.bench == "gradients" and params.classes == 3,
    ),
    View(
        "budget",
        "The best temperature for a budget",
        "Bias and noise together: the error of an average of S draws, and the temperature at which it is smallest.",
        views_gradients.budget,
        on("gradients"),
    ),
    View(
        "lottery",
        "Rare and huge",
        "How many Gumbel-softmax gradients are almost zero, and how large the largest is.",
        views_gradients.lottery,
        on("gradients"),
    ),
    View(
        "paths",
        "Descent in the triangle",
        "Logits from zero, one track per estimator on the same noise. The star is the best corner, × the best relaxed point.",
        views_training.paths,
        on("descent"),
    ),
    View(
        "values",
        "What the descent reaches",
        "Mean of f under p, of five descents per estimator; in brackets, evaluations of f in one step.",
        views_training.values,
        on("descent"),
    ),
    View(
        "schedule",
        "Temperature schedule",
        "The temperature over the training. With the geometric schedule, drag both ends of the slide.",
        views_training.schedule,
        on("descent", "vae"),
    ),
    View(
        "bounds",
        "Discrete and relaxed ELBO",
        "Solid: the bound with discrete codes on held-out digits. Dotted: the same with softened codes, which is no bound.",
        views_vae.bounds,
        on("vae"),
    ),
    View(
        "code_book",
        "The code book",
        "What every code decodes to. Pale codes are dead: no training image uses them. Click one.",
        views_vae.code_book,
        on("vae"),
    ),
    View(
        "usage",
        "Use of the codes",
        "How many training images have each code as their most probable one.",
        views_vae.usage,
        on("vae"),
    ),
    View(
        "members", "One code", "What the chosen code decodes to, and training images that use it.", views_vae.members, on("vae")
    ),
    View(
        "gradients_now",
        "Gradients now",
        "Every 100 steps, bias and noise of each estimator's gradient on 16 held-out images, against full enumeration.",
        views_vae.gradients_now,
        on("vae"),
    ),
    View(
        "variances",
        "Variance of two gradients",
        "The pathwise and the score-function gradient of a normal mean. Dashed: closed forms, dots: measured.",
        views_benches.variances,
        on("normal"),
    ),
    View(
        "needles",
        "Fifty gradients of each kind",
        "Every needle is one gradient estimate drawn as a slope; dashed is the truth.",
        views_benches.needles,
        on("normal"),
    ),
    View(
        "dimension",
        "Noise against dimension",
        "Standard deviation of the whole gradient when M binary variables share one f. Dashed: closed forms.",
        views_benches.dimension,
        on("dimension"),
    ),
    View(
        "relative_noise",
        "Noise relative to the gradient",
        "The same, divided by the length of the mean gradient.",
        views_benches.relative_noise,
        on("dimension"),
    ),
)
