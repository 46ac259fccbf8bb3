"""Which handler takes an update, and its handling in one transaction."""

from __future__ import annotations

import datetime

from django.db import transaction

from bot.state import inbox
from bot.state.models import Chat, Event, Incoming
from bot.telegram import commands, groups, inline, residents, staff, taps
from bot.telegram.arrival import Arrival
from bot.telegram.buttons import read_tap
from bot.telegram.cards import Cards
from bot.telegram.pages import page
from bot.telegram.turn import Act, Turn, Workplace
from bot.texts import say
from bot.tickets import desk

__all__ = ["give_up", "handle"]

GONE = ("kicked", "left")


def handle(incoming: Incoming, workplace: Workplace, cards: Cards, now: datetime.datetime) -> str:
    """Handle an update: first read and match, then write all that comes of it in one transaction.

    Returns:
        Its new state.

    Raises:
        bot.state.inbox.AlreadyHandled: another worker was faster; nothing has been written.
    """
    turn = Turn(workplace, Arrival(**incoming.payload), incoming, now)
    act = _route(turn, cards)
    state = Incoming.State.DONE if act else Incoming.State.IGNORED
    with transaction.atomic():
        inbox.finish(incoming, state, now)
        if act:
            act()
    return str(state)


def give_up(incoming: Incoming, workplace: Workplace, now: datetime.datetime) -> None:
    """An update whose handling keeps failing: a resident's question goes to people, and the resident is told."""
    turn = Turn(workplace, Arrival(**incoming.payload), incoming, now)
    with transaction.atomic():
        inbox.finish(incoming, Incoming.State.FAILED, now)
        Event.objects.create(actor="system", action="failed", detail=f"update {incoming.update}: {incoming.error}"[:200], at=now)
        if turn.arrival.kind not in ("message", "edited_message") or turn.arrival.chat_type != "private":
            return
        chat = turn.chat()
        chat.save()
        ticket = desk.open_ticket_of(chat)
        if ticket:
            desk.add(ticket, turn.arrival.text, now, **turn.terms)
        else:
            ticket = desk.open_ticket(
                chat, turn.arrival.text, region=chat.region, topic="", candidates=[], urgent=False, now=now, **turn.terms,
            )
        turn.send(page(say("trouble", number=ticket.pk)), purpose="handoff")


def _route(turn: Turn, cards: Cards) -> Act | None:
    """What is to be written for an update; None when it is none of our business."""
    arrival = turn.arrival
    match arrival.kind:
        case "callback_query":
            return _tap(turn, cards)
        case "inline_query":
            return inline.look_up(turn)
        case "my_chat_member":
            return _membership(turn)
    if arrival.chat_type == "channel" or arrival.service:
        return None
    name, argument = arrival.command(turn.account.username)
    if name and (act := staff.command(turn, cards, name, argument)):
        return act
    if arrival.reply_to and (act := staff.reply(turn, cards)):
        return act
    if arrival.chat == turn.account.staff_group:
        return None
    if arrival.chat_type != "private":
        return _in_group(turn, name)
    if arrival.is_command:
        return commands.COMMANDS.get(name, commands.unknown)(turn)
    return residents.question(turn) if arrival.text or not arrival.attachment else residents.attachment(turn)


def _in_group(turn: Turn, command: str) -> Act | None:
    """In a group the bot speaks only when spoken to, and personal matters are for a private chat."""
    if not turn.arrival.addressed or not turn.arrival.text:
        return None
    if turn.arrival.is_command:
        return (lambda: groups.command(turn)) if command else None
    return residents.question(turn)


def _tap(turn: Turn, cards: Cards) -> Act:
    tapped = read_tap(turn.arrival.data)
    if tapped and (act := staff.tap(turn, cards, tapped)):
        return act
    if tapped and (handler := taps.TAPS.get(tapped.action)):
        return handler(turn, tapped)

    def refuse() -> None:
        turn.refuse(f"tap {turn.arrival.data}")
        turn.answer(say("stale"), alert=True)

    return refuse


def _membership(turn: Turn) -> Act:
    """The bot was blocked or let in again; in a group, it says the number that the operator needs."""
    arrival = turn.arrival

    def act() -> None:
        if arrival.chat_type == "private":
            Chat.objects.filter(channel="telegram", bot=turn.account.bot, address=arrival.lane).update(reachable=arrival.status not in GONE)
        elif arrival.status in ("member", "administrator") and (turn.staff() or not turn.account.staff_group):
            turn.send(page(say("group_number", number=arrival.chat)), purpose="notice")

    return act
