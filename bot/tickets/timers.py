"""The clock of the tickets: reminders, escalation and closing; all it knows stands in the tables.

``reminded_at`` is when the group last heard that nobody has a ticket: by a reminder, or by what made it wait (a transfer,
a reopening, urgency); empty means by its opening.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from bot.settings import Settings
from bot.state.models import Entry, Ticket
from bot.tickets import desk
from bot.tickets.signals import Kind, due
from bot.tickets.working_time import WorkingTime

__all__ = ["CLOSE_AFTER", "tick"]

CLOSE_AFTER = datetime.timedelta(days=3)
"""How long an answered ticket stands without a word until it counts as settled."""


def tick(now: datetime.datetime, settings: Settings, working_time: WorkingTime) -> None:
    """Do what is due; may be called as often as one likes, also by two at once."""
    with transaction.atomic():
        _remind(now, settings, working_time)
    _escalate(now)
    _close(now)


def _remind(now: datetime.datetime, settings: Settings, working_time: WorkingTime) -> None:
    """Tickets that nobody has; in one transaction, so that whoever hears of them can tell of all at once."""
    wait = datetime.timedelta(minutes=settings.remind_after_minutes)
    wait_urgent = datetime.timedelta(minutes=settings.urgent_again_minutes)
    works = working_time.is_open(now)
    for ticket in desk.unanswered().filter(desk.unheld()).order_by("id"):
        told = ticket.reminded_at or ticket.opened_at
        if ticket.priority == Ticket.Priority.URGENT:
            if now - told >= wait_urgent:
                _send(ticket, Kind.URGENT, "reminded_at", now)
        elif works and working_time.elapsed(told, now) >= wait:
            _send(ticket, Kind.UNCLAIMED, "reminded_at", now)


def _escalate(now: datetime.datetime) -> None:
    for ticket in desk.unanswered().filter(due_at__lt=now, escalated_at=None).order_by("id"):
        _send(ticket, Kind.LATE, "escalated_at", now)


def _send(ticket: Ticket, kind: Kind, told: str, now: datetime.datetime) -> None:
    """Send the signal, unless the ticket has moved on or another was faster to tell."""
    seen = {name: getattr(ticket, name) for name in ("pk", "state", "claimed_by_id", "due_at", told)}
    with transaction.atomic():
        if Ticket.objects.filter(**seen).update(**{told: now}):
            setattr(ticket, told, now)
            due.send(Ticket, ticket=ticket, kind=kind, now=now)


def _close(now: datetime.datetime) -> None:
    for number in _silent(now).order_by("id").values_list("pk", flat=True):
        with transaction.atomic():
            Ticket.objects.select_for_update().get(pk=number)
            if _silent(now).filter(pk=number).exists():
                desk.close(number, None, now)


def _silent(now: datetime.datetime) -> Any:
    """Answered tickets in which nobody has said anything for long."""
    words = Entry.objects.filter(ticket=OuterRef("pk"), at__gt=now - CLOSE_AFTER)
    return Ticket.objects.filter(~Exists(words), state=Ticket.State.ANSWERED, answered_at__lte=now - CLOSE_AFTER)
