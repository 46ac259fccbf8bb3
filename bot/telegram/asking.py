"""A question walked down the road: what was meant, for which place, and what came of it. Nothing is written here."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from bot.state.models import Chat, Exchange, Ticket
from bot.telegram.turn import Turn
from bot.tickets import desk
from intents import normalise
from intents.question import Conversation, Outcome, Question, Reply
from intents.steps.clean import clean
from intents.steps.recall import PARTICLES, SHORT
from intents.steps.region import BEFORE
from intents.steps.region import region as read_region
from intents.world import World

__all__ = ["Asked", "ask", "guesses", "last_asked"]

GUESSES = 3
"""Candidates that a ticket carries."""
STAFF = "staff"
"""What the road calls the wish for a person."""


@dataclass
class Asked:
    """What was asked, what came of it, and what staff are shown if it is passed on.

    ``text`` is understood on its own: a place or a condition stands behind the question that waited for it. ``home`` is
    the place that the resident turned out to live in, "" when none was told; ``origin`` names a message with an attachment.
    """

    chat: Chat
    text: str
    conversation: Conversation
    replies: list[Reply]
    ticket: Ticket | None
    guesses: list[dict[str, object]]
    home: str = ""
    origin: dict[str, Any] = field(default_factory=dict)

    @property
    def wants_staff(self) -> bool:
        """Whether nothing but a person was asked for."""
        return len(self.replies) == 1 and self.replies[0].intent == STAFF


def ask(turn: Turn, chat: Chat, text: str, conversation: Conversation, place: str = "") -> Asked:
    """Walk the road; ``place``: what it is asked for, when that is neither said in the text nor the home."""
    world = turn.workplace.road.world
    before = deepcopy(conversation)
    stored, text = text, normalise.unlabelled(text)
    alone = _place_alone(turn, text, chat.region or conversation.region)
    home = _home(text, alone, chat, before, world)
    if alone and before.awaiting == "region" and before.pending:
        full = f"{before.pending} {stored}"
        replies = _resume(turn, conversation, alone)
    else:
        replies = turn.workplace.road.ask(text, conversation, place or chat.region or conversation.region)
        full = _in_full(stored, before, conversation, world)
        replies = _place_first(text, replies, conversation, world)
    ticket = desk.open_ticket_of(chat) if chat.pk else None
    passed = any(r.passed_on and r.intent != STAFF for r in replies)
    shown = guesses(turn, full, alone or place or chat.region or conversation.region) if passed and ticket is None else []
    return Asked(chat, full, conversation, replies, ticket, shown, home)


def guesses(turn: Turn, text: str, place: str) -> list[dict[str, object]]:
    """The bot's candidates for a question, as a ticket has them."""
    road = turn.workplace.road
    return [
        {"id": r.intent, "title": road.world.title(r.intent), "confidence": round(r.confidence, 3), "text": r.text}
        for r in road.look_up(text, place, GUESSES)
    ]


def last_asked(chat: Chat) -> Exchange | None:
    """The last exchange that was about something; greetings and places alone are not."""
    if not chat.pk:
        return None
    asked = Exchange.objects.filter(chat=chat).exclude(outcome=Outcome.SMALLTALK).exclude(outcome=Outcome.CLARIFY, intent="")
    found: Exchange | None = asked.order_by("-id").first()
    return found


def _place_alone(turn: Turn, text: str, home: str) -> str:
    """The place of our tree when a message names one and nothing else."""
    road = turn.workplace.road
    question = Question(text, Conversation(), road.clock(), home)
    clean(question, road.world)
    if question.replies:
        return ""
    read_region(question, road.world)
    alone = not PARTICLES.sub("", question.text)
    return question.region_named if alone and question.region_named in road.world.knowledge.regions else ""


def _home(text: str, alone: str, chat: Chat, before: Conversation, world: World) -> str:
    """Where the resident lives, when that has been told now.

    A place alone tells it when we asked, when nothing has been talked about yet, or when it is said to be the home; so does
    a place said to be the home at the head of a question, but only as long as no home is known.
    """
    named = [m for m in world.gazetteer.mentions(text) if m.held and len(m.names) == 1 and BEFORE.search(text[: m.span[0]])]
    if alone:
        asked = before.awaiting == "region" or not before.need
        return alone if asked or named else ""
    return named[0].names[0] if named and not chat.region else ""


def _resume(turn: Turn, conversation: Conversation, place: str) -> list[Reply]:
    """Replies to the question that waited for its place, as if it had been asked with it."""
    waiting = conversation.pending
    conversation.region, conversation.slots = place, {}
    conversation.need = conversation.last = conversation.awaiting = conversation.pending = ""
    conversation.options = []
    return turn.workplace.road.ask(waiting, conversation, place)


def _place_first(text: str, replies: list[Reply], conversation: Conversation, world: World) -> list[Reply]:
    """Of several needs of which one waits for the place: ask for the place, once; all are answered when it is known."""
    waiting = [r for r in replies if _asks_for_place(r, world)]
    if len(replies) < 2 or not waiting:
        return replies
    conversation.awaiting, conversation.pending = "region", text
    conversation.options, conversation.last = list(waiting[0].options), waiting[0].intent
    return waiting[:1]


def _asks_for_place(reply: Reply, world: World) -> bool:
    return reply.outcome is Outcome.CLARIFY and bool(reply.intent) and all(o in world.knowledge.regions for o in reply.options)


def _in_full(text: str, before: Conversation, after: Conversation, world: World) -> str:
    """What was said, so that it is understood on its own."""
    if before.awaiting in ("choice", "offer") and after.last in before.options:
        return world.title(after.last)
    told = before.awaiting == "slot" and after.last == before.last
    placed = before.awaiting == "region" and after.region in before.options
    return f"{before.pending} {text}" if before.pending and (told or placed) and len(text) <= SHORT else text
