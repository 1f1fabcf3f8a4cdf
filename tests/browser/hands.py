"""Hands on a lab: every control brought to both ends, every button pressed, the keys."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import TimeoutError

from engine.core import registry
from engine.core.language import chapter_words, translator
from engine.core.params import Control
from pages.kit.ui.take_home import KINDS
from tests.bench.server import PATIENCE
from tests.browser.walk import SEEN, Visit, lowest

SMALL = {"width": 900, "height": 500}  # little to draw; on a phone Compare is not shown
# What can be pressed, but not what changes the language or opens a window of the system.
PRESSABLE = f"""({SEEN})('button, [role="menuitem"]')
  .filter((node) => !node.disabled && !node.closest('header, .st-key-language, [data-testid=stFileUploader]'))"""
# One look at the page: presses what comes next and says what that was, and how much there was to press. An open dialog goes first.
NEXT = f"""([known, closing, files, pause]) => {{
  const all = {PRESSABLE}.map((node) => ({{
    node, name: (node.ariaLabel || node.innerText || node.title || '').trim(), modal: Boolean(node.closest('[role=dialog]')) }}));
  // What plays on behind the next buttons shows nothing more.
  if (pause && latentLab.lastStatus.state === 'playing') all.find(({{ name }}) => name === pause)?.node.click();
  const modal = all.some((one) => one.modal);
  const left = all.filter(({{ name, modal: inside }}) => inside === modal && !known.includes(name) && !closing.includes(name)
    && !files.some((file) => name.endsWith(file)));
  const next = left[0] ?? all.find((one) => one.modal && closing.includes(one.name));
  next?.node.click();
  return {{ modal, name: next?.name, reruns: next?.node.getRootNode() === document }};
}}"""
# Presses every control's way back to its default, and says which there were.
BACK = f"""() => ({SEEN})('.control .undo').map((node) => {{ node.click(); return node.closest('.control').dataset.name; }})"""
STANDARD = "Object.entries(arg).every(([name, value]) => JSON.stringify(s.params[name]) === JSON.stringify(value))"
TAKEN = "JSON.stringify(s.params[arg[0]]) === JSON.stringify(arg[1]) || s.problems?.[arg[0]]"
OFFERED = ".lab-player :is(button.compare:not([disabled]), .twins button)"
EXPECTED = ("Play", "Step", "Reset", "Compare", "Save this run", "Share this run", "Take it home")


def keys_answer(one: Visit) -> None:
    """R brings the run to its start, an arrow one step on. What was pressed last may still be on its way, a chapter or a model of
    the sweep: it then replaces the run under the keys, and they are pressed again, as a person would."""
    for patience in (10_000, 20_000, PATIENCE):
        with suppress(AssertionError):
            one.wait("['playing', 'paused', 'finished'].includes(s.state)", timeout=patience)
            if one.status["state"] == "playing":
                one.page.keyboard.press("Space")
                one.wait("s.state !== 'playing'", timeout=patience)
            one.page.keyboard.press("r")
            one.wait("s.state === 'paused' && s.step === 0", timeout=patience)
            one.page.keyboard.press("ArrowRight")
            one.wait("s.step === 1", timeout=patience)
            return
    pytest.fail(f"the keys do nothing: {one.status}")


def turn_controls(one: Visit, slug: str) -> None:
    """Each end is taken, or refused with a word on why; at the end all are back at their defaults."""
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
    numbers = (name for name, control in controls.items() if control.type in ("number", "integer"))
    if (name := next((name for name in numbers if field(name).is_visible()), None)) is not None:  # one is typed
        bring(field(name), controls[name], controls[name].default)
        one.wait(TAKEN, [name, told(controls[name].default)])
    standard = {name: told(control.default) for name, control in controls.items()}
    for _ in range(4):  # not earlier: small models start fast; one that comes back may bring another into sight
        back = one.page.evaluate(BACK)  # all at once
        if not back:
            break
        one.wait(STANDARD, {name: standard[name] for name in back if name in standard})
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


def open_dialog(one: Visit, name: str) -> None:
    """Wait for the dialog of a button that was pressed; pressed while the page was drawn anew, it is pressed again, as a person would."""
    dialog = one.page.get_by_role("dialog")
    for _ in range(3):
        with suppress(TimeoutError):
            dialog.wait_for(timeout=20_000)
            return
        one.quiet()
        one.page.get_by_role("button", name=name).first.dispatch_event("click")
    dialog.wait_for()


def press_buttons(one: Visit, slug: str, language: str, pressed: list[str]) -> None:
    """Whatever a button opens is walked, too, before it is closed; what was pressed once is not pressed again."""
    page = one.page
    t = translator(language, slug)
    dialogs = (t("Share this run"), t("Take it home"))
    files = (*(t(kind.title) for kind in KINDS), t("History (HTML)"))  # each is asked for in test_take_home.py
    names = [chapter_words(language, slug, chapter.name).title for chapter in registry.find(slug).chapters]
    chapters = [f"{number} {title}" for number, title in enumerate(names, 1)]  # one that was seen has a tick and no number
    closing, compare = ("Close", t("Close")), t("Compare")
    for _ in range(300):
        known = (*pressed, *(title for title, chip in zip(names, chapters, strict=True) if chip in pressed))
        button = page.evaluate(NEXT, [known, closing, files, t("Pause") if t("Pause") in pressed else ""])
        name = button.get("name")
        if name is None and button["modal"]:  # what stands behind the player's buttons closes by key
            page.keyboard.press("Escape")
            continue
        if name is None:
            if compare in pressed:
                break
            page.locator(
                f"{OFFERED} >> visible=true"
            ).first.wait_for()  # once the run is there; a chapter may bring a twin itself
            continue
        if name.endswith(dialogs):
            open_dialog(one, name)
        if button["reruns"]:
            page.wait_for_timeout(30)
            one.quiet()
        pressed.append(name)
    else:
        pytest.fail(f"there is always another button: {pressed[-20:]}")
    wanted = [*chapters, *(t(title) for title in EXPECTED)]
    assert [title for title in wanted if not any(name.endswith(title) for name in pressed)] == []
    assert not re.search(r"Traceback|Error:", page.locator("[data-testid=stMain]").inner_text())
