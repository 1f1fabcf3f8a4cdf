"""Taking a run home: a ZIP of the code that computed it, which runs as it is (`python NAME.zip`) and reads when unpacked.

Nothing in it is rewritten. It holds the topic's own package and every module of `engine` that this and the session import, as they
are; around them the run itself (program.py), its score, and the pinned requirements of exactly these modules.
"""

from __future__ import annotations

import ast
import importlib.util
import io
import json
import sys
import zipfile
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.metadata import packages_distributions
from pathlib import Path, PurePosixPath

import numpy as np
from safetensors.numpy import save

import engine
from engine.core import registry
from engine.core.language import translator
from engine.core.score import Score, digest
from engine.core.topic import Topic
from engine.data import parsing
from engine.export.program import DATA, main, notebook, readme
from engine.runs.link import checked, to_file

PLAYER = "engine.core.session"  # what main.py plays the run with
REQUIREMENTS = registry.ROOT.parent / "requirements.txt"
LICENSE = registry.ROOT.parent / "LICENSE"
EPOCH = (1980, 1, 1, 0, 0, 0)  # of every file: the same run gives the same bytes


def archive(score: Score, data: Mapping[str, np.ndarray] | None = None, *, device: str = "auto", language: str = "en") -> bytes:
    """The ZIP of a run; README and notebook are in the given language, and `device` is where main.py computes.

    Raises:
        BadValue: a topic, value or change that is not possible.
        ValueError: the score was made with the user's own data, and `data` are not these.
    """
    score = checked(score)
    if score.data != digest(data):
        raise ValueError("this run was made with the user's own data, which are not here")
    topic = registry.find(score.topic)
    t = translator(language, topic.slug)
    files = code(topic)
    files["main.py"] = main(topic, score, device).encode()
    files["__main__.py"] = b'"""`python NAME.zip`: plays the run."""\n\nimport main\n'
    files["requirements.txt"] = "".join(f"{line}\n" for line in requirements(files)).encode()
    files["run.json"] = to_file(score).encode()
    files["notebook.ipynb"] = json.dumps(notebook(topic, score, device, t), ensure_ascii=False, indent=1).encode()
    files["README.txt"] = readme(topic, score, t).encode()
    files["LICENSE"] = LICENSE.read_bytes()
    if data is not None:
        files[DATA] = save({name: np.ascontiguousarray(array) for name, array in data.items()})
    return _zipped(files)


def code(topic: Topic) -> dict[str, bytes]:
    """The topic's whole package and the modules that it and a session import, by their path in the ZIP."""
    package = type(topic.params()).__module__.rpartition(".")[0]
    folder = _file(package).parent
    inside = [
        file for file in folder.rglob("*") if file.is_file() and file.name[0] != "." and file.parent.name != "__pycache__"
    ]
    own = {"/".join((*package.split("."), *file.relative_to(folder).parts)): file for file in inside}
    names = [path.removesuffix(".py").replace("/", ".").removesuffix(".__init__") for path in own if path.endswith(".py")]
    found = modules([*names, topic.model.partition(":")[0], PLAYER])
    return {path: file.read_bytes() for path, file in sorted({**_paths(found), **own}.items())}


def modules(names: Iterable[str]) -> dict[str, Path]:
    """These modules of ours, their packages, and all that they import, wherever in their text: name -> file."""
    found: dict[str, Path] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found or not name.startswith("engine") or not exists(name):
            continue
        found[name] = _file(name)
        waiting.append(name.rpartition(".")[0])
        waiting += imports(found[name].read_text(encoding="utf-8"), name, package=found[name].name == "__init__.py")
    return found


def imports(text: str, name: str, *, package: bool = False) -> set[str]:
    """Every module that a text may import, among names that are none: what is imported from a module may be one or not."""
    home = name if package else name.rpartition(".")[0]
    found: set[str] = set()
    for base, names in _import_lines(text):
        whole = importlib.util.resolve_name(base, home)
        found |= {whole, *(f"{whole}.{each}" for each in names)}
    return found


@lru_cache(2048)  # most of the files of one run are those of the next
def _import_lines(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What a text imports: each module, with its leading dots, and the names that are taken from it."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for node in ast.walk(parsing.module(text)):
        if isinstance(node, ast.Import):
            found += [(alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(("." * node.level + (node.module or ""), tuple(alias.name for alias in node.names)))
    return tuple(found)


@cache
def _sold_as() -> Mapping[str, list[str]]:
    """Package -> the distributions that bring it, in this environment."""
    return packages_distributions()


def requirements(files: Mapping[str, bytes]) -> list[str]:
    """The lines of requirements.txt, without their remarks, for the libraries that the Python files among these import.

    Raises ValueError for a library that is imported and not pinned there.
    """
    imported = {
        name.partition(".")[0]
        for path, content in files.items()
        if path.endswith(".py")
        for name in imports(content.decode(), "main")
    }
    wanted = imported - set(sys.stdlib_module_names) - {"engine", "main"}
    pinned = {}
    for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines():
        pin = line.partition("#")[0].strip()
        if pin:
            pinned[_normal(pin.partition("==")[0])] = pin
    sold_as = _sold_as()
    found = {name: {_normal(each) for each in sold_as.get(name, [name])} & pinned.keys() for name in wanted}
    if missing := sorted(name for name, names in found.items() if not names):
        raise ValueError(f"{', '.join(missing)} is imported, but requirements.txt does not pin it")
    return [pin for name, pin in pinned.items() if any(name in names for names in found.values())]


def exists(name: str) -> bool:
    """Whether there is a module of ours of that name. Nothing is imported to find out."""
    return any(file.exists() for file in _candidates(name))


def _candidates(name: str) -> list[Path]:
    """Where a module of ours may lie."""
    places = [Path(place, *name.split(".")[1:]) for place in engine.__path__]
    return [file for place in places for file in (place / "__init__.py", place.with_suffix(".py"))]


def _file(name: str) -> Path:
    return next(file for file in _candidates(name) if file.exists())


def _paths(found: Mapping[str, Path]) -> dict[str, Path]:
    """Modules by their path in the ZIP."""
    endings = {True: "/__init__.py", False: ".py"}
    return {name.replace(".", "/") + endings[file.name == "__init__.py"]: file for name, file in found.items()}


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _zipped(files: Mapping[str, bytes]) -> bytes:
    sink = io.BytesIO()
    folders = {f"{folder}/": b"" for path in files for folder in PurePosixPath(path).parents[:-1]}
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, content in sorted({**folders, **files}.items()):  # a package without __init__.py is found by its folder
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # as on Unix, wherever it is made
            packed.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return sink.getvalue()
