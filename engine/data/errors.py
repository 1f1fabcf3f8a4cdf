"""The refusal of data that a person gave: one sentence, which a page can translate."""

from __future__ import annotations

from typing import Any


class UploadError(ValueError):
    """A file that cannot be used; `template` and `fields` let a page translate the sentence."""

    def __init__(self, template: str, **fields: Any) -> None:
        self.template, self.fields = template, {name: str(value) for name, value in fields.items()}
        super().__init__(template.format(**self.fields))


class Ambiguous(UploadError):
    """A file with two readings, both named."""
