"""Writes a bundle as Python text: one name for everything, the authors' own lines otherwise, comments and all."""

from __future__ import annotations

import ast
import re
import sys
import textwrap
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from engine.data import parsing
from engine.export.bundle import SUBSTITUTES, Bundle, Defined, Entity, Mark, NotPortable, Outside
from engine.export.source import Function, Source, read

WIDTH = 128
Edit = tuple[int, int, str]  # replace text[start:end]


@dataclass
class Writer:
    """Gives every entity of a bundle its name and writes statements under these names.

    `reserved` are names that the surrounding text uses itself, `needed` what it imports, `names` those already given.
    """

    bundle: Bundle
    reserved: frozenset[str]
    needed: tuple[Outside, ...] = ()
    names: dict[Entity, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sites: dict[Entity, list[Mark]] = {}
        for marks in self.bundle.marks.values():
            for mark in marks:
                sites.setdefault(mark.entity, []).append(mark)
        self._taken = set(self.reserved) | self.bundle.builtin
        for needed in self.needed:
            self._give(needed, sites.get(needed, []))
        for entity in sorted(sites, key=_rank):
            if entity not in self.names:
                self._give(entity, sites[entity])
        for module, index in self.bundle.statements:
            node = read(module).tree.body[index]
            if isinstance(node, Function | ast.ClassDef) and Defined(module, node.name) not in self.names:
                self._give(Defined(module, node.name), [])

    def _give(self, entity: Entity, marks: list[Mark]) -> None:
        wish = entity.alias if isinstance(entity, Outside) else entity.name
        place = ["own"] if entity.module == SUBSTITUTES else entity.module.split(".")
        aliases = dict.fromkeys(mark.use.name.id for mark in marks if not mark.used)
        longer = ("_".join([*place[-depth:], wish.strip("_")]) for depth in range(1, len(place) + 1))
        for name in (wish, *aliases, *longer):
            if name not in self._taken and not any(name in m.use.hidden and m.use.name.id != name for m in marks):
                self.names[entity] = name
                self._taken.add(name)
                return
        raise NotPortable(f"{'.'.join(place)}: there is no free name for {wish}")

    def imports(self) -> str:
        """The import statements, standard library first."""
        entities = [entity for entity in self.names if isinstance(entity, Outside)]
        blocks = []
        for standard in (True, False):
            chosen = [e for e in entities if (e.module.split(".")[0] in sys.stdlib_module_names) == standard]
            plain = sorted({e.statement(self.names[e]) for e in chosen if e.symbol is None})
            modules = sorted({e.module for e in chosen if e.symbol is not None})
            from_ = []
            for module in modules:
                lines = {e.statement(self.names[e]) for e in chosen if e.module == module and e.symbol is not None}
                from_.append(f"from {module} import " + ", ".join(sorted(line.split(" import ")[1] for line in lines)))
            blocks.append("\n".join([*plain, *from_]))
        return "\n\n".join(block for block in blocks if block)

    def section(self, module: str, phase: int, without: tuple[Defined, ...] = ()) -> str:
        """The statements of a module that were reached in a phase, in their own order; those `without` are left out."""
        source = read(module)
        out = {index for entity in without if entity.module == module for index in source.binds[entity.name]}
        indices = sorted(i for (m, i), p in self.bundle.statements.items() if m == module and p == phase and i not in out)
        parts: list[str] = []
        last: ast.stmt | None = None
        for index in indices:
            node = source.tree.body[index]
            if last is not None:
                block = isinstance(node, Function | ast.ClassDef) or isinstance(last, Function | ast.ClassDef)
                touching = source.first_line(node) == (last.end_lineno or 0) + 1
                parts.append("\n\n\n" if block else "\n" if touching else "\n\n")
            parts.append(self.statement(source, index))
            last = node
        return "".join(parts)

    def statement(self, source: Source, index: int) -> str:
        """One top-level statement with its comment, of a class only the kept methods."""
        node = source.tree.body[index]
        edits: list[Edit] = []
        if isinstance(node, ast.ClassDef):
            kept = self.bundle.methods[source.module, index]
            gone = [member for member in node.body if isinstance(member, Function) and member not in kept]
            edits += [self._without(source, member) for member in gone]
            if len(gone) == len(node.body):
                edits.append((edits[-1][1], edits[-1][1], "    pass\n"))
        if isinstance(node, ast.ClassDef | Function):
            edits.append(self._head(source, node))
        return self.lines(source, node, edits)

    def lines(self, source: Source, node: ast.stmt, edits: Iterable[Edit] = ()) -> str:
        """The text of a statement under the given names."""
        first, last = source.first_line(node), node.end_lineno or node.lineno
        begin, end = source.place(first, 0), source.place(last, 0) + len(source.lines[last - 1])
        changes = [*edits, *(self._without(source, drop) for drop in self.bundle.dropped.get(source.module, []))]
        changes += self._renamings(source)
        changes += [self._instead(source, gone, new) for gone, new in self.bundle.replaced.items() if _inside(gone, node)]
        text = source.text[begin:end]
        cut = [(a, b, new) for a, b, new in changes if begin <= a and b <= end]
        gone = [(a, b) for a, b, new in cut if not new]
        for a, b, new in sorted(set(cut), reverse=True):
            if new and any(low <= a < high for low, high in gone):
                continue
            text = text[: a - begin] + new + text[b - begin :]
        return text.rstrip()

    def _head(self, source: Source, node: ast.ClassDef | Function) -> Edit:
        """The name in a definition's own first line."""
        start = source.place(node.lineno, 0)
        found = re.compile(r"(?:def|class)\s+(\w+)").search(source.text, start)
        assert found is not None
        return found.start(1), found.end(1), self.names[Defined(source.module, node.name)]

    @staticmethod
    def _without(source: Source, node: ast.stmt) -> Edit:
        """Leaves out a statement with its comment and the blank lines before it."""
        first, last = source.first_line(node), node.end_lineno or node.lineno
        while first > 1 and not source.lines[first - 2].strip():
            first -= 1
        return source.place(first, 0), source.place(last, 0) + len(source.lines[last - 1]), ""

    def _instead(self, source: Source, node: ast.AST, new: str) -> Edit:
        """Another text in the place of a node; nothing of a statement with its comment."""
        assert isinstance(node, ast.expr | ast.stmt)
        begin, end = _range(source, node)
        if isinstance(node, ast.stmt) and (not new or source.text.startswith("elif", begin)):
            return self._without(source, node)
        return begin, end, new

    def _renamings(self, source: Source) -> list[Edit]:
        edits: list[Edit] = []
        in_text: dict[int, tuple[ast.JoinedStr, dict[int, str]]] = {}
        for mark in self.bundle.marks.get(source.module, []):
            new, whole = self.names[mark.entity], mark.use.chain[mark.used - 1] if mark.used else mark.use.name
            if new == mark.use.name.id and not mark.used:
                continue
            if mark.use.text is not None:
                in_text.setdefault(id(mark.use.text), (mark.use.text, {}))[1][id(whole)] = new
            else:
                edits.append((*_range(source, whole), new))
        for string, names in in_text.values():
            edits.append((*_range(source, string), ast.unparse(_rename(string, names))))
        return edits


def _inside(node: ast.AST, whole: ast.AST) -> bool:
    return any(inner is node for inner in ast.walk(whole))


def _range(source: Source, node: ast.expr | ast.stmt) -> tuple[int, int]:
    end = source.place(node.end_lineno or node.lineno, node.end_col_offset or 0)
    return source.place(node.lineno, node.col_offset), end


def _rename(node: ast.AST, names: dict[int, str]) -> ast.AST:
    """A copy of a tree in which the nodes of these ids are names."""
    if id(node) in names:
        return ast.Name(names[id(node)], ast.Load())
    fields: dict[str, Any] = {}
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            fields[name] = [_rename(v, names) if isinstance(v, ast.AST) else v for v in value]
        else:
            fields[name] = _rename(value, names) if isinstance(value, ast.AST) else value
    return type(node)(**fields)


def narrow(text: str, width: int = WIDTH) -> str:
    """The text with comments and docstrings wrapped where they are wider than `width`; code stays as it is."""
    lines = text.split("\n")
    documented = _documented(text)
    done = []
    for number, line in enumerate(lines, start=1):
        if len(line) <= width:
            done.append(line)
            continue
        indent = line[: len(line) - len(line.lstrip())]
        code, comment = _comment(line)
        if number in documented:
            done += textwrap.wrap(line.strip(), width, initial_indent=indent, subsequent_indent=indent, break_long_words=False)
        elif comment is not None:
            done += textwrap.wrap(comment, width, initial_indent=indent + "# ", subsequent_indent=indent + "# ")
            done += [code] if code.strip() else []
        else:
            done += _opened(line)
    return "\n".join(done)


def _opened(line: str) -> list[str]:
    """A line of code over three lines, cut behind its first bracket and before the one that closes it."""
    depth, begin = 0, 0
    try:
        for token in tokenize.generate_tokens(StringIO(line.strip() + "\n").readline):
            if token.type == tokenize.OP and token.string in "([{":
                begin = begin or token.end[1]
                depth += 1
            elif token.type == tokenize.OP and token.string in ")]}":
                depth -= 1
                if depth == 0 and begin:
                    text, indent = line.strip(), line[: len(line) - len(line.lstrip())]
                    end = token.start[1]
                    return [indent + text[:begin], f"{indent}    {text[begin:end]}", indent + text[end:]]
    except (tokenize.TokenError, SyntaxError):  # the line is a part of a longer statement
        pass
    return [line]


def _documented(text: str) -> set[int]:
    """Numbers of the lines that belong to docstrings."""
    found: set[int] = set()
    for node in ast.walk(parsing.module(text)):
        if isinstance(node, ast.Module | ast.ClassDef | Function) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
                found |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return found


def _comment(line: str) -> tuple[str, str | None]:
    """(code, comment without its sign) of a line; None where there is none (a sign in a string is no comment)."""
    for found in re.finditer(r"(?:^|\s\s)#\s?", line):
        code = line[: found.start()]
        if code.count('"') % 2 == 0 and code.count("'") % 2 == 0:
            return code.rstrip(), line[found.end() :].strip()
    return line, None


def _rank(entity: Entity) -> tuple[bool, bool]:
    """Imports keep their names first, then a topic's own definitions; what all labs share gives way."""
    return isinstance(entity, Defined), entity.module.startswith(("engine.core", "engine.plot", "engine.data"))
