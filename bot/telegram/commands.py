"""Commands that residents give, and the buttons of their menus."""

from __future__ import annotations

from collections.abc import Callable

from bot.state.models import Chat, Event
from bot.telegram import handing, menus
from bot.telegram.buttons import button
from bot.telegram.pages import page
from bot.telegram.turn import Act, Turn
from bot.texts import say
from bot.tickets import retention
from intents.question import Conversation

__all__ = ["COMMANDS", "MENU", "chosen", "topic", "unknown"]

MENU = ("start", "region", "topics", "staff", "privacy", "forget", "help")
"""Commands shown in Telegram's menu, in order; their descriptions stand in texts.yaml as ``menu_…``."""
FORGOTTEN = ("exchanges", "entries", "tickets")
"""What a resident can picture of what has been erased."""


def start(turn: Turn) -> Act:
    """Who this is, what it knows, and the two things to choose first."""
    chat = turn.chat()

    def act() -> None:
        chat.save()
        turn.send(page(say("start"), say("start_how"), say("start_personal")), purpose="menu", buttons=menus.main_topics())
        _send_region(turn, chat)

    return act


def region(turn: Turn) -> Act:
    """The region that is set, and others to choose."""
    chat = turn.chat()
    return lambda: _send_region(turn, chat)


def _send_region(turn: Turn, chat: Chat) -> None:
    lines = [say("region_now", region=chat.region), say("choose_other_city")] if chat.region else [say("choose_city")]
    turn.send(page(*lines), purpose="menu", buttons=menus.cities(turn))


def topics(turn: Turn) -> Act:
    """All topics."""
    return lambda: turn.send(page(say("choose_topic")), purpose="menu", buttons=menus.topics())


def staff(turn: Turn) -> Act:
    """Pass what was asked last to people."""
    return handing.hand_over(turn, turn.chat())


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
        lines = [say(f"forgotten_{kind}", number=counts[kind]) for kind in FORGOTTEN if counts.get(kind)]
        told = [say("forgotten"), *lines, say("forgotten_more")] if chat.pk else [say("forgotten_nothing")]
        turn.send(page(*told), purpose="menu")

    return act


def help_(turn: Turn) -> Act:
    """How to ask."""
    return lambda: turn.send(page(say("help"), say("help_how"), say("help_commands")), purpose="menu")


def number(turn: Turn) -> Act:
    """The person's number on Telegram, by which the operator enters staff."""
    return lambda: turn.send(page(say("your_number", number=turn.arrival.user)), purpose="menu")


def unknown(turn: Turn) -> Act:
    """A command that we do not have."""
    return lambda: turn.send(page(say("unknown_command")), purpose="menu")


COMMANDS: dict[str, Callable[[Turn], Act]] = {
    "start": start, "region": region, "topics": topics, "staff": staff, "privacy": privacy, "forget": forget, "help": help_, "id": number,
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
