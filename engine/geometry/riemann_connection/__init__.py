"""Connection and covariant derivative: what "the same arrow" means at another place."""

from __future__ import annotations

from engine.core.topic import Topic, when
from engine.geometry.riemann_connection.lesson import CHAPTERS, GUESSES
from engine.geometry.riemann_connection.outputs import OUTPUTS
from engine.geometry.riemann_connection.params import ROUND, SPHERE, RiemannConnectionParams
from engine.geometry.riemann_connection.views import VIEWS

TOPIC = Topic(
    slug="riemann-connection",
    group="geometry",
    title="Connection and covariant derivative",
    question="Two people far apart both say “my vector is (1, 0)”. Are the vectors equal, and why does the answer depend on the road you "
    "carry one of them along?",
    params=RiemannConnectionParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.geometry.riemann_connection.model:Carrier",
    parts=("exchange", "carry"),
    steps=60,
    pace=15,
    chapters=CHAPTERS,
    hero=(("colatitude", SPHERE & when(loop_shape="parallel")), ("loop_radius", ROUND), ("start_angle", ~ROUND)),
    scripts=("steps", "journey"),
    short="Connection",
    after=("riemann-metric",),
    guesses=GUESSES,
)
