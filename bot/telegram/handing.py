"""Passing a matter to people at the resident's wish."""

from __future__ import annotations

from typing import Any

from bot.state.models import Chat, Entry, Exchange, Ticket
from bot.telegram import menus
from bot.telegram.asking import STAFF, guesses, last_asked
from bot.telegram.pages import page
from bot.telegram.turn import Act, Turn
from bot.texts import say
from bot.tickets import desk

__all__ = ["QUOTED", "hand_over"]

QUOTED = 80
"""Characters of a question that are read back to the resident."""


def hand_over(turn: Turn, chat: Chat, about: Exchange | None = None, origin: dict[str, Any] | None = None) -> Act:
    """Open a ticket, or name the one that is open.

    Args:
        turn: the update being handled.
        chat: whose.
        about: the exchange it is about; the last one when neither this nor an attachment is given.
        origin: a message with an attachment that goes into the ticket.
    """
    ticket = desk.open_ticket_of(chat) if chat.pk else None
    about = about or (None if origin else last_asked(chat))
    place = (about.region if about else "") or chat.region or chat.recalled().region
    shown = guesses(turn, about.question, place) if about and ticket is None else []

    def act() -> None:
        chat.save()
        if ticket:
            _tell_state(turn, ticket, origin)
            return
        world = turn.workplace.road.world
        topic = world.title(about.intent) if about and about.intent and about.intent != STAFF else ""
        opened = desk.open_ticket(
            chat, about.question if about else "", region=place, topic=topic, candidates=shown, urgent=False, now=turn.now, **turn.terms)
        if origin:
            desk.add(opened, "", turn.now, origin, **turn.terms)
        turn.send(page(_first(about, origin), *turn.masked(), *menus.ticket_lines(turn, opened)), purpose="handoff")

    return act


def _first(about: Exchange | None, origin: dict[str, Any] | None) -> str:
    if about is None:
        return say("staff_attachment" if origin else "staff_nothing_asked")
    question = about.question.replace("\n", " ")
    return say("staff_about", question=question if len(question) <= QUOTED else question[:QUOTED] + "…")


def _tell_state(turn: Turn, ticket: Ticket, origin: dict[str, Any] | None) -> None:
    """The ticket that is open; an attachment goes into it, once."""
    if origin and not Entry.objects.filter(ticket=ticket, attachment__message=origin["message"]).exists():
        desk.add(ticket, "", turn.now, origin, **turn.terms)
        turn.send(page(say("attachment_added", kind=origin["kind"], number=ticket.pk)), purpose="notice")
        return
    state = say("ticket_state", number=ticket.pk, state=ticket.get_state_display())
    turn.send(page(state, say("ticket_more")), purpose="notice")
