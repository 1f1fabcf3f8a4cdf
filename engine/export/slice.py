"""Finds what a look at a model computes only for its pictures, so that a text that prints scalars can do without.

`observe` returns (scalars, arrays) and changes nothing that the loop reads (the contract of a model). So every statement
that gives the scalars no value may go, together with what only such statements needed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.export.source import Function

Fresh = ast.Dict | ast.List | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp | ast.Call | ast.BinOp
Loop = ast.For | ast.While


def picture_only(kind: ast.ClassDef, name: str = "observe") -> dict[ast.AST, str]:
    """Statements and expressions of the method `name`, and of those it hands over to, that can be replaced: node -> text.

    A statement of which nothing is left is replaced by "" or, where the block would be empty, by "pass".
    """
    methods = {node.name: node for node in kind.body if isinstance(node, ast.FunctionDef)}
    if name not in methods:
        return {}
    found = _Slice(methods[name]).replaced()
    for handed in _handed_over(methods[name]):
        mentioned = [n for n in ast.walk(kind) if isinstance(n, ast.Attribute) and n.attr == handed]
        if handed in methods and len(mentioned) == 1:
            found |= _Slice(methods[handed]).replaced()
    return found


def _handed_over(method: ast.FunctionDef) -> Iterator[str]:
    """Names of own methods whose result a method returns as it is."""
    for node in ast.walk(method):
        options = [node.value] if isinstance(node, ast.Return) else []
        while options:
            match options.pop():
                case ast.IfExp(body=body, orelse=other):
                    options += [body, other]
                case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=attr)):
                    yield attr
                case _:
                    pass


class _Slice:
    """The statements of one function that its scalars need."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.returns = [node for node in ast.walk(function) if isinstance(node, ast.Return)]
        self.needed: set[str] = set()
        self.shared = {a.arg for a in (*function.args.args, *function.args.kwonlyargs)}  # may be known elsewhere
        for node in ast.walk(function):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.For | ast.withitem):
                self.shared |= _not_fresh(node)

    def replaced(self) -> dict[ast.AST, str]:
        """What can go; nothing where the function does not return a pair written out."""
        pairs = [node.value for node in self.returns]
        if not pairs or not all(isinstance(pair, ast.Tuple) and len(pair.elts) == 2 for pair in pairs):
            return {}
        before = -1
        while before != len(self.needed):
            before = len(self.needed)
            self._mark(self.function.body)
        found: dict[ast.AST, str] = {pair.elts[1]: "{}" for pair in pairs if isinstance(pair, ast.Tuple)}
        self._collect(self.function.body, found)
        return found

    def _mark(self, body: list[ast.stmt]) -> None:
        """Add the names that kept statements read."""
        for node in body:
            if not self._kept(node):
                continue
            inner = list(_blocks(node))
            if isinstance(node, ast.Return):
                assert isinstance(node.value, ast.Tuple)
                self._read(node.value.elts[0])
            elif inner:
                for name, value in ast.iter_fields(node):  # the head: a test, what is iterated over, a context
                    for part in value if isinstance(value, list) else [value]:
                        if isinstance(part, ast.match_case):
                            self._read(part.pattern)
                            self._read(part.guard or part.pattern)
                        elif isinstance(part, ast.AST) and name not in ("body", "orelse", "finalbody", "handlers"):
                            self._read(part)
                for block in inner:
                    self._mark(block)
            else:
                self._read(node)

    def _read(self, node: ast.AST) -> None:
        self.needed |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}

    def _kept(self, node: ast.stmt) -> bool:
        """Whether a statement may give a needed name its value, or do something that is seen outside."""
        match node:
            case ast.Assign(targets=targets):
                return any(self._stores(target) for target in targets)
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                return self._stores(target)
            case ast.Expr(value=ast.Constant()):
                return True
            case ast.Expr(value=value):
                root = _root(value)
                if root is None or root in self.shared or root in self.needed or not self._local(root):
                    return True
                given = {
                    n.id for call in ast.walk(value) if isinstance(call, ast.Call) for n in call.args if isinstance(n, ast.Name)
                }
                return bool((given & self.needed) - self.shared)  # what is called may change what it is given
            case ast.Assert() | ast.Pass() | ast.Break() | ast.Continue():
                return all(n.id in self.needed or not self._local(n.id) for n in ast.walk(node) if isinstance(n, ast.Name))
            case ast.FunctionDef():
                return node.name in self.needed
            case _:
                blocks = list(_blocks(node))
                return not blocks or any(self._acts(inner) for block in blocks for inner in block)

    def _acts(self, node: ast.stmt) -> bool:
        return self._kept(node) and not isinstance(node, ast.Pass | ast.Break | ast.Continue | ast.Assert)

    def _stores(self, target: ast.expr) -> bool:
        match target:
            case ast.Name(id=name):
                return name in self.needed
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return any(self._stores(part) for part in parts)
            case ast.Subscript(value=ast.Name(id=name)):
                return name in self.needed or name in self.shared
            case ast.Starred(value=inner):
                return self._stores(inner)
            case _:
                return True

    def _local(self, name: str) -> bool:
        return any(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store) for n in ast.walk(self.function))

    def _collect(self, body: list[ast.stmt], found: dict[ast.AST, str]) -> None:
        kept = [node for node in body if self._kept(node)]
        for node in body:
            if node not in kept:
                found[node] = ""
            elif not isinstance(node, ast.FunctionDef):
                for block in _blocks(node):
                    self._collect(block, found)
        if not kept and body:
            found[body[0]] = "pass"


def _not_fresh(node: ast.AST) -> set[str]:
    """Names to which a statement gives a value that somebody else may hold, too."""
    match node:
        case ast.Assign(targets=[ast.Name()], value=value) | ast.AnnAssign(target=ast.Name(), value=value) if isinstance(
            value, Fresh
        ):
            return set()
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)) if len(names) == len(values):
            pairs = [ast.Assign([name], value) for name, value in zip(names, values, strict=True)]
            return {name for pair in pairs for name in _not_fresh(pair)}
        case _:
            return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks of statements of a compound statement."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if block:
            yield block
    for part in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
        yield part.body


def _root(node: ast.expr) -> str | None:
    """The name at the left end of a chain of attributes, items and calls."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None
