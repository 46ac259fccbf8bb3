"""Nothing personal is kept longer than needed, and nothing that a resident wants forgotten.

Tickets keep their numbers and times, and the audit stays: neither has words of residents.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from bot.state.models import Chat, Entry, Exchange, Incoming, Outgoing, Pace, Suggestion, Ticket
from bot.state.models.outgoing import UNSENT
from bot.state.outbox import OVERALL, drop
from bot.tickets.desk import withdraw
from bot.tickets.signals import forgotten

__all__ = ["forget", "purge"]

PACE = datetime.timedelta(days=1)
"""How long a chat's pace of sending is remembered."""


def purge(days: int, now: datetime.datetime) -> dict[str, int]:
    """Delete what is older than ``days`` and settled; returns how many rows by kind."""
    before = now - datetime.timedelta(days=days)
    handled = Incoming.objects.exclude(state=Incoming.State.WAITING)
    settled = Outgoing.objects.exclude(state__in=UNSENT)
    old = Ticket.objects.filter(state=Ticket.State.CLOSED, closed_at__lt=before)
    needed = Ticket.objects.filter(chat=OuterRef("pk")).exclude(pk__in=old.values("pk"))
    paces = Pace.objects.filter(free_at__lt=(now - PACE).timestamp()).exclude(key__endswith=f":{OVERALL}")
    with transaction.atomic():
        return {
            "exchanges": _delete(Exchange.objects.filter(at__lt=before)),
            "incoming": _delete(handled.filter(received_at__lt=before)),
            "outgoing": _delete(settled.filter(created_at__lt=before)),
            "entries": _delete(Entry.objects.filter(ticket__in=old)),
            "tickets": _empty(old),
            "chats": _delete(Chat.objects.filter(~Exists(needed), seen_at__lt=before)),
            "paces": _delete(paces),
        }


def forget(chat: Chat, now: datetime.datetime, current: Incoming | None = None) -> dict[str, int]:
    """Delete everything of one person; the chat itself stays, empty, so that the confirmation can reach it.

    What has come in keeps its number, without chat or words, so that the channel cannot bring it a second time.

    Args:
        chat: whose; emptied and saved.
        now: what is stored to be sent from now on stays.
        current: the update being handled, which still has to be finished.

    Returns:
        How many rows by kind.
    """
    with transaction.atomic():
        tickets = Ticket.objects.filter(pk__in=list(Ticket.objects.filter(chat=chat).values_list("pk", flat=True)))
        incoming = Incoming.objects.filter(bot=chat.bot, lane=chat.address).exclude(pk=current and current.pk)
        counts = {
            "exchanges": _delete(chat.exchanges.all()),
            "incoming": _disown(incoming, now),
            "outgoing": _silence(chat, tickets, now),
            "entries": tickets.filter(entries__isnull=False).values("entries").count(),
            "suggestions": Suggestion.objects.filter(ticket__in=tickets).update(question="", ticket=None),
        }
        Entry.objects.filter(ticket__in=tickets).update(text="", attachment={})
        counts["tickets"] = _empty(tickets)
        for ticket in tickets.exclude(state=Ticket.State.CLOSED).order_by("id"):
            withdraw(ticket, now)
        tickets.update(chat=None)
        for ticket in tickets.order_by("id"):
            forgotten.send(Ticket, ticket=ticket, now=now)
        chat.region, chat.conversation, chat.warned = "", {}, False
        chat.save()
    return counts


def _delete(rows: Any) -> int:
    """Delete rows; returns how many, without those that went with them."""
    _, by_model = rows.delete()
    return int(by_model.get(rows.model._meta.label, 0))


def _empty(tickets: Any) -> int:
    """Take the words out of tickets; returns out of how many."""
    worded = tickets.exclude(question="", topic="", candidates=[])
    return int(worded.update(question="", topic="", candidates=[]))


def _disown(incoming: Any, now: datetime.datetime) -> int:
    """Leave nothing of updates but their numbers; those that wait will not be handled."""
    incoming.filter(state=Incoming.State.WAITING).update(state=Incoming.State.IGNORED, handled_at=now)
    return int(incoming.exclude(state=Incoming.State.WAITING).update(lane="", message=None, payload={}, error=""))


def _silence(chat: Chat, tickets: Any, now: datetime.datetime) -> int:
    """Delete what went to the person, and take the words out of what went to staff about the person's tickets.

    The latter rows stay, so that it is still known which message of the group belongs to which ticket.
    """
    before = Outgoing.objects.filter(created_at__lt=now)
    own = before.filter(bot=chat.bot, lane=chat.address)
    about = before.filter(ticket__in=tickets).exclude(pk__in=own.values("pk"))
    drop(before.filter(Q(pk__in=own.values("pk")) | Q(ticket__in=tickets)), now)
    emptied = about.exclude(state__in=UNSENT).exclude(params={}).update(params={})
    return int(emptied) + _delete(own.exclude(state__in=UNSENT))
