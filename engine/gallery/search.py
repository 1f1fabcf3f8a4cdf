"""A search over all labs: titles, chapters, parameters, pictures, quantities and the story, in every language at once.

The words are folded once, when somebody first searches. A page without a server takes them along (`told`) and searches itself
(`assets/lab/book/search.js`), by the same weights.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from engine.core import registry
from engine.core.language import LANGUAGES, story, translate, translator
from engine.core.topic import Topic

LONGEST, MOST_WORDS = 100, 8  # of what is asked for
AROUND = 36  # signs of the text on both sides of a word that was found
WEIGHT = {"title": 16.0, "short": 12.0, "chapter": 8.0, "term": 5.0, "question": 4.0, "story": 2.0}
SECTIONS = {  # of a text that are no chapters: what they are called on the page
    "summary": "", "guess": "Guess first.", "explanation": "What happened", "play": "Play with it",
    "notes": "Limits and pitfalls", "sources": "Sources",
}  # fmt: skip
MARKS = re.compile(r"\{[\w.]+(?::[^{}]*)?\}|[*`$]|\]\([^)]*\)")  # numbers to be filled in, and signs of the markup

DISPLAYED = re.compile(r"\$\$.*?\$\$", re.DOTALL)  # a formula on lines of its own has nothing to read out
FORMULA = re.compile(r"\$([^$]+)\$")
FRACTION = re.compile(r"\\[dt]?frac(?:\{([^{}]*)\}\{([^{}]*)\}|(\d)(\d))")
RAISED, LOWERED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"), str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SIGNS = {"sim": "∼", "mid": "|", "|": "‖", "le": "≤", "ge": "≥", "cdot": "·", "times": "×", "odot": "⊙", "to": "→", "infty": "∞",
         "sum": "Σ", "int": "∫", "sqrt": "√", "nabla": "∇", "partial": "∂", "top": "ᵀ", "approx": "≈", "ne": "≠", "in": "∈", "log": "log ",
         "exp": "exp ", "ell": "ℓ", "pm": "±", ",": " ", ";": " ", "quad": " ", "bar": "", "dots": "…", "ldots": "…", "max": "max ", "min": "min "}  # fmt: skip
COMMAND = re.compile(r"\\([A-Za-z]+|.) ?")
SYMBOL = re.compile(r"[\^_]\{?|[{}&]")

PIECES = re.compile(r"[\u2e80-\uffff]+|[^\s\u2e80-\uffff]+")  # Chinese needs no spaces around it


def readable(formula: str) -> str:
    """A formula in TeX as a line of text: letters and signs of their own, a fraction with a stroke, nothing of the markup."""

    def sign(match: re.Match[str]) -> str:
        name = match[1]
        if name in SIGNS:
            return SIGNS[name]
        size = "CAPITAL" if name[:1].isupper() else "SMALL"
        try:
            return unicodedata.lookup(f"GREEK {size} LETTER {name.removeprefix('var').upper().replace('LAMBDA', 'LAMDA')}")
        except KeyError:
            return ""  # how something is set, not what it is

    flat = FRACTION.sub(lambda match: f"{match[1] or match[3]}/{match[2] or match[4]}", formula)
    flat = re.sub(r"\^(\d)", lambda match: match[1].translate(RAISED), flat)
    flat = re.sub(r"_(\d)", lambda match: match[1].translate(LOWERED), flat)
    return SYMBOL.sub("", COMMAND.sub(sign, flat)).strip()


def fold(text: str) -> str:
    """Text as it is compared: one case, one width, no accents."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()


@dataclass(frozen=True)
class Entry:
    """Something that a lab says: `texts` by language, and where it says it."""

    kind: str
    texts: dict[str, str]
    chapter: str = ""
    section: str = ""
    folded: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "folded", fold("\n".join(dict.fromkeys(self.texts.values()))))


def pattern(word: str) -> re.Pattern[str]:
    """A Latin word is looked for where words begin (“rope” is not in “property”); any other anywhere."""
    return re.compile((r"(?<![a-z0-9])" if re.match(r"[a-z0-9]", word) else "") + re.escape(word))


def words_of(text: str) -> str:
    """What a section of a text says, without its markup."""
    lines = FORMULA.sub(lambda match: readable(match[1]), DISPLAYED.sub(" … ", text))
    return MARKS.sub("", lines)


def told(topic: Topic) -> Iterator[Entry]:
    """All that a lab says."""

    def both(text: str) -> dict[str, str]:
        return {language: translate(text, language, topic.slug) for language in LANGUAGES}

    stories = {language: story(language, topic.slug) for language in LANGUAGES}
    yield Entry("title", {language: text["title"] for language, text in stories.items()})
    yield Entry("title", both(topic.title))
    yield Entry("short", {**both(topic.short or topic.title), "slug": topic.slug})
    yield Entry("question", both(topic.question))
    for control in topic.params.controls().values():
        options = {f"{language} {name}": text for name in control.options for language, text in both(control.labels.get(name, name)).items()}  # fmt: skip
        names = {f"name {name}": name for name in control.options}
        yield Entry("term", {**both(control.title), "name": control.name, "symbol": control.symbol, **options, **names})
    for view in topic.views:
        yield Entry("term", both(view.title))
    for output in topic.outputs:
        yield Entry("term", {**both(output.meaning), "name": output.name})
    chapters = {chapter.name for chapter in topic.chapters}
    for name in stories["en"]:
        texts = {language: words_of(text.get(name, "")) for language, text in stories.items()}
        if name in chapters:
            parts = {language: text.partition("\n") for language, text in texts.items()}
            yield Entry("chapter", {language: part[0].strip() for language, part in parts.items()}, name)
            texts = {language: part[2] for language, part in parts.items()}
        if name != "title":
            yield Entry("story", texts, name if name in chapters else "", SECTIONS.get(name, ""))


@cache
def entries() -> dict[str, tuple[Entry, ...]]:
    """What there is to be found, by slug."""
    return {slug: tuple(told(topic)) for slug, topic in registry.topics().items()}


def find(asked: str, language: str) -> list[dict[str, Any]]:
    """The labs in which every word asked for stands, the best first, each with the place where it was found.

    A place is {"text", "chapter", "words"}: what it is called ("" for the card's own title), the chapter's name, the words around.
    """
    said = entries()
    words = [pattern(word) for word in PIECES.findall(fold(asked[:LONGEST]))[:MOST_WORDS]]
    found: list[tuple[float, dict[str, Any]]] = []
    for slug, all_entries in said.items() if words else ():
        score, best = 0.0, [0.0] * len(words)
        place, most = all_entries[0], (0, 0.0)
        for entry in all_entries:
            hits = [index for index, word in enumerate(words) if word.search(entry.folded)]
            for index in hits:
                best[index] = max(best[index], WEIGHT[entry.kind])
            if (len(hits), WEIGHT[entry.kind]) > most and hits:
                place, most = entry, (len(hits), WEIGHT[entry.kind])
        score = sum(best) + most[0]
        if all(best):
            found.append((score, {"slug": slug, **named(slug, place, words, language)}))
    return [hit for _, hit in sorted(found, key=lambda pair: -pair[0])]


def named(slug: str, place: Entry, words: list[re.Pattern[str]], language: str) -> dict[str, str]:
    """A place in the reader's language, as `find` gives it."""
    t = translator(language, slug)
    names = list(registry.cards()[slug].chapters)
    text = ""
    if place.chapter:
        title = story(language, slug)[place.chapter].partition("\n")[0].strip()
        text = t("chapter {number}: {title}").format(number=names.index(place.chapter) + 1, title=title)
    elif place.kind == "story":
        text = t(place.section) if place.section else ""
    elif place.kind == "term":
        text = place.texts[language]
    return {"text": text, "chapter": place.chapter, "words": around(place, words, language) if place.kind == "story" else ""}


def around(place: Entry, words: list[re.Pattern[str]], language: str) -> str:
    """The words around the first that was found, in the reader's language if it stands there."""
    texts = sorted(place.texts.items(), key=lambda pair: pair[0] != language)
    for _, text in texts:
        plain = " ".join(unicodedata.normalize("NFKC", text).split())
        for word in words:
            at = word.search(fold(plain))
            if at:
                low, high = max(0, at.start() - AROUND), min(len(plain), at.end() + AROUND)
                return ("…" if low else "") + plain[low:high].strip() + ("…" if high < len(plain) else "")
    return ""
