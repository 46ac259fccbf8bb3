"""Residents: their questions, and everything else they send."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from bot import metrics
from bot.state.models import Chat, Exchange, Incoming, Ticket
from bot.telegram import menus
from bot.telegram.buttons import Button, button, link
from bot.telegram.pages import answer_page, page
from bot.telegram.turn import Act, Turn, nothing
from bot.texts import say
from bot.tickets import desk
from intents.question import Conversation, Outcome, Reply

__all__ = ["Asked", "answer", "ask", "attachment", "question"]

GUESSES = 3
"""Candidates that a ticket carries."""
HISTORY = ("smalltalk",)


@dataclass
class Asked:
    """A question walked down the road: what was asked, what came of it, and what staff are shown if it is passed on."""

    chat: Chat
    text: str
    conversation: Conversation
    replies: list[Reply]
    ticket: Ticket | None
    guesses: list[dict[str, object]]


def question(turn: Turn) -> Act:
    """A text: answered, or passed on."""
    arrival = turn.arrival
    if arrival.message and _corrected_since(turn):
        return nothing
    chat = turn.chat()
    asked = ask(turn, chat, arrival.text, chat.recalled())
    before = [say("edited")] if arrival.kind == "edited_message" else []
    return lambda: answer(turn, asked, before)


def _corrected_since(turn: Turn) -> bool:
    """Whether the resident has edited this message and the newer text is waiting: only that counts."""
    return bool(
        Incoming.objects.filter(
            bot=turn.account.bot, lane=turn.incoming.lane, message=turn.arrival.message, kind="edited_message",
            state=Incoming.State.WAITING, update__gt=turn.incoming.update,
        ).exists()
    )


def ask(turn: Turn, chat: Chat, text: str, conversation: Conversation) -> Asked:
    """Walk the road; nothing is written yet."""
    road = turn.workplace.road
    replies = road.ask(text, conversation, chat.region or conversation.region)
    ticket = desk.open_ticket_of(chat) if chat.pk and not chat.in_group else None
    guesses: list[dict[str, object]] = []
    if any(r.passed_on for r in replies) and ticket is None:
        region = chat.region or conversation.region
        wanted = _subject(chat, text, replies)
        guesses = [
            {"id": r.intent, "title": road.world.title(r.intent), "confidence": round(r.confidence, 3), "text": r.text}
            for r in road.look_up(wanted, region, GUESSES)
        ]
    return Asked(chat, text, conversation, replies, ticket, guesses)


def _subject(chat: Chat, text: str, replies: list[Reply]) -> str:
    """What a ticket is about: when only a person was asked for, the question before."""
    if not any(r.intent == "staff" for r in replies):
        return text
    last = Exchange.objects.filter(chat=chat).exclude(outcome__in=HISTORY).order_by("-id").first() if chat.pk else None
    return str(last.question) if last else text


def answer(turn: Turn, asked: Asked, before: list[str]) -> None:
    """Write down and send what the road said."""
    chat = asked.chat
    if chat.in_group:
        _answer_group(turn, asked)
        return
    waited = chat.recalled().awaiting == "region"
    if not chat.region and waited and asked.conversation.region in turn.workplace.road.world.knowledge.regions:
        chat.region = asked.conversation.region
    if asked.ticket and not all(_speaks_beside(r) for r in asked.replies):
        _into_ticket(turn, asked)
        return
    chat.remember(asked.conversation)
    chat.save()
    if asked.ticket:
        desk.add(asked.ticket, asked.text, turn.now, **turn.terms)
    exchanges = [_record(turn, asked, reply) for reply in asked.replies]
    ticket = _pass_on(turn, asked)
    for number, (reply, exchange) in enumerate(zip(asked.replies, exchanges, strict=True)):
        lines = list(before) if number == 0 else []
        if number == 0 and len(asked.replies) > 1:
            lines.append(turn.workplace.road.world.phrase("two_needs"))
        after = list(menus.ticket_lines(turn, ticket)) if ticket and reply.passed_on else []
        if asked.ticket and reply.outcome is not Outcome.SMALLTALK:
            lines.insert(0, say("bot_speaks"))
            after.append(say("added", number=asked.ticket.pk))
            desk.say_beside(asked.ticket, reply.text, turn.now)
        if number == 0 and turn.arrival.masked:
            after.append(turn.workplace.road.world.phrase("masked"))
        turn.send(
            answer_page(reply, lines, after), purpose=str(reply.outcome), buttons=_buttons(turn, reply, exchange, ticket or asked.ticket),
            urgent=reply.outcome is Outcome.EMERGENCY,
        )


def _speaks_beside(reply: Reply) -> bool:
    """Whether the bot speaks while people have the matter in hand: only when it is sure."""
    return reply.outcome in (Outcome.ANSWER, Outcome.EMERGENCY, Outcome.SMALLTALK)


def _into_ticket(turn: Turn, asked: Asked) -> None:
    """The bot is not sure: what was said goes to the people who have the matter in hand."""
    assert asked.ticket
    asked.chat.save()
    desk.add(asked.ticket, asked.text, turn.now, **turn.terms)
    turn.send(page(say("added", number=asked.ticket.pk)), purpose="notice")


def _record(turn: Turn, asked: Asked, reply: Reply) -> Exchange:
    transaction.on_commit(lambda: metrics.replied(str(reply.outcome)))
    return Exchange.objects.create(
        chat=asked.chat, question=asked.text, reply=reply.text, outcome=str(reply.outcome), intent=reply.intent, region=reply.region,
        confidence=reply.confidence, options=list(reply.options), related=list(reply.related), knowledge=turn.workplace.version, at=turn.now,
    )


def _pass_on(turn: Turn, asked: Asked) -> Ticket | None:
    """Open a ticket when a reply says that the matter is passed on; an open one becomes urgent in danger."""
    passed = [r for r in asked.replies if r.passed_on]
    danger = any(r.outcome is Outcome.EMERGENCY for r in asked.replies)
    if asked.ticket:
        if danger:
            desk.make_urgent(asked.ticket, turn.now)
        return None
    if not passed:
        return None
    world = turn.workplace.road.world
    intent = next((r.intent for r in passed if r.intent and r.intent != "staff"), "") or next((str(g["id"]) for g in asked.guesses), "")
    return desk.open_ticket(
        asked.chat, _subject(asked.chat, asked.text, passed), region=asked.chat.region or asked.conversation.region,
        topic=world.title(intent) if intent else "", candidates=asked.guesses, urgent=danger, now=turn.now, **turn.terms,
    )


def _buttons(turn: Turn, reply: Reply, exchange: Exchange, ticket: Ticket | None) -> list[list[Button]]:
    world = turn.workplace.road.world
    staff = [] if ticket else [button(say("button_staff"), "staff", exchange.pk)]
    rows: list[list[Button]] = []
    if reply.outcome is Outcome.CLARIFY and reply.options:
        rows += [[button(title, "opt", exchange.pk, n)] for n, title in enumerate(world.titles(reply.options))]
        return [*rows, staff]
    if reply.outcome is Outcome.CLARIFY:
        waits = turn.chat().recalled().awaiting == "region"
        return [*menus.cities(turn), staff] if waits else []
    if reply.outcome is Outcome.ANSWER or (reply.outcome is Outcome.HANDOFF and not reply.passed_on):
        rows += [[button(world.title(r), "rel", exchange.pk, n)] for n, r in enumerate(reply.related)]
        rows += [[button(world.title(o), "opt", exchange.pk, n)] for n, o in enumerate(reply.options)]
        rows = rows[:3]
        if exchange.region and exchange.region != exchange.chat.region and exchange.region in world.knowledge.regions:
            rows.append([button(say("button_home", region=exchange.region), "home", exchange.pk)])
        rows.append([button(say("button_up"), "up", exchange.pk), button(say("button_down"), "down", exchange.pk), *staff])
    return rows


def _answer_group(turn: Turn, asked: Asked) -> None:
    """In a group others read along: no personal matters, no tickets except in danger."""
    asked.chat.remember(asked.conversation)
    asked.chat.save()
    for reply in asked.replies:
        _record(turn, asked, reply)
    ticket = _pass_on(turn, asked) if any(r.outcome is Outcome.EMERGENCY for r in asked.replies) else None
    for reply in asked.replies:
        if reply.passed_on and reply.outcome is not Outcome.EMERGENCY:
            text = page(say("group_private"))
        else:
            text = answer_page(reply, (), [say("ticket_urgent", number=ticket.pk)] if ticket else ())
        private = [[link(say("button_private"), turn.account.link)]]
        turn.send(text, purpose=str(reply.outcome), buttons=private, reply_to=turn.arrival.message)


def attachment(turn: Turn) -> Act:
    """Voice, photo, document ...: into the open ticket, else a line on what to do."""
    arrival = turn.arrival
    chat = turn.chat()
    ticket = desk.open_ticket_of(chat) if chat.pk else None
    kind = say(f"kind_{arrival.attachment}") if arrival.attachment in NAMED else say("kind_other")
    origin = {"kind": kind, "chat": arrival.chat, "message": arrival.message}

    def act() -> None:
        chat.save()
        if ticket:
            desk.add(ticket, arrival.text, turn.now, origin, **turn.terms)
            turn.send(page(say("attachment_added", kind=kind, number=ticket.pk)), purpose="notice")
            return
        key = "attachment_voice" if arrival.attachment in ("voice", "video_note", "audio") else "attachment"
        hand = [[button(say("button_hand_over", kind=kind), "hand", arrival.message or 0)]]
        turn.send(page(say(key, kind=kind)), purpose="notice", buttons=hand)

    return act


NAMED = ("voice", "photo", "document", "location", "sticker", "contact", "video")
