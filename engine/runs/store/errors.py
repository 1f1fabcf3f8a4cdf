"""Everything that can go wrong with saved runs, each as a sentence that a page can translate."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.core.params import BadValue

if TYPE_CHECKING:
    from sqlalchemy.exc import SQLAlchemyError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


class StoreError(Exception):
    """Saved runs cannot be reached; `template` and `fields` let a page translate the sentence."""

    template = "The saved runs cannot be reached: {reason}"

    def __init__(self, **fields: Any) -> None:
        self.fields = {name: str(value) for name, value in fields.items()}
        super().__init__(self.template.format(**self.fields))


class BadSetting(StoreError):
    """LATENT_LAB_DATABASE names no database that can be opened."""

    template = "The setting {name} names no database that can be opened: {reason}"


class DiskFull(StoreError):
    """No room for the run; what was saved before is untouched."""

    template = "There is no room left in {folder}. Nothing was changed; make room and try again."


class NotWritable(StoreError):
    """The data folder can at most be read."""

    template = "The folder {folder} cannot be written to ({reason}). Saved runs can be looked at, but not changed."


class NewerDatabase(StoreError):
    """The database was written by a later version."""

    template = (
        "The database of saved runs has version {found}; this version of Latent Lab reads up to {known}. Update it to see them."
    )


class OlderDatabase(StoreError):
    """The database was written by an earlier version, and cannot be brought up to date."""

    template = (
        "The database of saved runs has version {found} and cannot be written to, which this version of Latent Lab must do once "
        "to bring it to version {known}. Allow it to see them."
    )


class DatabaseBusy(StoreError):
    """Somebody else holds the database's lock."""

    template = "The database of saved runs is in use by another program. Nothing was changed; try again in a moment."


class DatabaseDamaged(StoreError):
    """A file that is no database, or one that is broken."""

    template = "The database {database} cannot be read: {reason}"


class Unreachable(StoreError):
    """The database does not answer."""

    template = "The database {database} does not answer: {reason}"


class NoSuchRun(StoreError):
    """The run is not (or no longer) there."""

    template = "There is no saved run {id}."


class NothingToSave(StoreError):
    """A run without a frame."""

    template = "There is nothing to save yet: the run has not begun."


class DamagedRun(StoreError):
    """One saved run cannot be used; all others can."""

    template = "“{title}” cannot be opened: {reason}"


class FileMissing(DamagedRun):
    """The file with a run's numbers is gone."""

    template = "“{title}” cannot be opened: its file {file} is missing."


class FileDamaged(DamagedRun):
    """The file with a run's numbers is cut off or was changed."""

    template = "“{title}” cannot be opened: its file {file} is cut off or was changed ({reason})."


class ImpossibleScore(DamagedRun):
    """The saved parameters, seed, changes or steps are not possible."""

    template = "“{title}” cannot be opened: its saved settings are not possible. {reason}"

    def __init__(self, *, title: str, reason: BadValue | str) -> None:
        self.problem = reason if isinstance(reason, BadValue) else None
        super().__init__(title=title, reason=reason)


def of_system(error: OSError, folder: object) -> StoreError:
    """What an error of the file system means."""
    if error.errno in FULL:
        return DiskFull(folder=folder)
    if error.errno in REFUSED:
        return NotWritable(folder=folder, reason=error.strerror or error)
    return StoreError(reason=error.strerror or error)


def of_database(error: SQLAlchemyError, folder: object, database: str) -> StoreError:
    """What an error of the database means. `database` is its address without the password."""
    original = getattr(error, "orig", None)
    reason = " ".join(str(original or error).split())[:300]
    if isinstance(original, sqlite3.Error):
        match getattr(original, "sqlite_errorcode", 0) & 0xFF:
            case sqlite3.SQLITE_FULL:
                return DiskFull(folder=folder)
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                return DatabaseBusy()
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN:
                return NotWritable(folder=folder, reason=reason)
            case sqlite3.SQLITE_IOERR:  # also what a used-up quota looks like
                return _tried(Path(str(folder))) or StoreError(reason=reason)
        return DatabaseDamaged(database=database, reason=reason)
    match getattr(original, "sqlstate", None):
        case "53100":
            return DiskFull(folder=database)
        case "55P03" | "57014" | "40P01" | "40001":
            return DatabaseBusy()
        case "25006" | "42501":
            return NotWritable(folder=database, reason=reason)
    return Unreachable(database=database, reason=reason)


def _tried(folder: Path) -> StoreError | None:
    """What writing a little into the folder says; None when that works."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(2**16))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return of_system(error, folder)
    return None


@contextmanager
def told(folder: object, database: str) -> Iterator[None]:
    """Turns errors of the file system and the database into StoreErrors."""
    from sqlalchemy.exc import SQLAlchemyError  # here, so that pages can name the errors without loading it

    try:
        yield
    except OSError as error:
        raise of_system(error, folder) from error
    except SQLAlchemyError as error:
        raise of_database(error, folder, database) from error
