"""What all tests share: one thread of computing, and the toy topics."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import threadpoolctl
import torch
from hypothesis import HealthCheck, settings

from engine.cli.commands import main
from engine.core import registry
from engine.workers import logs
from tests import toy

# How long an input takes to be made says how busy the machine is, not what the code does.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
torch.set_num_threads(1)
threadpoolctl.threadpool_limits(1)  # numpy's BLAS: its threads and those of a second worker would wait for each other

LONGEST = (  # files that take longest come first, so that in the end no core waits for another
    "test_launch",
    "test_fuzz",
    "test_reload",
    "test_pages",
    "test_accessibility",
)
HOUSE = "test_contract_house"
SHARED = ("contract", "export", "plot")  # folders whose tests of one topic look at the same runs
WAITING = {"pages", "workers"}  # folders whose tests wait for other threads and processes: one that fails is tried once more
PAGES = "test_labs"  # the file whose tests of one topic look at the same page


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--topic", action="append", default=[], metavar="SLUG", help="tests of this topic and the rules of the house only"
    )


def pytest_configure(config: pytest.Config) -> None:
    """One data folder for all processes of a session, which is not that of whoever tests."""
    if not hasattr(config, "workerinput"):  # processes of xdist have it from the one that started them
        folder = tempfile.TemporaryDirectory(prefix="latent-lab-", ignore_cleanup_errors=True)
        config.add_cleanup(folder.cleanup)
        os.environ["LATENT_LAB_DATA"] = folder.name


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """All tests of a topic go to one process, which trains each of its runs once; elsewhere those of a file stay together."""
    from xdist.scheduler import LoadFileScheduling

    class Rooms(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return room(nodeid)

    return Rooms(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Topics come first, then the longest files. `--topic SLUG` leaves that topic's tests, and the rules of the house."""
    if wanted := config.getoption("--topic"):
        chosen = [item for item in items if topic_of(item) in wanted or (topic_of(item) is None and item.path.stem == HOUSE)]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen
    for item in items:
        if WAITING.intersection(folders(item)):
            item.add_marker(pytest.mark.flaky(reruns=1))
    rooms = {item: room(item.nodeid) for item in items}
    topics = list(dict.fromkeys(name for name in rooms.values() if name in registry.topics()))
    order = [*topics, *LONGEST]
    places = {name: place for place, name in enumerate(order)}
    items.sort(key=lambda item: places.get(rooms[item], places.get(item.path.stem, len(order))))


def room(test: str) -> str:
    """The process that a test belongs to, from its address: that of its topic, where it shares runs or pages, or that of its file."""
    path, _, case = test.partition("::")
    file = Path(path)
    longest = sorted(registry.topics(), key=len, reverse=True)
    named = (slug for slug in longest if file.stem.startswith(f"test_{slug.replace('-', '_')}_"))
    if (slug := next(named, None)) is not None and file.parent.name == registry.find(slug).group:
        return slug
    given = (slug for slug in longest if re.search(rf"[\[-]{slug}[]-]", case))
    return next(given, path) if file.parent.name in SHARED or file.stem == PAGES else path


def folders(item: pytest.Item) -> tuple[str, ...]:
    """The folder below tests/ that a test is in (none for a test elsewhere)."""
    return item.path.relative_to(Path(__file__).parent).parts[:1]


def topic_of(item: pytest.Item) -> str | None:
    """The topic that a test is about: the one it is given, or the one that its file is named after."""
    given = getattr(item, "callspec", None)
    for name in ("slug", "topic") if given is not None else ():
        value = given.params.get(name)
        if getattr(value, "slug", value) in registry.topics():
            return getattr(value, "slug", value)
    named = [slug for slug in registry.topics() if item.path.stem.startswith(f"test_{slug.replace('-', '_')}_")]
    return max(named, key=len, default=None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[BEGAN] = computed(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """A report says what topic a test is about, and how long it has computed, with the processes that it has used."""
    if call.when == "teardown" and BEGAN in item.stash:
        item.user_properties.append(("topic", topic_of(item) or ""))
        item.user_properties.append(("computing", round(computed(item) - item.stash[BEGAN], 3)))


def computed(item: pytest.Item) -> float:
    """Seconds that this process has computed, with those that have ended and, for tests that steer processes, those that live."""
    spent = sum(os.times()[:4])
    if {*WAITING, "browser"}.intersection(folders(item)):
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                spent += sum(child.cpu_times()[:4])
    return spent


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What each topic's tests have computed, the costliest first."""
    spent: Counter[str] = Counter()
    for report in (one for some in terminalreporter.stats.values() for one in some if getattr(one, "when", "") == "teardown"):
        said = dict(report.user_properties)
        spent[said.get("topic", "")] += said.get("computing", 0)
    told = [f"{slug} {seconds:.0f}" for slug, seconds in spent.most_common() if slug and seconds >= 1]
    if told:
        terminalreporter.section("seconds of computing by topic")
        terminalreporter.write_line(", ".join(told))


BEGAN = pytest.StashKey[float]()


@pytest.fixture(scope="session")
def toy_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository whose only topic is the descent toy."""
    repository = toy.copy(tmp_path_factory.mktemp("toy"))
    toy.add_descent(repository)
    toy.graft(repository)
    return repository


@pytest.fixture(scope="module")
def descent(toy_repository: Path) -> Iterator[Any]:
    """The descent toy as a topic of this process, with its words (for the length of a module)."""
    from engine.training.descent import TOPIC

    from engine.core import language, registry

    registry.topics()[TOPIC.slug] = TOPIC
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(language, "ASSETS", toy_repository / "assets")
        yield TOPIC
    registry.topics().pop(TOPIC.slug)


@pytest.fixture(scope="module")
def workers_know_descent(descent: Any, toy_repository: Path) -> Iterator[None]:
    """Worker processes are started in the copy, so that they find the toy, too."""
    from engine.workers import pool

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "ROOT", toy_repository)
        yield


@pytest.fixture(scope="module")
def pool(workers_know_descent: None) -> Iterator[Any]:
    """Two warm workers."""
    from engine.workers.pool import Pool

    workers = Pool(size=2)
    workers.start()
    for worker in workers.workers:
        assert worker.ready.wait(60)
    yield workers
    workers.close()


@pytest.fixture
def engine(descent, monkeypatch, capsys):
    """`python -m engine ...` in this process: (exit status, standard output, standard error)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["python -m engine", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "200")
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return call


@pytest.fixture(scope="session")
def run_folder(toy_repository, tmp_path_factory) -> Path:
    """The folder of a real run, made by a real process: a cold value, two hot changes, a seed."""
    out = tmp_path_factory.mktemp("runs") / "deep" / "run"
    arguments = ["--set", "size=4", "--set", "shown=point,pair", "--at", "20:rate=0.5", "--at", "30:noise=off"]
    done = toy.python(
        toy_repository, "-m", "engine", "run", "descent", *arguments, "--seed", "7", "--steps", "60", "--out", out
    )
    assert done.returncode == 0, done.stderr
    assert str(out) in done.stdout and "60 steps" in done.stdout and done.stderr == ""
    return out


@pytest.fixture
def told() -> Iterator[Any]:
    """The events of this process from now on."""
    logger = logs.LOGGER
    before = logger.handlers, logger.level, logger.propagate
    stream = io.StringIO()
    handler = logs.logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonLines())
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel("INFO")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.handlers, logger.propagate = before[0], before[2]
    logger.setLevel(before[1])
