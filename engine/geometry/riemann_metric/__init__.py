"""From Pythagoras to the Riemannian metric: every place has its own ruler."""

from __future__ import annotations

from engine.core.topic import Topic
from engine.geometry.riemann_metric.lesson import CHAPTERS, GUESSES
from engine.geometry.riemann_metric.outputs import OUTPUTS
from engine.geometry.riemann_metric.params import BUMP, PLATE, SHEARED, RiemannMetricParams
from engine.geometry.riemann_metric.views import VIEWS

TOPIC = Topic(
    slug="riemann-metric",
    group="geometry",
    title="From Pythagoras to the Riemannian metric",
    question="If every place has its own ruler, what is a length, an angle, a straight line, and can an ant find out that its "
    "world is curved?",
    params=RiemannMetricParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.geometry.riemann_metric.model:Strings",
    parts=("slope", "move"),
    steps=200,
    pace=30,
    chapters=CHAPTERS,
    hero=(("kappa", PLATE), ("bump_height", BUMP), ("shear", SHEARED), ("radius", ~(PLATE | BUMP | SHEARED))),
    scripts=("steps", "descend", "energy", "energy_slope"),
    short="Riemannian metric",
    after=("vae-geometry",),  # there a network makes the ruler; here one sees what a ruler makes
    guesses=GUESSES,
)
