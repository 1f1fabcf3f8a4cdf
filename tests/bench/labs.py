"""Every lab measured the same way, in one app and one Chromium: `python -m tests.bench --all [--topic SLUG]… [--seconds S]`.

A row a lab. What is compared (the page with the bare loop, a stacked sweep with single runs) is measured one right after the other.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from engine.core import registry
from engine.core.params import BadValue, Control
from engine.core.score import Score
from engine.core.session import Session
from engine.core.topic import Topic
from engine.workers.batched import Batched, Plan, spaced
from tests.bench.__main__ import HERO, bare_rate, clear_stop, drag, page_rates, press_play, quantile
from tests.bench.crowd import family
from tests.bench.server import App, app, browser, open_page, wait_drawn, wait_live
from tests.bench.sweep import seconds as trained

ARMS = 8
PATIENCE = 60.0  # seconds that a first chapter may take before it is given up
HEAD = (
    ("lab", ""),
    ("steps/s bare", ""),
    ("live ÷ bare", "≥ .90"),
    ("pictures/s", "≥ 10"),
    ("drag → picture, p95, ms", "≤ 150"),
    ("Play → frame, s", "≤ .5"),
    ("first verdict, s", "≤ 10"),
    ("worker, MB", ""),
    ("KB a frame", ""),
    (f"sweep of {ARMS} ÷ one by one", ""),
)
REACHED = "() => latentLab.lastStatus.chapter.reached"


def table(slugs: list[str], seconds: float) -> Iterator[str]:
    """The lines of a Markdown table, each as soon as its lab is measured; what falls short of its reach is bold."""
    yield "| " + " | ".join(f"{name} ({reach})" if reach else name for name, reach in HEAD) + " |"
    yield "|---" * len(HEAD) + "|"
    torch.set_num_threads(1)
    with app() as server, browser() as chromium:
        time.sleep(6)  # warm workers
        for slug in slugs:
            cells = measure(server, chromium, registry.find(slug), seconds)
            yield "| " + " | ".join([slug, *(cells.get(name, "–") for name, _ in HEAD[1:])]) + " |"


def cell(value: float, form: str, reach: str = "") -> str:
    """A number, bold where it misses its reach."""
    text = format(value, form)
    sign, _, limit = reach.partition(" ")
    missed = bool(limit) and (value < float(limit) if sign == "≥" else value > float(limit))
    return f"**{text}**" if missed else text


def measure(server: App, chromium: Any, topic: Topic, seconds: float) -> dict[str, str]:
    """What was seen of a lab, by the name of its column."""
    reaches = dict(HEAD)
    found: dict[str, str] = {}

    def put(name: str, value: float, form: str) -> None:
        found[name] = cell(value, form, reaches[name])

    page = open_page(chromium, f"{server.url}/{topic.slug}")
    wait_live(page)
    wait_drawn(page)
    begin = time.perf_counter()
    put("Play → frame, s", press_play(page) / 1000, ".2f")
    while not page.evaluate(REACHED) and time.perf_counter() - begin < PATIENCE:
        page.wait_for_timeout(20)
    put("first verdict, s", time.perf_counter() - begin, ".1f")
    page.context.close()

    page = open_page(chromium, f"{server.url}/{topic.slug}?seed=0")  # free play at the defaults, which the bare loop has, too
    wait_live(page)
    wait_drawn(page)
    clear_stop(page)
    fastest(page)
    before = computed(server)
    press_play(page)
    page.wait_for_timeout(500)
    size = frame_size(page, 1.5)
    if page.evaluate("() => latentLab.lastStatus.state") == "playing":
        rates = page_rates(page, seconds)
        put("pictures/s", rates["frames"], ".1f")  # the next frame comes when the last one is drawn
        if page.locator(HERO).count() and (drags := drag(page)[0]):
            put("drag → picture, p95, ms", quantile(drags, 0.95), ".0f")
        page.keyboard.press("Space")
        page.wait_for_timeout(500)
        bare = bare_rate(topic.slug, seconds)
        found["steps/s bare"] = f"{bare:,.0f}" if bare >= 10 else f"{bare:.1f}"
        put("live ÷ bare", rates["step"] / bare, ".2f")
    found["worker, MB"] = f"{memory_peak(busiest(server, before)):.0f}"
    if size:
        found["KB a frame"] = f"{size / 1e3:.0f}"
    page.context.close()
    if topic.stackable:
        found[HEAD[-1][0]] = sweep(topic)
    return found


def fastest(page: Any) -> None:
    """No pace while measuring."""
    page.get_by_role("button", name="Speed, stop and seed").click()
    page.locator("select.speed").select_option("")
    page.keyboard.press("Escape")
    page.evaluate("() => document.activeElement.blur()")


def frame_size(page: Any, seconds: float) -> float:
    """Bytes that came over the page's sockets in that time, for each frame of the run."""
    came: list[int] = []
    listener = page.context.new_cdp_session(page)
    listener.on(
        "Network.webSocketFrameReceived", lambda event: came.append(len(event["response"]["payloadData"]) * 3 // 4)
    )  # Base64
    listener.send("Network.enable")
    before = page.evaluate("() => latentLab.framesReceived")
    page.wait_for_timeout(seconds * 1000)
    frames = page.evaluate("() => latentLab.framesReceived") - before
    listener.detach()
    return sum(came) / frames if frames else 0.0


def busiest(server: App, before: dict[int, float]) -> int:
    """The worker that has computed most since; `before` is what `computed` said then."""
    now = computed(server)
    return max(now, key=lambda pid: now[pid] - before.get(pid, 0.0))


def computed(server: App) -> dict[int, float]:
    """CPU seconds of each worker, by process id."""
    return {process.pid: sum(process.cpu_times()[:2]) for process in family(server)[1:]}


def memory_peak(pid: int) -> float:
    """The most resident memory that a process has had, in MB; what it shares with other workers is counted, too (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def sweep(topic: Topic) -> str:
    """Time of a stacked sweep over part of a parameter's range ÷ that of as many single runs, all from the second step on."""
    controls = [topic.params.controls()[name] for name in topic.stackable]
    plans = (across(topic, control, start) for control in controls for start in (0.25, 0.0))
    plan = next(plan for plan in plans if plan is not None)
    session = Session.begin(plan.settings(0).prefix(0), "cpu")
    session.run(steps=1)
    begin = time.perf_counter()
    session.run(steps=10)
    steps = max(20, min(topic.steps or 300, round(8 / (time.perf_counter() - begin))))  # about 0.8 s of a single run
    plan = plan.model_copy(update={"score": plan.score.model_copy(update={"steps": steps})})
    alone = trained(lambda: Session.begin(plan.settings(0).prefix(0), "cpu"), steps, look=False)
    return f"{trained(lambda: Batched(plan, 'cpu'), steps, look=False) / (len(plan.values) * alone):.2f}"


def across(topic: Topic, control: Control, start: float) -> Plan | None:
    """A plan over half of a parameter's range from this share of it on, if all of that is possible at the defaults."""
    low, high = control.low or 0.0, control.high or 0.0
    values = spaced(control, low + start * (high - low), low + (start + 0.5) * (high - low), ARMS)
    try:
        return Plan.checked(Score(topic=topic.slug, steps=1), control.name, values)
    except BadValue:
        return None
