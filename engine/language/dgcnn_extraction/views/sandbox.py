"""Picture of the sandbox: spans, their perfect tags, and what nearest ends make of these."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.language.dgcnn_extraction import theory
from engine.language.dgcnn_extraction.views.names import TAGS
from engine.plot import Plot
from engine.plot.words.tokens import within


def written(spans: np.ndarray) -> str:
    """Spans as a reader writes them."""
    return " ".join(f"[{first}, {last}]" for first, last in spans.tolist()) or "–"


def sandbox(timeline: Timeline, style: Style) -> Picture:
    """Given spans, tags, decoded spans."""
    a, p = timeline.frame.arrays, timeline.params
    spans, decoded = a["sandbox_spans"], a["sandbox_decoded"]
    length = theory.PLACES if p.data == "made" else int(spans.max()) + 1
    start, end = theory.tags(spans, length)
    places = [str(k) if length <= 24 or k % 5 == 0 else "·" for k in range(length)]
    both = {tuple(span) for span in spans.tolist()} & {tuple(span) for span in decoded.tolist()}
    plot = Plot(timeline, style)
    given, back = (
        within(slice(0, length), [(i, j, "", "good" if (i, j) in both else "second") for i, j in part.tolist()])
        for part in (spans, decoded)
    )
    plot.tokens(places, name="spans", brackets=given, even=True, hover=False)
    for tag, kind in ((start, "start"), (end, "end")):
        who = TAGS[kind]
        plot.tokens(
            [f"{one:.0f}" for one in tag], name=kind, who=who, by=tag, tones=who, low=0.0, high=1.4, even=True, hover=False
        )
    plot.tokens(places, name="decoded", brackets=back, even=True, hover=False)
    lost = np.array([span for span in spans.tolist() if tuple(span) not in both]).reshape(-1, 2)
    if len(lost):
        plot.headline("<b>lost: {lost}</b>", lost=written(lost))
    else:
        plot.headline("<b>all spans come back</b>")
    plot.headline("by (6) all come back" if theory.recovered(spans.tolist()) else "by (6) not all come back")
    return plot.done("Spans {given}; decoded {decoded}.", given=written(spans), decoded=written(decoded))
