"""The tables of saved runs, and how a database is opened: SQLite in the data folder, or PostgreSQL by one setting."""

from __future__ import annotations

import sqlite3
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    Index,
    String,
    Text,
    Uuid,
    create_engine,
    event,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from engine.runs.store.errors import BadSetting, DatabaseBusy, NewerDatabase, OlderDatabase

SCHEMA = 2  # raised with every change of the tables
UPGRADES = {  # what brings the tables of the version before to this one; nothing that is kept is touched
    2: (
        "ALTER TABLE runs ADD COLUMN owner VARCHAR(32) DEFAULT '' NOT NULL",
        "DROP INDEX runs_by_time",
        "DROP INDEX runs_by_topic",
        "CREATE INDEX runs_by_time ON runs (owner, deleted_at, created, id)",
        "CREATE INDEX runs_by_topic ON runs (owner, topic, deleted_at, created)",
    )
}
SETTING = "LATENT_LAB_DATABASE"
LOCK = 0x1A7E47  # PostgreSQL's advisory lock while the tables are made


class Moment(TypeDecorator[datetime]):
    """A time with its zone; kept as UTC (SQLite keeps none)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """What the tables share."""


class Schema(Base):
    """One row: the version of the tables, and the name of the folder with this database's files."""

    __tablename__ = "latent_lab"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    identity: Mapped[str] = mapped_column(String(32))


class Tag(Base):
    """A tag of a run."""

    __tablename__ = "tags"
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)


class Run(Base):
    """A saved run. What a list needs stands first; the score, which can be long, stands last."""

    __tablename__ = "runs"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    owner: Mapped[str] = mapped_column(String(32), default="", server_default="")  # "" is everybody
    created: Mapped[datetime] = mapped_column(Moment)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    topic: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200))
    settings: Mapped[str] = mapped_column(Text, default="")  # changed parameters and the seed, to be read by people
    steps: Mapped[int]
    seconds: Mapped[float]
    device: Mapped[str] = mapped_column(String(20), default="")
    file: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text, default="")
    words: Mapped[str] = mapped_column(Text, default="")  # everything that is searched, without case
    score: Mapped[dict[str, Any]] = mapped_column(JSON)
    tags: Mapped[list[Tag]] = relationship(cascade="all, delete-orphan", passive_deletes=True, order_by=Tag.name)
    __table_args__ = (
        Index("runs_by_time", "owner", "deleted_at", "created", "id"),
        Index("runs_by_topic", "owner", "topic", "deleted_at", "created"),
    )


def address(setting: str, folder: Path) -> URL:
    """The database's address: what the setting says, else SQLite in the folder. Raises BadSetting."""
    if not setting:
        return URL.create("sqlite", database=str(folder / "runs.sqlite3"))
    try:
        url = make_url(setting)
    except ArgumentError:  # the text is not repeated: it may hold a password
        raise BadSetting(name=SETTING, reason="it is not of the form postgresql+psycopg://user@host/name") from None
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise BadSetting(name=SETTING, reason=f"{url.drivername} is neither sqlite nor postgresql")
    return url


def connect(url: URL, patience: float, *, read_only: bool = False) -> Engine:
    """An engine for the address; waits at most `patience` seconds for a lock. Raises BadSetting."""
    try:
        if url.get_backend_name() != "sqlite":
            wait = int(patience * 1000)
            options = f"-c lock_timeout={wait} -c statement_timeout={max(wait, 30_000)}"
            arguments = {"connect_timeout": max(2, int(patience)), "options": options}
            return create_engine(url, connect_args=arguments, pool_pre_ping=True, pool_size=5, pool_timeout=patience)
        if not read_only:
            engine = create_engine(url, connect_args={"timeout": patience, "check_same_thread": False})
        else:
            engine = create_engine("sqlite://", creator=lambda: _only_read(Path(url.database or "")))
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise BadSetting(name=SETTING, reason=str(error)) from None

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, below
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes its lock at once: two writers then wait for each other instead of one failing halfway.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _only_read(file: Path) -> sqlite3.Connection:
    """A connection for a folder that cannot be written to (there SQLite cannot keep its usual files beside the database)."""
    for mode in ("mode=ro", "mode=ro&immutable=1"):
        connection = sqlite3.connect(f"{file.absolute().as_uri()}?{mode}", uri=True, check_same_thread=False)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return connection
        except sqlite3.OperationalError:
            connection.close()
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)


def prepare(engine: Engine, *, read_only: bool = False) -> str:
    """Make the tables where there are none, and bring older ones up to date; returns the database's identity.

    Several processes may do so at once.

    Raises:
        NewerDatabase: the tables are of a later version than this one knows; nothing is touched then.
        OlderDatabase: they are of an earlier one, and cannot be written to.
        DatabaseBusy: others held the lock for too long.
        sqlalchemy.exc.SQLAlchemyError: whatever else the database refuses.
    """
    if read_only:
        with engine.connect() as connection:
            version, identity = _check(connection) or (SCHEMA, "")
            if version < SCHEMA:
                raise OlderDatabase(found=version, known=SCHEMA)
            return identity
    if engine.dialect.name == "sqlite":
        _write_ahead(engine)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        known = _check(connection) if engine.dialect.has_table(connection, Schema.__tablename__) else None
        if known is not None:
            version, identity = known
            _upgrade(connection, version)
            return identity
        Base.metadata.create_all(connection)
        identity = uuid.uuid4().hex
        connection.execute(insert(Schema).values(version=SCHEMA, identity=identity))
        return identity


def _check(connection: Connection) -> tuple[int, str] | None:
    """Version and identity of the tables; None where nothing was written yet."""
    row = connection.execute(select(Schema.version, Schema.identity)).first()
    if row is not None and row.version > SCHEMA:
        raise NewerDatabase(found=row.version, known=SCHEMA)
    return None if row is None else (row.version, row.identity)


def _upgrade(connection: Connection, version: int) -> None:
    for step in range(version + 1, SCHEMA + 1):
        for statement in UPGRADES[step]:
            connection.execute(text(statement))
        connection.execute(update(Schema).values(version=step))


def _write_ahead(engine: Engine) -> None:
    """Readers and one writer at once. The change itself needs the file for a moment and does not wait by itself."""
    for attempt in range(50):
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
                raise OperationalError("PRAGMA journal_mode", None, error) from error
            if attempt == 49:
                raise DatabaseBusy() from None
            time.sleep(0.05)
        except sqlite3.DatabaseError as error:
            raise DBAPIError("PRAGMA journal_mode", None, error) from error
        finally:
            raw.close()
