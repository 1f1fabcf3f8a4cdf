"""Reads the text of formulas: lines `name = formula` with their places, and each formula's syntax tree. Nothing is computed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.data import parsing
from engine.data.errors import UploadError

MAX_LENGTH, MAX_LINES, MAX_DEPTH = 2_000, 64, 40
EXAMPLE = "x = cos(t) + 0.05*e; y = sin(2*t)"

_SIGNS = re.compile(r"[0-9A-Za-z_ .+\-*/%^()<>=!,]")
_GLUED = re.compile(r"(?<![0-9A-Za-z_.])(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?+([A-Za-z_][0-9A-Za-z_]*)")
_HEAD = re.compile(r"\s*([A-Za-z_][0-9A-Za-z_]*)\s*=(?!=)")
_TWINS = {"−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", "\u3000": " ", "\r": " ", "\t": " "}


class FormulaError(UploadError):
    """A formula that gives no data: what was wrong, where (characters from 1), what is allowed."""


@dataclass(frozen=True)
class Line:
    """One `name = formula`; `at` and `begin` are where both begin in the whole text, from 0."""

    name: str
    formula: str
    at: int
    begin: int

    @property
    def python(self) -> str:
        """The formula as Python writes it: ** for ^, which would be another sign with another rank."""
        return self.formula.replace("^", "**")

    def place(self, column: int) -> int:
        """Where in the whole text, from 1, a column of `python` stands, from 0 (all signs are ASCII: bytes are characters)."""
        before = 0
        while before < len(self.formula) and len(self.formula[: before + 1].replace("^", "**")) <= column:
            before += 1
        return self.begin + before + 1


def lines(text: str) -> list[Line]:
    """The lines of a text, parts between semicolons too; raises FormulaError for signs and forms that are not allowed."""
    if len(text) > MAX_LENGTH:
        raise FormulaError("The formula has {count} characters; at most {most} are taken.", count=len(text), most=MAX_LENGTH)
    text = "".join(map(_narrow, text))
    parts = [part for part in re.finditer(r"[^;\n]+", text) if part[0].strip()]
    if not parts:
        raise FormulaError("The formula is empty. Write for example {example}.", example=EXAMPLE)
    if len(parts) > MAX_LINES:
        raise FormulaError("The formula has {count} lines; at most {most} are taken.", count=len(parts), most=MAX_LINES)
    found: dict[str, Line] = {}
    for part in parts:
        line = _line(part[0], part.start())
        if line.name in found:
            raise FormulaError("Position {at}: {name} is already there; give each name once.", at=line.at + 1, name=line.name)
        found[line.name] = line
    return list(found.values())


def parse(line: Line) -> tuple[ast.expr, int]:
    """The syntax tree of a line's formula and how many parts it has; raises FormulaError."""
    glued = _GLUED.search(line.formula)
    if glued:
        raise FormulaError(
            "Position {at}: between a number and a name a sign is missing; write for example 2*{name}.",
            at=line.begin + glued.start(1) + 1,
            name=glued[1],
        )
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


def _narrow(sign: str) -> str:
    """A wide sign of an East Asian keyboard as its narrow twin, and the usual signs for minus and times as Python's."""
    return chr(ord(sign) - 0xFEE0) if "！" <= sign <= "～" else _TWINS.get(sign, sign)


def _line(part: str, start: int) -> Line:
    for place, sign in enumerate(part):
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
