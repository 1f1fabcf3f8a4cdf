"""What stands in a text that is taken home: about the run, its values, the code in its order, and how it is played."""

from __future__ import annotations

import ast
import base64
import json
import re
import textwrap
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from engine.core import registry
from engine.core.params import BadValue, Control, Params
from engine.core.score import Score, digest
from engine.export.bundle import SUBSTITUTES, Bundle, Defined, NotPortable, Outside, in_order, substitutes
from engine.export.slice import picture_only
from engine.export.source import read
from engine.export.text import WIDTH, Writer

CORE = ("engine.core.", "engine.plot.", "engine.data.", "engine.guess.")
PLAY = "engine.export.play"
UNPACK, DIGITS = Defined(SUBSTITUTES, "unpack"), Defined(SUBSTITUTES, "DIGITS")
NEEDED = (  # what the surrounding text itself imports
    Outside("json", None, "json"),
    Outside("dataclasses", "dataclass", "dataclass"),
    Outside("pathlib", "Path", "Path"),
    Outside("torch", None, "torch"),
)
OWN = ("os", "name", "PARAMETERS", "CHANGES", "SEED", "STEPS", "PARTS", "TITLE", "DATA", "model", "rows", "page")
LIBRARIES = ("torch", "numpy", "plotly")


@dataclass(frozen=True)
class Section:
    """A piece of the text: its heading, what it is about, its code. Nobody needs to read a `folded` one (packed data)."""

    title: str
    text: str
    code: str
    folded: bool = False


class Author:
    """Knows a score and the code that it needs, and writes the pieces of which a script or a notebook is made."""

    def __init__(self, score: Score, data: Mapping[str, np.ndarray] | None = None) -> None:
        if score.data != digest(data):
            raise ValueError("this run was made with the user's own data, which are not here")
        self.score, self.data = score, data
        self.topic = registry.find(score.topic)
        self.params = score.settings()
        self.changes = clean_changes(score, self.params)
        self.bundle = Bundle()
        self.model, self.own = self._follow()
        reserved = frozenset([*OWN, type(self.params).__name__])
        self.writer = Writer(self.bundle, reserved, NEEDED, {self.own: type(self.params).__name__})

    def _follow(self) -> tuple[Defined, Defined]:
        """Collect the code: first the loop and what it needs, then what is needed to look at it."""
        kind, bundle = type(self.params), self.bundle
        own = Defined(kind.__module__, kind.__name__)
        for base in kind.__mro__:
            if issubclass(base, Params):
                bundle.values[Defined(base.__module__, base.__name__)] = own
            if issubclass(base, Params) and base is not Params:
                source = read(base.__module__)
                node = source.tree.body[source.binds[base.__name__][-1]]
                assert isinstance(node, ast.ClassDef)
                bundle.chain.append((source, node))
        module, name = self.topic.model.split(":")
        model = Defined(module, name)
        source = read(module)
        node = source.tree.body[source.binds[name][-1]]
        assert isinstance(node, ast.ClassDef)
        bundle.replaced |= picture_only(node)
        bundle.reach([model, *([UNPACK] if self.data is not None else [])], ["steps", "step"])
        bundle.reach([], ["observe"])
        bundle.reach([Defined(PLAY, "play"), Defined(PLAY, "curves")])
        return model, own

    def about(self, marked: bool = False) -> str:
        """Title, question, values, what is needed and what comes out, sources. As Markdown if `marked`."""
        score, topic = self.score, self.topic
        title = f"# {topic.title}" if marked else topic.title
        pins = " ".join(f"{name}=={version(name).partition('+')[0]}" for name in LIBRARIES)
        install = f"```\npip install {pins}\n```" if marked else f"    pip install {pins}"
        changed = [f"{name} = {value!r}" for name, value in self.params.changed().items()]
        changed += [f"{n} = {v!r} from step {step} on" for step, values in self.changes for n, v in values.items()]
        parts = [
            title,
            topic.question,
            f"The code of this lab with the values of one run: {score.steps} steps with seed {score.seed}; "
            + ("all values are the lab's own." if not changed else "changed are " + ", ".join(changed) + "."),
            "It needs Python 3.11 or later and three libraries:",
            install,
            "It plays the run, prints the last scalars as JSON and draws their curves. " + self._exactness(),
        ]
        sources = self._sources(marked)
        text = [part if "pip install" in part or marked else "\n".join(_wrapped(part)) for part in parts]
        if sources:
            text.append("Sources:\n\n" + "\n".join(sources) if marked else "Sources:\n" + "\n".join(sources))
        joined = "\n\n".join(text)
        return joined if marked else joined.replace("\\", "\\\\").replace('"""', "'''")

    def _exactness(self) -> str:
        table = {name: dotted for dotted, name in substitutes().items()}
        used = sorted(
            table[e.name] for e in self.writer.names if isinstance(e, Defined) and e.module == SUBSTITUTES and e.name in table
        )
        rounded = [name for name in used if not name.startswith("sklearn.")]
        exact = "With these versions, on the CPU and on one thread, the scalars are those of the lab to the last bit"
        if not rounded:
            return exact + "."
        return f"{exact}, except those that pass through {', '.join(rounded)}, which {'is' if len(rounded) == 1 else 'are'} written anew here: their last digits differ."

    def _sources(self, marked: bool) -> list[str]:
        """The items under "sources" in the topic's English text; none where there is no such text."""
        file = registry.ROOT.parent / "assets" / "text" / "en" / f"{self.score.topic}.md"
        if not file.exists():
            return []
        found = re.search(r"^## sources\n(.*?)(?=^## |\Z)", file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        lines = [line.strip() for line in found[1].splitlines() if line.strip()] if found else []
        if marked:
            return lines
        plain = [re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r"\1 <\2>", line) for line in lines]
        return [part for line in plain for part in _wrapped(line, "  " if line.startswith("- ") else "")]

    def imports(self) -> str:
        """All import statements but the first ones."""
        return self.writer.imports()

    def sections(self) -> list[Section]:
        """Values, data, the code of the loop, the loop, what is measured, and how a run is played."""
        found = [Section("The values of this run", "", self._values())]
        if any(module == SUBSTITUTES for module, _ in self.bundle.statements):
            found += self._code(0, [SUBSTITUTES])
        found.append(self._data())
        found += self._code(0, [self.model.module], but=True)
        found += self._code(0, [self.model.module])
        found += self._code(1, [SUBSTITUTES])
        found += self._code(1, [SUBSTITUTES], but=True)
        return found + self._code(2, [PLAY])

    def _code(self, phase: int, chosen: list[str], but: bool = False) -> list[Section]:
        """The sections of these modules (or of all `but` these, and the substitutes) that were reached in a phase."""
        modules = in_order(self.model.module, {m for (m, _), reached in self.bundle.statements.items() if reached == phase})
        left_out = {*chosen, SUBSTITUTES}
        found: list[Section] = []
        for module in modules:
            if (module not in left_out) if but else (module in chosen):
                code = self.writer.section(module, phase, without=(DIGITS,))
                title, text = self._heading(module, phase)
                if code and found and found[-1].title == title:
                    found[-1] = Section(title, found[-1].text, f"{found[-1].code}\n\n\n{code}")
                elif code:
                    found.append(Section(title, text, code))
        return found

    def _heading(self, module: str, phase: int) -> tuple[str, str]:
        """Title and text over a module's code: the first paragraph of what the module says about itself."""
        if module == PLAY:
            return "How a run is played", ""
        if module == SUBSTITUTES:
            return "In the place of SciPy and scikit-learn" + (" (for the measurements)" if phase else ""), ""
        if module.startswith(CORE):
            return "What all labs share" + (" (for the measurements)" if phase else ""), ""
        package = self.model.module.rpartition(".")[0]
        title = module.removeprefix(package + ".").replace("_", " ").replace(".", ", ").capitalize()
        if module == self.model.module and phase == 0:
            title = "The model and its loop"
        elif phase:
            title = f"Measured: {title[0].lower()}{title[1:]}"
        first = re.split(r"\n\s*\n|\n>>>", read(module).docstring)[0] if phase == 0 or not self._told(module) else ""
        return title, " ".join(first.split())

    def _told(self, module: str) -> bool:
        return any(m == module and reached == 0 for (m, _), reached in self.bundle.statements.items())

    def _values(self) -> str:
        """The parameters' class with this run's values, the changes, the seed and the number of steps."""
        kind = type(self.params)
        head = f"@dataclass(frozen=True)\nclass {kind.__name__}:\n"
        fields = [_field(control, getattr(self.params, name)) for name, control in kind.controls().items() if self._kept(name)]
        members = [textwrap.indent(textwrap.dedent(self.writer.lines(s, m)), "    ") for s, m in self.bundle.members()]
        about = '    """This run\'s values with what else they may be; those called hot may change while it runs."""\n\n'
        body = "\n".join(fields) + "".join(f"\n\n{member}" for member in members)
        if self.bundle.whole:
            members.append("    def values(self) -> dict:\n        return dict(vars(self))")
        changes = "".join(f"    ({step}, {_literal(values)}),\n" for step, values in self.changes)
        return (
            f"{head}{about}{body or '    pass'}\n\n\n"
            f"PARAMETERS = {kind.__name__}()\n"
            f"# (step, values): hot values that come into force once so many steps are complete\n"
            f"CHANGES = [\n{changes}]\n".replace("[\n]", "[]")
            + f"SEED = {self.score.seed}\nSTEPS = {self.score.steps}\n"
            + f"PARTS = {_literal(self.topic.parts)}  # of one step, as the loop yields them\n"
            + f"TITLE = {_literal(self.topic.title)}"
        )

    def _kept(self, name: str) -> bool:
        """Whether a parameter is read by the code that is kept, or changed by the score."""
        return self.bundle.whole or self.bundle.called(name) or any(name in values for _, values in self.changes)

    def _data(self) -> Section:
        """The user's own data and the pictures that the code needs, packed into text."""
        pieces = []
        if any(entity == DIGITS for entity in self.writer.names):
            pieces.append(f"{self.writer.names[DIGITS]} = {_packed(digits_table())}")
        if self.data is None:
            pieces.append("DATA = None  # this run made its data itself; own data would be arrays by name")
            return Section("The data", "", "\n".join(pieces), folded=len(pieces) > 1)
        unpack = self.writer.names[UNPACK]
        items = "".join(
            f"    {_literal(name)}: {unpack}(\n        {_packed(array, 8)},\n        {_literal(array.dtype.str)},\n        {array.shape},\n    ),\n"
            for name, array in self.data.items()
        )
        pieces.append(f"DATA = {{\n{items}}}")
        return Section("The data", "The user's own arrays, packed.", "\n".join(pieces), folded=True)

    def run(self) -> str:
        """Statements that make the model and play it."""
        names = self.writer.names
        return (
            "torch.set_num_threads(1)\n"
            f'model = {names[self.model]}(PARAMETERS, SEED, torch.device("cpu"), DATA)\n'
            f"rows = {names[Defined(PLAY, 'play')]}(model, CHANGES, STEPS, PARTS[-1])"
        )

    def figure(self) -> str:
        """An expression for the figure."""
        return f"{self.writer.names[Defined(PLAY, 'curves')]}(rows, CHANGES, TITLE)"


def clean_changes(score: Score, params: Params) -> list[tuple[int, dict[str, Any]]]:
    """The changes that the score reaches, as plain values. Raises BadValue for a cold parameter or a value out of range."""
    found = []
    for change in score.changes:
        if change.step > score.steps:
            continue
        for name in change.values:
            control = type(params).controls().get(name)
            if control is not None and not control.hot:
                raise BadValue(
                    name, change.values[name], "a new run", template="{name} restarts the run: it cannot be changed at a step."
                )
        params = params.change(change.values)
        found.append((change.step, {name: getattr(params, name) for name in change.values}))
    return found


def _field(control: Control, value: Any) -> str:
    """One field of the parameters' class with what may stand there."""
    kind = {"number": "float", "integer": "int", "toggle": "bool", "choice": "str"}.get(control.type, "tuple[str, ...]")
    line = f"    {control.name}: {kind} = {_literal(value, 4)}"
    allowed = ", ".join(control.options) if control.options else control.allowed()
    name = f"{control.title}{f' {control.symbol}' if control.symbol else ''}{f' in {control.unit}' if control.unit else ''}"
    comment = f"{name}: {allowed}" + ("; hot" if control.kind == "hot" else "")
    if len(line) + len(comment) + 4 <= WIDTH and "\n" not in line:
        return f"{line}  # {comment}"
    return "\n".join([*textwrap.wrap(comment, WIDTH, initial_indent="    # ", subsequent_indent="    # "), line])


def _literal(value: Any, indent: int = 0) -> str:
    """A value as Python text; a long tuple or dictionary goes over several lines."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False)
        case tuple():
            items = [_literal(item) for item in value]
            short = f"({', '.join(items)}{',' if len(items) == 1 else ''})"
            begin, end = "(", ")"
        case dict():
            items = [f"{_literal(name)}: {_literal(item)}" for name, item in value.items()]
            short = f"{{{', '.join(items)}}}"
            begin, end = "{", "}"
        case _:
            return repr(value)
    if len(short) + indent <= WIDTH - 40:
        return short
    return begin + "\n" + "".join(f"{' ' * (indent + 4)}{item},\n" for item in items) + " " * indent + end


def _packed(array: np.ndarray, indent: int = 0) -> str:
    """The array's compressed bytes as a string over several lines, for `unpack`. Raises NotPortable for Python objects."""
    if array.dtype.hasobject:
        raise NotPortable("own data of Python objects cannot be written as text")
    text = base64.b85encode(zlib.compress(np.ascontiguousarray(array).tobytes(), 9)).decode()
    space = " " * (indent + 4)
    lines = [f'{space}"{text[at : at + 110]}"' for at in range(0, max(len(text), 1), 110)]
    return "(\n" + "\n".join(lines) + "\n" + " " * indent + ")"


def digits_table() -> np.ndarray:
    """What `unpack` gives the written-out `load_digits`: rows of 64 pixels and a label, uint8."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    return np.concatenate([digits.data, digits.target[:, None]], 1).astype(np.uint8)


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
