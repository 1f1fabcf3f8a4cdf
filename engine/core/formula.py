"""Data from a formula: "x = cos(t) + 0.05*e; y = sin(t)". Parsed to a whitelist and computed here, never run as code.

The text becomes Python's syntax tree; every node must be one of a short list, and this module computes it over numpy
arrays of n numbers. There are no names but those below, no attributes, no calls but those below, and bounds on length,
depth, size and exponents, so nothing can take long or use memory.
"""

from __future__ import annotations

import ast
import difflib
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

MAX_CHARACTERS, MAX_DEPTH, MAX_NODES, MAX_COLUMNS = 2000, 40, 400, 64
LEAST, MOST = 12, 20_000  # points
MAX_NUMBER, MAX_EXPONENT = 1e6, 64.0

Array = np.ndarray
NAMES = {
    "t": "runs evenly from the first value to the last",
    "i": "0, 1, 2, …",
    "n": "how many points",
    "u": "uniform draws from 0 to 1, new ones at every mention",
    "e": "normal draws, new ones at every mention",
    "pi": "3.14159…",
}
ONE: dict[str, Callable[[Array], Array]] = {
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "tanh": np.tanh,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "floor": np.floor,
    "sign": np.sign,
}
TWO: dict[str, Callable[[Array, Array], Array]] = {"min": np.minimum, "max": np.maximum, "mod": np.mod}
OPERATORS: dict[type[ast.operator], Callable[[Array, Array], Array]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Mod: np.mod,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Array, Array], Array]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
ALLOWED = "numbers, + - * / % **, < <= > >=, parentheses, " + ", ".join([*NAMES, *ONE, *TWO, "where"])


class FormulaError(ValueError):
    """A formula that cannot be used; `template` and `fields` let a page translate the sentence."""

    def __init__(self, template: str, **fields: Any) -> None:
        self.template, self.fields = template, {name: str(value) for name, value in fields.items()}
        super().__init__(template.format(**self.fields))


def data(text: str, count: int, low: float, high: float, random: np.random.Generator) -> dict[str, Array]:
    """The table of a formula.

    Args:
        text: columns as "name = expression", separated by ";" or new lines.
        count: points, LEAST to MOST.
        low, high: the first and the last value of t.
        random: where `u` and `e` are drawn from.

    Returns:
        {"x": float32 (count, columns)}, as `engine.core.uploads.read_upload` gives it for a table.

    Raises:
        FormulaError: says what is wrong, where, and what is allowed.
    """
    if not LEAST <= count <= MOST:
        raise FormulaError("{count} points are not possible; allowed: {least} to {most}.", count=count, least=LEAST, most=MOST)
    if not (np.isfinite([low, high]).all() and abs(low) <= MAX_NUMBER and abs(high) <= MAX_NUMBER and low < high):
        raise FormulaError(
            "t from {low} to {high} is not possible: a smaller number first, then a larger one.", low=low, high=high
        )
    t = np.linspace(low, high, count)
    known = {"t": t, "i": np.arange(count, dtype=np.float64), "n": np.full(count, float(count)), "pi": np.full(count, np.pi)}
    columns = []
    for name, node in parse(text):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            column = np.broadcast_to(_value(node, known, random), (count,)).astype(np.float32)
        wrong = np.flatnonzero(~np.isfinite(column))
        if len(wrong):
            template = "{name} is {value} at t = {t}: only finite numbers can be used."
            raise FormulaError(template, name=name, value=column[wrong[0]], t=f"{t[wrong[0]]:.4g}")
        columns.append(column)
        known[name] = column.astype(np.float64)
    return {"x": np.stack(columns, 1)}


def parse(text: str) -> list[tuple[str, ast.expr]]:
    """(column, expression) of every line; raises FormulaError for anything that is not on the list."""
    if len(text) > MAX_CHARACTERS:
        raise FormulaError(
            "The formula has {count} characters; at most {most} are taken.", count=len(text), most=MAX_CHARACTERS
        )
    if "\0" in text or not text.strip():
        raise FormulaError("There is no formula. An example: {example}", example="x = cos(t); y = sin(t)")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.strip().replace("^", "**"))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        where = getattr(error, "text", None) or text
        column = getattr(error, "offset", None) or 1
        raise FormulaError("This is no formula, near “{near}”.", near=where.strip()[max(0, column - 6) : column + 6]) from None
    _measure(tree)
    columns: dict[str, ast.expr] = {}
    for line in tree.body:
        named = isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name)
        if not named:
            raise FormulaError("Every line is “name = expression”, such as {example}.", example="x = cos(t)")
        assert isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)
        name = line.targets[0].id
        if name in NAMES or name in ONE or name in TWO or name == "where":
            raise FormulaError("“{name}” already means something here; choose another name.", name=name)
        if name in columns:
            raise FormulaError("“{name}” stands twice on the left.", name=name)
        _check(line.value, set(columns))
        columns[name] = line.value
    if len(columns) > MAX_COLUMNS:
        raise FormulaError("{count} columns are too many; at most {most}.", count=len(columns), most=MAX_COLUMNS)
    return list(columns.items())


def _measure(tree: ast.AST) -> None:
    """Bounds on size and depth."""
    level: list[ast.AST] = [tree]
    total = depth = 0
    while level:
        depth, total = depth + 1, total + len(level)
        if total > MAX_NODES or depth > MAX_DEPTH:
            raise FormulaError("The formula is too long or too deeply nested.")
        level = [child for node in level for child in ast.iter_child_nodes(node)]


def _check(node: ast.expr, columns: set[str]) -> None:
    """Whether an expression is made of allowed pieces only."""
    match node:
        case ast.Constant(value=value) if type(value) in (int, float):
            assert isinstance(value, int | float)
            if not abs(value) <= MAX_NUMBER:
                raise FormulaError(
                    "{value} is too large a number; at most {most}.", value=str(value)[:20], most=f"{MAX_NUMBER:.0f}"
                )
            return
        case ast.Name(id=name):
            if name not in NAMES and name not in columns:
                _unknown(name, [*NAMES, *columns, *ONE, *TWO, "where"])
            return
        case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=inner):
            return _check(inner, columns)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            _check(left, columns)
            return _check(right, columns)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATORS:
            _check(left, columns)
            return _check(right, columns)
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in COMPARISONS:
            _check(left, columns)
            return _check(right, columns)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            wanted = 1 if name in ONE else 2 if name in TWO else 3 if name == "where" else 0
            if not wanted:
                _unknown(name, [*ONE, *TWO, "where"])
            if len(args) != wanted:
                raise FormulaError(
                    "{name} takes {wanted} values in its brackets, not {given}.", name=name, wanted=wanted, given=len(args)
                )
            for inner in args:
                _check(inner, columns)
            return
    piece = ast.unparse(node) if not isinstance(node, ast.Lambda) else "lambda"
    raise FormulaError("“{piece}” cannot stand in a formula; allowed: {allowed}.", piece=piece[:40], allowed=ALLOWED)


def _unknown(name: str, known: list[str]) -> None:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
    template = "There is no “{name}” here; the nearest is “{nearest}”. Allowed: {allowed}."
    raise FormulaError(template, name=name[:40], nearest=near, allowed=ALLOWED)


def _value(node: ast.expr, known: Mapping[str, Array], random: np.random.Generator) -> Array:
    """An allowed expression over all points, float64 (count,)."""
    count = len(known["t"])
    match node:
        case ast.Constant(value=value):
            return np.full(count, float(value))  # type: ignore[arg-type]
        case ast.Name(id="u"):
            return random.random(count)
        case ast.Name(id="e"):
            return random.standard_normal(count)
        case ast.Name(id=name):
            return known[name]
        case ast.UnaryOp(op=operator, operand=inner):
            inner_value = _value(inner, known, random)
            return -inner_value if isinstance(operator, ast.USub) else inner_value
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            exponent = np.clip(_value(right, known, random), -MAX_EXPONENT, MAX_EXPONENT)
            return np.power(_value(left, known, random), exponent)
        case ast.BinOp(left=left, op=operator, right=right):
            return OPERATORS[type(operator)](_value(left, known, random), _value(right, known, random))
        case ast.Compare(left=left, ops=[comparison], comparators=[right]):
            return COMPARISONS[type(comparison)](_value(left, known, random), _value(right, known, random)).astype(np.float64)
        case ast.Call(func=ast.Name(id=name), args=args):
            values = [_value(inner, known, random) for inner in args]
            if name in ONE:
                return ONE[name](values[0])
            return TWO[name](*values) if name in TWO else np.where(values[0] != 0, values[1], values[2])
    raise AssertionError("the check lets nothing else through")
