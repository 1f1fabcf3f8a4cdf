"""Files as people have them: each gives exactly the values of the plain file, or is refused with its remedy."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.data.errors import UploadError
from engine.data.uploads import read_upload
from engine.latent.vae_geometry.data import load
from tests.data.upload_files import ALL, archive, chunk, image, pictures

CASES = Path(__file__).with_name("cases")


def case(name):
    return read_upload(name, (CASES / name).read_bytes(), ALL)


def read(text, encoding="utf-8"):
    return read_upload("own.csv", text.encode(encoding), ALL)


def said(reading):
    return "; ".join(map(str, reading.notes))


PLAIN = np.loadtxt(CASES / "eu_semicolon_point.csv", delimiter=";", skiprows=1)
THREE = np.loadtxt(CASES / "pandas_numeric_header.csv", delimiter=",", skiprows=1)
SMALL = [[1, 2], [3, 4], [5, 7]]
READ = {  # file: (values, words that are said)
    "eu_semicolon_point.csv": (PLAIN, "first line taken as names"),
    "tab.csv": (PLAIN, "20 rows × 2 columns"),
    "space_savetxt.csv": (PLAIN, "no line of names"),
    "sep_line.csv": (PLAIN, "names"),
    "trailing_comma.csv": (PLAIN, "20 rows × 2 columns"),
    "trailing_comma_no_header.csv": (PLAIN, "no line of names"),
    "excel_utf16.csv": (PLAIN, "names"),
    "latin1_header.csv": (PLAIN, "names"),
    "class_only.csv": (PLAIN, "“species” colours the samples (3 labels)"),
    "class_and_id.csv": (PLAIN, "columns set aside: id"),
    "id_only.csv": (PLAIN, "columns set aside: id"),
    "id_underscore.csv": (PLAIN, "columns set aside: id"),
    "pandas_index.csv": (THREE, "columns set aside: running number"),
    "pandas_numeric_header.csv": (THREE, "first line taken as names"),
    "eu_semicolon_comma.csv": (THREE, "decimal comma"),
    "eu_semicolon_comma_ascii.csv": (THREE, "decimal comma"),
    "eu_one_column_header.csv": (PLAIN[:, :1], "decimal comma"),
    "minus_unicode.csv": ([[-1, 2], [3, 4], [5, 7]], "names"),
    "comment_header.csv": (SMALL, "first line taken as names"),
    "bom.csv": (SMALL, "names"),
    "cr_only.csv": (SMALL, "names"),
    "arabic_digits.csv": (SMALL, "names"),
    "bool.csv": ([[1, 2], [0, 4], [1, 5]], "names"),
}
REFUSED = {
    "eu_one_column_no_header.csv": "the two values 0 and 00 or the one number 0.00",
    "thousands_unquoted.csv": "the two values 1 and 234 or the one number 1.234",
    "thousands_quoted.csv": "“1,234” may be 1.234 or 1234",
    "no_header_first_na.csv": "line 1, row 1, column 1 is not a finite number (“NA”",
    "nan_strings.csv": "line 3, row 2, column 2 is not a finite number (“N/A”",
    "hex.csv": "line 2: “0x10” is not a plain number",
    "percent_currency.csv": "line 2: “10%” is not a plain number",
    "quoted_newline.csv": "line 4: “oops” is not a number",
    "encrypted.zip": "is encrypted",
    "nested.zip": "1 file skipped: ZIP",
    "only_webp.zip": "8 files skipped: WebP",
    "webp_named.jpg": "not a PNG or JPEG",
    "animated_gif_named.png": "not a PNG or JPEG",
    "cp1252.txt": "save it as UTF-8",
    "nul.txt": "binary data",
    "complex.npy": "holds complex128, not numbers",
    "structured.npy": "not numbers",
    "zero_rows.npy": "fewer than 2 samples",
    "one_d.npy": "has shape (20,)",
    "cifar.npy": "larger than 20,000 rows of 1,024 values",
}


@pytest.mark.parametrize("name", READ)
def test_a_table_in_any_dialect_has_the_values_of_the_plain_one(name):
    values, words = READ[name]
    got = case(name)
    assert got["x"].dtype == np.float64 and np.array_equal(got["x"], np.asarray(values, float)) and words in said(got)
    assert ("labels" in got) == name.startswith("class")


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_one_meaning_is_refused_with_its_remedy(name):
    with pytest.raises(UploadError) as refused:
        case(name)
    assert REFUSED[name] in str(refused.value)


@pytest.mark.parametrize("name", ["big_endian.npy", "f16.npy", "fortran.npy", "five_d.npy", "mnist_3d.npy", "offset.npy"])
def test_an_npy_of_any_type_and_order_is_its_rows(name):
    plain = np.load(CASES / name)
    assert np.array_equal(case(name)["x"], plain.reshape(len(plain), -1).astype(np.float64))


def test_a_label_column_is_no_feature():
    got = case("mnist_like.csv")
    assert got["x"].shape == (12, 784) and got["labels"].shape == (12,)
    assert case("class_only.csv")["labels"].tolist()[:4] == [0, 1, 2, 0]


@pytest.mark.parametrize("name", ["large_offset.csv", "dates_ints.csv", "offset.npy"])
def test_values_far_from_zero_keep_their_differences(name):
    """The run is that of the same table moved to zero: nothing is rounded before it is centred."""
    x = case(name)["x"]
    far, near = load("own", {"x": x}), load("own", {"x": x - x[0]})
    assert len(np.unique(far.train, axis=0)) == len(np.unique(x, axis=0)) - (len(x) - len(far.train))
    assert np.array_equal(far.train, near.train)


VARIANTS = {
    "bars": "a|b\n1|2\n3|4\n5|7\n",
    "a mac's tabs": "a\tb\r1\t2\r3\t4\r5\t7\r",
    "utf-32": ("a,b\n1,2\n3,4\n5,7\n", "utf-32"),
    "utf-16 in the other order": ("\ufeffa;b\r\n1,0;2,0\r\n3,0;4,0\r\n5,0;7,0\r\n", "utf-16-be"),
    "quoted": '"a";"b"\n"1,0";"2,0"\n"3,0";"4,0"\n"5,0";"7,0"\n',
    "no-break spaces": "a,b\n\u00a01,2\n3,\u00a04\n5,7\n",
    "wide digits": "a,b\n１,２\n3,4\n5,7\n",
    "exponents with a comma": "a;b\n1,0e0;0,2e1\n3;4\n5;7\n",
    "sep of a tab": "sep=\t\na\tb\n1\t2\n3\t4\n5\t7\n",
    "names of rows as R writes them": "a b\n1 1 2\n2 3 4\n3 5 7\n",
    "index of pandas by name": "Unnamed: 0,a,b\n0,1,2\n1,3,4\n2,5,7\n",
    "a footer": "a,b\n1,2\n3,4\n5,7\n# three rows\n",
    "blank lines": "\n\na,b\n1,2\n\n3,4\n,\n5,7\n\n",
    "latin-2 header": ("łan,b\n1,2\n3,4\n5,7\n", "iso8859-2"),
    "many spaces": "   1   2\n   3   4\n   5   7\n",
    "two columns by a blank": "1, 2\n3, 4\n5, 7\n",
    "two columns by a quote": '"1",2\n3,4\n5,7\n',
    "a comment in latin-1": ("# Größe in Zürich\na,b\n1,2\n3,4\n5,7\n# für später\n", "latin-1"),
    "names below a line for Excel in cp1252": ("sep=;\r\nGröße;b\r\n1;2\r\n3;4\r\n5;7\r\n", "cp1252"),
    "words set aside": "name,a,b\nanna,1,2\nben,3,4\ncem,5,7\n",
}


@pytest.mark.parametrize("name", VARIANTS)
def test_other_dialects_of_the_same_kinds(name):
    text = VARIANTS[name]
    assert read(*([text] if isinstance(text, str) else text))["x"].tolist() == SMALL


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1.234;2,5\n3;4\n", "may be"),
        ("1,05\n2,10\n3,99\n", "the two values"),
        ("1,5\n2,5\n3,7\n", "the two values 1 and 5 or the one number 1.5"),
        ("-1,5\n0,25\n", "the two values -1 and 5 or the one number -1.5"),
        ("a;b\n1,234;2,345\n", "may be 1.234 or 1234"),
        ("a,b\n1_000,2\n3,4\n", "“1_000” is not a number"),
        ("a,b\n€5,2\n3,4\n", "not a plain number"),
        ("a,b\n#N/A,2\n3,4\n", "#N/A"),
        ("a,b\n1 234,2\n3,4\n", "not a plain number"),
    ],
)
def test_other_tables_with_no_one_meaning(text, words):
    with pytest.raises(UploadError, match=words.replace("#", "[#]")):
        read(text)


@pytest.mark.parametrize("text", ["a,b\n–1,2\n3,4\n", "\u00a01,2\n3,4\n", "art,b\nkühn,1\nkühn,2\nzart,3\n"])
def test_a_guessed_encoding_changes_no_cell(text):
    """A minus, a no-break space or a label beyond ASCII in the data is another letter in another 8-bit encoding."""
    with pytest.raises(UploadError, match="CSV UTF-8"):
        read(text, "cp1252")


def test_thousands_are_read_where_one_cell_proves_them():
    assert read("a;b\n1.234,5;2\n1.000;3\n")["x"].tolist() == [[1234.5, 2], [1000, 3]]
    assert read('a,b\n"1,234,567",2\n"1,000",3\n')["x"].tolist() == [[1234567, 2], [1000, 3]]


numbers = st.floats(-1e12, 1e12).map(lambda value: value + 0.0)
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(numbers, min_size=width, max_size=width), min_size=2, max_size=6)
)


@settings(max_examples=400, deadline=None)
@given(
    tables,
    st.sampled_from([",", ";", "\t", " ", "|"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_any_table_in_any_dialect_comes_back_to_the_bit_or_is_refused(rows, delimiter, comma, header, encoding, end, quoted):
    def cell(text):
        return f'"{text}"' if quoted and delimiter != " " else text

    if comma and delimiter == "," and not quoted:
        return
    lines = [[cell(repr(value).replace(".", ",") if comma else repr(value)) for value in row] for row in rows]
    if header:
        lines.insert(0, [cell(f"c{place}") for place in range(len(rows[0]))])
    text = end.join(delimiter.join(line) for line in lines)
    try:
        got = read(text, encoding)["x"]
    except UploadError:
        return
    assert np.array_equal(got, np.array(rows, float))


# ---- pictures


def grey(name):
    return np.asarray(Image.open(CASES / name).convert("L"), float)


def test_sixteen_bits_are_scaled_to_eight():
    deep = np.asarray(Image.open(CASES / "png16.png")).astype(float)
    patch = np.rint(deep[:28, :28] / 257) / 255
    assert np.allclose(case("png16.png")["x"][0], patch.ravel(), atol=1e-6)
    for name in ("png16.png", "png16_rgb.png"):
        assert np.abs(case(name)["x"] - case("png8.png")["x"]).max() <= 1.01 / 255


def png_of_16_bits(values, kind, clear=b""):
    """A PNG of colour type `kind` with values (height, width, channels) of 16 bits, which Pillow cannot write."""
    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0))
    body = head + (chunk(b"tRNS", clear) if clear else b"") + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(("kind", "mode"), [(2, "RGB"), (6, "RGBA"), (4, "LA")])
def test_every_deep_picture_is_the_shallow_one_nearest_to_it(kind, mode):
    """Values that the upper byte alone would round down by one are rounded up."""
    deep = np.random.default_rng(kind).integers(0, 2**16, (40, 50, len(mode)), np.uint16)
    nearest = np.rint(deep / 257).astype(np.uint8)
    assert (nearest != deep >> 8).mean() > 0.2
    file = io.BytesIO()
    Image.fromarray(nearest).save(file, "PNG")
    got = read_upload("x.png", png_of_16_bits(deep, kind), ALL)["x"]
    assert np.array_equal(got, read_upload("y.png", file.getvalue(), ALL)["x"])


def test_the_clear_colour_of_a_deep_picture_lies_on_white():
    """Only the colour that is equal in all its 16 bits is clear."""
    deep = np.full((40, 50, 3), 0x1234, np.uint16)
    deep[:20], deep[20] = 0x1235, 0x9000
    got = read_upload("x.png", png_of_16_bits(deep, 2, struct.pack(">HHH", *[0x1235] * 3)), ALL)["x"].reshape(-1, 28, 28)
    assert (got[0, :20] == 1).all() and np.allclose(got[0, 21:], 0x12 / 255)


def test_photographs_are_upright():
    for name in ("exif_3.jpg", "exif_6.jpg"):
        assert np.abs(case(name)["x"] - case("upright.jpg")["x"]).max() < 0.1
    stack = case("exif_in.zip")["x"]
    assert np.abs(stack - stack[3]).max() < 0.1


@pytest.mark.parametrize("mode", ["LA", "RGBA", "PA"])
def test_what_is_transparent_lies_on_white(mode):
    assert np.array_equal(case("alpha_black_on_clear.png")["x"], case("alpha_flat_on_white.png")["x"])
    shape = Image.fromarray(np.random.default_rng(0).integers(0, 2, (50, 60), np.uint8) * 255)
    clear = Image.new("RGBA", shape.size, (0, 0, 0, 0))
    clear.putalpha(shape)
    file, flat = io.BytesIO(), io.BytesIO()
    (clear if mode == "RGBA" else clear.convert("LA") if mode == "LA" else clear.quantize(4)).save(file, "PNG")
    Image.fromarray(255 - np.asarray(shape)).save(flat, "PNG")
    one, other = (read_upload("x.png", part.getvalue(), ALL)["x"] for part in (file, flat))
    assert np.abs(one - other).max() < 0.02


def test_other_pictures_stay_right():
    for name in ("cmyk.jpg", "apng.png", "one_bit.png", "png8.png"):
        whole = grey(name)
        assert np.allclose(case(name)["x"][0], whole[:28, :28].ravel() / 255, atol=1e-6), name
    for name, count in (("class_folders.zip", 20), ("gbk_names.zip", 3), ("zip64.zip", 3)):
        assert len(case(name)["x"]) == count and "skipped" not in said(case(name))


def test_litter_and_other_formats_are_skipped_and_said():
    for name, kept, words in (
        ("macos.zip", 4, "4 files skipped: system files"),
        ("mixed_formats.zip", 2, "8 files skipped: WebP"),
        ("one_bad_of_five.zip", 4, "1 file skipped: damaged"),
    ):
        got = case(name)
        assert len(got["x"]) == kept and words in said(got)
    entries = {**pictures(3), "Thumbs.db": b"x", "a.heic": b"x", ".hidden.png": b"x", "inner.zip": archive(pictures())}
    got = read_upload("x.zip", archive(entries, zipfile.ZIP_STORED), ALL)
    assert np.array_equal(got["x"], read_upload("y.zip", archive(pictures(3)), ALL)["x"])
    assert "4 files skipped: HEIC, ZIP, system files" in said(got)
    assert image() == image()


# ---- text


def test_a_text_is_the_same_in_every_encoding_and_with_every_line_end():
    plain = (CASES / "crlf.txt").read_bytes().decode().replace("\r\n", "\n")
    codes = [ord(letter) for letter in plain]
    assert case("crlf.txt")["codes"].tolist() == codes
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        assert read_upload("x.txt", plain.replace("\n", "\r").encode(encoding), ALL)["codes"].tolist() == codes
    assert "".join(map(chr, case("utf16.txt")["codes"])) == (CASES / "utf16.txt").read_bytes().decode("utf-16")
    for name in ("rtl.txt", "emoji.txt", "one_line.txt", "entities.txt"):
        assert "".join(map(chr, case(name)["codes"])) == (CASES / name).read_bytes().decode()
