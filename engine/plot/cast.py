"""Who is who: one name, one colour and one dash for an estimator, arm or class, in every picture of a topic; and colours in general."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.core.language import printed
from engine.core.picture import Style

Text = str  # an English template that a person reads: parameters of this type are translated and filled, and collected by the tests

NOT_A_NUMBER = re.compile(r"(?<![A-Za-z])[-+]?nan(?![A-Za-z])")
INFINITE = re.compile(r"(?<![A-Za-z])inf(?![A-Za-z])")
PLOTLY = re.compile(r"%\{([^{}]*)\}")  # plotly's own placeholders, filled in the browser


@dataclass(frozen=True)
class Member:
    """One of a cast. As a value in a template it is its name in the reader's language."""

    key: str
    words: str
    ink: int | str
    dash: str = "solid"
    values: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def color(self, style: Style) -> str:
        """Its colour: of `Style.series` by number, or one that Style has a name for ("theory")."""
        return color(self, style)

    def named(self, words: Text, **values: Any) -> Member:
        """The same one under another name, e.g. `.named("live net: {scheme}", scheme=CAST["teacher"])`."""
        return replace(self, words=words, values=values)

    def inked(self, ink: int | str, dash: str = "") -> Member:
        """The same one in another colour (and dash)."""
        return replace(self, ink=ink, dash=dash or self.dash)

    def name(self, style: Style) -> str:
        """Its name in the reader's language."""
        return say(style, self.words, self.values)


Who = Member | str | int  # a member of a cast, a colour of Style by name ("measured"), a number of Style.series, or "#rrggbb"


class Cast(Mapping[str, Member]):
    """`Cast({"rope": ("RoPE", 0), "xpos": ("xPos", 3, "dot"), "exact": ("exact", "theory", "dash")})`: words, colour, dash.

    Raises ValueError where two members could not be told apart.
    """

    def __init__(self, members: Mapping[str, Sequence[Any]]) -> None:
        self._members = {key: Member(key, *entry) for key, entry in members.items()}
        looks = [(member.ink, member.dash) for member in self._members.values()]
        if doubled := [member.words for member in self._members.values() if looks.count((member.ink, member.dash)) > 1]:
            raise ValueError(f"these share colour and dash: {', '.join(doubled)}; give each its own")

    def __getitem__(self, key: str) -> Member:
        return self._members[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


def color(who: Who, style: Style) -> str:
    """The colour of somebody or something; raises ValueError for a name that Style does not have."""
    ink = who.ink if isinstance(who, Member) else who
    shade = _KNOWN.get((ink, style.theme))
    if shade is None:
        shade = _KNOWN[ink, style.theme] = _color(ink, style)
    return shade


_KNOWN: dict[tuple[int | str, str], str] = {}  # what `color` has found: there are a few dozen


def _color(ink: int | str, style: Style) -> str:
    if isinstance(ink, int):
        return style.series[ink % len(style.series)]
    if ink[:1] == "#" or ink[:3] == "rgb":
        return ink
    found = getattr(style, ink, None)
    if not isinstance(found, str) or found[:1] != "#":
        raise ValueError(f"“{ink}” is no colour: give a member of a Cast, a name of Style such as “measured”, or “#rrggbb”")
    return found


def fade(shade: str, opacity: float) -> str:
    """A colour "#rrggbb" made translucent."""
    if shade[:1] != "#":
        return shade
    red, green, blue = (int(shade[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def say(style: Style, text: Text, values: Mapping[str, Any] | None = None, *, unknown: str = "–") -> str:
    """A template in the reader's language, filled; what is not a number is said as `unknown`, what is infinite as ∞."""
    if not text:
        return ""
    said = style.t(text)
    return filled(said, {name: spoken(value, style) for name, value in values.items()}, unknown) if values else said


def filled(said: str, values: Mapping[str, Any], unknown: str = "–") -> str:
    """A translated template with its values; plotly's own placeholders stay."""
    said = (PLOTLY.sub(r"%{{\1}}", said) if "%{" in said else said).format(**values)
    if "nan" in said:
        said = NOT_A_NUMBER.sub(unknown, said)
    said = INFINITE.sub("∞", said) if "inf" in said else said
    return printed(said) if "-" in said or "e+" in said else said


def spoken(value: Any, style: Style) -> Any:
    """A value as it goes into a template: a member's name, several members' names, or what it was."""
    if isinstance(value, float | int):
        return value
    if isinstance(value, Member):
        return value.name(style)
    if isinstance(value, list | tuple) and value and all(isinstance(item, Member | str) for item in value):
        return ", ".join(str(spoken(item, style)) for item in value)
    return value


def scale(name: Any, style: Style) -> list[list[Any]]:
    """A colour scale of plotly.

    Args:
        name: "two-sided" (below zero orange, above blue), "grey" (ink on paper, or light on dark), "relief" (a quiet ground),
            anything of `Who` (from the background to that colour), or [share, colour] pairs as plotly takes them.
    """
    if isinstance(name, Member):
        return [[0.0, style.background], [1.0, name.color(style)]]
    if not isinstance(name, str):
        return [[share, color(ink, style)] for share, ink in name]
    if name == "two-sided":
        low, high = ("#ff8a5c", "#56b4e9") if style.dark else ("#c1570c", "#0b67a6")
        return [[0.0, low], [0.5, style.background], [1.0, high]]
    if name == "grey":
        return [[0.0, "#0b0d11"], [1.0, "#f4f6f8"]] if style.dark else [[0.0, "#ffffff"], [1.0, "#14171d"]]
    if name == "relief":
        return [[0.0, style.background], [1.0, "#4a5568" if style.dark else "#aab3c2"]]
    return [[0.0, style.background], [1.0, color(name, style)]]


def classes(inks: Sequence[Who], style: Style) -> list[list[Any]]:
    """A stepped colour scale: one colour each for the values 0, 1, 2, ... (limits -0.5 and len - 0.5)."""
    shades, count = [color(ink, style) for ink in inks], len(inks)
    return [pair for k, shade in enumerate(shades) for pair in ([k / count, shade], [(k + 1) / count, shade])]
