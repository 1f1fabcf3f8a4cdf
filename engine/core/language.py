"""Languages: which one a reader gets, the catalogues that turn the code's English into it, and the texts with their numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ASSETS = Path(__file__).resolve().parents[2] / "assets"
LANGUAGES = {"en": "English", "zh": "中文"}
KIT = "kit"


@cache
def catalogue(language: str, name: str) -> Catalog:
    """The catalogue `assets/translations/<language>/<name>.po`; empty where there is none (English)."""
    file = ASSETS / "translations" / language / f"{name}.po"
    if not file.exists():
        return Catalog(language)
    with file.open("rb") as source:
        return read_po(source, locale=language)


def translate(text: str, language: str, *names: str) -> str:
    """`text` in the language, from the first of the named catalogues that has it; English otherwise."""
    for name in (*names, KIT):
        message = catalogue(language, name).get(text)
        if message is not None and message.string:
            return str(message.string)
    return text


@cache
def translator(language: str, *names: str) -> Callable[[str], str]:
    """The function `t` of a language and its catalogues (a topic's slug, the kit's last)."""
    return lambda text: translate(text, language, *names)


@cache
def browser_words() -> dict[str, str]:
    """The English words of the browser's part by key, as `assets/lab/base/labels.js` lists them."""
    text = (ASSETS / "lab" / "base" / "labels.js").read_text(encoding="utf-8")
    return dict(re.findall(r"^\s+(\w+): '(.*)',$", text, re.MULTILINE))


@cache
def labels(language: str) -> dict[str, str]:
    """The same words in the reader's language; nothing in English, which the browser's part has itself."""
    t = translator(language)
    return {key: t(text) for key, text in browser_words().items() if t(text) != text}


def counted(t: Callable[[str], str], count: int, one: str, several: str) -> str:
    """`one` for 1, else `several` with its {count}, thousands set apart: "1 run", "12,000 runs"."""
    return t(one) if count == 1 else t(several).format(count=f"{count:,}")


def choose(asked: str | None, browser: str | None) -> str:
    """The reader's language: what the link asks for, else what the browser prefers, else English."""
    if asked in LANGUAGES:
        return asked
    try:
        return Locale.parse((browser or "en").replace("-", "_")).language if _known(browser) else "en"
    except (UnknownLocaleError, ValueError):
        return "en"


def _known(browser: str | None) -> bool:
    return (browser or "").replace("_", "-").split("-")[0].lower() in LANGUAGES


@cache
def story(language: str, slug: str) -> dict[str, str]:
    """The sections of `assets/text/<language>/<slug>.md`: "title" and the `##` keys, in order."""
    text = (ASSETS / "text" / language / f"{slug}.md").read_text(encoding="utf-8")
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    fenced = False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        if line.startswith("# ") and not fenced and "title" not in sections:
            sections["title"] = [line[2:].strip()]
        elif line.startswith("## ") and not fenced:
            current = sections.setdefault(line[3:].strip(), [])
        else:
            current.append(line)
    return {key: "\n".join(lines).strip() for key, lines in sections.items()}


_PIECES = re.compile(r"(```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]+\$|\{\{|\}\}|\{[\w.]+(?::[^{}]*)?\})", re.DOTALL)
_FIELD = re.compile(r"\{([\w.]+)(?::([^{}]*))?\}")


def fields(text: str) -> set[str]:
    """The names of all `{name}` fields outside mathematics and code."""
    return {match[1] for piece in _PIECES.findall(text) if (match := _FIELD.fullmatch(piece))}


def fill(
    text: str,
    values: Mapping[str, Any],
    spare: Mapping[str, Any] | None = None,
    *,
    mark: Callable[[str], str] = str,
    missing: str = "–",
) -> str:
    """`text` with every `{name:format}` outside mathematics and code replaced; thousands are separated (but not a seed's).

    `{claim.predicted:.2f}` is an attribute of a value.

    Args:
        spare: where a value is taken from that `values` does not have (or has as None or nan).
        mark: what is done to a text that is not from `values`, to tell it apart.
        missing: what stands where there is no value at all; it is marked, too.
    """

    def replace(match: re.Match[str]) -> str:
        piece = match[0]
        if piece in ("{{", "}}"):
            return piece[0]
        field = _FIELD.fullmatch(piece)
        if field is None:
            return piece
        for source in (values, spare or {}):
            said = _said(source, field[1], field[2] or "")
            if said is not None:
                return said if source is values else mark(said)
        return mark(missing)

    return _PIECES.sub(replace, text)


def _said(values: Mapping[str, Any], path: str, form: str) -> str | None:
    """A value (or an attribute of one) in its format; None where there is none."""
    name, *attributes = path.split(".")
    value = values.get(name)
    for attribute in attributes:
        value = getattr(value, attribute, None)
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, str):
        return value
    said = format(value, form)
    return printed(said if name == "seed" else separated(said))


_LARGE = re.compile(r"(-?)(\d{4,})((?:\.\d+)?%?)")


def separated(number: str) -> str:
    """A written number with its thousands separated: 12345.6 becomes 12,345.6. Anything else stays as it is."""
    match = _LARGE.fullmatch(number)
    return f"{match[1]}{int(match[2]):,}{match[3]}" if match else number


_NUMBER = re.compile(r"(?<![\w.)\]-])(-?)(\d[\d,]*(?:\.\d+)?|∞)(?:e([+-]?\d+))?(?![\w.]*\d)")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def printed(text: str) -> str:
    """The numbers of a sentence as they are printed: −1 with a minus, 6e-08 as 6·10⁻⁸, no negative nothing; hyphens and ranges stay."""

    def one(match: re.Match[str]) -> str:
        sign, digits, power = match.groups()
        if not digits.strip("0.,"):
            return "0" if power else str(digits)
        if power and int(power):
            raised = "10" + str(int(power)).translate(_RAISED)
            digits = raised if digits == "1" else f"{digits}·{raised}"
        return ("−" if sign else "") + str(digits)

    return _NUMBER.sub(one, text)


@dataclass(frozen=True)
class Words:
    """What a chapter says: its title, the words before it is played, and those after (with `{name:.2f}` fields)."""

    title: str
    before: str
    after: str


def chapter_words(language: str, slug: str, name: str) -> Words:
    """The section `## name` of a topic's text: a line with the title, the words before, a line `---`, the words after.

    Raises KeyError where there is no such section, ValueError where it has not these three.
    """
    title, _, rest = story(language, slug)[name].partition("\n")
    before, rule, after = f"\n{rest}".partition("\n---\n")
    words = Words(title.strip(), before.strip(), after.strip())
    if not rule or not all((words.title, words.before, words.after)):
        raise ValueError(f"{slug}.md ({language}), “{name}”: a title line, words before, a line with ---, words after")
    return words
