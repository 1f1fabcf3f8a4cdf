"""A lab's picture on a card: its own view, without words, for which there is no room."""

from __future__ import annotations

from engine.core.picture import Picture, Style, Trace
from engine.core.topic import Timeline, Topic


def cover_of(topic: Topic, timeline: Timeline, look: Style) -> Picture:
    """The view that stands for the topic, of a run that has it, without words."""
    view = topic.view(topic.cover) if topic.cover else topic.views[0]
    return wordless(view.draw(timeline, look))


def wordless(figure: Picture) -> Picture:
    """The same picture, changed in place, with nothing to read in it: on a card words have no room.

    Lines, areas, marks and arrows stay, and so does the text for those who cannot see it.
    """
    figure.layout["annotations"] = [note for note in figure.layout.get("annotations", ()) if not note.get("text")]
    figure.update(title={"text": ""}, showlegend=False, margin={"l": 4, "r": 4, "t": 4, "b": 4})
    for name in [name for name in figure.layout if name[:5] in ("xaxis", "yaxis")]:
        figure.update(**{name: {"title": {"text": ""}, "showticklabels": False}})
    for name in [name for name in figure.layout if name.startswith("scene")]:
        figure.layout[name] = figure.layout[name] | {f"{letter}axis": {"visible": False} for letter in "xyz"}
    for name in [name for name in figure.layout if name.startswith("coloraxis")]:
        figure.update(**{name: {"showscale": False}})
    figure.data = [_quiet(trace) for trace in figure.data]
    return figure


def _quiet(trace: Trace) -> Trace:
    """A trace without words and without the key to its colours."""
    if trace["type"] == "heatmap":
        return {name: value for name, value in trace.items() if name not in ("text", "texttemplate")} | {"showscale": False}
    if trace["type"] != "scatter":
        return trace
    mode = "+".join(part for part in trace.get("mode", "").split("+") if part != "text") or None
    return {**trace, "mode": mode, "marker": {**trace.get("marker", {}), "showscale": False}}
