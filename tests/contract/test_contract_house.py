"""The house rules that keep topics apart, the app light, and files harmless."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from engine.core import registry
from engine.core.topic import GROUPS

ROOT = registry.ROOT.parent
FILES = sorted([*(ROOT / "engine").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), ROOT / "app.py"])
NETWORK = {
    "socket",
    "http",
    "ftplib",
    "smtplib",
    "telnetlib",
    "requests",
    "httpx",
    "aiohttp",
    "urllib3",
    "websockets",
    "xmlrpc",
}
UNSAFE = {
    "pickle",
    "_pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "yaml",
    "code",
    "ctypes",
    "runpy",
}
PROCESSES = {"subprocess", "multiprocessing", "pty"}
CALLS = {"eval", "exec", "compile", "__import__"}
ATTRIBUTES = {
    ("torch", "load"),
    ("torch", "save"),
    ("os", "system"),
    ("os", "popen"),
    ("numpy", "fromfile"),
    ("np", "fromfile"),
}


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def imports(file: Path) -> set[str]:
    """Full names of everything a file imports, wherever in it (those under TYPE_CHECKING are not run)."""
    found: set[str] = set()
    parsed = tree(file)
    unreal = {
        id(inner)
        for node in ast.walk(parsed)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    package = file.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(parsed):
        if id(node) in unreal:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level]) + "." if node.level else ""
            module = base + (node.module or "")
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def under(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def offenders(files: list[Path], wrong) -> list[str]:
    return [f"{file.relative_to(ROOT)}: {name}" for file in files for name in sorted(imports(file)) if wrong(file, name)]


def test_there_is_something_to_check():
    assert len(FILES) > 20 and imports(ROOT / "pages" / "kit" / "ui" / "page.py") >= {"streamlit", "pages.kit.live.runs.desk"}
    assert "engine.core.frame.Frame" in imports(ROOT / "engine" / "runs" / "history.py")


def test_the_engine_never_imports_streamlit_or_pages():
    engine = [file for file in FILES if file.is_relative_to(ROOT / "engine")]
    assert offenders(engine, lambda _, name: under(name, "streamlit", "pages", "app", "starlette")) == []


def test_the_core_imports_no_topic_and_the_kit_imports_no_page():
    groups = tuple(f"engine.{group}" for group in GROUPS)
    topics = tuple(ROOT / "engine" / group for group in GROUPS)
    core = [file for file in FILES if file.is_relative_to(ROOT / "engine") and not any(map(file.is_relative_to, topics))]
    assert offenders(core, lambda _, name: under(name, *groups)) == []
    kit = [file for file in FILES if file.is_relative_to(ROOT / "pages" / "kit")]
    pages = tuple(f"pages.{group}" for group in GROUPS)
    assert offenders(kit, lambda _, name: under(name, *groups, *pages)) == []


def test_no_topic_imports_another_groups_topic():
    for group in GROUPS:
        own = [file for file in FILES if file.is_relative_to(ROOT / "engine" / group)]
        others = tuple(f"engine.{other}" for other in GROUPS if other != group)
        assert (
            offenders(own, lambda _, name, others=others: under(name, *others, "engine.cli.commands", "engine.workers.pool"))
            == []
        )


LAYERS = (  # a file of one row may import from its own row and from those below it
    ("app",),
    ("pages.home", "pages.runs", "pages.shell"),
    ("pages.kit.ui",),
    ("pages.kit.gallery",),
    ("pages.kit.web",),
    ("pages.kit.live",),
    ("engine.cli",),
    ("engine.book",),
    ("engine.export", "engine.sweeps"),
    ("engine.workers",),
    ("engine.runs",),
    ("engine.guess", "engine.gallery"),
    ("engine.plot", "engine.train"),
    ("engine.data",),
    ("engine.core",),
)


def module(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


KNOWN = {module(file) for file in FILES}


@cache
def all_imports(file: Path) -> set[str]:
    """The modules of ours that a file imports, those under TYPE_CHECKING, too."""
    names = {alias.name for node in ast.walk(tree(file)) if isinstance(node, ast.Import) for alias in node.names}
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {full if (full := f"{node.module}.{alias.name}") in KNOWN else node.module for alias in node.names}
    return names & KNOWN


def test_imports_point_one_way():
    """No room imports from one that stands above it, not even for the sake of a type."""
    row = {package: depth for depth, packages in enumerate(LAYERS) for package in packages}

    def depth(name: str) -> int | None:
        return next((row[package] for package in row if under(name, package)), None)

    back = [
        f"{module(file)} -> {name}"
        for file in FILES
        if (here := depth(module(file))) is not None
        for name in sorted(all_imports(file))
        if (there := depth(name)) is not None and there < here
    ]
    assert back == []


def test_no_file_imports_itself_by_way_of_others():
    graph = {module(file): all_imports(file) - {module(file)} for file in FILES}
    while leaves := [name for name, wanted in graph.items() if not wanted & graph.keys()]:
        for name in leaves:
            del graph[name]
    tops = list(graph)
    while tops:  # what nobody in the rest imports stands above a circle, not in one
        tops = [name for name in graph if not any(name in wanted for other, wanted in graph.items() if other != name)]
        for name in tops:
            del graph[name]
    assert sorted(graph) == []


def test_a_folder_has_at_most_a_dozen_files():
    folders = {folder for file in FILES for folder in file.parents if folder.is_relative_to(ROOT) and folder != ROOT}
    folders |= {folder for folder in (ROOT / "assets" / "lab").rglob("*") if folder.is_dir()}
    sources = {
        folder: [f for f in folder.iterdir() if f.suffix in (".py", ".js") and f.name != "__init__.py"] for folder in folders
    }
    assert {str(folder.relative_to(ROOT)): len(files) for folder, files in sources.items() if len(files) > 12} == {}


def test_a_topics_page_is_made_of_the_kit():
    for group in GROUPS:
        own = [file for file in FILES if file.is_relative_to(ROOT / "pages" / group)]
        assert offenders(own, lambda _, name: under(name, "torch") or name.endswith(".model")) == []


def test_nothing_imports_what_can_load_code_or_call_out():
    banned = UNSAFE | NETWORK | {"urllib.request"}
    found = offenders(FILES, lambda _, name: under(name, *banned))
    # The first knocks at the cluster that the operator named, and nowhere else; the second talks to its own child by a pair.
    assert found == ["engine/workers/cluster.py: socket", "engine/workers/forkserver.py: socket"]


def test_only_workers_and_their_nursery_are_started():
    workers = ROOT / "engine" / "workers"
    others = [file for file in FILES if file not in (workers / "connection.py", workers / "forkserver.py")]
    assert offenders(others, lambda _, name: under(name, *PROCESSES)) == []


def test_nothing_evaluates_text_or_loads_objects():
    found = []
    for file in FILES:
        for node in ast.walk(tree(file)):
            where = f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Name) and node.id in CALLS:
                found.append(f"{where} {node.id}")
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if (node.value.id, node.attr) in ATTRIBUTES or (
                    node.value.id == "os" and node.attr.startswith(("exec", "spawn"))
                ):
                    found.append(f"{where} {node.value.id}.{node.attr}")
                if node.value.id in ("np", "numpy") and node.attr == "load":
                    found.append(f"{where} np.load")
            refused = isinstance(getattr(node, "value", None), ast.Constant) and node.value.value is False
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and not refused:
                found.append(f"{where} allow_pickle")
            if isinstance(node, ast.keyword) and node.arg in ("unsafe_allow_html", "unsafe_allow_javascript"):
                found.append(f"{where} {node.arg}")
    assert found == []


def test_no_two_topics_share_a_slug_and_each_lies_where_its_name_says(topic):
    assert (registry.ROOT / topic.group / topic.slug.replace("-", "_") / "__init__.py").exists()
    assert type(topic.params()).__module__.startswith(f"engine.{topic.group}.{topic.slug.replace('-', '_')}")


def without_torch(code: str, *arguments: str) -> str:
    """Run code in a fresh Python that must not have torch at the end; its output."""
    code += "\nimport sys\nheavy = [n for n in ('torch', 'sklearn', 'safetensors.torch') if n in sys.modules]\nassert not heavy, heavy\n"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_topics_are_found_and_drawn_without_torch(request):
    """The app process draws every view of every topic, and never imports torch; what is drawn is the recorded run's end."""
    from tests.contract.conftest import slugs

    wanted = slugs(request.config)
    code = """
import sys
import engine
from engine.core.language import translator
from engine.export.loop import source
from pages.kit.live.stage.recording import recorded
drawn = 0
for slug in sys.argv[1:]:
    topic = engine.find(slug)
    frame = recorded(slug)
    timeline = engine.Timeline(frame, topic.params.build(frame.settings))
    for claim in topic.claims:
        claim.judge(timeline)
    for view in topic.views_for(timeline.params):
        view.draw(timeline, engine.Style("dark", "zh", translator("zh", topic.slug)))
        drawn += 1
    source(topic)
print(drawn)
"""
    assert int(without_torch(code, *wanted)) >= len(wanted)


def test_the_pages_and_the_app_are_imported_without_torch():
    code = """
import importlib, pkgutil
import pages.kit
for module in pkgutil.walk_packages(pages.kit.__path__, "pages.kit."):
    importlib.import_module(module.name)
import app
from engine.core import registry
registry.topics()
print("imported")
"""
    assert "imported" in without_torch(code)


@pytest.mark.parametrize("module", ["engine", "engine.cli.commands", "engine.workers.pool", "engine.runs.files", "engine.plot"])
def test_the_light_part_of_the_engine_stays_light(module):
    without_torch(f"import {module}")
