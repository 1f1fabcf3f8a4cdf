"""Which language a reader gets, and that words fall back to English."""

from __future__ import annotations

import pytest

from engine.core.language import choose, fill, separated, translate, translator


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


def test_numbers_come_with_separated_thousands_and_seeds_do_not():
    assert fill(
        "{a} of {b:.0f}, {c:.1%}, seed {seed}, {d:.2f}", {"a": 12345, "b": 1234.0, "c": 20.0, "seed": 1234, "d": -999.5}
    ) == ("12,345 of 1,234, 2,000.0%, seed 1234, -999.50")
    assert [separated(said) for said in ("1e-05", "0.12345", "1234567.25", "adam 2014", "999")] == [
        "1e-05", "0.12345", "1,234,567.25", "adam 2014", "999",
    ]  # fmt: skip


def test_what_a_run_has_not_is_taken_from_elsewhere_and_marked():
    grey = "<{}>".format
    said = fill("{a:.1f} {b:.1f} {c} $x_{a}$", {"a": 1.0, "b": float("nan")}, {"a": 3.0, "b": 2.0}, mark=grey, missing="?")
    assert said == "1.0 <2.0> <?> $x_{a}$"
    assert fill("{a}", {}) == "–"
