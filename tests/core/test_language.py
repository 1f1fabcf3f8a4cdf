"""Which language a reader gets, and that words fall back to English."""

from __future__ import annotations

import pytest

from engine.core.language import choose, translate, translator


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
