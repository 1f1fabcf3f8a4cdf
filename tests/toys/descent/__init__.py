"""A toy topic with every kind of parameter and every way to fail: gradient descent in a bowl."""

from itertools import pairwise

from engine.core.topic import Chapter, Sweep, Timeline, Topic, Verdict, View, array, claim, clock, constant, scalar, under, when

from engine.training.descent.params import DescentParams  # isort: skip
from engine.training.descent.views import distance, place  # isort: skip


@claim("The bottom is reached.", "calculus")
def bottom(timeline: Timeline) -> Verdict | None:
    measured = timeline.frame.scalars["distance"]
    return None if timeline.frame.step == 0 else Verdict(0.0, measured, 0.05 if timeline.params.noise else 1e-3)


@claim("A push aside moves the place of rest by as much.", "calculus")
def pushed(timeline: Timeline) -> Verdict | None:
    if timeline.other is None or timeline.frame.step < 50 or timeline.params.noise:
        return None
    moved = timeline.other.frame.arrays["point"] - timeline.frame.arrays["point"]
    return Verdict(-timeline.other.params.pull, float(moved.mean()), 0.01)


@claim("The larger the step, the sooner the bottom is near.", "calculus")
def sooner(timeline: Timeline) -> Verdict | None:
    places = [timeline.arms[rate].frame.scalars["distance"] for rate in sorted(timeline.arms) if rate < 1]
    if len(places) < 2 or timeline.params.noise:
        return None
    return Verdict.at_most(1.0, max(after / before for before, after in pairwise(places)))


TOPIC = Topic(
    slug="descent",
    group="training",
    title="Rolling down",
    question="How large a step is too large?",
    params=DescentParams,
    outputs=(
        scalar("distance", "squared distance from the bottom"),
        scalar("seen", "height at the place that is looked at"),
        array("point", "size", "the present point"),
        array("pair", "size 2", "the present point twice", when=when(shown="pair")),
        *under(
            when(kinds=True),
            clock("took", "measured time of the last step"),
            constant("start", "size", "where it began"),
            array("double", "size", "the present point in double precision", exact=True),
        ),
    ),
    views=(
        View("distance", "Distance", "How far the bottom is.", distance),
        View("place", "Place", "The present point.", place, when=when(shape="bowl")),
    ),
    model="engine.training.descent.model:Descent",
    parts=("gradient", "move"),
    steps=50,
    chapters=(
        Chapter("down", values={"noise": False}, steps=100, views=("distance", "place"), shows=(bottom,)),
        Chapter("shaken", views=("distance",), shows=(bottom,)),
        Chapter(
            "longer", values={"noise": False}, steps=150, views=("distance",), shows=(bottom,), changes=((120, {"rate": 0.5}),)
        ),
        Chapter("aside", values={"noise": False, "rate": 0.2}, views=("place",), shows=(pushed,), compare={"pull": 0.5}),
        Chapter(
            "rates",
            values={"noise": False},
            steps=20,
            views=("distance",),
            shows=(sooner,),
            sweep=Sweep("rate", (0.1, 0.2, 0.4)),
        ),
    ),
    hero="rate",
    uploads=("table",),
    data_param="shape",
    data_value="own",
    stackable=("rate", "pull"),
)
