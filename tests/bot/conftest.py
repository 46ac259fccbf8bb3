"""The state on each database: a fresh SQLite file, and a fresh PostgreSQL database where a server answers."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import DATABASES, address, execute
from django.db import connections

from bot.settings import Settings, read_settings
from bot.state.opening import migrate, open_state

open_state(read_settings())  # the tables can only be imported once Django is set up

@pytest.fixture(scope="session")
def templates(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Settings]]:
    """A migrated, empty database of each kind, to be copied."""
    made: dict[str, Settings] = {}
    name = f"minzheng_test_{uuid.uuid4().hex[:8]}"
    for kind in DATABASES:
        if kind == "postgresql":
            execute(f"CREATE DATABASE {name}")
        database = "sqlite" if kind == "sqlite" else address(name)
        made[kind] = settings.model_copy(update={"state_dir": tmp_path_factory.mktemp(kind), "database": database})
        open_state(made[kind])
        migrate()
        if kind == "sqlite":
            with connections["default"].cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connections.close_all()
    yield made
    if "postgresql" in made:
        execute(f"DROP DATABASE {name} WITH (FORCE)")


def _copy(kind: str, templates: dict[str, Settings], folder: Path) -> Iterator[Settings]:
    template = templates[kind]
    settings = template.model_copy(update={"state_dir": folder, "http_port": 0})
    if kind == "sqlite":
        shutil.copy(template.state_dir / "state.sqlite3", folder / "state.sqlite3")
        open_state(settings)
        yield settings
        connections.close_all()
        return
    name = f"minzheng_test_{uuid.uuid4().hex[:12]}"
    execute(f"CREATE DATABASE {name} TEMPLATE {template.database.rpartition('/')[2]}")
    settings = settings.model_copy(update={"database": address(name)})
    open_state(settings)
    yield settings
    connections.close_all()
    execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=DATABASES)
def state(request: pytest.FixtureRequest, templates: dict[str, Settings], tmp_path: Path) -> Iterator[Settings]:
    """Open, empty tables; the test runs once on each database. Gives the settings they belong to."""
    yield from _copy(request.param, templates, tmp_path)


@pytest.fixture
def sqlite_state(templates: dict[str, Settings], tmp_path: Path) -> Iterator[Settings]:
    """Open, empty tables on SQLite only, for tests whose promise has nothing to do with the database."""
    yield from _copy("sqlite", templates, tmp_path)
