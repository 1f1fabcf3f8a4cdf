"""A picture in the schema of plotly.js: traces and a layout, as plain dictionaries.

Pictures are drawn many times a second, for every tab. Plotly's Python objects check each value each time, which took nine tenths
of all drawing; that check is made once, by the tests, which hand every picture of every topic to plotly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import plotly.graph_objects as go

Trace = dict[str, Any]


@dataclass
class Picture:
    """What a view gives. A copy may share dictionaries with its original: change one by putting a new one in its place."""

    data: list[Trace] = field(default_factory=list)
    layout: dict[str, Any] = field(default_factory=dict)

    def add(self, *traces: Trace) -> Picture:
        """Draw these, too, over what there is."""
        self.data.extend(traces)
        return self

    def annotate(self, *notes: dict[str, Any]) -> None:
        """Put words (or arrows) on it."""
        self.layout["annotations"] = [*self.layout.get("annotations", ()), *notes]

    def mark(self, *shapes: dict[str, Any]) -> None:
        """Put lines or rectangles on it."""
        self.layout["shapes"] = [*self.layout.get("shapes", ()), *shapes]

    def update(self, **layout: Any) -> Picture:
        """Change the layout; of a part that is a dictionary itself, only what is named."""
        for name, value in layout.items():
            old = self.layout.get(name)
            self.layout[name] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
        return self

    def copy(self) -> Picture:
        """Another one with the same traces."""
        return Picture(list(self.data), dict(self.layout))

    @property
    def meta(self) -> dict[str, Any]:
        """What the page is told beside the picture: its alternative text as "alt", what clicks mean."""
        return self.layout.get("meta") or {}

    def plotly(self) -> go.Figure:
        """The same as an object of plotly, which raises ValueError for what it does not know."""
        import plotly.graph_objects as go

        return go.Figure(data=self.data, layout={"template": {}, **self.layout})  # plotly's own template is large and not ours


def scatter(**settings: Any) -> Trace:
    """Points, lines or words at places."""
    return {"type": "scatter", **settings}


def bar(**settings: Any) -> Trace:
    """Bars."""
    return {"type": "bar", **settings}


def heatmap(**settings: Any) -> Trace:
    """A matrix as colours."""
    return {"type": "heatmap", **settings}
