"""A lab of the book: a page in each language, and beside them the pictures of each chapter."""

from __future__ import annotations

import gzip
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from engine.book import packing
from engine.book.document import Words, code, document, fold, script_data, table, written
from engine.core import registry
from engine.core.language import LANGUAGES, fields, fill, story, translator
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline, Topic
from engine.export.loop import source
from engine.gallery.cards import after, before
from engine.gallery.cover import cover_of
from engine.runs.history_page import AGAINST, Part, offers, part_of, shared, spread, timeline
from engine.runs.told import plain

BUDGET = 1_500_000  # bytes of a lab, as a web host sends them
FRAMES, SWEPT = 61, 24  # frames of a run at most, and of each of a sweep's
COMMANDS = (  # the README's two, which a test holds against it
    "python3 -m venv .venv && .venv/bin/python -m pip install -q -r requirements.txt && .venv/bin/streamlit run app.py",
    "./test",
)
COLUMNS = ("claim", "expected", "measured", "tolerance", "says")  # of a row of verdicts
RUN = "Everything on this page was computed once. To change it while it runs, start the app and open {address}:"
PASS = "And this passes the tests:"
MADE = "Measured in this build, {date}, on {machine}: {versions}."


@dataclass(frozen=True)
class Build:
    """When, where and with what the book was made: `versions` by name."""

    date: str
    machine: str
    cores: int
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Shown:
    """A chapter of the book: what came of its run.

    Attributes:
        parts: what a page shows of it, by language; empty where its run failed.
        problem: why it did.
    """

    name: str
    parts: Mapping[str, Part] = field(default_factory=dict)
    problem: str = ""

    @property
    def held(self) -> bool:
        """Whether all its claims did."""
        told = next(iter(self.parts.values())).told if self.parts else None
        return told is not None and all(row["agrees"] for row in told.verdicts)


def looks(topic: Topic) -> dict[str, Style]:
    """A style for each language and theme, by variant: "en-light"."""
    return {
        f"{language}-{theme}": Style(theme, language, translator(language, topic.slug))
        for language in LANGUAGES
        for theme in ("light", "dark")
    }  # type: ignore[misc]


class ChapterPictures:
    """A chapter's pictures at the places that each of its arms could show, drawn once, packed for as many as there is room for."""

    def __init__(self, topic: Topic, part: Part) -> None:
        self.part = part
        styles = looks(topic)
        most = SWEPT if part.kind == "sweep" else FRAMES
        self.places = [[own[place] for place in spread(len(own), most)] for own in offers(part)]
        self._drawn: list[list[dict[str, dict[str, Picture]]]] = []
        for arm, own in zip(part.arms, self.places, strict=True):
            rows = []
            for place in own:
                line = timeline(topic, arm, arm.history.frames[place])
                known = {view.name for view in topic.views_for(line.params)}
                rows.append(
                    {
                        name: {variant: topic.view(name).draw(line, style) for variant, style in styles.items()}
                        for name in part.views
                        if name in known
                    }
                )
            self._drawn.append(rows)
        self._against = {
            f"{AGAINST}{one.name}": [[{variant: one.draw(style) for variant, style in styles.items()}]] for one in part.against
        }
        self.content = self._pack()

    @property
    def views(self) -> list[str]:
        """Those of its views that some of its frames have."""
        return [name for name in self.part.views if any(name in row for rows in self._drawn for row in rows)]

    @property
    def size(self) -> int:
        """Bytes, as a web host sends them."""
        return weight(self.content)

    def keep(self, budget: int) -> None:
        """Leave out frames, evenly, until they fit; the first and the last of each arm stay."""
        while self.size > budget and (longest := max(map(len, self.places))) > 2:
            share = min(0.95 * budget / self.size, (longest - 1) / longest)
            chosen = [spread(len(own), max(2, int(share * len(own)))) for own in self.places]
            self.places = [[own[place] for place in kept] for own, kept in zip(self.places, chosen, strict=True)]
            self._drawn = [[rows[place] for place in kept] for rows, kept in zip(self._drawn, chosen, strict=True)]
            self.content = self._pack()

    def _pack(self) -> str:
        views = {name: [[row.get(name) for row in rows] for rows in self._drawn] for name in self.views}
        return packing.pack({**views, **self._against})


@dataclass
class Lab:
    """A lab's files by their places in the book, and what the gallery is told of it."""

    topic: Topic
    held: tuple[str, ...]
    cover: Mapping[str, Picture]
    files: Mapping[str, str]

    @property
    def size(self) -> int:
        """Bytes of its files on a disk."""
        return sum(len(text.encode()) for text in self.files.values())

    @property
    def sent(self) -> int:
        """Bytes of its files as a web host sends them."""
        return sum(map(weight, self.files.values()))


def weight(text: str) -> int:
    """Bytes of a text as a web host sends it."""
    return len(gzip.compress(text.encode(), 9))


def make(topic: Topic, chapters: Sequence[Shown], build: Build, labs: Sequence[str], budget: int = BUDGET) -> Lab:
    """The files of a lab whose chapters were played.

    Args:
        labs: slugs of all labs of the book: links lead to those.
        budget: bytes that they may take together, as a web host sends them.

    Raises:
        ValueError: no chapter could be played.
    """
    shown = [chapter for chapter in chapters if chapter.parts]
    if not shown:
        raise ValueError(f"{topic.slug}: no chapter could be played")
    pictures = {chapter.name: ChapterPictures(topic, next(iter(chapter.parts.values()))) for chapter in shown}
    pages = _pages(topic, chapters, pictures, build, labs)
    cap = level([own.size for own in pictures.values()], budget - sum(map(weight, pages.values())))
    for own in pictures.values():
        own.keep(cap)
    files = _pages(topic, chapters, pictures, build, labs)
    for name, own in pictures.items():
        key = f"{topic.slug}/{name}"
        files[f"data/{key}.js"] = script_data(key, f'"{own.content}"')
    return Lab(topic, tuple(chapter.name for chapter in chapters if chapter.held), _cover(topic, shown), files)


def level(sizes: Sequence[int], budget: int) -> int:
    """The largest size that each may have so that all together keep to the budget: large ones give way, small ones stay whole."""
    left = budget
    for count, size in zip(range(len(sizes), 0, -1), sorted(sizes), strict=True):
        if size * count > left:
            return max(0, left // count)
        left -= size
    return max(sizes)


def _cover(topic: Topic, chapters: Sequence[Shown]) -> dict[str, Picture]:
    """The lab's picture for the gallery, of the first chapter that shows it (or could)."""
    name = topic.cover or topic.views[0].name

    def fits(chapter: Shown) -> tuple[bool, bool]:
        could = topic.view(name) in topic.views_for(_end(topic, chapter).params)
        return could, could and name in next(iter(chapter.parts.values())).views

    line = _end(topic, max(chapters, key=fits))  # the first of the best
    return {variant: cover_of(topic, line, style) for variant, style in looks(topic).items()}


def _end(topic: Topic, chapter: Shown) -> Timeline:
    part = next(iter(chapter.parts.values()))
    return part.arms[part.shown].timeline(topic)


def _pages(
    topic: Topic, chapters: Sequence[Shown], pictures: Mapping[str, ChapterPictures], build: Build, labs: Sequence[str]
) -> dict[str, str]:
    """The lab's page in each language, by its place in the book."""
    return {f"{language}/{topic.slug}.html": _page(topic, chapters, pictures, build, labs, language) for language in LANGUAGES}


def _page(
    topic: Topic,
    chapters: Sequence[Shown],
    pictures: Mapping[str, ChapterPictures],
    build: Build,
    labs: Sequence[str],
    language: str,
) -> str:
    t, text = translator(language, topic.slug), story(language, topic.slug)
    look = Style("light", language, t)
    described = []
    for chapter in chapters:
        if chapter.parts:
            own, part = pictures[chapter.name], chapter.parts[language]
            told = part_of(topic, part, [topic.view(name) for name in own.views], own.places, look)
            for arm in told["arms"]:
                arm["scalars"] = [[None if value is None else float(f"{value:.6g}") for value in row] for row in arm["scalars"]]
            described.append({"name": chapter.name, **told})
    data = {**shared(topic, look), "title": text["title"], "language": language, "live": t("Run it live"), "parts": described}
    below = [
        fold(t("Explanation"), written(_explained(topic, chapters, text["explanation"])), name="explanation"),
        fold(t("Theory, measured"), _claims(topic, chapters, build, t, language), name="claims", opened=True),
        fold(t("The loop, as it runs"), code(source(topic)), name="loop"),
        fold(t("The whole model"), _model(topic), name="model"),
        fold(t("Limits and pitfalls"), written(text["notes"]), name="notes") if text.get("notes") else "",
        fold(t("Sources"), written(text["sources"]), name="sources"),
        fold(t("Run it live"), _live(topic, language, t), name="live", opened=True),
        _ways(topic, labs, language, t),
    ]
    body = (
        f'<div id="chapters" class="lab history"><h1>{escape(text["title"])}</h1><p>{escape(t(topic.question))}</p></div>\n'
        f'<div id="below" class="lab book-below">{"".join(below)}</div>'
    )
    title = f"{text['title']} · {t('Latent Lab')}"
    file = f"{topic.slug}.html"
    return document(title, language, t, file=file, script="lab", data=data, body=body, home=t("Gallery"))


def _explained(topic: Topic, chapters: Sequence[Shown], text: str) -> str:
    """The explanation, with the numbers of the first chapter that has all of them."""
    known: list[dict[str, Any]] = []
    for chapter in chapters:
        if chapter.parts:
            line = _end(topic, chapter)
            known.append({**line.params.values(), **line.frame.scalars, "step": line.frame.step, "seed": line.seed})
    return fill(text, next((values for values in known if fields(text) <= values.keys()), known[0]))


def _claims(topic: Topic, chapters: Sequence[Shown], build: Build, t: Words, language: str) -> str:
    """All claims, chapter by chapter, as they were measured; with what, and where."""
    groups = []
    for chapter in chapters:
        words = story(language, topic.slug)[chapter.name].partition("\n")[0].strip()
        place = f'<a href="#{escape(chapter.name)}">{plain(words)}</a>'
        told = chapter.parts[language].told if chapter.parts else None
        if told is None:
            lines = [("differs", ["", "", "", "", escape(t("the run failed: {reason}").format(reason=chapter.problem))])]
        else:
            lines = [("agrees" if row["agrees"] else "differs", [escape(row[key]) for key in COLUMNS]) for row in told.verdicts]
        if lines:
            groups.append((place, lines))
    versions = ", ".join(f"{name} {number}" for name, number in build.versions.items())
    made = t(MADE).format(
        date=build.date, machine=t("{system}, {cores} cores").format(system=build.machine, cores=build.cores), versions=versions
    )
    titles = [t("chapter"), t("claim"), t("predicted"), t("measured"), "±", t("verdict")]
    return f"{table(t('Theory, measured'), titles, groups)}<p>{escape(made)}</p>"


def _model(topic: Topic) -> str:
    """The file of the topic's model, under its name."""
    module = topic.model.partition(":")[0]
    spec = importlib.util.find_spec(module)
    assert spec is not None and spec.origin is not None
    return f"<p><code>{escape(module.replace('.', '/'))}.py</code></p>{code(Path(spec.origin).read_text(encoding='utf-8'))}"


def _live(topic: Topic, language: str, t: Words) -> str:
    """How to make it happen oneself."""
    address = f"http://localhost:8501/{topic.slug}?lang={language}"
    run, test = COMMANDS
    said = escape(t(RUN)).replace("{address}", f"<code>{escape(address)}</code>")
    return f"<p>{said}</p>{code(run)}<p>{escape(t(PASS))}</p>{code(test)}"


def _ways(topic: Topic, labs: Sequence[str], language: str, t: Words) -> str:
    """The labs before and after this one, as far as they are in the book."""
    sides = []
    for title, cards in ((t("Before this"), before(topic.slug)), (t("After this"), after(topic.slug))):
        links = "".join(
            f'<li><a href="{escape(card.slug)}.html">{escape(card.words[language]["short"])}</a></li>'
            for card in cards
            if card.slug in labs and card.slug in registry.cards()
        )
        if links:
            sides.append(f"<section><h2>{escape(title)}</h2><ul>{links}</ul></section>")
    return f'<div class="book-ways">{"".join(sides)}</div>' if sides else ""
