"""A toy topic with every kind of parameter and every way to fail: gradient descent in a bowl."""

from engine.core.topic import Claim, Experiment, Output, Timeline, Topic, Verdict, View

from engine.training.descent.params import DescentParams  # isort: skip
from engine.training.descent.views import distance, place  # isort: skip


def _judge(timeline: Timeline) -> Verdict | None:
    measured = timeline.frame.scalars["distance"]
    return None if timeline.frame.step == 0 else Verdict(0.0, measured, 1e-3)


TOPIC = Topic(
    slug="descent",
    group="training",
    title="Rolling down",
    question="How large a step is too large?",
    params=DescentParams,
    outputs=(
        Output("distance", "", "squared distance from the bottom"),
        Output("seen", "", "height at the place that is looked at"),
        Output("point", "size", "the present point"),
        Output("pair", "size 2", "the present point twice", when=lambda params: "pair" in params.shown),
    ),
    views=(
        View("distance", "Distance", "How far the bottom is.", distance),
        View("place", "Place", "The present point.", place, when=lambda params: params.shape == "bowl"),
    ),
    model="engine.training.descent.model:Descent",
    parts=("gradient", "move"),
    steps=50,
    claims=(Claim("bottom", "The bottom is reached.", "calculus", _judge),),
    experiments=(Experiment("fast", "Too fast", "A step that is too large.", {"rate": 5.0}),),
    uploads=("table",),
    data_param="shape",
    data_value="own",
    stackable=("rate", "pull"),
)
