"""Every fault of saved runs has its sentence in Chinese, with the same fields."""

from __future__ import annotations

import string

import pytest

from engine.core.language import KIT, catalogue
from engine.runs.store import errors as store_errors
from engine.runs.store.errors import StoreError


def errors() -> list[type[StoreError]]:
    found = [kind for kind in vars(store_errors).values() if isinstance(kind, type) and issubclass(kind, StoreError)]
    assert len(found) > 10
    return found


@pytest.mark.parametrize("kind", errors())
def test_every_fault_is_told_in_chinese_too(kind):
    message = catalogue("zh", KIT).get(kind.template)
    assert message is not None and message.string, kind.template
    names = [
        {name for _, name, _, _ in string.Formatter().parse(said) if name} for said in (kind.template, str(message.string))
    ]
    assert names[0] == names[1]
