"""The durable inbox: updates are stored before they are acknowledged and handled in order within each lane."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from bot.state.models import Incoming

__all__ = ["AlreadyHandled", "fail", "finish", "take", "turn", "waiting"]

WAITS = (1.0, 5.0, 30.0)
"""Seconds before an update whose handling went wrong is tried again; after the last it counts as failed."""


class AlreadyHandled(Exception):
    """Another worker was faster; what was done here must be rolled back."""


def take(updates: Iterable[Incoming]) -> int:
    """Store updates; those that are known already are left alone. Returns how many there were."""
    rows = list(updates)
    Incoming.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@contextmanager
def turn(bot: int, now: datetime.datetime, busy: Collection[str] = ()) -> Iterator[Incoming | None]:
    """The next update to handle, or None; held against other workers while the block runs.

    On PostgreSQL by a row lock that dies with the process. SQLite has none: there ``busy`` keeps the threads of the one
    process apart, and `finish` notices a second process.

    Args:
        bot: id of the bot.
        now: an update put off is taken from its time on.
        busy: lanes that another thread is working on.
    """
    locks = connection.features.has_select_for_update_skip_locked
    with transaction.atomic() if locks else nullcontext():
        earlier = Incoming.objects.filter(bot=bot, lane=OuterRef("lane"), state=Incoming.State.WAITING, update__lt=OuterRef("update"))
        first = Incoming.objects.filter(~Exists(earlier), bot=bot, state=Incoming.State.WAITING, due_at__lte=now).exclude(lane__in=busy)
        yield first.select_for_update(skip_locked=True).order_by("id").first()


def finish(incoming: Incoming, state: Any, now: datetime.datetime) -> None:
    """Mark an update as handled, in the transaction that stores what came of it; its text is no longer needed.

    Raises:
        AlreadyHandled: it is not waiting any more.
    """
    changed = Incoming.objects.filter(pk=incoming.pk, state=Incoming.State.WAITING).update(state=state, payload={}, handled_at=now)
    if not changed:
        raise AlreadyHandled(incoming.pk)


def fail(incoming: Incoming, error: str, now: datetime.datetime) -> bool:
    """Note that handling went wrong; returns whether it will not be tried again (the caller then finishes it as failed)."""
    tried = incoming.attempts + 1
    wait = WAITS[min(tried, len(WAITS)) - 1]
    Incoming.objects.filter(pk=incoming.pk).update(attempts=tried, error=error[:200], due_at=now + datetime.timedelta(seconds=wait))
    return tried >= len(WAITS)


def waiting(bot: int) -> int:
    """How many updates wait to be handled."""
    return int(Incoming.objects.filter(bot=bot, state=Incoming.State.WAITING).count())
