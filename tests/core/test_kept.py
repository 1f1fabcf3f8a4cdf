"""What is computed once and kept in the data folder: it comes back bit for bit or not at all, and no fault reaches who asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.core import kept, registry

ARRAYS = {"weights": np.random.default_rng(0).standard_normal((7, 5)).astype(np.float32), "course": np.array([0.1, np.nan])}
KEY = {"what": "test", "seed": 3, "zipf": 0.1}
ROOT = registry.ROOT.parent


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of what is kept, which does not exist yet."""
    monkeypatch.setenv("LATENT_LAB_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / kept.ROOM


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that another user may look into (pytest's own are closed to them)."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    (folder / kept.ROOM).chmod(0o755)
    shutil.rmtree(folder)


def the_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def same(found: dict[str, np.ndarray] | None) -> bool:
    return found is not None and {name: (a.dtype, a.shape, a.tobytes()) for name, a in found.items()} == {
        name: (a.dtype, a.shape, a.tobytes()) for name, a in ARRAYS.items()
    }


def test_what_is_kept_comes_back_bit_for_bit_under_its_key_alone(folder):
    assert kept.recall(KEY) is None and not folder.parent.exists(), "asking writes nothing"
    kept.keep(KEY, ARRAYS)
    found = kept.recall(KEY)
    assert same(found)
    found["weights"][:] = 0  # it is one's own
    assert same(kept.recall(dict(reversed(KEY.items()))))
    assert [kept.recall(KEY | other) for other in ({"seed": 4}, {"zipf": 0.1 + 1e-12}, {"more": None})] == [None] * 3


def test_a_damaged_or_foreign_file_is_removed(folder):
    kept.keep(KEY, ARRAYS)
    file = the_file(folder)
    whole = file.read_bytes()
    flipped = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), 7)]
    kept.keep(KEY | {"seed": 4}, ARRAYS)
    (other,) = set(folder.iterdir()) - {file}
    for raw in (*flipped, b"", whole[:9], whole[:-1], whole + b"\0", b"\x80\x04K\x01.", other.read_bytes()):
        file.write_bytes(raw)
        assert kept.recall(KEY) is None and not file.exists()
    kept.keep(KEY, ARRAYS)
    assert same(kept.recall(KEY))


def test_what_was_used_least_lately_makes_room(folder, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 3)
    left = folder / "tmp_of_a_process_that_was_killed"
    for seed in range(3):
        kept.keep(KEY | {"seed": seed}, ARRAYS)
        os.utime(max(folder.iterdir(), key=lambda file: file.stat().st_mtime_ns), (seed, seed))
    assert same(kept.recall(KEY | {"seed": 0}))  # now 1 is the oldest
    kept.keep(KEY, ARRAYS)
    assert [kept.recall(KEY | {"seed": seed}) is not None for seed in range(4)] == [True, False, True, True]
    left.touch()
    os.utime(left, (0, 0))
    kept.keep(KEY | {"seed": 5}, ARRAYS)
    assert len(list(folder.iterdir())) == 3 and not left.exists()
    monkeypatch.setattr(kept, "BYTES", 1)
    kept.keep(KEY | {"seed": 6}, ARRAYS)
    assert len(list(folder.iterdir())) == 1 and same(kept.recall(KEY | {"seed": 6}))


CHILD = """
import os, resource, sys
import numpy as np
from engine.core import kept
fault = sys.argv[1]
if fault == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
elif os.geteuid() == 0:
    os.seteuid(65534)  # root may write everywhere
kept.keep({"fault": fault}, {"a": np.zeros(999)})
print(kept.recall({"fault": fault}), kept.recall({"there": "before"})["a"].tolist())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files, and rights of folders")
@pytest.mark.parametrize("fault", ["full", "read-only"])
def test_a_full_disk_or_a_read_only_folder_costs_the_cache_alone(open_folder, monkeypatch, fault):
    monkeypatch.setenv("LATENT_LAB_DATA", str(open_folder))
    kept.keep({"there": "before"}, {"a": np.arange(2)})
    folder = open_folder / kept.ROOM
    file = the_file(folder)
    file.chmod(0o644)
    folder.chmod(0o555 if fault == "read-only" else 0o755)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, fault], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "None [0, 1]\n"), done.stderr
    assert list(folder.iterdir()) == [file], "half a file is left"


@pytest.mark.parametrize("place", ["file/below", "~nobody of this name"])
def test_a_folder_that_cannot_be_is_none(tmp_path, monkeypatch, place):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LATENT_LAB_DATA", place if place[0] == "~" else str(tmp_path / place))
    kept.keep(KEY, ARRAYS)
    assert kept.recall(KEY) is None


MANY = """
import numpy as np
from engine.core import kept
for turn in range(50):
    kept.keep({"shared": True}, {"a": np.full(20_000, 7.0)})
    found = kept.recall({"shared": True})
    assert found is not None and (found["a"] == 7).all()
"""


def test_processes_that_keep_the_same_at_once_do_not_meet(folder):
    running = [subprocess.Popen([sys.executable, "-c", MANY], cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    ends = [(process.communicate(timeout=120)[1], process.returncode) for process in running]
    assert ends == [("", 0)] * 3
    assert len(list(folder.iterdir())) == 1


def test_a_fingerprint_is_of_the_text_and_there_is_none_without_one(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    found = []
    for text in ("A = 1\n", "A = 10\n", "A = 1\n"):
        (tmp_path / "some_module_of_a_test.py").write_text(text)
        sys.modules.pop("some_module_of_a_test", None)
        found.append(kept.fingerprint([__import__("some_module_of_a_test")]))
    assert found[0] == found[2] != found[1] and len(found[0]) == 64
    assert kept.fingerprint([kept, sys]) == "", "what has no text has no fingerprint"
