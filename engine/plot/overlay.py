"""Two arms in one picture: curves over each other in the two fixed colours, other pictures on common axes."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style, Trace

DASHES = ("solid", "dash", "dot", "dashdot")
MOST = len(DASHES)  # curves that can still be told apart by their dashes
RASTERS = ("heatmap", "contour", "image")


def overlay(first: Picture, second: Picture, look: Style) -> Picture | None:
    """Both pictures in one when they are a few plain curves with the same names; None where they need a picture each.

    The colour says which arm, the dash says which curve. What is the same in both (a closed form, a goal) is drawn once.
    """
    pairs = list(zip(first.data, second.data, strict=False))
    if len(first.data) != len(second.data) or not pairs or any(not _curve(one) or not _curve(two) for one, two in pairs):
        return None
    if any(_name(one) != _name(two) for one, two in pairs) or first.layout.get("images") or second.layout.get("images"):
        return None
    different = [(one, two) for one, two in pairs if not _same(one, two)]
    if len(different) > MOST:
        return None
    result = Picture([one for one, two in pairs if _same(one, two)], dict(first.layout))
    for number, (one, two) in enumerate(different):
        for letter, trace, color in (("A", one, look.first), ("B", two, look.second)):
            name = f"{letter} · {_name(trace)}" if _name(trace) else letter
            style = {**trace.get("line", {}), "color": color, "dash": DASHES[number]}
            drawn = {**trace, "name": name, "line": style, "showlegend": True}
            if "marker" in trace and "markers" in trace["mode"]:
                drawn["marker"] = {**trace["marker"], "color": color}
            result.add(drawn)
    names = {_name(one).strip() for one, _ in different}
    result.layout["annotations"] = [
        note for note in first.layout.get("annotations", ()) if str(note.get("name") or note.get("text")).strip() not in names
    ]
    known = [repr(shape) for shape in first.layout.get("shapes", ())]
    result.mark(*(shape for shape in second.layout.get("shapes", ()) if repr(shape) not in known))
    result.update(showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"})
    if "alt" in second.meta:
        result.update(meta={"alt": f"A: {first.meta.get('alt', '')} B: {second.meta['alt']}"})
    return result


def _name(trace: Trace) -> str:
    return trace.get("name") or ""


def _curve(trace: Trace) -> bool:
    return (
        trace["type"] == "scatter"
        and "lines" in trace.get("mode", "")
        and trace.get("fill") in (None, "none")
        and trace.get("xaxis", "x") == "x"
        and trace.get("yaxis", "y") == "y"
        and not trace.get("meta")
    )


def _same(one: Trace, two: Trace) -> bool:
    """Equal data (a missing value equals a missing value)."""
    for name in ("x", "y"):
        left, right = np.asarray(one.get(name)), np.asarray(two.get(name))
        if left.shape != right.shape or not np.array_equal(left, right, equal_nan=left.dtype.kind == "f" == right.dtype.kind):
            return False
    return True


def share_axes(first: Picture, second: Picture) -> None:
    """Draw both pictures to the same scale, so that they can be compared by eye: every axis reaches as far as either needs.

    Left as they are: what a raster fills, planes in which a unit is as long across as up, and axes that count otherwise or name
    other things.
    """
    pictures = (first, second)
    rasters = {
        f"{letter}axis{trace.get(f'{letter}axis', letter)[1:]}"
        for p in pictures
        for trace in p.data
        for letter in "xy"
        if trace["type"] in RASTERS
    }
    for key in first.spans.keys() & second.spans.keys() - rasters:
        one, two = (picture.layout[key] for picture in pictures)
        square = any(axis.get("scaleanchor") or axis.get("visible") is False for axis in (one, two)) or _anchors(first, key)
        if square or any(one.get(name) != two.get(name) for name in ("type", "tickvals", "ticktext", "autorange")):
            continue
        low, high = (end(*(picture.spans[key][place] for picture in pictures)) for place, end in enumerate((min, max)))
        reverse = one.get("autorange") == "reversed" or ("range" in one and one["range"][0] > one["range"][1])
        for picture in pictures:
            ends = {"range": [high, low] if reverse else [low, high]}
            picture.layout[key] = {
                **{name: value for name, value in picture.layout[key].items() if name != "autorange"},
                **ends,
            }


def _anchors(picture: Picture, key: str) -> bool:
    """Whether another axis has its scale from this one."""
    name = key.replace("axis", "")
    return any(axis.get("scaleanchor") == name for axis in picture.layout.values() if isinstance(axis, dict))
