"""How the running service is: facts that its parts report, and what waits in the database."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import Error, connection
from django.db.models import Count, Min
from django.utils import timezone

from bot.logs import hide
from bot.state.models import Incoming, Outgoing, Ticket
from bot.state.models.outgoing import UNSENT
from bot.texts import say
from bot.tickets.desk import unanswered, unheld

__all__ = ["Backlog", "Facts", "Health", "measure"]



@dataclass(frozen=True)
class Backlog:
    """What waits in the database.

    ``oldest`` is the age in seconds of the update that has waited longest, 0 without any; ``unsent`` and ``tickets``
    count by state, zeros included; closed tickets are left out. ``unclaimed`` are tickets that nobody has who should.
    """

    waiting: int
    oldest: float
    unsent: Mapping[str, int]
    tickets: Mapping[str, int]
    unclaimed: int


def measure(now: datetime.datetime | None = None) -> Backlog:
    """Ask the database what waits.

    Raises:
        django.db.Error: it does not answer.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    updates = Incoming.objects.filter(state=Incoming.State.WAITING).aggregate(count=Count("id"), first=Min("received_at"))
    oldest = max(((now or timezone.now()) - updates["first"]).total_seconds(), 0.0) if updates["first"] else 0.0
    unsent = dict(Outgoing.objects.filter(state__in=UNSENT).values_list("state").annotate(Count("id")))
    tickets = dict(Ticket.objects.exclude(state=Ticket.State.CLOSED).values_list("state").annotate(Count("id")))
    return Backlog(
        updates["count"], oldest, {state: unsent.get(state, 0) for state in UNSENT},
        {str(state): tickets.get(state, 0) for state in Ticket.State.values if state != Ticket.State.CLOSED},
        unanswered().filter(unheld()).count(),
    )


@dataclass(frozen=True)
class Facts:
    """What is known at one moment; ``since`` belongs to ``reachable``, ``error`` to the last failed attempt."""

    since: datetime.datetime
    name: str = ""
    link: str = ""
    reachable: bool = False
    error: str = ""
    polled: datetime.datetime | None = None
    version: str = ""
    reload_error: str = ""
    stopping: bool = False


class Health:
    """A record of facts; every method may be called from any thread.

    The channel counts as unreachable until it has been reached.
    """

    def __init__(self, now: Callable[[], datetime.datetime] = timezone.now) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._facts = Facts(since=now())

    @property
    def facts(self) -> Facts:
        """The facts of this moment."""
        return self._facts

    def identified(self, name: str, link: str) -> None:
        """The channel has told the bot's name and link."""
        self._note(name=name, link=link)

    def reached(self) -> None:
        """The channel has answered."""
        with self._lock:
            if not self._facts.reachable:
                self._facts = replace(self._facts, reachable=True, since=self._now(), error="")

    def lost(self, error: str) -> None:
        """The channel has not answered; ``error`` may hold anything, secrets are taken out."""
        with self._lock:
            since = self._now() if self._facts.reachable else self._facts.since
            self._facts = replace(self._facts, reachable=False, since=since, error=hide(error)[:200])

    def polled(self) -> None:
        """Updates have just been fetched, perhaps none."""
        self._note(polled=self._now())

    def knows(self, version: str) -> None:
        """This version of the knowledge is in service."""
        self._note(version=version, reload_error="")

    def reload_failed(self, error: str) -> None:
        """Changed knowledge was refused; the version before stays in service."""
        self._note(reload_error=hide(error)[:2000])

    def stop(self) -> None:
        """The service is about to end."""
        self._note(stopping=True)

    def report(self, measured: Backlog | Exception | None = None) -> dict[str, Any]:
        """Status (``ok``, ``degraded``, ``stopping`` or ``failing``), problems in Chinese, and the facts, as JSON.

        Args:
            measured: what waits, or why the database did not tell; by default it is asked now.
        """
        if measured is None:
            try:
                measured = measure(self._now())
            except Error as error:
                measured = error
        facts = self._facts
        return {
            "status": _status(facts, measured),
            "problems": _problems(facts, measured),
            "channel": {
                "name": facts.name, "link": facts.link, "reachable": facts.reachable, "since": _time(facts.since),
                "last_poll": _time(facts.polled) if facts.polled else None, "last_error": facts.error,
            },
            "knowledge": {"version": facts.version, "last_reload_error": facts.reload_error},
            "database": {"answers": False} if isinstance(measured, Exception) else {
                "answers": True, "waiting_updates": measured.waiting, "unsent_messages": sum(measured.unsent.values()),
                "open_tickets": sum(measured.tickets.values()), "unclaimed_tickets": measured.unclaimed,
            },
        }

    def _note(self, **facts: Any) -> None:
        with self._lock:
            self._facts = replace(self._facts, **facts)


def _status(facts: Facts, measured: Backlog | Exception) -> str:
    if isinstance(measured, Exception):
        return "failing"
    if facts.stopping:
        return "stopping"
    return "ok" if facts.reachable and not facts.reload_error else "degraded"


def _problems(facts: Facts, measured: Backlog | Exception) -> list[str]:
    problems = []
    if isinstance(measured, Exception):
        problems.append(say("health_database", error=hide(str(measured)).strip()[:200] or type(measured).__name__))
    if facts.stopping:
        problems.append(say("health_stopping"))
    if not facts.reachable:
        problems.append(say("health_channel_lost" if facts.error else "health_channel_new", since=_time(facts.since), error=facts.error))
    if facts.reload_error:
        problems.append(say("health_reload_failed", error=facts.reload_error))
    return problems


def _time(at: datetime.datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"
