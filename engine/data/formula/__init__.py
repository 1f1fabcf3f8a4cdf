"""Data from formulas that a person types, such as `x = cos(t) + 0.05*e; y = sin(2*t)`.

The text is parsed by Python's `ast` and walked by the evaluator below; nothing of it is ever run as code. Every operation
acts on one float64 number per sample, so that what a text costs is bounded by its parts times its samples.

Lines (or parts between semicolons) are `name = formula`. Names that begin with x, y or z are the columns; other names are
helpers for the lines below them. `n = 400` sets the number of samples, `t = 0..2*pi` the range of t, and `seed = 3` fixes
the random draws; all three may be left out.
"""

from __future__ import annotations

import ast
import difflib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from engine.data.formula.text import EXAMPLE, FormulaError, Line, lines, parse, short
from engine.data.table import table

MAX_PARTS = 400  # numbers, names, signs and functions of all lines together
MAX_CONSTANT = 1e9  # no larger number may be written
MAX_SAMPLES, SAMPLES = 20_000, 500  # most, and how many unless the text says so
MAX_SEED = 2**32 - 1
RANGE = (0.0, 2 * math.pi)  # of t, unless the text says so
NAME = "The formula"
STREAM = 0xF0  # sets the draws of formulas apart from all others that begin with a run's seed

Values = np.ndarray  # float64, (samples,)


def _where(condition: Values, yes: Values, no: Values) -> Values:
    chosen: Values = np.where(condition != 0, yes, no)
    return chosen


OPERATORS: dict[type, Callable[..., Values]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.Mod: np.mod,
    ast.USub: np.negative,
    ast.UAdd: np.positive,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
FUNCTIONS: dict[str, tuple[int, Callable[..., Values]]] = {  # name: (how many arguments, what it does)
    "sin": (1, np.sin),
    "cos": (1, np.cos),
    "tan": (1, np.tan),
    "tanh": (1, np.tanh),
    "exp": (1, np.exp),
    "log": (1, np.log),
    "ln": (1, np.log),
    "sqrt": (1, np.sqrt),
    "abs": (1, np.abs),
    "floor": (1, np.floor),
    "sign": (1, np.sign),
    "min": (2, np.minimum),
    "max": (2, np.maximum),
    "mod": (2, np.mod),
    "where": (3, _where),
}
RANDOM = ("u", "v", "e")
NAMES = ("t", "i", "n", *RANDOM, "pi")  # what a formula may use; `e` is drawn anew wherever it is written
SETTINGS = ("n", "t", "seed")


@dataclass
class Sheet:
    """What formulas can see: names with one value per sample, and the sources of random draws (none in a setting)."""

    samples: int
    random: dict[str, np.random.Generator]
    names: dict[str, Values] = field(default_factory=dict)

    def value(self, name: str) -> Values | None:
        """A name's values: `e` is drawn anew each time, `u` and `v` once; None for an unknown name."""
        if name == "e" and self.random:
            return self.random["e"].standard_normal(self.samples)
        if name in self.random and name not in self.names:
            self.names[name] = self.random[name].random(self.samples)
        return self.names.get(name)


def formula_random(seed: int) -> np.random.Generator:
    """The draws that belong to a run's seed."""
    return np.random.default_rng([seed, STREAM])


def formula_data(text: str, random: np.random.Generator) -> dict[str, np.ndarray]:
    """The table that a text describes, {"x": float32 (samples, columns)}; `random` gives the draws of u, v and e.

    Raises:
        FormulaError: what cannot be read, is not allowed, or gives no numbers.
        UploadError: columns from which nothing can be learned (all samples the same, values beyond ±1e9).
    """
    found = lines(text)
    for line in found:
        if (line.name in FUNCTIONS or line.name in NAMES or line.name.startswith("_")) and line.name not in SETTINGS:
            raise FormulaError(
                "Position {at}: {name} cannot be given a formula; take another name, such as x, y or z.",
                at=line.at + 1,
                name=short(line.name),
            )
    settings = {line.name: line for line in found if line.name in SETTINGS}
    if "seed" in settings:
        random = formula_random(_whole(settings["seed"], 0, MAX_SEED))
    samples = _whole(settings["n"], 2, MAX_SAMPLES) if "n" in settings else SAMPLES
    sheet = _sheet(samples, _range(settings["t"]) if "t" in settings else RANGE, random)
    _fill(sheet, [line for line in found if line.name not in SETTINGS])
    columns = {line.name: sheet.names[line.name] for line in found if line.name[0] in "xyz"}
    _check(columns, sheet)
    return {"x": table(NAME, np.stack(list(columns.values()), 1))}


def self_contained(text: str, seed: int) -> str:
    """A readable text that gives the same data whatever the run's seed: with its seed, if it draws and names none."""
    found = lines(text)
    used = {name for line in found if line.name not in SETTINGS for name in re.findall(r"[A-Za-z_]\w*", line.formula, re.ASCII)}
    if not used & set(RANDOM) or any(line.name == "seed" for line in found):
        return text.strip()
    return f"{text.strip().rstrip(';')}; seed = {seed}"


def _sheet(samples: int, ends: tuple[float, float], random: np.random.Generator) -> Sheet:
    """Every name before the first line; u, v and e have draws of their own, so that using one changes no other."""
    names = {"t": np.linspace(*ends, samples), "i": np.arange(samples, dtype=np.float64)}
    names |= {"n": np.full(samples, float(samples)), "pi": np.full(samples, np.pi)}
    return Sheet(samples, dict(zip(RANDOM, random.spawn(len(RANDOM)), strict=True)), names)


def _fill(sheet: Sheet, found: list[Line]) -> None:
    """Compute the lines in their order."""
    parsed = [(line, *parse(line)) for line in found]
    if sum(parts for _, _, parts in parsed) > MAX_PARTS:
        raise FormulaError("The formula has more than {most} numbers, names and signs.", most=MAX_PARTS)
    for line, tree, _ in parsed:
        with np.errstate(all="ignore"):  # what is not finite is named once the columns are complete
            sheet.names[line.name] = _evaluate(tree, line, sheet)


def _check(columns: dict[str, Values], sheet: Sheet) -> None:
    if not columns:
        raise FormulaError("The formula has no column: give x = … (and y = …, z = …), for example {example}.", example=EXAMPLE)
    for name, values in columns.items():
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            raise FormulaError(
                "{name} is not a finite number at t = {t} ({count} of {samples} samples in all).",
                name=name,
                t=f"{sheet.names['t'][bad[0]]:.4g}",
                count=len(bad),
                samples=sheet.samples,
            )


# ---- expressions


def _evaluate(node: ast.expr, line: Line, sheet: Sheet) -> Values:
    """One value per sample of an expression."""

    def inner(child: ast.expr) -> Values:
        return _evaluate(child, line, sheet)

    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return np.full(sheet.samples, _constant(value, node, line))
        case ast.Name(id=name):
            values = sheet.value(name)
            if values is None:
                raise _no_value(name, line.place(node.col_offset), sheet)
            return values
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](inner(left), inner(right))
        case ast.UnaryOp(op=sign, operand=operand) if type(sign) in OPERATORS:
            return OPERATORS[type(sign)](inner(operand))
        case ast.Compare(left=left, ops=signs, comparators=others) if all(type(sign) in OPERATORS for sign in signs):
            sides = [inner(left), *(inner(other) for other in others)]
            holds = [OPERATORS[type(sign)](a, b) for sign, a, b in zip(signs, sides, sides[1:], strict=False)]
            return np.logical_and.reduce(holds).astype(np.float64)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            function = _function(name, len(arguments), line.place(node.col_offset))
            return function(*(inner(argument) for argument in arguments))
        case _:
            raise FormulaError(
                "Position {at}: “{text}” is not possible here; allowed are numbers, {names}, the functions {functions}, "
                "the signs + - * / ^ % ( ) and comparisons.",
                at=line.place(node.col_offset),
                text=short(ast.unparse(node).replace(" ** ", "^")),
                names=", ".join(NAMES),
                functions=", ".join(FUNCTIONS),
            )


def _constant(value: float, node: ast.expr, line: Line) -> float:
    if abs(value) > MAX_CONSTANT:
        raise FormulaError(
            "Position {at}: a number may be at most {most}.", at=line.place(node.col_offset), most=f"{MAX_CONSTANT:g}"
        )
    return float(value)


def _function(name: str, given: int, at: int) -> Callable[..., Values]:
    """The function of that name, if it takes so many values."""
    if name not in FUNCTIONS:
        raise _unknown(name, at, list(FUNCTIONS), list(FUNCTIONS))
    count, function = FUNCTIONS[name]
    if given != count:
        raise FormulaError(
            "Position {at}: {name} takes {count} values, not {given}.", at=at, name=name, count=count, given=given
        )
    return function


def _no_value(name: str, at: int, sheet: Sheet) -> FormulaError:
    if name in FUNCTIONS:
        return FormulaError("Position {at}: {name} is a function; write {name}(…).", at=at, name=name)
    allowed = list(dict.fromkeys([*sheet.names, *sheet.random]))
    return _unknown(name, at, allowed, [*allowed, *FUNCTIONS])


def _unknown(name: str, at: int, allowed: list[str], candidates: list[str]) -> FormulaError:
    near = difflib.get_close_matches(name, candidates, 1) or difflib.get_close_matches(name.lower(), candidates, 1)
    known = ", ".join(allowed)
    if not near:
        return FormulaError("Position {at}: {name} is not known. Allowed: {allowed}.", at=at, name=short(name), allowed=known)
    return FormulaError(
        "Position {at}: {name} is not known. Did you mean {near}? Allowed: {allowed}.",
        at=at,
        name=short(name),
        near=near[0],
        allowed=known,
    )


# ---- settings


def _number(line: Line) -> float:
    """The value of a setting: an expression whose only name is pi."""
    with np.errstate(all="ignore"):
        return float(_evaluate(parse(line)[0], line, Sheet(1, {}, {"pi": np.array([np.pi])}))[0])


def _whole(line: Line, least: int, most: int) -> int:
    value = _number(line)
    if not (least <= value <= most and value == int(value)):
        raise FormulaError(
            "Position {at}: {name} must be a whole number from {least} to {most}.",
            at=line.at + 1,
            name=line.name,
            least=least,
            most=most,
        )
    return int(value)


def _range(line: Line) -> tuple[float, float]:
    low, dots, high = line.formula.partition("..")
    if dots and low.strip() and high.strip():
        begin = line.begin + len(low) + len(dots) + len(high) - len(high.lstrip())
        ends = _number(Line("t", low.strip(), line.at, line.begin)), _number(Line("t", high.strip(), line.at, begin))
        if ends[0] < ends[1] and max(map(abs, ends)) <= MAX_CONSTANT:
            return ends
    raise FormulaError(
        "Position {at}: t needs a range from a smaller to a larger number, for example t = 0..2*pi.", at=line.at + 1
    )
