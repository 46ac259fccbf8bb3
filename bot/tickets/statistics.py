"""Figures for the bureau; counted from the audit where the ticket itself only knows its latest state."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.db.models import Count, Min, Q

from bot.state.models import Event, Exchange, Outgoing, Ticket
from bot.tickets.desk import unanswered, unheld
from bot.tickets.signals import Action

__all__ = ["Figures", "figures"]


@dataclass(frozen=True)
class Figures:
    """Counts of a period, and of this moment where the name says ``now``.

    ``exchanges`` by outcome, ``satisfaction`` by rating, ``deliveries`` by state of `Outgoing`. The minutes are medians,
    in real time, over the tickets opened in the period; None when none has been claimed or answered.
    """

    exchanges: dict[str, int]
    opened: int
    closed: int
    open_now: int
    unclaimed_now: int
    late_now: int
    minutes_to_claim: float | None
    minutes_to_answer: float | None
    satisfaction: dict[str, int]
    deliveries: dict[str, int]


def figures(since: datetime.datetime, now: datetime.datetime) -> Figures:
    """Count from ``since`` up to ``now``."""
    period = (since, now)
    opened = Ticket.objects.filter(opened_at__range=period)
    unsettled = unanswered()
    return Figures(
        exchanges=_by("outcome", Exchange.objects.filter(at__range=period)),
        opened=opened.count(),
        closed=Ticket.objects.filter(closed_at__range=period).count(),
        open_now=Ticket.objects.exclude(state=Ticket.State.CLOSED).count(),
        unclaimed_now=unsettled.filter(unheld()).count(),
        late_now=unsettled.filter(due_at__lt=now).count(),
        minutes_to_claim=_minutes_to(Action.CLAIMED, opened),
        minutes_to_answer=_minutes_to(Action.ANSWERED, opened),
        satisfaction=_by("detail", Event.objects.filter(action=Action.RATED, at__range=period)),
        deliveries=_by("state", Outgoing.objects.filter(created_at__range=period)),
    )


def _by(column: str, rows: Any) -> dict[str, int]:
    return dict(rows.order_by(column).values_list(column).annotate(Count("pk")))


def _minutes_to(action: Action, tickets: Any) -> float | None:
    """Median minutes from opening to the first time that something was done."""
    first = tickets.annotate(first=Min("events__at", filter=Q(events__action=action))).exclude(first=None)
    waits = [(at - opened).total_seconds() / 60 for opened, at in first.values_list("opened_at", "first")]
    return median(waits) if waits else None
