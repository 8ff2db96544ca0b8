"""The tables that keep plans, and how a database of any kind is opened for many threads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

SCHEMA = 1
"""Version of the tables below; a database written by a newer one is refused."""

metadata = sa.MetaData()

META = sa.Table(
    "planner_meta",
    metadata,
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("value", sa.String(200), nullable=False),
)

PLANS = sa.Table(
    "planner_plan",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("head", sa.Integer, nullable=False),
    sa.Column("archived", sa.Boolean, nullable=False),
    sa.Column("view_token", sa.String(40), nullable=False, unique=True),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("changed_at", sa.Float, nullable=False),
)

VERSIONS = sa.Table(
    "planner_version",
    metadata,
    sa.Column("plan_id", sa.String(40), sa.ForeignKey("planner_plan.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    # The version whose edit made this content: itself, but for undo and redo, which bring content back.
    sa.Column("origin", sa.Integer, nullable=False),
    # Where undo leads: the origin before this one. Where redo leads: the version that was undone.
    sa.Column("previous", sa.Integer),
    sa.Column("undone", sa.Integer),
    sa.Column("tables", sa.Text, nullable=False),  # JSON: table name -> key of its content
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
)

CONTENTS = sa.Table(
    "planner_content",
    metadata,
    sa.Column("plan_id", sa.String(40), sa.ForeignKey("planner_plan.id"), primary_key=True),
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""Each distinct table of a plan once. By plan, so that the lock on a plan's row guards its contents too."""

INPUTS = sa.Table(
    "planner_input",
    metadata,
    sa.Column("plan_hash", sa.String(64), primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

RESULTS = sa.Table(
    "planner_result",
    metadata,
    sa.Column("plan_hash", sa.String(64), primary_key=True),
    sa.Column("options_key", sa.String(200), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("gap", sa.Float),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

WRITES = "planner_writes"
"""Execution option of the engine that is used for writing."""


class StoreUnavailable(Exception):
    """The database cannot be used; the message says why, in words for the person who set it up."""


def default_url() -> str:
    """The database that the settings name: PLANNER_DATABASE_URL, else a file in PLANNER_DATA_DIR (`data`)."""
    url = os.environ.get("PLANNER_DATABASE_URL", "").strip()
    if url:
        return url
    return f"sqlite:///{Path(os.environ.get('PLANNER_DATA_DIR', '').strip() or 'data') / 'planner.db'}"


def open_engine(url: str | None = None) -> Engine:
    """An engine for the database at the URL (default: `default_url`), its tables made when missing.

    Raises StoreUnavailable when it cannot be reached, is no database, or was written by a newer version.
    """
    try:
        address = sa.make_url(url or default_url())
        if address.drivername == "postgres":  # what many hosts still hand out
            address = address.set(drivername="postgresql")
        shown = address.render_as_string(hide_password=True)
        engine = (
            _sqlite(address)
            if address.get_backend_name() == "sqlite"
            else sa.create_engine(address, pool_pre_ping=True)
        )
    except (sa.exc.ArgumentError, ImportError, OSError) as error:
        raise StoreUnavailable(f"The store's database cannot be opened: {error}") from error
    try:
        _create(engine)
    except StoreUnavailable:
        engine.dispose()
        raise
    except DBAPIError as error:
        engine.dispose()
        raise StoreUnavailable(f"The store's database {shown} cannot be used: {error.orig}") from error
    return engine


def _sqlite(address: sa.URL) -> Engine:
    if not address.database or address.database == ":memory:":
        raise StoreUnavailable("The store needs a file: threads would not share a database in memory.")
    Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(address, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A reader that turns writer cannot wait for its turn, so a writer says so at the start.
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _create(engine: Engine) -> None:
    try:
        _create_missing(engine)
    except DBAPIError:  # another process may have made the tables at the same moment
        _create_missing(engine)


def _create_missing(engine: Engine) -> None:
    with engine.execution_options(**{WRITES: True}).begin() as db:
        metadata.create_all(db)
        found = db.execute(sa.select(META.c.value).where(META.c.key == "schema")).scalar()
        if found is None:
            db.execute(META.insert().values(key="schema", value=str(SCHEMA)))
        elif int(found) > SCHEMA:
            raise StoreUnavailable(f"The store was written by a newer version of the planner (schema {found}).")
