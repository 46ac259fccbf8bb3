"""Opening the state: Django set up over the database that the settings name."""

from __future__ import annotations

import contextlib
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
import django
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from bot.settings import Settings

__all__ = ["is_current", "migrate", "open_state"]

CONNECT_SECONDS = 5
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
    """Bring the tables up to date."""
    call_command("migrate", interactive=False, verbosity=0)


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
