"""What a view is told about how it will be seen (Style), and what it gives: a picture in the schema of plotly.js, as plain dictionaries.

Pictures are drawn many times a second, for every tab. Plotly's Python objects check each value each time, which took nine tenths
of all drawing; that check is made once, by the tests, which hand every picture of every topic to plotly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import plotly.graph_objects as go

Trace = dict[str, Any]


def untranslated(text: str) -> str:
    """English, the language the code is written in."""
    return text


@dataclass(frozen=True)
class Style:
    """Theme and language of a figure.

    Colours are the Okabe-Ito set (safe for the colour-blind) with one fixed meaning each, in the whole app:
    `measured` for what the run computed, `theory` for closed forms, `first` and `second` for two arms, `mark` for
    events and thresholds, `guess` for what a person expects, `quiet` for context.
    `series` has eight more for categories (classes, contestants). `t` translates a text into the reader's language.
    """

    theme: Literal["light", "dark"] = "light"
    language: str = "en"
    t: Callable[[str], str] = field(default=untranslated, compare=False)

    @property
    def dark(self) -> bool:
        return self.theme == "dark"

    @property
    def text(self) -> str:
        return "#e8eaed" if self.dark else "#1f2430"

    @property
    def quiet(self) -> str:
        return "#8b93a1" if self.dark else "#7a8290"

    @property
    def grid(self) -> str:
        return "#353b47" if self.dark else "#e3e6eb"

    @property
    def background(self) -> str:
        return "#14171d" if self.dark else "#ffffff"

    @property
    def measured(self) -> str:
        return "#56b4e9" if self.dark else "#0072b2"

    @property
    def theory(self) -> str:
        return "#e69f00" if self.dark else "#b36b00"

    @property
    def first(self) -> str:
        return self.measured

    @property
    def second(self) -> str:
        return "#ff8a5c" if self.dark else "#d55e00"

    @property
    def good(self) -> str:
        return "#2fc79a" if self.dark else "#00805f"

    @property
    def mark(self) -> str:
        return "#e79ac3" if self.dark else "#b0487f"

    @property
    def guess(self) -> str:
        return "#a79bff" if self.dark else "#6a51c7"

    @property
    def series(self) -> tuple[str, ...]:
        if self.dark:
            return (
                "#56b4e9",
                "#ff8a5c",
                "#2fc79a",
                "#e69f00",
                "#e79ac3",
                "#f0e442",
                "#a79bff",
                "#b7bdc9",
                "#8dd3c7",
                "#d9a679",
            )
        return ("#0072b2", "#d55e00", "#00805f", "#b36b00", "#b0487f", "#7d7400", "#6a51c7", "#555b66", "#3d8f86", "#8a5a2b")


@dataclass
class Picture:
    """What a view gives. A copy may share dictionaries with its original: change one by putting a new one in its place.

    `spans` says how far each axis reaches, as it counts (decades on a log axis): two pictures are drawn to the same scale by it.
    """

    data: list[Trace] = field(default_factory=list)
    layout: dict[str, Any] = field(default_factory=dict)
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)

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
        return Picture(list(self.data), dict(self.layout), self.spans)

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
