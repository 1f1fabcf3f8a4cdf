"""The refusal of data that a person gave, by a reader or by a topic's model: one sentence, which a page can translate."""

from __future__ import annotations

from typing import Any

from engine.core.params import BadValue


def written(value: Any) -> str:
    """A field of a sentence: thousands of a count are set apart."""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


class UploadError(ValueError):
    """A file that cannot be used; `template` and `fields` let a page translate the sentence."""

    def __init__(self, template: str, **fields: Any) -> None:
        self.template, self.fields = template, {name: written(value) for name, value in fields.items()}
        super().__init__(template.format(**self.fields))


class Ambiguous(UploadError):
    """A file with two readings, both named."""


def refused(template: str, parameter: str = "data", **fields: Any) -> BadValue:
    """What a model says of own data that it cannot use.

    Args:
        template: the sentence; {name} and {value} are the parameter that asks for own data and its value.
        parameter: the one that the sentence is of.
        fields: what stands in its braces; counts get their thousands set apart.
    """
    return BadValue(parameter, "own", "", template=template, **{name: written(value) for name, value in fields.items()})


def not_uploaded(parameter: str = "data", value: str = "own") -> BadValue:
    """What a model says where own data are asked for and none were given."""
    return BadValue(parameter, value, "", template="{name} = {value}: upload a file first.")
