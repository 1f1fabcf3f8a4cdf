"""Which English texts a topic's source hands to the vocabulary of pictures, whether or not a run ever draws them.

A parameter of a word of `engine.plot` whose type mentions `Text` takes what a person reads: string literals given to it are
collected, also inside lists, dictionaries (their values) and conditional expressions.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache

from engine.core import registry
from engine.plot import Axis, Log, Member, Plot

TEXT = re.compile(r"\bText\b")


@cache
def words() -> dict[str, dict[str, int]]:
    """Word -> its parameters that take texts, with their places among the positional ones."""
    found = {}
    methods = {name: method for name, method in inspect.getmembers(Plot, inspect.isfunction) if not name.startswith("_")}
    for name, function in {**methods, "Axis": Axis, "Log": Log, "but": Axis, "named": Member.named}.items():
        names = [key for key in inspect.signature(function).parameters if key != "self"]
        kinds = inspect.signature(function).parameters
        texts = {key: place for place, key in enumerate(names) if TEXT.search(str(kinds[key].annotation))}
        if texts:
            found[name] = texts
    return found


def literals(node: ast.expr) -> Iterator[str]:
    """The string literals that an argument may stand for."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp():
            yield from literals(node.body)
            yield from literals(node.orelse)
        case ast.List() | ast.Tuple() | ast.Set():
            for item in node.elts:
                yield from literals(item)
        case ast.BoolOp():
            for item in node.values:
                yield from literals(item)
        case ast.Dict():
            for item in node.values:
                yield from literals(item)


def texts_in(source: str) -> set[str]:
    """Every text that a module's source hands to a word, or names a member of a cast by."""
    said: set[str] = set()
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if name == "Cast" and call.args and isinstance(call.args[0], ast.Dict):
            for entry in call.args[0].values:
                said |= set(literals(entry.elts[0])) if isinstance(entry, ast.Tuple) else set()
        for key, place in words().get(name, {}).items():
            given = [keyword.value for keyword in call.keywords if keyword.arg == key]
            before = call.args[: place + 1]
            if len(before) > place and not any(isinstance(argument, ast.Starred) for argument in before):
                given.append(before[place])
            for argument in given:
                said |= set(literals(argument))
    return said


def written(topic) -> set[str]:
    """The texts that a topic's package hands to the vocabulary; names of outputs stand for what is declared of them."""
    folder = registry.ROOT / topic.group / topic.slug.replace("-", "_")
    said = set().union(*(texts_in(file.read_text(encoding="utf-8")) for file in folder.rglob("*.py")))
    return said - {output.name for output in topic.outputs}
