"""Commands that residents give, and the buttons of their menus."""

from __future__ import annotations

from collections.abc import Callable

from bot.state.models import Chat, Event, Exchange
from bot.telegram import menus, residents
from bot.telegram.buttons import button
from bot.telegram.pages import page
from bot.telegram.turn import Act, Turn
from bot.texts import say
from bot.tickets import desk, retention
from intents.question import Conversation

__all__ = ["COMMANDS", "MENU", "hand_over"]

MENU = ("start", "region", "topics", "staff", "privacy", "forget", "help")
"""Commands shown in Telegram's menu, in order; their descriptions stand in texts.yaml as ``menu_…``."""


def start(turn: Turn) -> Act:
    """Who this is, what it knows, and the two things to choose first."""
    chat = turn.chat()

    def act() -> None:
        chat.save()
        turn.send(page(say("start"), say("start_how"), say("start_personal")), purpose="menu", buttons=menus.main_topics())
        turn.send(page(say("choose_city")), purpose="menu", buttons=menus.cities(turn))

    return act


def region(turn: Turn) -> Act:
    """The region that is set, and others to choose."""
    chat = turn.chat()
    where = say("region_now", region=chat.region) if chat.region else say("region_none")
    return lambda: turn.send(page(where, say("choose_city")), purpose="menu", buttons=menus.cities(turn))


def topics(turn: Turn) -> Act:
    """All topics."""
    return lambda: turn.send(page(say("choose_topic")), purpose="menu", buttons=menus.topics())


def staff(turn: Turn) -> Act:
    """Pass what was asked last to people."""
    return hand_over(turn, turn.chat())


def hand_over(turn: Turn, chat: Chat, about: Exchange | None = None, attachment: dict[str, object] | None = None) -> Act:
    """Open a ticket about an exchange (the last one when none is named), or name the one that is open."""
    ticket = desk.open_ticket_of(chat) if chat.pk else None
    if about is None and chat.pk and not attachment:
        about = Exchange.objects.filter(chat=chat).exclude(outcome="smalltalk").order_by("-id").first()
    road, place = turn.workplace.road, chat.region or chat.recalled().region
    guesses = []
    if about and not ticket:
        guesses = [
            {"id": r.intent, "title": road.world.title(r.intent), "confidence": round(r.confidence, 3), "text": r.text}
            for r in road.look_up(about.question, place, residents.GUESSES)
        ]

    def act() -> None:
        chat.save()
        if ticket:
            if attachment:
                desk.add(ticket, "", turn.now, attachment, **turn.terms)
            state = say("ticket_state", number=ticket.pk, state=ticket.get_state_display())
            turn.send(page(state, say("ticket_more")), purpose="notice")
            return
        topic = road.world.title(about.intent) if about and about.intent and about.intent != "staff" else ""
        opened = desk.open_ticket(
            chat, about.question if about else "", region=place, topic=topic, candidates=guesses, urgent=False,
            now=turn.now, **turn.terms,
        )
        if attachment:
            desk.add(opened, "", turn.now, attachment, **turn.terms)
        first = say("staff_about", question=about.question[:80]) if about else say("staff_nothing_asked" if not attachment else "staff_attachment")
        turn.send(page(first, *menus.ticket_lines(turn, opened)), purpose="handoff")

    return act


def privacy(turn: Turn) -> Act:
    """What is kept, for how long, and how to have it erased."""
    days = turn.workplace.settings.retention_days
    return lambda: turn.send(page(say("privacy"), say("privacy_more", days=days)), purpose="menu")


def forget(turn: Turn) -> Act:
    """Erase what is held of this person, and say what was erased."""
    chat = turn.chat()

    def act() -> None:
        counts = retention.forget(chat, turn.now, turn.incoming) if chat.pk else {}
        Event.objects.create(actor="resident", action="forgotten", detail="", at=turn.now)
        lines = [say(f"forgotten_{kind}", number=number) for kind, number in counts.items() if number]
        turn.send(page(say("forgotten"), *(lines or [say("forgotten_nothing")])), purpose="menu")

    return act


def help_(turn: Turn) -> Act:
    """How to ask."""
    return lambda: turn.send(page(say("help"), say("help_how"), say("help_commands")), purpose="menu")


COMMANDS: dict[str, Callable[[Turn], Act]] = {
    "start": start, "region": region, "topics": topics, "staff": staff, "privacy": privacy, "forget": forget, "help": help_,
}


def topic(turn: Turn, number: int) -> Act:
    """The questions asked most about a topic."""
    title, intents = menus.topic_questions(turn.workplace.road.world, number)

    def act() -> None:
        if not title:
            turn.answer(say("stale"), alert=True)
            return
        turn.answer()
        rows = [[button(turn.workplace.road.world.title(i), "ask", menus.number_of(i))] for i in intents]
        turn.send(page(say("topic_questions", title=title)), purpose="menu", buttons=rows)

    return act


def chosen(conversation: Conversation, intent: str, title: str) -> str:
    """Set the conversation as if the intent had been offered and the resident now picks it; returns what is picked."""
    conversation.options, conversation.awaiting, conversation.need, conversation.last = [intent], "choice", title, ""
    return "1"
