"""Which language a reader gets, that words fall back to English, and that Chinese texts are Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from engine.core.language import (
    ASSETS,
    KIT,
    LANGUAGES,
    catalogue,
    choose,
    counted,
    fill,
    printed,
    separated,
    story,
    translate,
    translator,
)
from tests.contract.names import NAMES

CHINESE = "[\u4e00-\u9fff]"
LATIN = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'-]+")
NO_WORDS = re.compile(
    r"\{[^{}]*\}|%\{[^}]*\}|<[^>]+>|`[^`]*`|\$\$.*?\$\$|\$[^$\n]+\$"  # fields, tags, code, mathematics
    r"|https?://\S+|\]\([^)]*\)|[\w.]+\.(fm|json|csv|txt|html|zip|safetensors)\b\S*",  # addresses, files
    re.DOTALL,
)
HALF_WIDTH = re.compile(
    rf"{CHINESE}[,;:!?.](?!\w)|[,;:!?]{CHINESE}"  # a mark that touches Chinese
    rf"|\((?=[^()]*{CHINESE})|{CHINESE}\(\)|\.\.\.|{CHINESE}\"|\"{CHINESE}"  # parentheses around it, dots, straight quotes
)


@pytest.mark.parametrize(
    ("asked", "browser", "got"),
    [
        ("zh", "en-US", "zh"),
        ("en", "zh-CN", "en"),
        (None, "zh-CN", "zh"),
        (None, "zh_TW", "zh"),
        (None, "ZH-hans-cn", "zh"),
        (None, "fr-FR", "en"),
        (None, None, "en"),
        (None, "", "en"),
        ("xx", "zh", "zh"),
        ("../../etc", "en", "en"),
        (None, "zh-<script>", "en"),
        (None, "-", "en"),
        ("", "zh", "zh"),
    ],
)
def test_the_link_comes_first_then_the_browser_then_english(asked, browser, got):
    assert choose(asked, browser) == got


def test_a_word_without_a_translation_stays_english():
    assert translate("no such sentence anywhere", "zh", "nothing") == "no such sentence anywhere"
    assert translate("Gallery", "zh", "nothing") == "展厅"
    assert translator("en", "nothing")("Gallery") == "Gallery"


@pytest.mark.parametrize(
    ("said", "shown"),
    [("-1.5", "−1.5"), ("(-2; 3)", "(−2; 3)"), ("6e-08", "6·10⁻⁸"), ("-1e-16 rad", "−10⁻¹⁶ rad"), ("1.77e+03", "1.77·10³"), ("0e+00", "0"),
     ("-0.00", "0.00"), ("5e+00", "5"), ("-∞", "−∞"), ("β=-1,000.5%", "β=−1,000.5%"),
     ("x-1 in 3-4, K-means, 2026-11-29", "x-1 in 3-4, K-means, 2026-11-29"), ("#e2e-5f", "#e2e-5f")],
)  # fmt: skip
def test_numbers_stand_in_sentences_as_they_are_printed(said, shown):
    assert printed(said) == shown
    assert printed(shown) == shown


def test_numbers_come_with_separated_thousands_and_seeds_do_not():
    assert fill(
        "{a} of {b:.0f}, {c:.1%}, seed {seed}, {d:.2f}", {"a": 12345, "b": 1234.0, "c": 20.0, "seed": 1234, "d": -999.5}
    ) == ("12,345 of 1,234, 2,000.0%, seed 1234, −999.50")
    assert [separated(said) for said in ("1e-05", "0.12345", "1234567.25", "adam 2014", "999")] == [
        "1e-05", "0.12345", "1,234,567.25", "adam 2014", "999",
    ]  # fmt: skip


def test_what_a_run_has_not_is_taken_from_elsewhere_and_marked():
    grey = "<{}>".format
    said = fill("{a:.1f} {b:.1f} {c} $x_{a}$", {"a": 1.0, "b": float("nan")}, {"a": 3.0, "b": 2.0}, mark=grey, missing="?")
    assert said == "1.0 <2.0> <?> $x_{a}$"
    assert fill("{a}", {}) == "–"


def test_a_count_has_its_singular_and_its_thousands():
    assert counted(str, 1, "1 change", "{count} changes") == "1 change"
    assert counted(str, 0, "1 change", "{count} changes") == "0 changes"
    assert counted(translator("zh"), 12000, "1 step", "{count} steps") == "12,000 步"


# ---- what a Chinese page shows


def chinese_texts() -> Iterator[tuple[str, str]]:
    """(where, text) of everything of ours on a Chinese page, without mathematics, code, fields and addresses."""
    for file in sorted((ASSETS / "translations" / "zh").glob("*.po")):
        for message in catalogue("zh", file.stem):
            if message.id:
                yield f"{file.name}: {message.id}", NO_WORDS.sub(" ", str(message.string))
    for file in sorted((ASSETS / "text" / "zh").glob("*.md")):
        for key, text in story("zh", file.stem).items():
            if key != "sources":  # titles stand there as they were published
                words = text.partition("\n")[0] if key == "title" else text
                yield f"{file.name}: {key}", NO_WORDS.sub(" ", words)


def test_no_latin_word_stands_in_chinese_but_names_symbols_and_units():
    assert [f"{word} in {where}" for where, text in chinese_texts() for word in LATIN.findall(text) if word not in NAMES] == []


def test_every_name_that_is_allowed_is_used():
    used = {word for _, text in chinese_texts() for word in LATIN.findall(text)}
    assert sorted(NAMES - used) == []


def test_punctuation_between_chinese_characters_is_full_width():
    assert [f"{found[0]} in {where}" for where, text in chinese_texts() for found in HALF_WIDTH.finditer(text)] == []


def test_every_label_of_the_browsers_part_is_translated():
    source = (ASSETS / "lab" / "base" / "labels.js").read_text(encoding="utf-8")
    labels = re.findall(r"^  \w+: '((?:[^'\\]|\\.)*)',$", source, re.MULTILINE)
    assert len(labels) > 100
    known = {message.id for message in catalogue("zh", KIT) if message.string}
    assert [text for text in labels if LATIN.search(NO_WORDS.sub(" ", text)) and text not in known] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_formula_on_its_own_line_has_blank_lines_around_it(language):
    """Without them it would be set inside the line of words before it."""
    close = []
    for file in sorted((ASSETS / "text" / language).glob("*.md")):
        lines = ["", *file.read_text(encoding="utf-8").splitlines(), ""]
        for place, line in enumerate(lines):
            inside = "$$" in line and not (line.startswith("$$") and "$$" in line[2:] and line.count("$$") == 2)
            if inside or (line.startswith("$$") and (lines[place - 1] or lines[place + 1])):
                close.append(f"{file.name}: {line}")
    assert close == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_of_thousands_are_grouped_in_words(language):
    """But for years, and what is mathematics, code or an address."""
    for file in sorted((ASSETS / "text" / language).glob("*.md")):
        for key, text in story(language, file.stem).items():
            if key != "sources":
                numbers = re.findall(r"(?<![\d.,:/])\d{4,}(?![\d,])", NO_WORDS.sub(" ", text))
                assert [one for one in numbers if not 1900 <= int(one) <= 2030] == [], f"{file.name}, {key}"
