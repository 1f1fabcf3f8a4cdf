"""Collects the code that a model needs from all its modules, and writes it as one text without imports of ours.

Nothing is executed. Starting from some names, every top-level statement that they mention is followed through the
imports; of a class only those methods are kept whose name appears in the code that is kept.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from engine.export.source import NOTHING, Finder, Function, Imported, Source, Use, exists, read

OURS = "engine"
ALLOWED = ("torch", "numpy", "plotly", *sys.stdlib_module_names)
SUBSTITUTES = "engine.export.substitutes"
PLAIN_BASES = ("abc.ABC", "typing.Protocol", "typing.Generic")  # bases that call none of a class's ordinary methods
UNCALLED = ("pydantic",)  # methods that such a decorator marks are called by that library only


class NotPortable(ValueError):
    """Code that cannot be written as a text of its own; the message names the place and the reason."""


@dataclass(frozen=True)
class Defined:
    """A top-level name of a module of ours."""

    module: str
    name: str


@dataclass(frozen=True)
class Outside:
    """Something imported from a library that the text may import: `import module as alias` or `from module import symbol`."""

    module: str
    symbol: str | None
    alias: str

    def statement(self, alias: str) -> str:
        """The import statement that binds it to `alias`."""
        if self.symbol is not None:
            return f"from {self.module} import {self.symbol}" + (f" as {alias}" if alias != self.symbol else "")
        return f"import {self.module}" + (f" as {alias}" if alias != self.module.split(".")[0] else "")


Entity = Defined | Outside


@dataclass(frozen=True)
class Mark:
    """A place in a module's text where an entity is named; `used` attributes of the chain belong to the name."""

    use: Use
    entity: Entity
    used: int


@dataclass
class Bundle:
    """What has been reached so far.

    Attributes:
        values: a class that is written anew elsewhere (the parameters), and its bases -> the entity that stands for them.
        chain: the definitions of that class, the nearest first; only its called members are taken.
        statements: (module, index of the statement) -> phase in which it was reached, in the order of reaching.
        methods: (module, index of the class) -> kept members.
        replaced: nodes that are not wanted -> the text in their place.
        names: every attribute that is read or written somewhere, and every literal name given to getattr.
    """

    values: dict[Defined, Defined] = field(default_factory=dict)
    chain: list[tuple[Source, ast.ClassDef]] = field(default_factory=list)
    statements: dict[tuple[str, int], int] = field(default_factory=dict)
    methods: dict[tuple[str, int], list[Function]] = field(default_factory=dict)
    marks: dict[str, list[Mark]] = field(default_factory=dict)
    dropped: dict[str, list[ast.stmt]] = field(default_factory=dict)
    replaced: dict[ast.AST, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)  # string constants that could be names
    dynamic: bool = False  # whether a name is computed somewhere: then every word may be one
    whole: bool = False  # whether the parameters are asked for all their values at once
    aliases: dict[tuple, Defined] = field(default_factory=dict)  # (name, text, meaning) -> the first of its kind
    builtin: set[str] = field(default_factory=set)
    phase: int = 0
    _walked: set[int] = field(default_factory=set)

    def reach(self, start: Iterable[Defined], names: Iterable[str] = ()) -> None:
        """Collect what these names need, given that `names` are called on whatever has them. Raises NotPortable."""
        self.names |= set(names)
        for entity in start:
            self._reach(entity)
        before = -1
        while before != len(self._walked):
            before = len(self._walked)
            for source, member in self.members():
                self.walk(source, member)
            for module, index in list(self.statements):
                node = read(module).tree.body[index]
                if isinstance(node, ast.ClassDef):
                    self._members(read(module), index, node)
        self.phase += 1

    def members(self) -> list[tuple[Source, Function]]:
        """The methods of the class that is written anew which kept code may call, the bases' first."""
        found: dict[str, tuple[Source, Function]] = {}
        for source, node in reversed(self.chain):
            for member in node.body:
                if isinstance(member, Function) and self.called(member.name) and not self._uncalled(source, member):
                    found[member.name] = (source, member)
        return list(found.values())

    def _uncalled(self, source: Source, member: Function) -> bool:
        uses = [use for d in member.decorator_list for use in Finder(source, written_out).find(d).uses]
        return any(source.imports.get(use.name.id, Imported("")).module.split(".")[0] in UNCALLED for use in uses)

    def called(self, name: str) -> bool:
        """Whether some kept code may reach a member of that name."""
        return name in self.names or (self.dynamic and name in self.words) or (name[:2] == name[-2:] == "__")

    def walk(self, source: Source, node: ast.AST, hidden: frozenset[str] = NOTHING) -> None:
        """Follow everything that a piece of code mentions."""
        if id(node) in self._walked:
            return
        self._walked.add(id(node))
        finder = Finder(source, written_out, self.replaced).find(node, hidden)
        self.dropped.setdefault(source.module, []).extend(finder.dropped)
        self._words(node)
        for use in finder.uses:
            found = self._resolve(source, use)
            if found is not None:
                self.marks.setdefault(source.module, []).append(Mark(use, *found))
                if isinstance(found[0], Defined):
                    self._reach(found[0])

    def _words(self, node: ast.AST) -> None:
        waiting = [node]
        while waiting:
            inner = waiting.pop()
            if inner in self.replaced:
                continue
            waiting += ast.iter_child_nodes(inner)
            match inner:
                case ast.Attribute():
                    self.names.add(inner.attr)
                    self.whole |= inner.attr == "values" and _called_params(inner.value)
                case ast.Constant(value=str()) if str(inner.value).isidentifier():
                    self.words.add(str(inner.value))
                case ast.Call(func=ast.Name(id="getattr" | "setattr" | "hasattr"), args=[_, second, *_]):
                    if isinstance(second, ast.Constant):
                        self.names.add(str(second.value))
                    else:
                        self.dynamic = True
                        self.whole |= _called_params(inner.args[0])
                case ast.Call(func=ast.Name(id="vars"), args=[first]):
                    self.whole |= _called_params(first)
                case _:
                    pass

    def _reach(self, entity: Defined) -> None:
        if entity in self.values.values():
            return
        source = read(entity.module)
        for index in source.binds[entity.name]:
            self._statement(source, index)
        for index, mentioned in source.effects:
            if entity.name in mentioned:
                self._statement(source, index)

    def _statement(self, source: Source, index: int) -> None:
        key = (source.module, index)
        if key in self.statements:
            return
        self.statements[key] = self.phase
        node = source.tree.body[index]
        if isinstance(node, ast.ClassDef):
            self._members(source, index, node)
        else:
            self.walk(source, node)

    def _members(self, source: Source, index: int, node: ast.ClassDef) -> None:
        """Follow a class: its head and constants, and those methods that may be called."""
        inner = Finder(source, written_out).bound(node.body)[0]
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.walk(source, part)
        every = not self._prunable(source, node)
        kept = []
        for member in node.body:
            if isinstance(member, Function):
                if not every and not self.called(member.name):
                    continue
                kept.append(member)
            self.walk(source, member, inner if not isinstance(member, Function) else NOTHING)
        self.methods[source.module, index] = kept

    def _prunable(self, source: Source, node: ast.ClassDef) -> bool:
        """Whether nobody but the kept code calls the ordinary methods of a class: no library's class among its bases."""
        for base in node.bases:
            for use in Finder(source, written_out).find(base).uses[:1]:
                found = self._resolve(source, use)
                if found is None:
                    kind = getattr(builtins, use.name.id, None)
                    if not (isinstance(kind, type) and (kind is object or issubclass(kind, BaseException))):
                        return False
                elif isinstance(found[0], Outside):
                    if f"{found[0].module}.{found[0].symbol}" not in PLAIN_BASES:
                        return False
                else:
                    above = read(found[0].module)
                    definition = above.tree.body[above.binds[found[0].name][-1]]
                    if not isinstance(definition, ast.ClassDef) or not self._prunable(above, definition):
                        return False
        return True

    def _resolve(self, source: Source, use: Use) -> tuple[Entity, int] | None:
        """The entity that a name means and how many attributes belong to it; None for a builtin."""
        name = use.name.id
        if use.local is not None:
            return self._imported(source, use.local, name, use)
        if name in source.binds:
            return self._known(Defined(source.module, name)), 0
        if name in source.imports:
            return self._imported(source, source.imports[name], name, use)
        if not hasattr(builtins, name) and name != "__file__":
            raise NotPortable(f"{source.module}, line {use.name.lineno}: the name {name} is not known")
        if name == "__file__":
            raise NotPortable(f"{source.module}, line {use.name.lineno}: it reads files beside itself")
        self.builtin.add(name)
        return None

    def _known(self, entity: Defined) -> Defined:
        """The entity that stands for this one: modules that spell the same alias of a library's type share it."""
        entity = self.values.get(entity, entity)
        source = read(entity.module)
        node = source.tree.body[source.binds[entity.name][0]]
        if len(source.binds[entity.name]) == 1 and isinstance(node, ast.Assign) and _is_alias(node):
            uses = Finder(source, written_out).find(node.value).uses
            meaning = tuple(self._resolve(source, use) for use in uses)
            if all(found is None or isinstance(found[0], Outside) for found in meaning):
                return self.aliases.setdefault((entity.name, ast.dump(node.value), meaning), entity)
        return entity

    def _imported(self, source: Source, what: Imported, alias: str, use: Use) -> tuple[Entity, int]:
        if not written_out(what.module):
            return Outside(what.module, what.symbol, alias), 0
        path = [*what.module.split("."), *([what.symbol] if what.symbol else [])]
        links = [attribute.attr for attribute in use.chain]
        for used in range(len(links) + 1):
            dotted = ".".join([*path, *links[:used]])
            found = self._ours(dotted) if path[0] == OURS else self._substitute(dotted)
            if found is not None:
                return found, used
        whole = ".".join([*path, *links])
        what_is_it = "a module used as a value" if path[0] == OURS else "it is neither in torch, numpy nor plotly"
        raise NotPortable(f"{source.module}, line {use.name.lineno}: {whole} cannot be taken along: {what_is_it}")

    def _ours(self, dotted: str) -> Entity | None:
        """What a dotted name of our own means, followed through re-exports; None for a module."""
        module, _, name = dotted.rpartition(".")
        if not module or not exists(module) or exists(dotted):
            return None
        source = read(module)
        if name in source.binds:
            return self._known(Defined(module, name))
        if name in source.imports:
            what = source.imports[name]
            if not written_out(what.module):
                return Outside(what.module, what.symbol, name)
            return self._ours(f"{what.module}.{what.symbol}") if what.symbol else None
        return None

    def _substitute(self, dotted: str) -> Defined | None:
        """The function of ours that stands for a library's, if there is one."""
        table = substitutes()
        return Defined(SUBSTITUTES, table[dotted]) if dotted in table else None


def _called_params(node: ast.expr) -> bool:
    """Whether an expression is a variable or an attribute of the name that every model gives its parameters."""
    return (node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")) == "params"


def _is_alias(node: ast.Assign) -> bool:
    """Whether an assignment only gives a type another name (`Array = np.ndarray`)."""
    plain = (ast.Name, ast.Attribute, ast.Subscript, ast.Tuple, ast.BinOp, ast.BitOr, ast.Load)
    single = len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    return single and not isinstance(node.value, ast.Name) and all(isinstance(part, plain) for part in ast.walk(node.value))


def written_out(module: str) -> bool:
    """Whether a module may not be imported by the text, so that what is used of it must be written there."""
    return module.split(".")[0] not in ALLOWED


@cache
def substitutes() -> dict[str, str]:
    """Dotted name of a library's function -> the function of ours that stands for it (read as text: nothing is imported)."""
    source = read(SUBSTITUTES)
    node = source.tree.body[source.binds["STANDS_FOR"][0]]
    assert isinstance(node, ast.Assign)
    return dict(ast.literal_eval(node.value))


def in_order(start: str, modules: set[str]) -> list[str]:
    """These modules so that each comes after those that it imports, beginning from the imports of `start`."""
    found: list[str] = []
    seen: set[str] = set()

    def visit(module: str) -> None:
        if module in seen:
            return
        seen.add(module)
        for what in read(module).imports.values():
            if what.module.split(".")[0] == OURS:
                inner = f"{what.module}.{what.symbol}" if what.symbol else what.module
                visit(inner if exists(inner) else what.module)
        if module in modules:
            found.append(module)

    for module in (SUBSTITUTES, start, *sorted(modules)):
        visit(module)
    return found
