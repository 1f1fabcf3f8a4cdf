"""A chapter as a page without a server shows it: its words as HTML with the formulas typeset, its verdicts as rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from latex2mathml.converter import convert
from markdown_it import MarkdownIt

from engine.core.chapter import Chapter, Verdict
from engine.core.frame import Timeline
from engine.core.language import chapter_words, fill, printed
from engine.core.params import Params
from engine.core.picture import Style
from engine.core.score import Score
from engine.core.topic import Topic

_FORMULA = re.compile(r"(`+[^`]*`+)|\$\$(.+?)\$\$|\$([^$\n]+)\$", re.DOTALL)
_HELD = re.compile("\ue000(\\d+)\ue001")  # a formula's place while the text around it is Markdown


@dataclass(frozen=True)
class Told:
    """What stands beside a chapter's pictures.

    Attributes:
        title: of the chapter.
        before, after: its words as HTML; `after` is empty where the run cannot say it (yet).
        verdicts: rows of text, one a claim.
        hero: the parameter that the words speak of.
    """

    title: str
    before: str
    after: str
    verdicts: tuple[Mapping[str, Any], ...]
    hero: str = ""


def told(topic: Topic, chapter: Chapter, timeline: Timeline, look: Style) -> Told:
    """The words of a chapter with the numbers of its run, and what its claims say of it."""
    words = chapter_words(look.language, topic.slug, chapter.name)
    verdicts = {claim: claim(timeline) for claim in chapter.shows}
    over = timeline.frame.step >= topic.steps_of(chapter) and None not in verdicts.values()
    rows = tuple(row(look.t(claim.statement), verdict, look) for claim, verdict in verdicts.items())
    after = typeset(fill(words.after, chapter.numbers(timeline))) if over else ""
    return Told(plain(words.title), typeset(words.before), after, rows, topic.hero_for(timeline.params, chapter))


def row(statement: str, verdict: Verdict | None, look: Style) -> dict[str, Any]:
    """A claim's line in the table of verdicts."""
    if verdict is None:
        return {"claim": statement, "expected": "", "measured": "", "tolerance": "", "says": look.t("not yet"), "agrees": None}
    unit = f"\N{NO-BREAK SPACE}{look.t(verdict.unit)}" if verdict.unit else ""
    wide = verdict.side != "between" and verdict.tolerance
    return {
        "claim": statement,
        "expected": f"{printed(verdict.expected)}{unit}",
        "measured": f"{printed(f'{verdict.measured:.4g}')}{unit}",
        "tolerance": printed(f"{verdict.tolerance:.2g}") if wide else "",
        "says": look.t("agrees") if verdict.agrees else look.t("does not agree"),
        "agrees": verdict.agrees,
    }


def chapter_of(topic: Topic, score: Score, twin: Params | None = None) -> Chapter | None:
    """The chapter from whose settings a run began, alone or beside a twin; None where it began elsewhere."""
    begun = score.settings().values()
    for chapter in topic.chapters:
        params = topic.params.build(chapter.values)
        other = None if chapter.compare is None else params.change(chapter.compare)
        if params.values() == begun and (twin is None or (other is not None and other.values() == twin.values())):
            return chapter
    return None


def typeset(text: str) -> str:
    """Markdown with formulas between dollars as HTML with MathML, which browsers draw by themselves. No markup of its own passes."""
    formulas: list[str] = []

    def hold(match: re.Match[str]) -> str:
        code, display, inline = match.groups()
        if code:
            return code
        formulas.append(convert(_safe(display or inline), display="block" if display else "inline"))
        return f"\ue000{len(formulas) - 1}\ue001"

    written = _markdown().render(_FORMULA.sub(hold, text))
    return _HELD.sub(lambda match: formulas[int(match[1])], written)


def _safe(formula: str) -> str:
    """The same formula without signs that the converter copies into its MathML as they are (inside of \\text, \\color)."""
    return formula.replace("<", r"\lt ").replace(">", r"\gt ").replace('"', "”")


def plain(text: str) -> str:
    """A line with formulas as HTML."""
    return typeset(text).strip().removeprefix("<p>").removesuffix("</p>")


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")
