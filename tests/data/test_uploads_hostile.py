"""Uploads that are hostile or broken are named, and nothing in a file is ever executed."""

from __future__ import annotations

import pickletools
import re
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data import images, uploads
from engine.data.errors import UploadError
from engine.data.uploads import read_upload
from tests.data.upload_files import ALL, PAYLOAD, archive, huge_png, image, npy, npy_with_header, pictures, plain_png

# ---- what is hostile or broken: (file, contents, what the message must say)


class Bomb:
    """A pickle that would leave a file behind when it is opened."""

    target = ""

    def __reduce__(self):
        return (Path.touch, (Path(self.target),))


def pickled(tmp: Path) -> bytes:
    Bomb.target = str(tmp)
    return npy(np.array([[Bomb(), Bomb()]], object))


BAD = {
    "empty": ("x.csv", b"", "empty"),
    "no suffix": ("data", b"1,2\n3,4", "files that end in csv"),
    "other type": ("x.exe", b"MZ", "files that end in csv"),
    "pickle file": ("x.pkl", b"cos\nsystem\n", "files that end in csv"),
    "npz": ("x.npz", b"PK", "files that end in csv"),
    "svg": ("x.svg", b"<svg onload=alert(1)>", "files that end in csv"),
    "too large": ("x.csv", b"1,2\n" * (2 * 2**20), "at most 5 MB"),
    "ragged": ("x.csv", b"1,2\n3,4,5\n", "line 2: 3 values, but the first line has 2"),
    "ragged after a header": ("x.csv", b"a,b\n1,2\n3\n", "line 3: 1 values"),
    "words": ("x.csv", b"1,2\n3,four\n", "line 2: “four” is not a number"),
    "words below a header": ("x.csv", b"a,b\nc,d\n", "line 2: “c” is not a number"),
    "payload cell": ("x.csv", f"1,2\n3,{PAYLOAD}\n".encode(), re.escape(PAYLOAD)),
    "NaN column": ("x.csv", b"a,b\n1,nan\n2,nan\n", "row 1, column 2 is not a finite number .“nan”; such values: 2"),
    "infinite": ("x.csv", b"1,2\ninf,4\n", "row 2, column 1 is not a finite number"),
    "overflow": ("x.csv", b"1,2\n1e999,4\n", "row 2, column 1 is not a finite number"),
    "beyond float32": ("x.csv", b"1,2\n1e300,4\n", "beyond ±1e15"),
    "empty cell": ("x.csv", b"1,2\n,4\n", "line 2, row 2, column 1 is not a finite number .“”; such values: 1"),
    "only a header": ("x.csv", b"a,b\n", "fewer than 2 samples"),
    "blank lines": ("x.csv", b"\n\n\n", "fewer than 2 samples"),
    "one row": ("x.csv", b"1,2\n", "fewer than 2 samples"),
    "all the same": ("x.csv", b"1,2\n1,2\n", "all samples are the same"),
    "too many rows": ("x.csv", b"1\n2\n" * 10_001, "larger than 20,000 rows"),
    "too many columns": ("x.csv", (b",".join([b"1"] * 1025) + b"\n") * 2, "larger than 20,000 rows of 1,024"),
    "huge field": ("x.csv", b'"' + b"1" * 200_000 + b'"\n2\n', "not a CSV file"),
    "open quote": ("x.csv", b'1,2\n"3,4\n', "line 2"),
    "latin-1": ("x.csv", "ä,b\n1,ä\n3,4".encode("latin-1"), "save it as “CSV UTF-8”"),
    "utf-16 without a mark": ("x.csv", "1,2\n3,4".encode("utf-16-le"), "binary data"),
    "binary csv": ("x.csv", b"1,2\n\0\0,4\n", "binary data"),
    "png as csv": ("x.csv", image(), "binary data"),
    "text as npy": ("x.npy", b"1,2\n3,4", "not an NPY file"),
    "zip as npy": ("x.npy", archive({"x": b"1"}), "not an NPY file"),
    "truncated npy": ("x.npy", npy(np.ones((50, 50)))[:-8], "damaged NPY"),
    "npy of a head": ("x.npy", b"\x93NUMPY\x01\x00", "damaged NPY"),
    "npy of an unknown version": ("x.npy", b"\x93NUMPY\x09\x00" + b"\0" * 100, "damaged NPY"),
    "npy of 10^12 elements": (
        "x.npy",
        npy_with_header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({10**12},)}}"),
        "damaged NPY",
    ),
    "npy of 10^24 elements": (
        "x.npy",
        npy_with_header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({10**12}, {10**12})}}"),
        "damaged NPY",
    ),
    "npy of 4·10^9 elements": (
        "x.npy",
        npy_with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (2000000, 2000)}"),
        "damaged NPY",
    ),
    "npy of negative size": (
        "x.npy",
        npy_with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-4, 2)}"),
        "damaged NPY",
    ),
    "npy with code for a head": ("x.npy", npy_with_header("__import__('os').system('touch /tmp/owned')"), "damaged NPY"),
    "npy with an open bracket": ("x.npy", npy_with_header("{'descr': ("), "damaged NPY"),
    "npy with deep brackets": ("x.npy", npy_with_header("(" * 9000), "damaged NPY"),
    "npy with an open string": ("x.npy", npy_with_header("{'descr': '''"), "damaged NPY"),
    "npy with another head": ("x.npy", npy_with_header("{'shape': 3}"), "damaged NPY"),
    "npy with an impossible dtype": (
        "x.npy",
        npy_with_header("{'descr': 'nonsense', 'fortran_order': False, 'shape': (2, 2)}"),
        "damaged NPY",
    ),
    "npy with an unhashable head": ("x.npy", npy_with_header("{[]: 1}"), "damaged NPY"),
    "npy of objects without a pickle": (
        "x.npy",
        npy_with_header("{'descr': '|O', 'fortran_order': False, 'shape': (2, 2)}"),
        "pickle",
    ),
    "structured npy": ("x.npy", npy(np.zeros((3, 2), [("a", "f4"), ("b", "i4")])), "not numbers"),
    "npy of text": ("x.npy", npy(np.array([["a", "b"], ["c", "d"]])), "not numbers"),
    "npy of complex": ("x.npy", npy(np.ones((3, 2), complex)), "not numbers"),
    "npy of dates": ("x.npy", npy(np.zeros((3, 2), "datetime64[s]")), "not numbers"),
    "npy of nothing": ("x.npy", npy(np.zeros((0, 3))), "fewer than 2"),
    "npy without columns": ("x.npy", npy(np.zeros((3, 0))), "fewer than 2"),
    "npy with empty pictures": ("x.npy", npy(np.zeros((3, 0, 2))), "fewer than 2"),
    "npy scalar": ("x.npy", npy(np.array(3.0)), "has shape"),
    "npy vector": ("x.npy", npy(np.arange(5.0)), "has shape"),
    "npy with NaN": ("x.npy", npy(np.array([[1, np.nan], [2, 3]])), "row 1, column 2"),
    "npy of huge integers": ("x.npy", npy(np.array([[1, 2**62], [2, -(2**63)]])), "beyond ±1e15"),
    "png of 30000 × 30000": ("x.png", huge_png(30_000, 30_000), "pixels"),
    "png of 9000 × 9000": ("x.png", huge_png(9_000, 9_000), "9,000 × 9,000 pixels; at most 4,000,000"),
    "png of 2^31 × 2^31": ("x.png", huge_png(2**31 - 1, 2**31 - 1), "pixels|not a PNG"),
    "png of 0 × 0": ("x.png", huge_png(0, 0), "not a PNG"),
    "png too small to cut": ("x.png", image(size=(28, 28)), "too small or too narrow to be cut into patches of 28 × 28"),
    "png too narrow to cut": ("x.png", image(size=(20, 900)), "too narrow"),
    "png of one colour": ("x.png", plain_png(60, 60), "all samples are the same"),
    "truncated png": ("x.png", image(size=(200, 200))[:2000], "not a PNG or JPEG"),
    "truncated jpeg": ("x.jpg", image(size=(200, 200), form="JPEG")[:600], "not a PNG or JPEG"),
    "gif as png": ("x.png", image(form="GIF"), "not a PNG or JPEG"),
    "tiff as jpg": ("x.jpg", image(form="TIFF"), "not a PNG or JPEG"),
    "html as png": ("x.png", f"<html>{PAYLOAD}".encode(), "not a PNG or JPEG"),
    "zip with a huge png": ("x.zip", archive({**pictures(), "big.png": huge_png(30_000, 30_000)}), "big.png has more than"),
    "not a zip": ("x.zip", b"PK\x03\x04" + b"\0" * 100, "not a ZIP"),
    "html as zip": ("x.zip", PAYLOAD.encode(), "not a ZIP"),
    "truncated zip": ("x.zip", archive(pictures())[:-30], "not a ZIP"),
    "zip without images": ("x.zip", archive({"a.txt": b"1", "b.py": b"import os"}), "fewer than 2 images"),
    "empty zip": ("x.zip", archive({}), "fewer than 2 images"),
    "zip of one image": ("x.zip", archive(pictures(1)), "fewer than 2 images"),
    "zip of equal images": ("x.zip", archive({"a.png": image(0), "b.png": image(0)}), "all samples are the same"),
    "zip of broken images": ("x.zip", archive({"a.png": b"x", "b.png": b"y"}), "a.png is not a PNG"),
    "zip with a payload for a name": ("x.zip", archive({f"{PAYLOAD}.png": b"x"}), "<img src=x onerror=alert"),
    "zip with too many images": (
        "x.zip",
        archive({f"{i}.png": b"" for i in range(5001)}, zipfile.ZIP_STORED),
        "holds 5,001 images",
    ),
    "zip in a zip": ("x.zip", archive({"inner.zip": archive(pictures())}), "fewer than 2 images"),
    "zip bomb": ("x.zip", archive({**pictures(), "zeros.bin": b"\0" * (65 * 2**20)}), "unpack to more than 64 MB"),
    "zip bomb in a png": ("x.zip", archive({**pictures(), "zeros.png": b"\0" * (6 * 2**20)}), "unpack to more than 64 MB"),
    "binary text": ("x.txt", b"a\0b", "binary data"),
    "text of another encoding": ("x.txt", b"\xff\xfea", "begins as UTF-16, but cannot be read as that"),
    "text that is too long": ("x.txt", b"a" * 600_000, "at most 500,000"),
}


@pytest.mark.parametrize(("name", "data", "says"), BAD.values(), ids=BAD.keys())
@pytest.mark.filterwarnings("ignore")
def test_a_file_that_is_not_what_it_should_be_is_refused_with_its_name_and_a_reason(name, data, says):
    with pytest.raises(UploadError, match=says) as caught:
        read_upload(name, data, ALL)
    assert caught.value.template.format(**caught.value.fields) == str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_pickled_npy_is_refused_and_nothing_in_it_is_executed(tmp_path):
    owned = tmp_path / "owned"
    data = pickled(owned)
    with pytest.raises(UploadError, match=r"Python objects .a pickle., which are never opened"):
        read_upload("x.npy", data, ALL)
    assert not owned.exists()
    # What opening it would do, read without opening it: it would call Path.touch for that file.
    told = {argument for _, argument, _ in pickletools.genops(data[data.index(b"\x80") :])}
    assert {"Path.touch", owned.name} <= told


@pytest.mark.parametrize("limit", [4, 8, 16])
def test_a_zip_that_lies_about_its_sizes_is_never_unpacked_beyond_the_limit(limit):
    data = archive({"a.png": b"\0" * (limit * 2**20), "b.png": image()})
    true, told = struct.pack("<I", limit * 2**20), struct.pack("<I", 100)
    assert data.count(true) == 2  # in the local head and in the directory
    tracemalloc.start()
    with pytest.raises(UploadError):
        read_upload("x.zip", data.replace(true, told), ALL)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * images.MAX_BYTES


@pytest.mark.parametrize(
    "name", ["../../../tmp/owned.png", "/tmp/owned.png", "a/b/c/d.png", "..\\..\\owned.png", "C:\\owned.png"]
)
def test_paths_inside_a_zip_lead_nowhere(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    got = read_upload("x.zip", archive({name: image(1), "b.png": image(2)}), ALL)
    assert got["x"].shape[0] == 2
    assert list(tmp_path.iterdir()) == [] and not Path("/tmp/owned.png").exists()


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_with_damaged_contents_is_refused(compression):
    good = archive(pictures(), compression)
    for place in range(30, 300, 7):
        data = bytearray(good)
        data[place] ^= 0xFF
        try:
            read_upload("x.zip", bytes(data), ALL)
        except UploadError:
            continue


def test_an_encrypted_zip_is_refused():
    data = bytearray(archive(pictures(), zipfile.ZIP_STORED))
    for head in (b"PK\x03\x04", b"PK\x01\x02"):
        data[data.index(head) + (6 if head[2] == 3 else 8)] |= 1
    with pytest.raises(UploadError, match="is encrypted"):
        read_upload("x.zip", bytes(data), ALL)


@pytest.mark.parametrize("kinds", [("table",), ("images",), ("text",)])
def test_a_page_takes_only_its_own_kinds(kinds):
    for kind in set(ALL) - set(kinds):
        for suffix in set(uploads.KINDS[kind]).difference(*(uploads.KINDS[own] for own in kinds)):
            with pytest.raises(UploadError, match="this page takes files that end in"):
                read_upload(f"x.{suffix}", b"1", kinds)


GOOD = {
    "x.csv": b"a,b\n1,2\n3,4\n",
    "x.tsv": b"a\tb\n1\t2\n3\t4\n",
    "x.npy": npy(np.arange(12.0).reshape(4, 3)),
    "x.zip": archive(pictures()),
    "x.png": image(),
    "x.jpg": image(form="JPEG"),
    "x.txt": b"some text",
}


@settings(max_examples=250, deadline=None)
@given(
    st.sampled_from(sorted(GOOD)),
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=6),
    st.integers(0, 700),
)
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_file_is_read_or_refused_never_a_crash(name, damage, cut):
    data = bytearray(GOOD[name])
    for place, value in damage:
        data[place % len(data)] = value
    try:
        got = read_upload(name, bytes(data[: max(1, len(data) - cut // 7)]), ALL)
    except UploadError:
        return
    assert all(np.isfinite(array).all() for array in got.values())


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["x.csv", "x.npy", "x.zip", "x.png", "x.jpg", "x.txt"]), st.binary(min_size=1, max_size=200))
@pytest.mark.filterwarnings("ignore")
def test_random_bytes_are_read_or_refused_never_a_crash(name, data):
    magic = {"x.npy": b"\x93NUMPY\x01\x00", "x.zip": b"PK\x03\x04", "x.png": b"\x89PNG\r\n\x1a\n", "x.jpg": b"\xff\xd8"}
    for content in (data, magic.get(name, b"") + data):
        try:
            read_upload(name, content, ALL)
        except UploadError:
            continue


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="latin1", exclude_characters="\n"), max_size=60))
@pytest.mark.filterwarnings("ignore")
def test_any_npy_head_is_read_or_refused_never_a_crash(text):
    for head in (text, "{'descr': " + text, "{'descr': '<f8', 'fortran_order': False, 'shape': (" + text):
        try:
            read_upload("x.npy", npy_with_header(head), ALL)
        except UploadError:
            continue
