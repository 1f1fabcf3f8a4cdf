"""Conditions on parameters: when a control acts, when an output, a view or a guess exists.

when(task="compass")    when(code_size=2, twin=True)    when(beta=at_least(1)) & ~when(schemes="su")
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol


class Worded(Protocol):
    """What a condition needs of a control to speak of it."""

    @property
    def title(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Bound:
    """A range that a number of a condition must lie in; the ends belong to it unless `open`."""

    low: float = -math.inf
    high: float = math.inf
    open: bool = False

    def __contains__(self, value: Any) -> bool:
        return self.low < value < self.high if self.open else self.low <= value <= self.high

    def words(self) -> tuple[str, float]:
        """A template for the range of {name}, and the {value} in it."""
        if self.high == math.inf:
            return ("{name} is above {value}" if self.open else "{name} is at least {value}"), self.low
        return ("{name} is below {value}" if self.open else "{name} is at most {value}"), self.high


def at_least(value: float) -> Bound:
    """The numbers from this one on, for `when(beta=at_least(1))`."""
    return Bound(low=value)


def at_most(value: float) -> Bound:
    """The numbers up to this one."""
    return Bound(high=value)


def above(value: float) -> Bound:
    """The numbers larger than this one."""
    return Bound(low=value, open=True)


def below(value: float) -> Bound:
    """The numbers smaller than this one."""
    return Bound(high=value, open=True)


@dataclass(frozen=True)
class Condition:
    """A statement about parameters: it can be evaluated, said in a sentence, and sent as JSON. Made by `when`.

    `all`, `any` and `not` have conditions in `parts`; `is` says that parameter (or property) `name` is one of `values`, or,
    where it is a tuple, that it has one of them. Compose with `&`, `|` and `~`.
    """

    kind: Literal["all", "any", "not", "is"]
    parts: tuple[Condition, ...] = ()
    name: str = ""
    values: tuple[Any, ...] = ()

    def __call__(self, params: Any) -> bool:
        match self.kind:
            case "all":
                return all(part(params) for part in self.parts)
            case "any":
                return any(part(params) for part in self.parts)
            case "not":
                return not self.parts[0](params)
        own = getattr(params, self.name)
        held = own if isinstance(own, tuple) else (own,)
        return any(one in allowed if isinstance(allowed, Bound) else one == allowed for one in held for allowed in self.values)

    def __and__(self, other: Condition) -> Condition:
        return Condition("all", (*self._parts("all"), *other._parts("all")))

    def __or__(self, other: Condition) -> Condition:
        return Condition("any", (*self._parts("any"), *other._parts("any")))

    def __invert__(self) -> Condition:
        return self.parts[0] if self.kind == "not" else Condition("not", (self,))

    def _parts(self, kind: str) -> tuple[Condition, ...]:
        return self.parts if self.kind == kind else (self,)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters (and properties) that it depends on, each once."""
        return tuple(dict.fromkeys(part.name for part in self.statements))

    @property
    def statements(self) -> tuple[Condition, ...]:
        """Its parts that speak of one name each."""
        return (self,) if self.kind == "is" else tuple(one for part in self.parts for one in part.statements)

    def sentence(self, controls: Mapping[str, Worded] | None = None, t: Callable[[str], str] = str) -> str:
        """It in words, with the titles of `controls` for names: "Task is compass and Noise is at least 1".

        `t` translates the templates, the titles and the words of values; a choice of several is said to have one of them.
        """
        match self.kind:
            case "all" | "any":
                joined = t("{one} and {two}") if self.kind == "all" else t("{one} or {two}")
                said = [part.sentence(controls, t) for part in self.parts]
                said = [
                    t("({statement})").format(statement=text) if part.kind in ("all", "any") else text
                    for part, text in zip(self.parts, said, strict=True)
                ]
                return functools.reduce(lambda one, two: joined.format(one=one, two=two), said)
            case "not" if self.parts[0].plain:
                return self.parts[0]._said(controls, t, "{name} is not {value}", "{name} has not {value}")
            case "not":
                return t("not ({statement})").format(statement=self.parts[0].sentence(controls, t))
        if self.plain:
            return self._said(controls, t, "{name} is {value}", "{name} has {value}")
        template, value = self.values[0].words()
        return t(template).format(name=self._name(controls, t), value=_word(None, value, t))

    @property
    def plain(self) -> bool:
        """Whether it names values, not a range."""
        return self.kind == "is" and not isinstance(self.values[0], Bound)

    def _said(self, controls: Mapping[str, Worded] | None, t: Callable[[str], str], one: str, several: str) -> str:
        """With the template for one value, or for a choice of several, which then contains it."""
        control = (controls or {}).get(self.name)
        words = [_word(control, value, t) for value in self.values]
        either = functools.reduce(lambda first, next_: t("{value} or {other}").format(value=first, other=next_), words)
        template = several if control is not None and control.type == "choices" else one
        return t(template).format(name=self._name(controls, t), value=either)

    def _name(self, controls: Mapping[str, Worded] | None, t: Callable[[str], str]) -> str:
        control = (controls or {}).get(self.name)
        return t(control.title if control is not None else self.name.replace("_", " "))

    __str__ = sentence

    def json(self) -> dict[str, Any]:
        """It as JSON-ready data: {"all": [...]}, {"any": [...]}, {"not": ...} or {"name", "in" | "low", "high", "open"}."""
        match self.kind:
            case "all" | "any":
                return {self.kind: [part.json() for part in self.parts]}
            case "not":
                return {"not": self.parts[0].json()}
        bound = self.values[0]
        if isinstance(bound, Bound):
            ends = {"low": bound.low, "high": bound.high}
            return {"name": self.name, **{k: v for k, v in ends.items() if math.isfinite(v)}, "open": bound.open}
        return {"name": self.name, "in": list(self.values)}


def when(**wanted: Any) -> Condition:
    """The condition that every named parameter (or property) has the given value, one of a tuple of values, or is in a bound.

    `when(task="compass")`, `when(code_size=2, twin=True)`, `when(beta=at_least(1))`, `when(schemes="su")` (su is among them).
    """
    if not wanted:
        raise TypeError("when() takes at least one name=value")
    return functools.reduce(Condition.__and__, (_is(name, value) for name, value in wanted.items()))


def _is(name: str, value: Any) -> Condition:
    """One name's part of a condition: its ranges one by one, its values together."""
    given = value if isinstance(value, tuple) else (value,)
    plain = tuple(one for one in given if not isinstance(one, Bound))
    parts = [Condition("is", name=name, values=(one,)) for one in given if isinstance(one, Bound)]
    parts += [Condition("is", name=name, values=plain)] if plain else []
    return functools.reduce(Condition.__or__, parts)


def _word(control: Worded | None, value: Any, t: Callable[[str], str]) -> str:
    """A value as its control shows it; some languages set words apart from the sentence, as by quotation marks."""
    if isinstance(value, bool):
        return t("on") if value else t("off")
    if not isinstance(value, str):
        return f"{value:g}"
    return t("{word}").format(word=t(control.labels.get(value, value) if control is not None else value))
