"""How code is collected and written: names that collide, methods nobody calls, what is computed for pictures only."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from engine.export.bundle import Bundle, Defined, NotPortable, in_order
from engine.export.slice import picture_only
from engine.export.source import read
from engine.export.text import WIDTH, Writer, narrow
from tests import toy

SHAPES = '''
"""Shapes."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
SCALE = 2.0  # a comment behind


class Shape(ABC):
    """What has an area."""

    @abstractmethod
    def area(self) -> float:
        """Square units."""

    def unused(self) -> str:
        return never_called()


@dataclass(frozen=True)
class Disc(Shape):
    radius: float

    # a comment above a method
    def area(self) -> float:
        return SCALE * math.pi * self.radius**2

    def unused(self) -> str:
        return "never"

    @property
    def round(self) -> bool:
        return True


class Odd(dict):
    def __missing__(self, key: str) -> str:
        return self.fallback(key)

    def fallback(self, key: str) -> str:
        return f"no {key}"

    def update(self, other: dict) -> None:
        """A base of another library may call it: it stays."""


TABLE = {"disc": Disc}
TABLE["circle"] = Disc


def never_called() -> str:
    return "never"


def shape(name: str) -> type[Disc]:
    return TABLE[name]


def scale(x: float) -> float:
    """A name that the other module uses for something else."""
    return SCALE * x


def floor(x: float) -> float:
    return math.floor(x) - 0.5


def total(values: Array) -> float:
    return float(values.sum())
'''

USER = '''
"""Uses them."""

from __future__ import annotations

from functools import partial

import numpy as np

from engine.training.taken import shapes
from engine.training.taken.shapes import Odd, total as whole
from engine.training.taken.shapes import scale as larger

Array = np.ndarray
SCALE = 10.0


def scale(x: float) -> float:
    return SCALE * x


def main() -> list:
    """Every way to name something."""
    from engine.training.taken.shapes import shape as of_name  # a local import

    floor = shapes.floor(3.7)  # a local name hides the other module's
    total = [shapes.scale(v) for v in (1.0, 2.0)]
    texts = [f"{larger(1.5):.2f} {shapes.SCALE!r} {SCALE}", f"{floor:>{int(shapes.floor(8.2))}}"]
    again = (lambda scale: scale + shapes.scale(scale))(4.0)
    match of_name("circle")(1.0):
        case shapes.Disc(radius=r):
            found = r
    halves = partial(shapes.total, np.array([0.5, 0.25]))
    disc: shapes.Disc = of_name("disc")(2.0)
    return [floor, total, texts, again, found, halves(), whole(np.ones(3)), disc.area(), Odd()["x"], scale(1.0), shapes.__name__[:0]]
'''


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """The two modules, importable as engine.training.taken.shapes and .user."""
    folder = tmp_path_factory.mktemp("taken") / "engine" / "training" / "taken"
    folder.mkdir(parents=True)
    for name in ("__init__", "../__init__"):
        (folder / f"{name}.py").write_text("", encoding="utf-8")
    (folder / "shapes.py").write_text(SHAPES.lstrip(), encoding="utf-8")
    (folder / "user.py").write_text(USER.replace(", shapes.__name__[:0]", "").lstrip(), encoding="utf-8")
    (folder / "alias.py").write_text(USER.replace("def main", "def other").lstrip(), encoding="utf-8")
    (folder / "foreign.py").write_text("from scipy.optimize import brentq\n\n\ndef root(f):\n    return brentq(f, 0, 1)\n")
    (folder / "reads.py").write_text("from pathlib import Path\n\n\ndef beside():\n    return Path(__file__).read_text()\n")
    toy.graft(folder.parents[2])
    return folder


def text_of(bundle: Bundle, start: str, phases: int = 1, reserved: tuple[str, ...] = ()) -> tuple[str, Writer]:
    writer = Writer(bundle, frozenset(reserved))
    modules = in_order(start, {module for module, _ in bundle.statements})
    parts = [writer.section(module, phase) for phase in range(phases) for module in modules]
    return "\n\n\n".join([writer.imports(), *(part for part in parts if part)]), writer


def test_names_that_collide_mean_what_they_meant(package):
    """Run the text and the modules: the same values, although the text has one namespace."""
    module = "engine.training.taken.user"
    bundle = Bundle()
    bundle.reach([Defined(module, "main")])
    text, writer = text_of(bundle, module)
    call = f"\n\nprint(repr({writer.names[Defined(module, 'main')]}()))\n"
    future = "from __future__ import annotations\n"
    done = subprocess.run([sys.executable, "-I", "-c", future + text + call], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + text
    assert done.stdout.strip() == repr(importlib.import_module(module).main())
    assert "engine" not in text.replace("# ", "")


def test_what_nobody_calls_is_left_out_and_comments_stay(package):
    bundle = Bundle()
    bundle.reach([Defined("engine.training.taken.user", "main")])
    text, _ = text_of(bundle, "engine.training.taken.user")
    assert "never" not in text and "def unused" not in text and "def round" not in text
    assert "# a comment above a method\n    def area" in text and "# a comment behind" in text
    assert 'TABLE["circle"] = Disc' in text, "a statement that fills a table belongs to the table"
    assert "def fallback" in text and "def update" in text, "what a library's base may call stays"
    assert text.count("Array = np.ndarray") == 1, "one alias of a library's type is enough"
    assert "import shape" not in text and "a local import" not in text


def test_what_is_needed_later_stands_later(package):
    bundle = Bundle()
    bundle.reach([Defined("engine.training.taken.shapes", "Disc")])
    bundle.reach([], ["unused"])
    _, writer = text_of(bundle, "engine.training.taken.shapes", 2)
    first, second = (writer.section("engine.training.taken.shapes", phase) for phase in (0, 1))
    assert "class Disc" in first and "def unused" in first, "a class stands whole where it is first needed"
    assert "never_called() -> str:" in second and "never_called() -> str:" not in first


@pytest.mark.parametrize(
    ("module", "name", "said"),
    [
        ("alias", "other", r"taken.alias, line \d+: engine.training.taken.shapes.__name__ .*a module used as a value"),
        ("foreign", "root", r"taken.foreign, line 5: scipy.optimize.brentq cannot be taken along"),
        ("reads", "beside", r"taken.reads, line 5: it reads files beside itself"),
    ],
)
def test_what_cannot_be_taken_along_is_named_with_its_place(package, module, name, said):
    with pytest.raises(NotPortable, match=said):
        Bundle().reach([Defined(f"engine.training.taken.{module}", name)])


def test_reserved_names_are_not_given_away(package):
    bundle = Bundle()
    bundle.reach([Defined("engine.training.taken.shapes", "scale")])
    text, writer = text_of(bundle, "engine.training.taken.shapes", reserved=("scale", "SCALE"))
    assert writer.names[Defined("engine.training.taken.shapes", "scale")] == "shapes_scale"
    assert "def shapes_scale(x: float)" in text and "return shapes_SCALE * x" in text and "shapes_SCALE = 2.0" in text


LOOK = """
class Model:
    def observe(self):
        scalars, arrays = {"a": 1.0}, {}
        if self.seen:
            arrays["dear"] = self.dear()
        elif self.other:
            scalars["b"] = self.b()
        shown = self.cheap()
        both, left = self.pair()
        picture = np.zeros(3)
        picture[0] = shown
        arrays["picture"] = picture
        columns = []
        for value in self.values():
            columns.append(value)
            scalars["sum"] = scalars.get("sum", 0.0) + value
        for value in self.values():
            assert value is not None
            columns.append(value)
        self.net.temperature = 1.0
        scalars["both"] = both
        kept = self.kept
        kept["count"] = 1
        arrays["columns"] = np.array(columns)
        return scalars | {"left": left}, arrays
"""


def sliced(text: str) -> str:
    tree = ast.parse(textwrap.dedent(text))
    kind = tree.body[0]
    assert isinstance(kind, ast.ClassDef)
    gone = picture_only(kind)

    class Cut(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST | None:
            if node not in gone:
                return self.generic_visit(node)
            if isinstance(node, ast.expr):
                return ast.Constant(gone[node])
            return ast.Pass() if gone[node] == "pass" else None

    return ast.unparse(ast.fix_missing_locations(Cut().visit(tree)))


def test_only_what_gives_the_scalars_a_value_is_kept():
    left = sliced(LOOK)
    for kept in ("self.b()", "self.pair()", "scalars.get('sum', 0.0)", "self.net.temperature", "kept['count']", "for value in"):
        assert kept in left, kept
    for gone in ("self.dear()", "self.cheap()", "picture", "columns", "assert"):
        assert gone not in left, gone
    assert left.count("for value in") == 1 and "if self.seen:\n            pass" in left
    assert "return (scalars | {'left': left}, '{}')" in left


def test_a_look_that_hands_over_is_followed_once():
    text = """
    class Model:
        def observe(self):
            return self.first() if self.one else self.bench.observe()

        def first(self):
            dear = self.dear()
            return {"a": 1.0}, {"dear": dear}
    """
    assert "self.dear()" not in sliced(text)
    shared = text + "\n        def again(self):\n            return self.first()[1]\n"
    assert "self.dear()" in sliced(shared), "somebody else may want the arrays"
    assert sliced("class Model:\n    def observe(self):\n        return self.all()\n").count("self.all()") == 1


def test_wide_lines_are_wrapped_and_mean_the_same():
    words = "word " * 40
    text = f'''
def f(a, b):
    """{words.strip()}."""
    x = 1  # {words.strip()}
    # {words.strip()}
    return {{"sum": a + b + x, "list": [{", ".join(["a"] * 30)}]}}
'''
    wrapped = narrow(text)
    assert max(map(len, text.splitlines())) > WIDTH >= max(map(len, wrapped.splitlines()))
    before, after = (ast.dump(ast.parse(t).body[0].body[-1]) for t in (text, wrapped))
    assert before == after
    assert wrapped.count("word") == text.count("word")
    assert narrow("x = 1  # short\n") == "x = 1  # short\n"


def test_the_order_of_modules_is_that_of_their_imports(package):
    names = {"engine.training.taken.user", "engine.training.taken.shapes"}
    assert in_order("engine.training.taken.user", names) == ["engine.training.taken.shapes", "engine.training.taken.user"]
    assert read("engine.training.taken.shapes").docstring == "Shapes."
