"""Reads the text of formulas: lines `name = formula` with their places, and each formula's syntax tree. Nothing is computed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from engine.data import parsing
from engine.data.formula.signs import REMEDIES, FormulaError, narrow, pythonic

MAX_LENGTH, MAX_LINES, MAX_DEPTH = 2_000, 64, 40
FUNCTION_NAMES = frozenset(
    ("sin", "cos", "tan", "tanh", "exp", "log", "ln", "sqrt", "abs", "floor", "sign", "min", "max", "mod", "where")
)
EXAMPLE = "x = cos(t) + 0.05*e; y = sin(2*t)"

_SIGNS = re.compile(r"[0-9A-Za-z_ .+\-*/%^()<>=!,π√|⁰¹²³⁴⁵⁶⁷⁸⁹≤≥≠]")
_SECOND = re.compile(r"(?<![<>=!])=(?!=)")
_HEAD = re.compile(r"\s*([A-Za-z_][0-9A-Za-z_]*)(?:\s*\(\s*t\s*\))?\s*=(?!=)")


@dataclass(frozen=True)
class Line:
    """One `name = formula`; `at` and `begin` are where both begin in the whole text, from 0."""

    name: str
    formula: str
    at: int
    begin: int

    @cached_property
    def _written(self) -> tuple[str, list[int]]:
        return pythonic(self.formula, self.begin, FUNCTION_NAMES)

    @property
    def python(self) -> str:
        """The formula as Python writes it; raises FormulaError for what has two readings."""
        return self._written[0]

    def place(self, column: int) -> int:
        """Where in the whole text, from 1, a column of `python` stands, from 0 (all signs are ASCII: bytes are characters)."""
        places = self._written[1]
        return self.begin + (places[column] if column < len(places) else len(self.formula)) + 1


def lines(text: str) -> list[Line]:
    """The lines of a text, parts between semicolons too; raises FormulaError for signs and forms that are not allowed."""
    if len(text) > MAX_LENGTH:
        raise FormulaError("The formula has {count} characters; at most {most} are taken.", count=len(text), most=MAX_LENGTH)
    text = "".join(map(narrow, text))
    parts = [part for part in re.finditer(r"[^;\n]+", text) if part[0].strip()]
    if not parts:
        raise FormulaError("The formula is empty. Write for example {example}.", example=EXAMPLE)
    if len(parts) > MAX_LINES:
        raise FormulaError("The formula has {count} lines; at most {most} are taken.", count=len(parts), most=MAX_LINES)
    found: dict[str, Line] = {}
    for part in parts:
        line = _line(part[0], part.start(), text[part.end() : part.end() + 1] == ";")
        if line.name in found:
            raise FormulaError("Position {at}: {name} is already there; give each name once.", at=line.at + 1, name=line.name)
        found[line.name] = line
    return list(found.values())


def parse(line: Line) -> tuple[ast.expr, int]:
    """The syntax tree of a line's formula and how many parts it has; raises FormulaError."""
    depth = 0
    for place, sign in enumerate(line.formula):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth > MAX_DEPTH:
            raise _too_deep(line, line.begin + place + 1)
    if not line.formula:
        raise FormulaError("Position {at}: after {name} = a formula is missing.", at=line.begin + 1, name=line.name)
    try:
        tree = parsing.expression(line.python)
    except SyntaxError as error:
        if not error.offset:  # nothing in it is wrong: something after it is missing
            at = line.begin + len(line.formula)
            raise FormulaError("Position {at}: the formula of {name} ends too early.", at=at, name=line.name) from None
        at = line.place(error.offset - 1)
        raise FormulaError("Position {at}: the formula of {name} cannot be read from here.", at=at, name=line.name) from None
    except (ValueError, MemoryError, RecursionError):  # an endless chain of signs
        raise _too_deep(line, line.place(0)) from None
    return tree, _size(tree, line)


def short(text: str) -> str:
    """A piece of a text for a message."""
    return text if len(text) <= 30 else text[:29] + "…"


def _decimal_comma(part: str, begin: int) -> int | None:
    """Where a comma between two digits stands outside of all parentheses."""
    depth = 0
    for place in range(begin, len(part)):
        depth += {"(": 1, ")": -1}.get(part[place], 0)
        if part[place] == "," and depth == 0 and part[place - 1].isdigit() and part[place + 1 : place + 2].isdigit():
            return place
    return None


def _line(part: str, start: int, closed_later: bool) -> Line:
    for place, sign in enumerate(part):
        if sign in REMEDIES:
            raise FormulaError(
                "Position {at}: “{sign}” cannot stand in a formula; write {remedy}.",
                at=start + place + 1,
                sign=sign,
                remedy=REMEDIES[sign],
            )
        if not _SIGNS.match(sign):
            raise FormulaError(
                "Position {at}: “{sign}” cannot stand in a formula; allowed are numbers, names, + - * / ^ % ( ) , and < > = !.",
                at=start + place + 1,
                sign=sign if sign.isprintable() else f"U+{ord(sign):04X}",
            )
    head = _HEAD.match(part)
    if head is None:
        raise FormulaError(
            "Position {at}: “{text}” is not of the form name = formula, for example {example}.",
            at=start + len(part) - len(part.lstrip()) + 1,
            text=short(part.strip()),
            example=EXAMPLE,
        )
    second = _SECOND.search(part, head.end())
    if second and part.count("(", head.end(), second.start()) == part.count(")", head.end(), second.start()):
        raise FormulaError(
            "Position {at}: a second = in one formula; separate formulas by semicolons or lines (two equal values: ==).",
            at=start + second.start() + 1,
        )
    depth = part.count("(") - part.count(")")
    if depth > 0 and closed_later:
        raise FormulaError(
            "Position {at}: a semicolon ends a formula; inside parentheses values are separated by commas, and a decimal point "
            "is a point: max(1.5, t).",
            at=start + len(part) + 1,
        )
    comma = _decimal_comma(part, head.end())
    if comma is not None:
        raise FormulaError("Position {at}: a decimal point is written as a point, as in 1.5.", at=start + comma + 1)
    rest = part[head.end() :].lstrip()  # the parser takes spaces at the beginning for an indent
    return Line(head[1], rest.rstrip(), start + head.start(1), start + len(part) - len(rest))


def _size(tree: ast.expr, line: Line) -> int:
    """How many parts a tree has, counted without recursion; raises FormulaError where they are too deep."""
    waiting = [(tree, 1)]
    count = 0
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > MAX_DEPTH:
            raise _too_deep(line, line.place(node.col_offset))
        waiting += [(child, depth + 1) for child in _children(node)]
    return count


def _children(node: ast.expr) -> Iterator[ast.expr]:
    return (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))


def _too_deep(line: Line, at: int) -> FormulaError:
    return FormulaError(
        "Position {at}: the formula of {name} is nested more than {most} deep; give names to its parts.",
        at=at,
        name=line.name,
        most=MAX_DEPTH,
    )
