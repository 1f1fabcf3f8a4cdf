"""Hands on a lab: every control brought to both ends, every button pressed, the keys."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from engine.core import registry
from engine.core.language import chapter_words, translator
from engine.core.params import Control
from pages.kit.ui.take_home import KINDS
from tests.browser.walk import SEEN, Visit, lowest

SMALL = {"width": 900, "height": 500}  # little to draw; on a phone Compare is not shown
# What can be pressed, but not what changes the language or opens a window of the system.
PRESSABLE = f"""({SEEN})('button, [role="menuitem"]')
  .filter((node) => !node.disabled && !node.closest('header, .st-key-language, [data-testid=stFileUploader]'))"""
NAME = "((node) => (node.ariaLabel || node.innerText || node.title || '').trim())"
BUTTONS = f"""() => {PRESSABLE}.map((node) => ({{
  name: {NAME}(node), modal: Boolean(node.closest('[role=dialog]')), reruns: node.getRootNode() === document }}))"""
PRESS = f"(name) => {{ {PRESSABLE}.find((node) => {NAME}(node) === name)?.click(); }}"
PAUSE = f"(name) => {{ if (latentLab.lastStatus.state === 'playing') ({PRESS})(name); }}"
TAKEN = "JSON.stringify(s.params[arg[0]]) === JSON.stringify(arg[1]) || s.problems?.[arg[0]]"
OFFERED = ".lab-player :is(button.compare:not([disabled]), .twins button)"
EXPECTED = ("Play", "Step", "Reset", "Compare", "Save this run", "Share this run", "Take it home")


def keys_answer(one: Visit) -> None:
    """R brings the run to its start, an arrow one step on. What was pressed last may still be on its way, a chapter or a model of
    the sweep: it then replaces the run under the keys, and they are pressed again, as a person would."""
    for _ in range(3):
        with suppress(AssertionError):
            one.wait("['playing', 'paused', 'finished'].includes(s.state)")
            if one.status["state"] == "playing":
                one.page.keyboard.press("Space")
                one.wait("s.state !== 'playing'")
            one.page.keyboard.press("r")
            one.wait("s.state === 'paused' && s.step === 0")
            one.page.keyboard.press("ArrowRight")
            one.wait("s.step === 1")
            return
    pytest.fail(f"the keys do nothing: {one.status}")


def turn_controls(one: Visit, slug: str) -> None:
    """Each end is taken, or refused with a word on why; at the end all are back at their defaults."""
    one.page.set_viewport_size(SMALL)
    params = registry.topics()[slug].params
    upper = params().upper_ends(None)
    controls = {name: replace(c, high=upper.get(name, c.high)) for name, c in params.controls().items() if not c.hidden}

    def field(name: str) -> Any:
        """While the hero changes, an old one may still be there, hidden or for a moment beside the new one."""
        return one.page.locator(f".control[data-name='{name}']:visible").first

    for name, control in controls.items():
        if control.type == "choice" and all(option.isdigit() for option in control.options):  # its slider may end sooner by now
            most = params.build(one.status["params"]).upper_ends(None).get(name, math.inf)
            control = replace(control, options=tuple(option for option in control.options if int(option) <= most))
        for value in ends(control):
            if not field(name).is_visible():  # it does nothing under what the others are at
                break
            bring(field(name), control, value)
            one.wait(TAKEN, [name, told(value)], timeout=60_000)
    for _ in range(4):  # not earlier: small models start fast; one that comes back may bring another into sight
        away = [name for name, control in controls.items() if one.status["params"][name] != told(control.default)]
        for name in away:
            if field(name).is_visible():
                bring(field(name), controls[name], controls[name].default)
                one.wait("JSON.stringify(s.params[arg[0]]) === JSON.stringify(arg[1])", [name, told(controls[name].default)])
    away = [name for name, control in controls.items() if one.status["params"][name] != told(control.default)]
    assert [name for name in away if field(name).is_visible()] == []


def ends(control: Control) -> list[Any]:
    """The values a control is brought to before its default: the ends of a range, the first and the last option, all and few."""
    match control.type:
        case "number" | "integer":
            return [control.high, lowest(control)]
        case "toggle":
            return [not control.default]
        case "choices":
            return [list(control.options), list(control.options[: control.least])]
        case _:
            return [option for option in (control.options[-1], control.options[0]) if option != control.default]


def told(value: Any) -> Any:
    """A value as the browser has it."""
    return list(value) if isinstance(value, tuple) else value


def bring(field: Any, control: Control, value: Any) -> None:
    """Bring one control to a value as a person does."""
    match control.type:
        case "number" | "integer" if value in (lowest(control), control.high):
            field.get_by_role("slider").press("End" if value == control.high else "Home")
        case "number" | "integer":
            field.locator("input.entry").fill(str(value))
            field.locator("input.entry").press("Enter")
        case "toggle":
            field.get_by_role("switch").set_checked(value)
        case "choices":
            # Those that come first, so that never too few are chosen.
            for chip in sorted(field.locator("input").all(), key=lambda chip: chip.get_attribute("value") not in value):
                if chip.is_checked() != (chip.get_attribute("value") in value):
                    chip.dispatch_event("click")  # what is seen is its label
        case _ if field.locator("select").count():
            field.locator("select").select_option(value)
        case _ if field.get_by_role("slider").count():
            field.get_by_role("slider").fill(str(control.options.index(value)))
        case _:
            field.locator(f"input[value='{value}']").dispatch_event("click")


def press_buttons(one: Visit, slug: str, language: str, pressed: list[str]) -> None:
    """Whatever a button opens is walked, too, before it is closed; what was pressed once is not pressed again."""
    page = one.page
    page.set_viewport_size(SMALL)
    t = translator(language, slug)
    dialogs = (t("Share this run"), t("Take it home"))
    files = (*(t(kind.title) for kind in KINDS), t("History (HTML)"))  # each is asked for in test_take_home.py
    names = [chapter_words(language, slug, chapter.name).title for chapter in registry.find(slug).chapters]
    chapters = [f"{number} {title}" for number, title in enumerate(names, 1)]  # one that was seen has a tick and no number
    closing, compare = ("Close", t("Close")), t("Compare")
    for _ in range(300):
        here = page.evaluate(BUTTONS)
        modal = any(button["modal"] for button in here)
        if t("Pause") in pressed:
            page.evaluate(PAUSE, t("Pause"))  # what plays on behind the next buttons shows nothing more
        known = (*pressed, *closing, *(title for title, chip in zip(names, chapters, strict=True) if chip in pressed))
        left = [b for b in here if b["modal"] == modal and b["name"] not in known and not b["name"].endswith(files)]
        if not left and not modal:
            if compare in pressed:
                break
            page.locator(
                f"{OFFERED} >> visible=true"
            ).first.wait_for()  # once the run is there; a chapter may bring a twin itself
            continue
        button = left[0] if left else next((b for b in here if b["modal"] and b["name"] in closing), None)
        if button is None:  # what stands behind the player's buttons closes by key
            page.keyboard.press("Escape")
            continue
        name = button["name"]
        page.evaluate(PRESS, name)
        if name.endswith(dialogs):
            page.get_by_role("dialog").wait_for()
        if button["reruns"]:
            page.wait_for_timeout(30)
            one.quiet()
        pressed.append(name)
    else:
        pytest.fail(f"there is always another button: {pressed[-20:]}")
    wanted = [*chapters, *(t(title) for title in EXPECTED)]
    assert [title for title in wanted if not any(name.endswith(title) for name in pressed)] == []
    assert not re.search(r"Traceback|Error:", page.locator("[data-testid=stMain]").inner_text())
