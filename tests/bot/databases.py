"""Which databases tests run on: SQLite always, PostgreSQL where a server answers."""

from __future__ import annotations

import os

import psycopg

SERVER = os.environ.get("MINZHENG_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
"""Administrative address of a PostgreSQL server for tests (trust authentication by default)."""


def address(name: str) -> str:
    """The address of a database on that server."""
    return f"{SERVER.rpartition('/')[0]}/{name}"


def execute(statement: str) -> None:
    """Run an administrative statement on the server."""
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(statement)  # type: ignore[arg-type]


def _answers() -> bool:
    try:
        psycopg.connect(SERVER, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


DATABASES = ["sqlite", *(["postgresql"] if _answers() else [])]
