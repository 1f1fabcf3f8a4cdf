"""Uploads that are good: each kind of file is read as what it is, and so are drawn points and typed text."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

from engine.data.errors import UploadError
from engine.data.images import SIDE
from engine.data.table import MAX_PAIR_COLUMNS
from engine.data.uploads import LEAST_POINTS, MOST_POINTS, read_points, read_typed, read_upload
from tests.data.upload_files import ALL, archive, image, npy, pictures

# ---- what is good


def test_a_csv_with_or_without_a_header_is_a_table():
    for text in ("1.0,2\n3,4\n", "a,b\n1,2\n3,4\n", "\ufeffa,b\r\n1, 2\r\n\r\n3,4", '"a","b"\n"1","2"\n3,4'):
        got = read_upload("x.csv", text.encode(), ALL)["x"]
        assert got.dtype == np.float64 and got.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "uint8", "bool", ">f8"])
def test_an_npy_of_numbers_is_a_table(dtype):
    array = np.array([[0, 1], [1, 1], [1, 0]], dtype)
    assert read_upload("x.NPY", npy(array), ALL)["x"].tolist() == [[0, 1], [1, 1], [1, 0]]
    assert read_upload("x.npy", npy(np.asfortranarray(array)), ALL)["x"].tolist() == [[0, 1], [1, 1], [1, 0]]


def test_an_npy_of_pictures_is_flattened_to_rows():
    assert read_upload("x.npy", npy(np.arange(24.0).reshape(3, 2, 4)), ALL)["x"].shape == (3, 8)


def test_a_zip_of_images_is_a_stack_of_equal_pictures():
    entries = {**pictures(), "photo.JPG": image(5, (40, 30), "JPEG", "RGB"), "read me.txt": b"hello"}
    got = read_upload("x.zip", archive(entries), ALL)
    assert got["x"].shape == (4, 28 * 28) and got["size"].tolist() == [28, 28]
    assert got["x"].min() >= 0 and got["x"].max() <= 1


def test_a_text_is_its_code_points():
    assert read_upload("x.txt", "aβ中".encode(), ALL)["codes"].tolist() == [97, 0x3B2, 0x4E2D]


def test_columns_with_tabs_are_a_table_where_one_is_taken_and_text_elsewhere():
    for kind in ("table", "numbers", "samples"):
        assert read_upload("x.tsv", b"1\t2\n3\t4\n", (kind,))["x"].tolist() == [[1, 2], [3, 4]]
    assert read_upload("x.tsv", b"1\t2\n", ("text", "numbers"))["x"].tolist() == [[1, 2]]
    assert bytes(read_upload("x.tsv", b"1 2\t3\n", ("text",))["codes"].tolist()) == b"1 2\t3\n"


def test_a_single_picture_is_cut_into_overlapping_patches():
    """From the top left, row by row, a quarter of a patch apart; nothing is scaled in a picture of this size."""
    pixels = np.random.default_rng(0).integers(0, 256, (42, 50), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    got = read_upload("x.png", file.getvalue(), ALL)
    assert got["size"].tolist() == [SIDE, SIDE] and got["x"].shape == (3 * 4, SIDE * SIDE) and got["x"].dtype == np.float32
    for place, (top, left) in enumerate((7 * row, 7 * column) for row in range(3) for column in range(4)):
        patch = pixels[top : top + SIDE, left : left + SIDE] / np.float32(255)
        assert np.allclose(got["x"][place], patch.ravel()), place


@pytest.mark.parametrize("size", [(2000, 1900), (4000, 300), (300, 4000)])
def test_a_large_picture_is_shrunk_before_it_is_cut(size):
    got = read_upload("photo.jpeg", image(1, size, "JPEG", "RGB"), ALL)["x"]
    assert 2500 < len(got) < 4500 and got.min() >= 0 and got.max() <= 1


def test_drawn_points_are_a_table():
    raw = [[k / 20, -1 + k / 100] for k in range(LEAST_POINTS)]
    got = read_points("The drawing", raw)["x"]
    assert got.dtype == np.float64 and np.allclose(got, raw)
    assert len(read_points("The drawing", [[0, 1], [1, -1]] * (MOST_POINTS // 2))["x"]) == MOST_POINTS


NO_DRAWING = {
    "nothing": (None, "The drawing is not a list of points"),
    "text": ("[[0, 0]]", "not a list of points"),
    "few": ([[0.0, 0.1]] * (LEAST_POINTS - 1), f"has 11 points; {LEAST_POINTS} to {MOST_POINTS:,} are taken"),
    "many": ([[0.0, 0.1]] * (MOST_POINTS + 1), "has 5,001 points"),
    "a triple": ([[0.0, 0.1]] * 12 + [[0.0, 0.1, 0.2]], "point 13 is not a pair of numbers"),
    "a word": ([["0", 0.1]] + [[0.0, 0.1]] * 12, "point 1 is not a pair of numbers"),
    "a truth": ([[0.0, 0.1]] * 12 + [[True, 0.1]], "point 13 is not a pair"),
    "outside": ([[0.0, 0.1]] * 12 + [[0.0, 1.1]], "point 13 lies outside of −1 to 1"),
    "no number": ([[0.0, float("nan")]] + [[0.0, 0.1]] * 12, "point 1 lies outside"),
    "one place": ([[0.5, 0.5]] * 12, "all samples are the same"),
}


@pytest.mark.parametrize("name", NO_DRAWING)
def test_what_is_no_drawing_is_refused(name):
    raw, says = NO_DRAWING[name]
    with pytest.raises(UploadError, match=re.escape(says)):
        read_points("The drawing", raw)


def test_typed_text_is_read_as_a_text_file():
    assert read_typed("The text", "aβ")["codes"].tolist() == [97, 0x3B2]
    for text, says in (
        (" \n", "The text is empty"),
        ("a\0b", "binary"),
        ("a" * 500_001, "500,001 characters; at most 500,000"),
    ):
        with pytest.raises(UploadError, match=says):
            read_typed("The text", text)


@pytest.mark.parametrize("ending", ["csv", "npy"])
def test_pairs_may_be_wider_than_other_tables_and_no_larger_in_bytes(ending):
    def read(columns, kinds):
        rows = np.random.default_rng(0).integers(-9, 9, (3, columns))
        text = "\n".join(",".join(map(str, row)) for row in rows.tolist()).encode()
        return rows, read_upload(f"x.{ending}", npy(rows) if ending == "npy" else text, kinds)["x"]

    rows, x = read(MAX_PAIR_COLUMNS, ("pairs",))
    assert MAX_PAIR_COLUMNS == 1537 and np.array_equal(x, rows)
    for columns, kinds, most in ((1538, ("pairs",), "1,537"), (1600, ("pairs",), "1,537"), (1025, ("table",), "1,024")):
        with pytest.raises(UploadError, match=f"20,000 rows of {most} values"):
            read(columns, kinds)
    with pytest.raises(UploadError, match="at most 5 MB"):
        read_upload("x.npy", npy(np.zeros((500, MAX_PAIR_COLUMNS))), ("pairs",))
