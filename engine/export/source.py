"""Reads modules as text: what each top-level statement binds, and which outside names a piece of code uses."""

from __future__ import annotations

import ast
import importlib.util
from bisect import bisect_right
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from engine.data import parsing

Function = ast.FunctionDef | ast.AsyncFunctionDef
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Imported:
    """What an import binds: a module, or one name of it."""

    module: str
    symbol: str | None = None


@dataclass(frozen=True)
class Use:
    """One reading (or binding) of a name that is not local to a function.

    Attributes:
        name: the node itself; chain: the attributes read from it, innermost first (`theory.floor` has one).
        hidden: local names that are visible there, which a new name must not be.
        local: what an import inside the function binds it to, if one does.
        text: the f-string it stands in; positions inside those are not to be trusted before Python 3.12.
    """

    name: ast.Name
    chain: tuple[ast.Attribute, ...]
    hidden: frozenset[str]
    local: Imported | None
    text: ast.JoinedStr | None


@dataclass(eq=False)
class Source:
    """A module's text with its statements.

    Attributes:
        imports: names that its top-level imports bind.
        binds: name -> indices of the top-level statements that give it a value.
        effects: indices of the statements that bind nothing but do something (`TABLE["x"] = 1`), with the names they mention.
    """

    module: str
    text: str
    tree: ast.Module
    imports: dict[str, Imported] = field(default_factory=dict)
    binds: dict[str, list[int]] = field(default_factory=dict)
    effects: list[tuple[int, set[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines = self.text.splitlines(keepends=True)
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line))
        for index, node in enumerate(self.tree.body):
            self._sort(index, node)

    @property
    def package(self) -> bool:
        return _origin(self.module).endswith("__init__.py")

    @property
    def docstring(self) -> str:
        return ast.get_docstring(self.tree) or ""

    def place(self, line: int, column: int) -> int:
        """Index into `text` of a position as `ast` gives it: line from 1, column in bytes."""
        return self._starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def line_at(self, place: int) -> int:
        """Number (from 1) of the line that holds an index of `text`."""
        return bisect_right(self._starts, place)

    def first_line(self, node: ast.stmt) -> int:
        """Line (from 1) where a statement begins, with its decorators and the comment right above it."""
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        indent = node.col_offset
        while first > 1 and self.lines[first - 2].lstrip().startswith("#"):
            if len(self.lines[first - 2]) - len(self.lines[first - 2].lstrip()) != indent:
                break
            first -= 1
        return first

    def _sort(self, index: int, node: ast.stmt) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                self.imports |= imported(node, self.module, self.package)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                for inner in node.body:
                    if isinstance(inner, ast.Import | ast.ImportFrom):
                        self.imports |= imported(inner, self.module, self.package)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.binds.setdefault(node.name, []).append(index)
            case ast.Expr(value=ast.Constant()):
                pass
            case _:
                names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
                for name in names:
                    self.binds.setdefault(name, []).append(index)
                if not names or isinstance(node, ast.AugAssign):
                    self.effects.append((index, {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}))


@cache
def read(module: str) -> Source:
    """The source of a module that can be imported; nothing but its package is. Raises ModuleNotFoundError."""
    text = Path(_origin(module)).read_text(encoding="utf-8")
    return Source(module, text, parsing.module(text))


def exists(module: str) -> bool:
    """Whether there is a module of that dotted name."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _origin(module: str) -> str:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"no source of module {module}")
    return spec.origin


def imported(node: ast.Import | ast.ImportFrom, module: str, package: bool = False) -> dict[str, Imported]:
    """The names that an import statement in `module` binds."""
    if isinstance(node, ast.Import):
        return {a.asname or a.name.split(".")[0]: Imported(a.name if a.asname else a.name.split(".")[0]) for a in node.names}
    base = node.module or ""
    if node.level:
        parts = module.split(".")
        kept = parts[: len(parts) - node.level + package]
        base = ".".join([*kept, *([base] if base else [])])
    return {} if base == "__future__" else {a.asname or a.name: Imported(base, a.name) for a in node.names}


class Finder:
    """Finds the uses of outside names in a piece of code, by Python's scope rules.

    An import inside a function of a module that is to be `written_out` is taken apart: what it binds is reported where it
    is used, and the statement is listed in `dropped`. Nodes in `skipped` are passed over.
    """

    def __init__(self, source: Source, written_out: Callable[[str], bool], skipped: Container[ast.AST] = frozenset()) -> None:
        self.source, self.written_out, self.skipped = source, written_out, skipped
        self.uses: list[Use] = []
        self.dropped: list[ast.stmt] = []

    def find(self, node: ast.AST, hidden: frozenset[str] = NOTHING) -> Finder:
        """Collect everything in `node`, where the names `hidden` are local."""
        self._walk(node, hidden, NOTHING, {}, None)
        return self

    def _walk(
        self,
        node: ast.AST,
        hidden: frozenset[str],
        of_class: frozenset[str],
        local: dict[str, Imported],
        text: ast.JoinedStr | None,
    ) -> None:
        here = (hidden, of_class, local, text)
        match node:
            case _ if node in self.skipped:
                pass
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                arguments = _arguments(node.args)
                outer = [*node.decorator_list, *node.args.defaults, *[d for d in node.args.kw_defaults if d], node.returns]
                for part in (*outer, *(a.annotation for a in arguments)):
                    if part is not None:
                        self._walk(part, *here)
                bound, found, dropped = self.bound(node.body)
                self.dropped += dropped
                inner = (hidden | bound | {a.arg for a in arguments}) - found.keys()
                for statement in node.body:
                    self._walk(statement, inner, NOTHING, {**local, **found}, text)
            case ast.Lambda():
                arguments = _arguments(node.args)
                for default in (*node.args.defaults, *[d for d in node.args.kw_defaults if d]):
                    self._walk(default, *here)
                self._walk(node.body, hidden | {a.arg for a in arguments}, NOTHING, local, text)
            case ast.ClassDef():
                for head in (*node.decorator_list, *node.bases, *node.keywords):
                    self._walk(head, *here)
                own = self.bound(node.body)[0]
                for statement in node.body:
                    self._walk(statement, hidden, own, local, text)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._walk(node.generators[0].iter, *here)
                targets = {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
                inner_scope = (hidden | targets, of_class, local, text)
                for number, generator in enumerate(node.generators):
                    for inside in ([generator.iter] if number else []) + generator.ifs:
                        self._walk(inside, *inner_scope)
                for result in [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]:
                    self._walk(result, *inner_scope)
            case ast.Attribute() | ast.Name():
                self._chain(node, *here)
            case ast.Import() | ast.ImportFrom():
                pass
            case _:
                if isinstance(node, ast.JoinedStr) and text is None:
                    here = (hidden, of_class, local, node)
                for child in ast.iter_child_nodes(node):
                    self._walk(child, *here)

    def _chain(
        self,
        node: ast.Attribute | ast.Name,
        hidden: frozenset[str],
        of_class: frozenset[str],
        local: dict[str, Imported],
        text: ast.JoinedStr | None,
    ) -> None:
        chain: list[ast.Attribute] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            chain.insert(0, inner)
            inner = inner.value
        if not isinstance(inner, ast.Name):
            self._walk(inner, hidden, of_class, local, text)
        elif inner.id not in hidden and inner.id not in of_class:
            self.uses.append(Use(inner, tuple(chain), hidden | of_class, local.get(inner.id), text))

    def bound(self, body: list[ast.stmt]) -> tuple[frozenset[str], dict[str, Imported], list[ast.stmt]]:
        """Names that statements bind in their own scope; of imports to be written out, what they bind; and those imports."""
        bound: set[str] = set()
        outside: set[str] = set()
        found: dict[str, Imported] = {}
        dropped: list[ast.stmt] = []
        waiting: list[ast.AST] = list(body)
        while waiting:
            node = waiting.pop()
            match node:
                case _ if node in self.skipped:
                    continue
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    bound.add(node.name)
                    continue
                case ast.Lambda():
                    continue
                case ast.Import() | ast.ImportFrom():
                    names = imported(node, self.source.module, self.source.package)
                    if any(self.written_out(what.module) for what in names.values()):
                        found |= names
                        dropped.append(node)
                    bound |= names.keys()
                case ast.Global():
                    outside |= set(node.names)
                case ast.Name(ctx=ast.Store() | ast.Del()):
                    bound.add(node.id)
                case ast.ExceptHandler(name=str()) | ast.MatchAs(name=str()) | ast.MatchStar(name=str()):
                    bound.add(str(node.name))
                case ast.MatchMapping(rest=str()):
                    bound.add(str(node.rest))
                case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                    bound |= {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}
                    continue
                case _:
                    pass
            waiting += ast.iter_child_nodes(node)
        return frozenset(bound - outside), found, dropped


def _arguments(of: ast.arguments) -> list[ast.arg]:
    return [*of.posonlyargs, *of.args, *of.kwonlyargs, *([of.vararg] if of.vararg else []), *([of.kwarg] if of.kwarg else [])]
