"""What changes from one picture to the next: the parts of its JSON that differ, and the arrays that are new.

A change says how one JSON value becomes another: {"=": the new value}; of an object {"$": changes by name, "-": names that are
gone}; of a list {"#": changes by place, "+": what is appended, "n": its length where it is shorter now}. None: nothing changes.
Arrays stand in it as {"$array": number}; one number means the same numbers, written the same way.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.core import wire
from engine.core.picture import Picture
from engine.plot.packing import node
from engine.plot.quantised import TYPES, apart, read, short, write

Change = dict[str, Any] | None


def difference(old: Any, new: Any) -> Change:
    """The change that leads from one JSON value to another."""
    if isinstance(old, dict) and isinstance(new, dict) and "$array" not in old and "$array" not in new:
        inner = {name: difference(old[name], value) if name in old else {"=": value} for name, value in new.items()}
        inner = {name: change for name, change in inner.items() if change is not None}
        gone = [name for name in old if name not in new]
        change = {**({"$": inner} if inner else {}), **({"-": gone} if gone else {})}
        return change or None
    if isinstance(old, list) and isinstance(new, list):
        return _of_lists(old, new)
    return None if type(old) is type(new) and old == new else {"=": new}


def _of_lists(old: list[Any], new: list[Any]) -> Change:
    """Entries that hold others are changed one by one, and what is appended is told alone; else a list is told anew."""
    if not any(isinstance(item, dict | list) for item in new):
        begin = new[: len(old)]
        if not old or old != begin or list(map(type, old)) != list(map(type, begin)):
            return {"=": new} if old or new else None
        return {"+": new[len(old) :]} if len(new) > len(old) else None
    both = enumerate(zip(old, new, strict=False))
    inner = {str(place): change for place, (one, other) in both if (change := difference(one, other)) is not None}
    change = {"#": inner} if inner else {}
    if len(new) > len(old):
        change["+"] = new[len(old) :]
    return change | ({"n": len(new)} if len(new) < len(old) else {}) or None


def changed(old: Any, change: Change) -> Any:
    """The value to which a change leads; the old one stays as it was. Raises KeyError, IndexError or TypeError where it is another's."""
    if change is None:
        return old
    if "=" in change:
        return change["="]
    if isinstance(old, dict):
        gone = change.get("-", ())
        inner = change.get("$", {})
        return {name: value for name, value in old.items() if name not in gone and name not in inner} | {
            name: changed(old.get(name), told) for name, told in inner.items()
        }
    new = [*old[: change.get("n")], *change.get("+", ())]
    for place, told in change.get("#", {}).items():
        new[int(place)] = changed(new[int(place)], told)
    return new


class Written:
    """An array as it travels: how, and its bytes. `exact` says that it comes out as it was."""

    def __init__(self, array: np.ndarray, exact: bool) -> None:
        flat = np.ascontiguousarray(array).ravel()
        if array.dtype == np.uint8:
            entry, numbers = write(flat)
        elif exact:
            entry, numbers = {"kind": "floats"}, flat
        else:
            entry, numbers = write(flat)
            numbers = numbers.astype(TYPES[entry["kind"]])
            exact = np.array_equal(read(entry, numbers), flat, equal_nan=True)
        self.entry = {**entry, "shape": list(array.shape)}
        self.raw = apart(np.asarray(numbers, TYPES[entry["kind"]])).tobytes()
        self.exact = exact


class Writing:
    """Arrays that were written, for courses that show the same numbers (in another theme, another language)."""

    def __init__(self, most: int = 256) -> None:
        self.most = most
        self._written: OrderedDict[tuple[Any, ...], Written] = OrderedDict()

    def __call__(self, content: tuple[Any, ...], array: np.ndarray, exact: bool) -> Written:
        key = (*content, exact)
        written = self._written.get(key)
        if written is None:
            written = self._written[key] = Written(array, exact)
            while len(self._written) > self.most:
                self._written.popitem(last=False)
        return written


class Course:
    """A picture as it goes on: its newest versions, and the messages that lead from one that is known to the newest.

    Args:
        most: versions kept; who knows only an older one gets the whole picture.
        writing: what is shared with other courses.
    """

    def __init__(self, most: int = 4, writing: Writing | None = None) -> None:
        self.most, self._write = most, writing or Writing()
        self.version = 0  # of the newest
        self._trees: dict[int, Any] = {}  # by version, the newest last
        self._used: dict[int, set[int]] = {}  # the numbers of the arrays of each
        self._written: dict[int, Written] = {}  # the arrays of the versions kept, by number
        self._numbers: dict[tuple[Any, ...], int] = {}  # and their numbers by content
        self._next = 0
        self._messages: dict[int | None, bytes] = {}  # to the newest, by the version that is known

    def show(self, value: Any, exact: bool = True) -> int:
        """Take in the picture (or any JSON) that is to be seen now; its version, the same one where nothing has changed.

        Args:
            exact: whether numbers travel as they are, or as a screen can show them.
        """
        arrays = _Numbered(self, exact)
        if isinstance(value, Picture):
            value = {"data": [node(trace, arrays) for trace in value.data], "layout": node(value.layout, arrays)}
        tree = value if exact else _short(value)
        if self.version and self._trees[self.version] == tree:
            return self.version
        self.version += 1
        self._trees[self.version], self._used[self.version] = tree, arrays.used
        self._messages.clear()
        self._forget()
        return self.version

    def number(self, array: np.ndarray, exact: bool) -> int:
        """The number of an array: that of the one with the same content where there is one. One that is known exactly is never told less well."""
        content = (array.dtype.str, array.shape, array.tobytes())
        number = self._numbers.get((*content, True))
        if number is None and not exact:
            number = self._numbers.get((*content, False))
        if number is None:
            number, self._next = self._next, self._next + 1
            self._written[number] = self._write(content, array, exact)
            self._numbers[(*content, self._written[number].exact)] = number
        return number

    def _forget(self) -> None:
        """Keep only what a kept version shows."""
        for old in list(self._trees)[: -self.most]:
            del self._trees[old], self._used[old]
        kept = set().union(*self._used.values())
        self._written = {number: array for number, array in self._written.items() if number in kept}
        self._numbers = {content: number for content, number in self._numbers.items() if number in kept}

    def message(self, known: int | None) -> bytes | None:
        """What leads from a known version (None: from nothing) to the newest, packed; None where that is the newest."""
        if known == self.version:
            return None
        if known not in self._trees:
            known = None
        if known not in self._messages:
            self._messages[known] = self._pack(known)
        return self._messages[known]

    def _pack(self, known: int | None) -> bytes:
        tree, used = self._trees[self.version], self._used[self.version]
        header: dict[str, Any] = {"base": known, "version": self.version}
        if known is None:
            header["change"], new = {"=": tree}, sorted(used)
        else:
            header["change"], new = difference(self._trees[known], tree), sorted(used - self._used[known])
        table, at = [], 0
        for number in new:
            table.append({"number": number, "at": at, **self._written[number].entry})
            at += len(self._written[number].raw)
        raw = np.frombuffer(b"".join(self._written[number].raw for number in new), np.uint8)
        return wire.squeeze(wire.pack({**header, "table": table}, {"raw": raw}))


class _Numbered:
    """The arrays of one version: each by its number."""

    def __init__(self, course: Course, exact: bool) -> None:
        self.course, self.exact = course, exact
        self.used: set[int] = set()

    def place(self, array: np.ndarray) -> int:
        number = self.course.number(array, self.exact)
        self.used.add(number)
        return number


def _short(value: Any) -> Any:
    """JSON with its numbers as they can be seen."""
    if isinstance(value, float):
        return short(value)
    if isinstance(value, dict):
        return {name: _short(item) for name, item in value.items()}
    return [_short(item) for item in value] if isinstance(value, list) else value


class Received:
    """The other end of a course, as the browser has it (assets/lab/figure/differences.js)."""

    def __init__(self) -> None:
        self.version: int | None = None
        self.tree: Any = None
        self.arrays: dict[int, np.ndarray] = {}

    def take(self, message: bytes) -> None:
        """Go on to the version to which a message leads. Raises ValueError for one that leads from another version."""
        header, arrays = wire.unpack(wire.unsqueeze(message))
        if header["base"] is None:
            self.arrays = {}
        elif header["base"] != self.version:
            raise ValueError(f"a message from version {header['base']}, known is {self.version}")
        raw = arrays["raw"].tobytes()
        for entry in header["table"]:
            self.arrays[entry["number"]] = _read(entry, raw)
        self.tree, self.version = changed(self.tree, header["change"]), header["version"]
        numbers = set(_numbers(self.tree))
        self.arrays = {number: array for number, array in self.arrays.items() if number in numbers}

    def whole(self) -> Any:
        """What is to be seen, with its arrays in place."""
        return _filled(self.tree, self.arrays)


def _read(entry: Mapping[str, Any], raw: bytes) -> np.ndarray:
    kind = np.dtype(TYPES[entry["kind"]])
    count = int(np.prod(entry["shape"]))
    layers = np.frombuffer(raw, np.uint8, count * kind.itemsize, entry["at"]).reshape(kind.itemsize, count)
    return read(dict(entry), np.ascontiguousarray(layers.T).view(kind).ravel()).reshape(entry["shape"])


def _numbers(value: Any) -> list[int]:
    if isinstance(value, dict):
        return [value["$array"]] if "$array" in value else [number for item in value.values() for number in _numbers(item)]
    return [number for item in value for number in _numbers(item)] if isinstance(value, list) else []


def _filled(value: Any, arrays: Mapping[int, np.ndarray]) -> Any:
    if isinstance(value, dict):
        return arrays[value["$array"]] if "$array" in value else {name: _filled(item, arrays) for name, item in value.items()}
    return [_filled(item, arrays) for item in value] if isinstance(value, list) else value
