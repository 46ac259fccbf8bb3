"""Replies by staff that are worth keeping, for administrators to work into the knowledge."""

from __future__ import annotations

import datetime

from django.db import transaction

from bot.state.models import Entry, Event, Staff, Suggestion, Ticket
from bot.tickets.desk import on_duty
from bot.tickets.refusal import Refused
from bot.tickets.signals import Action

__all__ = ["keep", "listing"]


def keep(entry: Entry, staff: Staff, now: datetime.datetime) -> Suggestion:
    """Keep a reply, once.

    Raises:
        Refused: not the words of a member of staff, kept already, or the person is not on the list.
    """
    with transaction.atomic():
        staff = on_duty(staff)
        if entry.author != Entry.Author.STAFF or not entry.text:
            raise Refused("refused_not_a_reply")
        ticket = Ticket.objects.select_for_update().get(pk=entry.ticket_id)
        if Suggestion.objects.filter(ticket=ticket, text=entry.text).exists():
            raise Refused("refused_kept")
        Event.objects.create(ticket=ticket, staff=staff, action=Action.KEPT, at=now)
        kept: Suggestion = Suggestion.objects.create(
            ticket=ticket, question=ticket.question, text=entry.text, region=ticket.region, intent=ticket.topic, by=staff, at=now)
    return kept


def listing() -> list[Suggestion]:
    """All suggestions, oldest first, each with who kept it."""
    return list(Suggestion.objects.select_related("by").order_by("at", "id"))
