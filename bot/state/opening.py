"""Opening the state: Django set up over the database that the settings name."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
import django
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from bot.settings import Settings

__all__ = ["is_current", "migrate", "open_state"]

CONNECT_SECONDS = 5
LOCK = 7_346_001
"""Number of the lock under which tables are changed."""
SQLITE = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"}
"""A commit is on the disk before it is acknowledged; writers queue up instead of failing."""


def open_state(settings: Settings) -> None:
    """Set Django up once; a second call points it at the database of the new settings."""
    database = _database(settings)
    if not django_settings.configured:
        django_settings.configure(
            DATABASES={"default": database}, INSTALLED_APPS=["bot.state"], ROOT_URLCONF="bot.http.urls",
            ALLOWED_HOSTS=["127.0.0.1", "localhost", *filter(None, [urlsplit(settings.webhook_url).hostname])],
            USE_TZ=True, TIME_ZONE="Asia/Shanghai", LANGUAGE_CODE="zh-hans", LOGGING_CONFIG=None,
            MIDDLEWARE=["django.middleware.security.SecurityMiddleware"],
        )
        django.setup()
        return
    connections.close_all()
    connections.settings["default"] = connections.configure_settings({"default": database})["default"]
    with contextlib.suppress(AttributeError):
        del connections["default"]


def migrate() -> None:
    """Bring the tables up to date; of several processes that start together one does, the others wait."""
    with _alone():
        call_command("migrate", interactive=False, verbosity=0)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """On PostgreSQL, hold a lock that ends with the connection; SQLite has one worker."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def is_current() -> bool:
    """Whether every migration has been run."""
    executor = MigrationExecutor(connections["default"])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _database(settings: Settings) -> dict[str, Any]:
    if settings.database == "sqlite":
        settings.state_dir.mkdir(parents=True, exist_ok=True)
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": settings.state_dir / "state.sqlite3", "OPTIONS": SQLITE}
    found = dj_database_url.parse(settings.database, conn_max_age=None, conn_health_checks=True)
    return {**found, "OPTIONS": {"connect_timeout": CONNECT_SECONDS, **found.get("OPTIONS", {})}}
