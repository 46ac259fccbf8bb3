"""Residents: their questions, and everything else they send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from bot import metrics
from bot.state.models import Exchange, Incoming, Ticket
from bot.telegram import attachments, groups, menus
from bot.telegram.asking import STAFF, Asked, ask
from bot.telegram.buttons import Button, button
from bot.telegram.handing import hand_over
from bot.telegram.pages import answer_page, page
from bot.telegram.turn import Act, Turn, nothing
from bot.texts import say
from bot.tickets import desk
from intents.question import Outcome, Reply

__all__ = ["answer", "attachment", "question"]

COURTESIES = ("smalltalk.thanks", "smalltalk.bye", "smalltalk.ok", "smalltalk.praise")
"""What needs no clerk to read it."""
MOST = 3
"""Further questions offered under an answer."""


def question(turn: Turn) -> Act:
    """A text, perhaps beside an attachment: answered, or passed on."""
    arrival = turn.arrival
    if _corrected_since(turn):
        return nothing
    chat = turn.chat()
    asked = ask(turn, chat, arrival.text, chat.recalled())
    if asked.wants_staff and not chat.in_group:
        return hand_over(turn, chat, origin=attachments.origin(turn))
    if arrival.attachment:
        asked.origin = attachments.origin(turn) or {}
    before = [say("edited")] if arrival.kind == "edited_message" else []
    return lambda: answer(turn, asked, before)


def _corrected_since(turn: Turn) -> bool:
    """Whether the resident has edited this message and the newer text is waiting: only that counts."""
    return bool(
        turn.arrival.message
        and Incoming.objects.filter(
            bot=turn.account.bot, lane=turn.incoming.lane, message=turn.arrival.message, kind="edited_message",
            state=Incoming.State.WAITING, update__gt=turn.incoming.update,
        ).exists()
    )


def attachment(turn: Turn) -> Act:
    """Something without words: into the open ticket, else a line on what to do."""
    if turn.arrival.kind == "edited_message":
        return nothing
    chat, told = turn.chat(), attachments.told_of_album(turn)
    ticket = desk.open_ticket_of(chat) if chat.pk else None
    kind, origin = attachments.name(turn.arrival.attachment), attachments.origin(turn)

    def act() -> None:
        chat.save()
        if ticket:
            desk.add(ticket, "", turn.now, origin, **turn.terms)
        if told:
            return
        if ticket:
            turn.send(page(say("attachment_added", kind=kind, number=ticket.pk)), purpose="notice")
            return
        key = "attachment_voice" if turn.arrival.attachment in attachments.SPOKEN else "attachment"
        turn.send(page(say(key, kind=kind)), purpose="notice", buttons=[attachments.hand_row(turn)])

    return act


def answer(turn: Turn, asked: Asked, before: Sequence[str] = ()) -> None:
    """Write down and send what the road said; ``before`` stands above it."""
    chat, above = asked.chat, list(before)
    if asked.home and asked.home != chat.region and not chat.in_group:
        if chat.region:
            above.append(say("region_is_set", region=asked.home))
        chat.region = asked.home
    if asked.ticket and not chat.in_group and not all(_speaks_beside(r) for r in asked.replies):
        _into_ticket(turn, asked, asked.ticket)
        return
    chat.remember(asked.conversation)
    chat.save()
    exchanges = [_record(turn, asked, reply) for reply in asked.replies]
    ticket = _file(turn, asked)
    if chat.in_group:
        groups.answer(turn, asked, exchanges, ticket)
        return
    if len(asked.replies) > 1:
        above.append(turn.workplace.road.world.phrase("two_needs"))
    for number, (reply, exchange) in enumerate(zip(asked.replies, exchanges, strict=True)):
        first = number == 0
        _send(turn, asked, reply, exchange, ticket, above if first else [], last=number == len(exchanges) - 1)


def _send(turn: Turn, asked: Asked, reply: Reply, exchange: Exchange, ticket: Ticket | None, above: list[str], *, last: bool) -> None:
    danger = reply.outcome is Outcome.EMERGENCY
    below = turn.masked() if last else []
    rows = _buttons(turn, reply, exchange, ticket)
    if ticket and danger:
        below.append(say("ticket_urgent", number=ticket.pk))
    elif asked.ticket and reply.outcome is Outcome.ANSWER:
        above = [say("bot_speaks"), *above]
        below.append(say("added", number=asked.ticket.pk))
    elif ticket and reply.passed_on:
        below += menus.ticket_lines(turn, ticket)
    elif last and asked.origin and not ticket:
        below.append(say("caption_only", kind=asked.origin["kind"]))
        rows = [attachments.hand_row(turn), *rows]
    if ticket:
        reply = _unoffered(turn, reply)
    turn.send(answer_page(reply, above, below), purpose=str(reply.outcome), buttons=rows, urgent=danger)


def _speaks_beside(reply: Reply) -> bool:
    """Whether the bot speaks while people have the matter in hand: only when it is sure."""
    return reply.outcome in (Outcome.ANSWER, Outcome.EMERGENCY, Outcome.SMALLTALK)


def _unoffered(turn: Turn, reply: Reply) -> Reply:
    """The reply without the offer to pass it on, when that has been done."""
    offer = turn.workplace.road.world.phrase("complaint_offer")
    return replace(reply, words=replace(reply.parts, notes=tuple(n for n in reply.parts.notes if n != offer)))


def _into_ticket(turn: Turn, asked: Asked, ticket: Ticket) -> None:
    """The bot is not sure: what was said goes to the people who have the matter in hand."""
    asked.chat.save()
    desk.add(ticket, asked.text, turn.now, asked.origin, **turn.terms)
    told = say("attachment_added", kind=asked.origin["kind"], number=ticket.pk) if asked.origin else say("added", number=ticket.pk)
    turn.send(page(told, *turn.masked()), purpose="notice")


def _record(turn: Turn, asked: Asked, reply: Reply) -> Exchange:
    transaction.on_commit(lambda: metrics.replied(str(reply.outcome)))
    return Exchange.objects.create(
        chat=asked.chat, question=asked.text, reply=reply.text, outcome=str(reply.outcome), intent=reply.intent, region=reply.region,
        confidence=reply.confidence, options=list(reply.options), related=list(reply.related), knowledge=turn.workplace.version, at=turn.now,
    )


def _file(turn: Turn, asked: Asked) -> Ticket | None:
    """The ticket that this belongs to: the open one, or a new one when it is passed on; urgent in danger."""
    danger = any(r.outcome is Outcome.EMERGENCY for r in asked.replies)
    if asked.chat.in_group and not danger:
        return None
    if asked.ticket:
        _add(turn, asked, asked.ticket)
        return desk.make_urgent(asked.ticket, turn.now) if danger else asked.ticket
    passed = [r for r in asked.replies if r.passed_on]
    return _open(turn, asked, passed, danger) if passed else None


def _add(turn: Turn, asked: Asked, ticket: Ticket) -> None:
    """What was said and what the bot said to it, into the ticket; thanks alone are no work for a clerk."""
    if asked.origin or not all(r.intent in COURTESIES for r in asked.replies):
        desk.add(ticket, asked.text, turn.now, asked.origin, **turn.terms)
        for reply in asked.replies:
            desk.say_beside(ticket, reply.text, turn.now)


def _open(turn: Turn, asked: Asked, passed: list[Reply], danger: bool) -> Ticket:
    world = turn.workplace.road.world
    intent = next((r.intent for r in passed if r.intent and r.intent != STAFF), "") or next((str(g["id"]) for g in asked.guesses), "")
    ticket = desk.open_ticket(
        asked.chat, asked.text, region=asked.chat.region or asked.conversation.region, topic=world.title(intent) if intent else "",
        candidates=asked.guesses, urgent=danger, now=turn.now, **turn.terms,
    )
    if asked.origin:
        desk.add(ticket, asked.text, turn.now, asked.origin, **turn.terms)
    return ticket


def _buttons(turn: Turn, reply: Reply, exchange: Exchange, ticket: Ticket | None) -> list[list[Button]]:
    staff = [] if ticket else [button(say("button_staff"), "staff", exchange.pk)]
    if reply.outcome is Outcome.CLARIFY:
        return [*_choices(turn, reply, exchange), staff] if reply.intent else []
    if reply.outcome is Outcome.ANSWER or (reply.outcome is Outcome.HANDOFF and not reply.passed_on):
        judge = [button(say("button_up"), "up", exchange.pk), button(say("button_down"), "down", exchange.pk), *staff]
        return [*_further(turn, reply, exchange), *_home(turn, exchange), judge]
    return []


def _choices(turn: Turn, reply: Reply, exchange: Exchange) -> list[list[Button]]:
    """What was asked back, as buttons; the cities when the place was asked for."""
    titles = turn.workplace.road.world.titles(reply.options)
    return [[button(title, "opt", exchange.pk, n)] for n, title in enumerate(titles)] or menus.cities(turn)


def _further(turn: Turn, reply: Reply, exchange: Exchange) -> list[list[Button]]:
    """What else may be asked: needs named in passing first, then what goes with the answer."""
    world = turn.workplace.road.world
    rows = [[button(world.title(o), "opt", exchange.pk, n)] for n, o in enumerate(reply.options)]
    rows += [[button(world.title(r), "rel", exchange.pk, n)] for n, r in enumerate(reply.related)]
    return rows[:MOST]


def _home(turn: Turn, exchange: Exchange) -> list[list[Button]]:
    """A way to be answered for this place from now on."""
    known = exchange.region in turn.workplace.road.world.knowledge.regions
    if not known or exchange.region == exchange.chat.region:
        return []
    return [[button(say("button_home", region=exchange.region), "home", exchange.pk)]]
