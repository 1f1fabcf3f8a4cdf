"""Tables (CSV in any dialect, NPY): which cells are numbers, which column is a header's, a running number's, a label's.

A file is read in the one way that makes every cell a number; where there are two such ways it is refused and both are named.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.data.columns import Columns, sorted_out
from engine.data.errors import Ambiguous, UploadError
from engine.data.numbers import DECIMAL_COMMA, POINT, Convention, cleaned, convention, is_missing, is_near_number
from engine.data.reading import Reading, note
from engine.data.text import marked, one_line_end

MAX_ROWS, MAX_COLUMNS = 20_000, 1024
MAX_PAIR_COLUMNS = 2 * 768 + 1  # two of BERT-base's vectors and their score; how many values there may be, the file's bytes say
MAX_VALUE = 1e15  # beyond it two neighbouring float64 are more than an eighth apart
DELIMITERS = {"\t": "tab", ";": "semicolon", "|": "vertical bar", ",": "comma", " ": "space", "": "none"}


@dataclass(frozen=True)
class Rows:
    """The records of a file: cleaned cells, and the line of the file in which each record begins.

    `bare`: no quote and no blank behind a comma says which commas stand between cells. `foreign`: the records with letters
    beyond ASCII, where the encoding is a guess.
    """

    cells: list[list[str]]
    lines: list[int]
    delimiter: str
    bare: bool
    foreign: frozenset[int]


def read_csv(name: str, data: bytes, *, whole: bool = False, most: int = MAX_COLUMNS, sampled: bool = True) -> Reading:
    """The table of a CSV file, {"x": float64 (rows, columns)} and "labels" (rows,) where it has them. Raises UploadError.

    `whole`: every column is one of numbers, none is set aside. `most`: columns that it may have. `sampled`: rows are
    samples, of which one, or all alike, teach nothing.
    """
    text, guessed = _text(name, data)
    first: UploadError | None = None
    for delimiter, body, skip in _candidates(text):
        try:
            return _read(name, _records(name, body, delimiter, skip, guessed, most), whole, most, sampled)
        except Ambiguous:
            raise
        except UploadError as problem:
            first = first or problem
    assert first is not None
    raise first


def read_npy(name: str, data: bytes, *, most: int = MAX_COLUMNS) -> Reading:
    """The table of an NPY file, every further axis flattened, `most` columns; nothing pickled is opened. Raises UploadError."""
    if data[:6] != b"\x93NUMPY":
        raise UploadError("{name} is not an NPY file.", name=name)
    try:
        array = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    except ValueError as error:
        if "Object arrays" in str(error) or "pickle" in str(error).lower():
            raise UploadError(
                "{name} holds Python objects (a pickle), which are never opened; save plain numbers.", name=name
            ) from None
        raise UploadError("{name} is a damaged NPY file.", name=name) from None
    except Exception:  # numpy's reader tokenises the head: what it may raise on garbage is not a closed list
        raise UploadError("{name} is a damaged NPY file.", name=name) from None
    if array.dtype.kind not in "fiub":
        raise UploadError("{name} holds {dtype}, not numbers.", name=name, dtype=array.dtype)
    if array.ndim < 2:
        raise UploadError(
            "{name} has shape {shape}; a table of samples (rows, values) is needed.", name=name, shape=array.shape
        )
    flat = array.reshape(len(array), -1).astype(np.float64) if len(array) else array.astype(np.float64)
    x = table(name, flat, most)
    return Reading({"x": x}, note("{rows} rows × {columns} columns", rows=x.shape[0], columns=x.shape[1]))


def table(name: str, array: np.ndarray, most: int = MAX_COLUMNS, sampled: bool = True) -> np.ndarray:
    """A table (rows, columns ≤ `most`) as float64 after all checks; raises UploadError for one that cannot be learned from."""
    if array.ndim != 2 or array.shape[0] < 1 + sampled or array.shape[1] < 1:
        raise _few(name, sampled)
    if array.shape[0] > MAX_ROWS or array.shape[1] > most:
        raise _large(name, most)
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        row, column = (int(i) + 1 for i in bad[0])
        raise UploadError(
            "{name}: row {row}, column {column} is not a finite number (such values: {count}).",
            name=name,
            row=row,
            column=column,
            count=len(bad),
        )
    if sampled and np.all(array == array[0]):
        raise UploadError("{name}: all samples are the same.", name=name)
    if np.abs(array).max() > MAX_VALUE:
        raise UploadError("{name} holds values beyond ±1e15; rescale it.", name=name)
    return array.astype(np.float64)


# ---- text to records


def _text(name: str, data: bytes) -> tuple[str, bool]:
    """(the text, whether its encoding is a guess: some 8-bit one)."""
    text = marked(name, data)
    guessed = text is None
    if text is None:
        text = one_line_end(data.decode("cp1252", "replace"))
    if "\0" in text:
        raise UploadError("{name} is not a CSV file: it holds binary data.", name=name)
    return text, guessed


def _candidates(text: str) -> Iterator[tuple[str, str, int]]:
    """(delimiter, text, lines before it) that may be meant, the likeliest first."""
    head, _, rest = text.partition("\n")
    said = head.strip().strip('"').lower()
    if said.startswith("sep=") and len(said) <= 5:  # Excel's own first line
        yield (head.strip().strip('"')[4:] or "\t"), rest, 1
        return
    sample = [line for line in text.split("\n")[:200] if line.strip() and not line.lstrip().startswith("#")]
    found = [sign for sign in "\t;|," if sum(sign in line for line in sample) * 2 >= max(len(sample), 1)]
    one_column = not any(sign in sample[0] for sign in "\t;|,") if sample else True
    for sign in found:
        yield sign, text, 0
    if sample and sum(len(line.split()) > 1 for line in sample) * 2 > len(sample):
        yield " ", text, 0
    if one_column or not found:
        yield "", text, 0


def _records(name: str, text: str, delimiter: str, skip: int, guessed: bool, most: int) -> Rows:
    cells: list[list[str]] = []
    lines: list[int] = []
    foreign: set[int] = set()
    try:
        for line, row in _split(text, delimiter):
            record = [cleaned(cell) for cell in row]
            if any(record):
                if guessed and not all(map(str.isascii, row)):
                    foreign.add(len(cells))
                cells.append(record)
                lines.append(line + skip)
            if len(cells) > MAX_ROWS + 1 or len(record) > most + 2:
                raise _large(name, most)
    except csv.Error as error:
        raise UploadError("{name} is not a CSV file: {reason}.", name=name, reason=error) from None
    return Rows(cells, lines, delimiter, re.search(r'"|,[ \t\u00a0]', text) is None, frozenset(foreign))


def _split(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    if delimiter == " ":
        for number, line in enumerate(text.split("\n"), start=1):
            yield number, line.split()
        return
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter or "\x1f", skipinitialspace=delimiter != "\t", strict=False
    )
    before = 0
    for row in reader:
        yield before + 1, row
        before = reader.line_num


# ---- records to numbers


def _read(name: str, rows: Rows, whole: bool, most: int, sampled: bool) -> Reading:
    header, start = _header(name, rows, sampled)
    body, lines = rows.cells[start:], rows.lines[start:]
    while body and body[-1][0].startswith("#") and not is_missing(body[-1][0]):  # a footer
        body, lines = body[:-1], lines[:-1]
    if not body:
        raise _few(name, sampled)
    # A guessed encoding is taken only where it can change no more than the names of columns and comments.
    if any(start <= record < start + len(body) for record in rows.foreign):
        raise UploadError("{name} is not UTF-8 text: save it as “CSV UTF-8”.", name=name)
    width = len(body[0]) if header is None else len(header)
    if header is not None and all(len(row) == width + 1 for row in body):
        if all(row[-1] == "" for row in body):
            header = [*header, ""]
        elif rows.delimiter in " \t," and not any(is_near_number(row[0]) and row[0] != str(i) for i, row in enumerate(body, 1)):
            header = ["", *header]  # R writes no name above the names of rows
        width = len(header)
    for row, line in zip(body, lines, strict=True):
        if len(row) != width:
            raise UploadError(
                "{name}, line {line}: {found} values, but the first line has {width}.",
                name=name,
                line=line,
                found=len(row),
                width=width,
            )
    columns = [list(column) for column in zip(*body, strict=True)]
    if len(columns) > 1 and not any(columns[-1]) and (header is None or not header[-1]):  # a delimiter at every line's end
        columns, header = columns[:-1], header and header[:-1]
    if len(body) > MAX_ROWS or len(columns) > most + 2:
        raise _large(name, most)
    chosen = Columns(columns, list(range(len(columns)))) if whole else sorted_out(header, columns)
    if not chosen.numbers:
        place = next((i for i, cell in enumerate(columns[0]) if not is_missing(cell)), 0)
        raise _wrong(name, lines[place], columns[0][place])
    x = table(name, _numbers(name, chosen, lines), most, sampled)
    one_column = whole and len(columns) == 2  # read as one number a row, the table would have no column for the mark
    if header is None and rows.delimiter == "," and rows.bare and not one_column:
        _two_readings(name, columns)
    arrays = {"x": x}
    if chosen.labels is not None:
        arrays["labels"] = np.unique(np.array(chosen.labels), return_inverse=True)[1].astype(np.int32)
    taken = note("first line taken as names") if header is not None else note("no line of names")
    size = note("{rows} rows × {columns} columns", rows=x.shape[0], columns=x.shape[1])
    return Reading(arrays, size, taken, *chosen.notes)


def _header(name: str, rows: Rows, sampled: bool) -> tuple[list[str] | None, int]:
    """(names of columns or None, the first record of data)."""
    start, comment = 0, None
    while start < len(rows.cells) and rows.cells[start][0].startswith("#") and not is_missing(rows.cells[start][0]):
        comment = [rows.cells[start][0].lstrip("# "), *rows.cells[start][1:]]
        if rows.delimiter == " " and not comment[0]:
            comment = comment[1:]
        start += 1
    if start == len(rows.cells):
        raise _few(name, sampled)
    head, rest = rows.cells[start], rows.cells[start + 1 :]
    if comment is not None and len(comment) == len(head) and any(_is_word(cell) for cell in comment):
        return comment, start
    if _names(head, rest):
        return head, start + 1
    return None, start


def _is_word(cell: str) -> bool:
    return not is_missing(cell) and not is_near_number(cell)


def _names(head: list[str], rest: list[list[str]]) -> bool:
    """Whether a first record names the columns: a word over numbers, or running integers over decimals."""
    below = [list(column) for column in zip(*rest, strict=False)]
    if any(_is_word(cell) for cell in head):
        over = [column for cell, column in zip(head, below, strict=False) if _is_word(cell)]
        return (
            not below
            or any(is_near_number(cell) or is_missing(cell) for column in over for cell in column)
            or all(_is_word(cell) or not cell for cell in head)
        )
    named = head[1:] if head[0] == "" and len(head) > 2 else head
    counts = [[str(i + first) for i in range(len(named))] for first in (0, 1)]
    if len(named) < 2 or named not in counts or not rest:
        return False
    data = below[1:] if named is not head else below
    decimal = all(any(sign in cell for sign in ".,eE") for column in data for cell in column)
    return decimal or named is not head or len(named) >= 8


def _two_readings(name: str, columns: list[list[str]]) -> None:
    """Refuse whole numbers in pairs where each pair may be one number with a decimal comma (or a thousands' comma)."""
    if len(columns) % 2 or len(columns) == 0:
        return
    pairs = [(a, b) for left, right in zip(columns[::2], columns[1::2], strict=True) for a, b in zip(left, right, strict=True)]
    if not all(DECIMAL_COMMA.takes(f"{a},{b}") for a, b in pairs):
        return
    zeros = any(len(b) > 1 and b[0] == "0" for _, b in pairs)
    if zeros or len(columns) == 2:
        a, b = columns[0][0], columns[1][0]
        raise Ambiguous(
            "{name}: “{cell}” may be the two values {a} and {b} or the one number {number}. Put names of the columns into "
            "the first line, or write decimal points.",
            name=name,
            cell=f"{a},{b}",
            a=a,
            b=b,
            number=f"{a}.{b}",
        )


def _numbers(name: str, chosen: Columns, lines: list[int]) -> np.ndarray:
    """The float64 values of the columns of numbers, (rows, columns); a cell that is none is refused by its place."""
    columns = chosen.numbers
    for place, column in enumerate(columns):
        for row, cell in enumerate(column):
            if is_missing(cell):
                raise UploadError(
                    "{name}, line {line}, row {row}, column {column} is not a finite number (“{value}”; such values: {count}): "
                    "fill it in, or delete its row or column.",
                    name=name,
                    line=lines[row],
                    row=row + 1,
                    column=chosen.places[place] + 1,
                    value=cell,
                    count=sum(map(is_missing, (c for part in columns for c in part))),
                )
            if not is_near_number(cell):
                raise _wrong(name, lines[row], cell)
    form = convention([cell for column in columns for cell in column])
    if isinstance(form, str):
        line = next(lines[row] for column in columns for row, cell in enumerate(column) if cell == form)
        raise UploadError(
            "{name}, line {line}: “{value}” is not a plain number; write digits and a decimal point only (no %, no currency, "
            "no blanks between digits, no hexadecimal).",
            name=name,
            line=line,
            value=form[:40],
        )
    if isinstance(form, tuple):
        raise Ambiguous(
            "{name}: “{cell}” may be {a} or {b}. Write numbers with a decimal point and nothing between thousands.",
            name=name,
            cell=form[0],
            a=form[1],
            b=form[2],
        )
    if form is not POINT:
        chosen.notes.append(note("numbers with {convention}", convention=form.name))
    return np.array([_values(column, form) for column in columns], np.float64).T


def _values(column: list[str], form: Convention) -> list[float]:
    return [form.value(cell) for cell in column]


def _few(name: str, sampled: bool) -> UploadError:
    return UploadError("{name} has fewer than 2 samples (rows)." if sampled else "{name} holds no row of numbers.", name=name)


def _large(name: str, most: int) -> UploadError:
    return UploadError("{name} is larger than {rows} rows of {columns} values.", name=name, rows=MAX_ROWS, columns=most)


def _wrong(name: str, line: int, cell: str) -> UploadError:
    return UploadError("{name}, line {line}: “{value}” is not a number.", name=name, line=line, value=cell[:40])
