"""Parameters of a topic: one pydantic model from which sliders, URL, command line, validation and saved runs derive.

A topic writes

    class Settings(Params):
        beta: float = number(4.0, 0.01, 1000.0, "KL weight", "Weight of the KL.", symbol="β", kind="hot", log=True)
        width: int = number(4, 1, 32, "Beam width", "Hypotheses kept.", kind="lens", when=when(decoding="beam"))

and everything else (widgets, parsing, messages, tables of `python -m engine list`) reads the declarations.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.core.params.when import Bound, Condition, above, at_least, at_most, below, when

__all__ = [
    "BadValue", "Bound", "Condition", "Control", "Kind", "Params", "UnknownName", "above", "as_text", "at_least", "at_most",
    "below", "choice", "choices", "describe", "number", "toggle", "when",
]  # fmt: skip

Kind = Literal["hot", "cold", "lens"]


@dataclass(frozen=True)
class Control:
    """How one parameter is shown and changed.

    kind: "hot" takes effect in the running loop, "cold" restarts the run, "lens" changes only what is looked at
    (a probe, a curve's end): the loop never reads it. `when` says under which settings it acts.
    """

    name: str
    type: Literal["number", "integer", "toggle", "choice", "choices"]
    title: str
    help: str
    symbol: str = ""
    unit: str = ""
    kind: Kind = "cold"
    low: float | None = None
    high: float | None = None
    step: float | None = None
    log: bool = False
    zero: bool = False  # zero is allowed although the (log) range starts above it
    options: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)  # option -> words, where the option itself is a code
    least: int = 0  # for "choices": how many must be chosen
    hidden: bool = False  # set by pointing at a picture, not by a slider
    section: str = ""  # controls of one section fold together; "" is always open
    when: Condition | None = None  # where it acts; a control that does not act is not shown
    default: Any = None

    @property
    def hot(self) -> bool:
        return self.kind != "cold"

    def snap(self, raw: Any) -> Any:
        """A pointed-at value moved to the nearest allowed one: a pointer may leave the range, a typed value may not."""
        if not self.hidden or isinstance(raw, bool) or not isinstance(raw, int | float) or raw != raw or abs(raw) == math.inf:
            return raw
        assert self.low is not None and self.high is not None
        inside = min(max(raw, self.low), self.high)
        return round(inside) if self.type == "integer" else inside

    def allowed(self, t: Callable[[str], str] = str) -> str:
        """The allowed values in words and numbers, for messages and tables; `t` translates the words."""
        match self.type:
            case "number" | "integer":
                words = ["a whole number, {low} to {high}" if self.type == "integer" else "{low} to {high}"]
                words += ["{range}, or 0"] if self.zero else []
                span = t(words[0]).format(low=_short(self.low), high=_short(self.high))
                return t(words[1]).format(range=span) if self.zero else span
            case "toggle":
                return "true, false"
            case "choice":
                return ", ".join(self.options)
            case _:
                words = ["a comma-separated list of at least {least} of: {options}"]
                return t(words[0]).format(least=self.least, options=", ".join(self.options))


class BadValue(ValueError):
    """A value that a parameter cannot take.

    `template` and `fields` let a page translate the message; `str(error)` is the English sentence.
    """

    def __init__(self, name: str, value: Any, allowed: str, template: str | None = None, **extra: str) -> None:
        self.name, self.value, self.allowed = _sendable(name), value, allowed
        self.template = template or "{name} = {value} is not possible; allowed: {allowed}."
        self.fields = {"name": _quote(name), "value": _quote(value), "allowed": _sendable(allowed), **extra}
        super().__init__(self.template.format(**self.fields))


class UnknownName(BadValue):
    """A parameter (or topic) name that does not exist; carries the nearest existing one, where one is near.

    The sentence lists all names that exist, unless they are many and one of them is near.
    """

    MANY = 20

    def __init__(self, name: str, known: list[str], what: str = "parameter") -> None:
        near = difflib.get_close_matches(name[:60].lower(), known, n=1)
        self.nearest = near[0] if near else ""
        super().__init__(
            name,
            name,
            ", ".join(known),
            template="There is no {what} “{name}” (all: {allowed})."
            if not near
            else "There is no {what} “{name}”; the nearest is “{nearest}” (all: {allowed})."
            if len(known) <= self.MANY
            else "There is no {what} “{name}”; the nearest is “{nearest}”.",
            what=what,
            nearest=self.nearest,
        )


def number(
    default: float,
    low: float,
    high: float,
    title: str,
    help: str,
    *,
    kind: Kind = "cold",
    symbol: str = "",
    unit: str = "",
    step: float | None = None,
    log: bool = False,
    zero: bool = False,
    hidden: bool = False,
    section: str = "",
    when: Condition | None = None,
) -> Any:
    """A bounded number; annotate the field with `float` or `int`. `zero=True` also allows 0 below a log range."""
    control: dict[str, Any] = dict(title=title, help=help, symbol=symbol, unit=unit, kind=kind, low=low, high=high, step=step)
    return _field(default, **control, log=log, zero=zero, hidden=hidden, section=section, when=when)


def toggle(
    default: bool,
    title: str,
    help: str,
    *,
    kind: Kind = "cold",
    symbol: str = "",
    section: str = "",
    when: Condition | None = None,
) -> Any:
    """An on/off switch; annotate the field with `bool`."""
    return _field(default, title=title, help=help, symbol=symbol, kind=kind, section=section, when=when)


def choice(
    default: str,
    title: str,
    help: str,
    *,
    kind: Kind = "cold",
    symbol: str = "",
    section: str = "",
    labels: Mapping[str, str] | None = None,
    when: Condition | None = None,
) -> Any:
    """One of several; annotate the field with `Literal["a", "b"]`. `labels` gives words for options that are codes."""
    words = dict(labels or {})
    return _field(default, title=title, help=help, symbol=symbol, kind=kind, section=section, labels=words, when=when)


def choices(
    default: tuple[str, ...],
    title: str,
    help: str,
    *,
    kind: Kind = "cold",
    least: int = 1,
    section: str = "",
    labels: Mapping[str, str] | None = None,
    when: Condition | None = None,
) -> Any:
    """Several of several, in declared order; annotate the field with `tuple[Literal["a", "b"], ...]`."""
    words = dict(labels or {})
    return _field(default, title=title, help=help, kind=kind, least=least, section=section, labels=words, when=when)


def _field(default: Any, **control: Any) -> Any:
    return Field(default, json_schema_extra={"control": control})


class Params(BaseModel):
    """Base of every topic's parameters: frozen, complete, no unknown names, no NaN or infinity.

    Rules between fields go into a pydantic `model_validator(mode="after")` raising ValueError with a sentence that
    names the field first ("heads = 3 ...").
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    _controls: ClassVar[dict[str, Control]]
    declared: ClassVar[Mapping[str, Any]] = {}  # the outputs of the topic that has these parameters, by name; the topic says so

    @classmethod
    def controls(cls) -> dict[str, Control]:
        """All declared controls by field name."""
        if "_controls" not in cls.__dict__:
            cls._controls = {name: _control(name, field) for name, field in cls.model_fields.items()}
        return cls._controls

    def upper_ends(self, data: Mapping[str, Any] | None) -> dict[str, float]:
        """Where sliders end before their range does, with these values and one's own data (its arrays): name -> upper end.

        For the reader's hand alone: what cannot be is still refused by a rule between fields or by the model.
        """
        return {}

    @classmethod
    def read(cls, name: str, raw: Any) -> Any:
        """The value of parameter `name` given as text, number, bool or list.

        Raises:
            UnknownName: no such parameter.
            BadValue: not a value it can take (wrong type, out of range, NaN, infinite).
        """
        controls = cls.controls()
        if name not in controls:
            raise UnknownName(name, list(controls))
        return _read(controls[name], raw)

    @classmethod
    def build(cls, values: Mapping[str, Any]) -> Self:
        """Parameters from raw values (missing ones take their default); raises BadValue or UnknownName."""
        return cls._validated({name: cls.read(name, raw) for name, raw in values.items()})

    @classmethod
    def _validated(cls, clean: Mapping[str, Any]) -> Self:
        try:
            return cls.model_validate(clean)
        except ValidationError as error:
            first = error.errors()[0]
            if isinstance(refused := first.get("ctx", {}).get("error"), BadValue):  # it brings its own template
                raise refused from None
            name = ".".join(str(part) for part in first["loc"])
            sentence = first["msg"].removeprefix("Value error, ")
            if not name:  # a rule between fields: the sentence names its field
                name = next((word for word in sentence.replace("=", " ").split() if word in cls.controls()), "")
            raise BadValue(name, clean.get(name, ""), sentence, template="{allowed}") from None

    def change(self, values: Mapping[str, Any]) -> Self:
        """These parameters with some changed; raises BadValue or UnknownName and leaves `self` as it is."""
        clean = {name: type(self).read(name, raw) for name, raw in values.items()}
        return type(self)._validated({**self.values(), **clean})

    def values(self) -> dict[str, Any]:
        """Plain values by name (tuples stay tuples)."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def changed(self) -> dict[str, Any]:
        """The values that differ from the defaults."""
        defaults = type(self)()
        return {name: value for name, value in self.values().items() if value != getattr(defaults, name)}

    def to_text(self) -> dict[str, str]:
        """Changed values as text, exactly readable by `read`: the form of URLs and the command line."""
        return {name: as_text(value) for name, value in self.changed().items()}

    @classmethod
    def forgiving(cls, values: Mapping[str, Any]) -> tuple[Self, list[BadValue]]:
        """Parameters from a link: bad values fall back to the default and are reported, good ones are kept."""
        kept: dict[str, Any] = {}
        problems: list[BadValue] = []
        for name, raw in values.items():
            try:
                kept[name] = cls.read(name, raw)
            except BadValue as problem:
                problems.append(problem)
        while True:
            try:
                return cls._validated(kept), problems
            except BadValue as problem:  # a rule between fields: give up the value it names, else the last one
                problems.append(problem)
                kept.pop(problem.name if problem.name in kept else next(reversed(kept)))


def as_text(value: Any) -> str:
    """A parameter value as text that `Params.read` turns back into exactly the same value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return ",".join(value)
    return repr(value) if isinstance(value, float) else str(value)


def _control(name: str, field: Any) -> Control:
    extra = dict((field.json_schema_extra or {}).get("control", {}))
    if not extra:
        raise TypeError(f"parameter {name} has no control; declare it with number(), toggle(), choice() or choices()")
    annotation = field.annotation
    if annotation is bool:
        kind = "toggle"
    elif annotation is int:
        kind = "integer"
    elif annotation is float:
        kind = "number"
    elif getattr(annotation, "__origin__", None) is Literal:
        kind, extra["options"] = "choice", tuple(get_args(annotation))
    elif getattr(annotation, "__origin__", None) is tuple:
        kind, extra["options"] = "choices", tuple(get_args(get_args(annotation)[0]))
    else:
        raise TypeError(f"parameter {name} has type {annotation}; use float, int, bool, Literal or tuple[Literal, ...]")
    return Control(name=name, type=kind, default=field.default, **extra)  # type: ignore[arg-type]


def _read(control: Control, raw: Any) -> Any:
    bad = BadValue(control.name, raw, control.allowed())
    match control.type:
        case "toggle":
            if isinstance(raw, bool):
                return raw
            word = str(raw).strip().lower() if isinstance(raw, str) else raw
            if word in ("true", "1", "on", "yes"):
                return True
            if word in ("false", "0", "off", "no"):
                return False
            raise bad
        case "choice":
            word = str(raw) if type(raw) is int and abs(raw) < 10**6 else raw  # of options that are numbers
            if isinstance(word, str) and word in control.options:
                return word
            raise bad
        case "choices":
            parts = [part.strip() for part in raw.split(",") if part.strip()] if isinstance(raw, str) else raw
            if not isinstance(parts, list | tuple) or not all(part in control.options for part in parts):
                raise bad
            if len(set(parts)) < control.least:
                raise bad
            return tuple(option for option in control.options if option in parts)
        case _:
            return _read_number(control, raw, bad)


def _read_number(control: Control, raw: Any, bad: BadValue) -> float | int:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise bad
    try:
        value = float(raw)
        if control.type == "integer":
            value = int(raw) if isinstance(raw, int | str) and str(raw).strip().lstrip("+-").isdigit() else value
        possible = math.isfinite(value) and (control.type != "integer" or value == int(value))
    except (ValueError, OverflowError):
        raise bad from None
    if not possible:
        raise bad
    assert control.low is not None and control.high is not None
    if not (control.low <= value <= control.high or (control.zero and value == 0)):
        raise bad
    return int(value) if control.type == "integer" else float(value)


def _short(value: float | None) -> str:
    """A bound in digits; a large one as people write it."""
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) < 1e15 and value == int(value) else f"{value:.6g}"


def _quote(value: Any) -> str:
    try:
        text = value if isinstance(value, str) else json.dumps(value, default=str)
    except (TypeError, ValueError, RecursionError):  # keys of other types, circles, integers of thousands of digits
        text = f"<{type(value).__name__}>"
    return _sendable(text if len(text) <= 60 else text[:57] + "…")


def _sendable(text: str) -> str:
    """The text without halves of characters (lone surrogates, as JSON can hold them): they cannot be encoded."""
    return text.encode("utf-8", "replace").decode()


def describe(control: Control) -> dict[str, Any]:
    """A control as JSON-ready data, for `python -m engine list --json` and the browser."""
    data = asdict(replace(control, when=None))
    data["when"] = control.when.json() if control.when is not None else None
    data["options"] = list(control.options)
    data["default"] = list(control.default) if isinstance(control.default, tuple) else control.default
    data["allowed"] = control.allowed()
    return data
