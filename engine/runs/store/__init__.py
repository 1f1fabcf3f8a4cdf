"""Runs you keep: their scores and titles in a database, their numbers as safetensors files in the data folder.

The database is SQLite in the data folder unless LATENT_LAB_DATABASE names a PostgreSQL one
(`postgresql+psycopg://user@host/name`); LATENT_LAB_DATA moves the folder. A run's file is complete on the disk before its
row is committed: whatever happens in between leaves the old state, and at most a file that the next start removes.
"""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import numpy as np
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session as Connected
from sqlalchemy.orm import defer, selectinload

from engine.core import registry
from engine.core.kept import data_folder
from engine.core.params import BadValue
from engine.core.score import Score
from engine.guess.crowd import Crowd
from engine.runs import files as runfiles
from engine.runs.history import History
from engine.runs.store import files as store_files
from engine.runs.store import tables as store_tables
from engine.runs.store.errors import (
    DiskFull,
    FileDamaged,
    FileMissing,
    ImpossibleScore,
    NoSuchRun,
    NothingToSave,
    NotWritable,
    StoreError,
    of_system,
    told,
)
from engine.runs.store.records import (
    MAX_NOTE,
    MAX_SEARCH,
    MAX_TITLE,
    Found,
    KeptRun,
    RunInfo,
    clean,
    clean_tags,
    score_of,
    searched,
    static,
    words,
)
from engine.runs.store.tables import Run, Tag

PATIENCE, ORPHAN_AGE = 5.0, 3600.0  # seconds to wait for a lock; after which a file without a row is no save under way


class RunStore:
    """Saved runs of one owner. Safe to use from several threads, and from several processes at once.

    `owner` is who may see, change and open the runs: at first "", which is everybody where nobody signs in; `of` gives the
    same store to somebody. A run of somebody else is like one that is not there.

    Raises (from every method, and on opening): StoreError, in the form that says what is wrong and what to do.
    """

    def __init__(
        self,
        folder: Path | None = None,
        database: str | None = None,
        patience: float = PATIENCE,
        orphan_age: float = ORPHAN_AGE,
    ) -> None:
        self.folder = folder or data_folder()
        setting = os.environ.get(store_tables.SETTING, "") if database is None else database
        url = store_tables.address(setting, self.folder)
        self.database = url.render_as_string(hide_password=True)
        self.owner = ""
        self.refusal: StoreError | None = None  # why nothing can be saved, where that is so
        try:
            with told(self.folder, self.database):
                self.folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=self.folder):
                    pass
        except StoreError as error:
            self.refusal = error
        local = url.get_backend_name() == "sqlite"
        self._engine = store_tables.connect(url, patience, read_only=local and self.refusal is not None)
        try:
            self._identity = self._prepare(read_only=local and self.refusal is not None)
        except (NotWritable, DiskFull) as error:
            self._engine.dispose()
            if not local or not Path(url.database or "").is_file():
                raise self.refusal or error from None
            self.refusal = self.refusal or error
            self._engine = store_tables.connect(url, patience, read_only=True)
            self._identity = self._prepare(read_only=True)
        self.files = self.folder / "runs" / self._identity
        if self.refusal is None:
            with told(self.folder, self.database):
                self.files.mkdir(parents=True, exist_ok=True)
                self.sweep(orphan_age)

    def of(self, owner: str) -> Self:
        """The same store for an owner (at most 32 signs), with their runs and no others'."""
        theirs = copy(self)
        theirs.owner = owner
        return theirs

    def _prepare(self, *, read_only: bool) -> str:
        try:
            with told(self.folder, self.database):
                return store_tables.prepare(self._engine, read_only=read_only)
        except StoreError:
            self._engine.dispose()
            raise

    @contextmanager
    def _open(self, *, writes: bool = False) -> Iterator[Connected]:
        """A transaction: all of it happens, or nothing."""
        with (
            told(self.folder, self.database),
            self._engine.connect().execution_options(writes=writes) as connection,
            Connected(connection, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def _get(self, session: Connected, key: uuid.UUID) -> Run:
        run = session.get(Run, key, options=[selectinload(Run.tags)])
        if run is None or run.owner != self.owner:
            raise NoSuchRun(id=key)
        return run

    # ---- keep

    def save(
        self,
        score: Score,
        history: History,
        *,
        title: str = "",
        data: dict[str, np.ndarray] | None = None,
        device: str = "",
        tags: Sequence[str] = (),
        note: str = "",
        guesses: Sequence[Crowd] = (),
    ) -> uuid.UUID:
        """Keep a run up to its last kept frame; returns its id. Once this returned, the run is on the disk.

        `guesses` are what a class guessed of it.

        Raises NothingToSave for a run without frames, DiskFull, NotWritable, DatabaseBusy, Unreachable; BadValue for a
        score that is not possible.
        """
        if not history.frames:
            raise NothingToSave()
        if self.refusal is not None:
            raise self.refusal
        last = history.frames[-1]
        score = score_of(score, last)
        key = uuid.uuid4()
        with told(self.folder, self.database):
            file = store_files.write(self.files, key, store_files.pack(history, data, guesses))
        settings, asked = words(score, last)
        run = Run(
            id=key,
            owner=self.owner,
            created=datetime.now(UTC),
            topic=score.topic,
            title=clean(title, MAX_TITLE) or registry.find(score.topic).title,
            settings=settings,
            steps=score.steps,
            seconds=last.seconds,
            device=clean(device, 20),
            file=file,
            note=clean(note, MAX_NOTE),
            score=score.model_dump(mode="json"),
            tags=[Tag(name=name) for name in clean_tags(tags)],
        )
        run.words = searched(run, asked)
        try:
            with self._open(writes=True) as session:
                session.add(run)
        except StoreError:
            if self._engine.dialect.name == "sqlite":  # a server may have committed before it fell silent: the sweep will know
                (self.files / file).unlink(missing_ok=True)
            raise
        return key

    # ---- find

    def search(
        self,
        text: str = "",
        *,
        topic: str | None = None,
        tags: Sequence[str] = (),
        deleted: bool = False,
        limit: int = 20,
        offset: int = 0,
    ) -> Found:
        """Runs in whose title, tags, topic, note or parameters (`beta=4`) every word of `text` occurs, without case."""
        aside = Run.deleted_at.is_not(None) if deleted else Run.deleted_at.is_(None)
        chosen: Select[Any] = select(Run).where(Run.owner == self.owner, aside)
        if topic:
            chosen = chosen.where(Run.topic == topic)
        for word in clean(text, MAX_SEARCH).casefold().split():
            chosen = chosen.where(Run.words.contains(word, autoescape=True))
        for name in clean_tags(tags):
            chosen = chosen.where(Run.tags.any(func.lower(Tag.name) == func.lower(name)))
        page = chosen.order_by(Run.created.desc(), Run.id).limit(max(0, limit)).offset(max(0, offset))
        with self._open() as session:
            total = session.scalar(select(func.count()).select_from(chosen.with_only_columns(Run.id).subquery())) or 0
            found = session.scalars(page.options(defer(Run.score), defer(Run.words), selectinload(Run.tags)))
            return Found([_info(run) for run in found], total)

    def info(self, key: uuid.UUID) -> RunInfo:
        """One run's line, deleted or not; raises NoSuchRun."""
        with self._open() as session:
            return _info(self._get(session, key))

    def tags(self) -> dict[str, int]:
        """Every tag in use and how many runs have it, by name."""
        counted = select(Tag.name, func.count()).join(Run, Run.id == Tag.run_id).where(Run.owner == self.owner)
        counted = counted.where(Run.deleted_at.is_(None))
        with self._open() as session:
            return {row[0]: row[1] for row in session.execute(counted.group_by(Tag.name).order_by(Tag.name))}

    def topics(self) -> dict[str, int]:
        """Every topic with saved runs and how many there are."""
        counted = select(Run.topic, func.count()).where(Run.owner == self.owner, Run.deleted_at.is_(None))
        with self._open() as session:
            return {row[0]: row[1] for row in session.execute(counted.group_by(Run.topic).order_by(Run.topic))}

    # ---- change

    @contextmanager
    def _changing(self, key: uuid.UUID) -> Iterator[Run]:
        with self._open(writes=True) as session:
            yield self._get(session, key)

    def rename(self, key: uuid.UUID, title: str) -> str:
        """Give a run another title; an empty one is its topic's. Returns it. Raises NoSuchRun."""
        with self._changing(key) as run:
            topic = registry.topics().get(run.topic)
            run.title = clean(title, MAX_TITLE) or (topic.title if topic else run.topic)
            run.words = searched(run, static(run.words))
            return run.title

    def tag(self, key: uuid.UUID, tags: Sequence[str]) -> tuple[str, ...]:
        """Give a run exactly these tags (as they are written, at most 12 of at most 40 signs). Returns them. Raises NoSuchRun."""
        with self._changing(key) as run:
            names = clean_tags(tags)
            have = {tag.name: tag for tag in run.tags}
            run.tags = [have.get(name) or Tag(name=name) for name in names]
            run.words = searched(run, static(run.words))
            return names

    def delete(self, key: uuid.UUID) -> None:
        """Put a run aside; `restore` brings it back. Raises NoSuchRun."""
        with self._changing(key) as run:
            run.deleted_at = run.deleted_at or datetime.now(UTC)

    def restore(self, key: uuid.UUID) -> None:
        """Bring a deleted run back; raises NoSuchRun."""
        with self._changing(key) as run:
            run.deleted_at = None

    def purge(self, key: uuid.UUID) -> None:
        """Remove a run for good: first its row, then its file. Raises NoSuchRun."""
        with self._open(writes=True) as session:
            run = self._get(session, key)
            session.delete(run)
        with told(self.folder, self.database):
            (self.files / run.file).unlink(missing_ok=True)

    def sweep(self, age: float = ORPHAN_AGE) -> int:
        """Remove files that no row names and that are older than `age` seconds (interrupted saves); returns how many."""
        limit, gone = time.time() - age, 0
        old = [entry for entry in os.scandir(self.files) if _as_old(entry, limit)]
        if old:
            with self._open() as session:
                known = set(session.scalars(select(Run.file)))
            for entry in old:
                if entry.name not in known:
                    Path(entry.path).unlink(missing_ok=True)
                    gone += 1
        return gone

    # ---- open

    def load(self, key: uuid.UUID) -> KeptRun:
        """A run, checked against its topic's declaration. Its score replays it.

        Raises:
            NoSuchRun: there is none of that id.
            ImpossibleScore: the topic, a parameter, the seed, a change or the steps cannot be.
            FileMissing, FileDamaged: the file is gone, cut off, changed, or holds what the topic does not declare.
        """
        with self._open() as session:
            run = self._get(session, key)
            info = _info(run)
        try:
            score, params = store_files.check_score(run.score, run.topic, run.steps)
        except BadValue as problem:
            raise ImpossibleScore(title=info.title, reason=problem) from None
        except ValueError as problem:
            raise ImpossibleScore(title=info.title, reason=str(problem)) from None
        topic = registry.find(score.topic)
        try:
            contents = store_files.unpack(store_files.read(self.files, run.file))
            guesses = store_files.check_contents(contents, score, topic, params)
        except FileNotFoundError:
            raise FileMissing(title=info.title, file=run.file) from None
        except OSError as error:
            raise of_system(error, self.files) from error
        except ValueError as problem:
            raise FileDamaged(title=info.title, file=run.file, reason=str(problem)[:200]) from None
        return KeptRun(info, topic, score, params, History.of(contents.frames, contents.rows), contents.data, guesses)

    def export(self, key: uuid.UUID, folder: Path) -> None:
        """Write a run's files (run.json, scalars.csv, last.safetensors, report.html) into a folder.

        `python -m engine replay FOLDER --check` reads them. Raises what `load` raises, DiskFull and NotWritable.
        """
        kept = self.load(key)
        past: Any = SimpleNamespace(
            topic=kept.topic,
            params=kept.params,
            score=kept.score,
            step=kept.score.steps,
            seconds=kept.last.seconds,
            device=kept.info.device or "cpu",
        )
        with told(folder, self.database):
            folder.mkdir(parents=True, exist_ok=True)
            runfiles.write(folder, past, kept.history, [], kept.data, guesses=kept.guesses)

    def close(self) -> None:
        """Close the database; twice does no harm."""
        self._engine.dispose()


def _as_old(entry: os.DirEntry[str], limit: float) -> bool:
    """Whether it is a file last changed no later than `limit`; one that another process has just taken away is not."""
    try:
        return entry.is_file() and entry.stat().st_mtime <= limit
    except FileNotFoundError:
        return False


def _info(run: Run) -> RunInfo:
    tags = tuple(sorted((tag.name for tag in run.tags), key=str.casefold))
    return RunInfo(
        run.id,
        run.created,
        run.topic,
        run.title,
        tags,
        run.settings,
        run.steps,
        run.seconds,
        run.device,
        run.note,
        run.deleted_at,
    )
