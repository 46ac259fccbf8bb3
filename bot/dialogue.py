"""One resident's exchange: its state is fetched, the road is walked, the state is kept."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Protocol

from cachetools import LRUCache

from intents.question import Conversation, Outcome, Reply
from intents.road import Road

__all__ = ["ConversationStore", "Dialogue", "MemoryStore", "Merged", "merge"]

URGENCY = (Outcome.EMERGENCY, Outcome.HANDOFF, Outcome.CLARIFY, Outcome.ANSWER, Outcome.SMALLTALK)


class ConversationStore(Protocol):
    """Keeps conversations by chat."""

    def fetch(self, chat: str) -> Conversation:
        """The conversation of this chat, new when there is none."""

    def keep(self, chat: str, conversation: Conversation) -> None:
        """Keep it for the next message."""

    def forget(self, chat: str) -> None:
        """Drop all that is known of this chat."""


@dataclass
class MemoryStore:
    """Conversations in memory, the longest unused dropped beyond ``most``."""

    most: int = 10_000
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Make room."""
        self._chats: LRUCache[str, Conversation] = LRUCache(self.most)

    def fetch(self, chat: str) -> Conversation:
        """The conversation of this chat, new when there is none."""
        with self._lock:
            return self._chats.get(chat) or Conversation()

    def keep(self, chat: str, conversation: Conversation) -> None:
        """Keep it as the newest."""
        with self._lock:
            self._chats[chat] = conversation

    def forget(self, chat: str) -> None:
        """Drop it."""
        with self._lock:
            self._chats.pop(chat, None)


@dataclass(frozen=True)
class Merged:
    """All replies to one message as one."""

    outcome: Outcome
    text: str
    replies: tuple[Reply, ...]


class Dialogue:
    """Talks with any number of residents through one road."""

    def __init__(self, road: Road, store: ConversationStore) -> None:
        self.road = road
        self.store = store

    def say(self, chat: str, text: str, region: str = "") -> Merged:
        """Answer a message.

        Args:
            chat: whose conversation it is; "" for a question on its own.
            text: the message as it came.
            region: what the resident has set, as typed; "" when nothing is set.
        """
        world = self.road.world
        conversation = self.store.fetch(chat) if chat else Conversation()
        full = world.gazetteer.resolve(region) if region else ""
        replies = self.road.ask(text, conversation, full or conversation.region)
        if chat:
            self.store.keep(chat, conversation)
        note = ""
        if region and not full:
            note = world.phrase("unknown_region", name=region[:20], held=world.held) + "\n"
        return merge(replies, note + (world.phrase("two_needs") + "\n" if len(replies) > 1 else ""))


def merge(replies: list[Reply], note: str = "") -> Merged:
    """One message out of several replies; its outcome is the one that needs most care."""
    outcome = min((r.outcome for r in replies), key=URGENCY.index)
    if len(replies) == 1:
        return Merged(outcome, note + replies[0].text, tuple(replies))
    text = "\n\n".join(f"{number}. {reply.text}" for number, reply in enumerate(replies, 1))
    return Merged(outcome, note + text, tuple(replies))
