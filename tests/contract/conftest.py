"""The contract tests run once for every topic there is, or for those that `--topic SLUG` names."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core import registry


def slugs(config: pytest.Config) -> list[str]:
    known = list(registry.topics())
    wanted = config.getoption("--topic", default=[]) or known
    unknown = [slug for slug in wanted if slug not in known]
    if unknown:
        raise pytest.UsageError(f"--topic: there is no topic {', '.join(unknown)}; there are {', '.join(known)}")
    return wanted


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "chapter" in metafunc.fixturenames:
        known = [(slug, chapter.name) for slug in slugs(metafunc.config) for chapter in registry.find(slug).chapters]
        metafunc.parametrize(("slug", "chapter"), known, scope="session")
    elif "slug" in metafunc.fixturenames:
        metafunc.parametrize("slug", slugs(metafunc.config), scope="session")


@pytest.fixture
def topic(slug: str) -> Any:
    return registry.find(slug)
