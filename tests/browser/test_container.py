"""The image's description, and the app run as the image runs it: nobody's user, everything read-only but two folders."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.core import registry
from tests.bench.server import ROOT, free_port, open_page, until, wait_live

USER = "10001"
# A mount namespace of its own: the app under /mnt/app and the whole root read-only, /mnt/data and a fresh /tmp writable.
CAGE = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/app /mnt/data /mnt/site-packages
mount --bind "$STAGE" /mnt/app
mount --bind "$PACKAGES" /mnt/site-packages
mount --bind "$DATA" /mnt/data
mount -t tmpfs tmpfs /tmp
mount -o remount,bind,ro /mnt/app
mount -o remount,ro /mnt
mount -o remount,bind,ro /
cd /mnt/app
exec setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
"""


def instructions() -> list[tuple[str, str]]:
    """(keyword, rest) of every instruction, continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Containerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def of(keyword: str) -> list[str]:
    return [rest for name, rest in instructions() if name == keyword]


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in of("ENV") for pair in rest.split())


def test_the_image_runs_as_a_user_without_rights_and_looks_after_itself():
    names = [name for name, _ in instructions()]
    assert of("USER") == [USER] and names.index("USER") < names.index("CMD")
    assert not {"RUN", "COPY", "ADD"} & set(names[names.index("USER") :]), "something is done as that user"
    assert len(of("HEALTHCHECK")) == 1 and "/healthz" in of("HEALTHCHECK")[0]
    assert of("VOLUME") == [environment()["LATENT_LAB_DATA"]] == ["/data"]
    assert of("EXPOSE") == ["8501"] and "--server.port=8501" in json.loads(of("CMD")[0])


def test_the_image_holds_no_secret_and_names_no_other_server():
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    assert not re.search(r"(?i)password|passwd|token|api_?key|credential", text)
    assert set(re.findall(r"https?://[^/'\"\s]+", text)) <= {"http://127.0.0.1:8501"}
    assert not of("ADD") and all("=" not in rest for rest in of("ARG")), "what an argument defaults to stays in the image"


def test_what_is_copied_is_there_and_is_not_ignored():
    ignored = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    for source in [part for rest in of("COPY") for part in rest.split()[:-1]]:
        assert (ROOT / source).exists()
        assert any(line.startswith(f"!{source}") for line in ignored), f"{source} would be left out"
    assert "*" in ignored  # whatever is not named


# ---- the app as the image runs it


@dataclass
class Caged:
    url: str
    data: Path
    errors: Path
    process: subprocess.Popen[bytes]


def stage(folder: Path) -> Path:
    """What the image's COPY lines put under /app."""
    for rest in of("COPY"):
        *sources, target = rest.split()
        for source in sources:
            place = folder / target.removeprefix("./") if (ROOT / source).is_dir() else folder / target / Path(source).name
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, place)
    return folder


def cage(command: list[str], **paths: str) -> list[str]:
    return ["unshare", "--mount", "env", *(f"{k}={v}" for k, v in paths.items()), "bash", "-c", CAGE, "cage", *command]


def python(paths: dict[str, str]) -> list[str]:
    """A Python that the image's user can run: this one, or the system's with the packages of this one."""
    own = "PYTHONPATH=/mnt/site-packages"
    system = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in ([sys.executable], [own, system]):
        attempt = cage(["env", *candidate, "-c", "import torch, streamlit"], **paths)
        tried = subprocess.run(attempt, capture_output=True, cwd="/", check=False)
        if tried.returncode == 0:
            return candidate
    pytest.skip(f"another user cannot run this Python, or nothing can be mounted here: {tried.stderr.decode()[-200:]}")


@pytest.fixture(scope="module")
def caged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caged]:
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("setpriv"):
        pytest.skip("only the superuser of a Linux machine can mount the app read-only")
    place = tmp_path_factory.mktemp("image")
    staged, data = stage(place / "app"), place / "data"
    data.mkdir(mode=0o700)
    os.chown(data, int(USER), int(USER))
    paths = {"STAGE": str(staged), "DATA": str(data), "PACKAGES": sysconfig.get_path("purelib"), "USER_ID": USER}
    variables = {**environment(), "LATENT_LAB_DATA": "/mnt/data"}
    command = ["env", "-i", f"PATH={os.environ['PATH']}", *(f"{k}={v}" for k, v in variables.items()), *python(paths)]
    port = free_port()
    arguments = [re.sub("^--server.port=.*", f"--server.port={port}", part) for part in json.loads(of("CMD")[0])]
    assert arguments[0] == "streamlit"
    errors = place / "errors"
    with errors.open("wb") as sink:
        process = subprocess.Popen(cage([*command, "-m", *arguments], **paths), cwd="/", stdout=subprocess.DEVNULL, stderr=sink)
    try:
        url = f"http://127.0.0.1:{port}"
        end = time.monotonic() + 90
        while not ready(url):
            assert process.poll() is None and time.monotonic() < end, errors.read_text()[-2000:]
            time.sleep(0.2)
        yield Caged(url, data, errors, process)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return json.load(answer)["workers"]["ready"] > 0
    except OSError:
        return False


def test_a_run_plays_and_is_saved_where_nothing_else_can_be_written(caged, chromium):
    status = Path(f"/proc/{caged.process.pid}/status").read_text()
    assert re.search(rf"^Uid:\s+{USER}\s+{USER}", status, re.MULTILINE) and re.search(r"^CapEff:\s+0+$", status, re.MULTILINE)
    page = open_page(chromium, f"{caged.url}/{next(iter(registry.topics()))}")
    wait_live(page)
    page.keyboard.press("Space")
    until(page, "() => latentLab.lastStatus.step > 5")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Save this run").click()
    page.get_by_text("up to step").wait_for()
    page.context.close()
    assert list(caged.data.rglob("*.safetensors")) and all(path.stat().st_uid == int(USER) for path in caged.data.rglob("*"))


def test_every_line_of_its_log_is_an_event(caged):
    lines = [json.loads(line) for line in caged.errors.read_text().splitlines()]
    events = [line["event"] for line in lines]
    assert "app.start" in events and "worker.ready" in events
    wrong = [line for line in lines if line["level"] in ("warning", "error", "critical")]
    assert [line for line in wrong if line["event"] != "frame.slow"] == []  # which speaks of the machine


def test_the_images_own_check_says_yes_to_it_and_no_to_a_server_that_is_gone(caged):
    check = json.loads(of("HEALTHCHECK")[0].split("CMD ", 1)[1])
    for port, well in ((caged.url.rsplit(":", 1)[1], True), (str(free_port()), False)):
        command = [sys.executable, *(part.replace("8501", port) for part in check[1:])]
        assert (subprocess.run(command, capture_output=True, check=False).returncode == 0) == well
