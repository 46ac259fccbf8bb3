"""Residents' chats and what was said in them; personal numbers are masked before they come here."""

from __future__ import annotations

from dataclasses import asdict

from django.db import models

from intents.question import Conversation

__all__ = ["Chat", "Exchange"]


class Chat(models.Model):
    """One resident's exchange on one channel.

    ``address`` is what the channel needs to reach it: on Telegram the chat's id, in a group followed by ``/`` and the
    member's id. ``region`` is the home the resident has set, a full name of the tree; ``conversation`` is the road's memory.
    """

    channel = models.CharField(max_length=20, default="telegram")
    bot = models.BigIntegerField()
    address = models.CharField(max_length=64)
    region = models.CharField(max_length=40, blank=True)
    conversation = models.JSONField(default=dict)
    warned = models.BooleanField("told not to send personal numbers", default=False)
    reachable = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "bot", "address"], name="chat_once")]

    @property
    def target(self) -> int:
        """The Telegram chat that a reply goes to."""
        return int(self.address.partition("/")[0])

    @property
    def in_group(self) -> bool:
        """Whether others read along."""
        return "/" in self.address

    def recalled(self) -> Conversation:
        """What the road remembers of this chat."""
        known = Conversation.__dataclass_fields__
        return Conversation(**{name: value for name, value in self.conversation.items() if name in known})

    def remember(self, conversation: Conversation) -> None:
        """Take over what the road remembers; the caller saves."""
        self.conversation = asdict(conversation)


class Exchange(models.Model):
    """One question (masked) and the bot's reply, with what the resident thought of it."""

    chat = models.ForeignKey(Chat, models.CASCADE, related_name="exchanges")
    question = models.TextField()
    reply = models.TextField()
    outcome = models.CharField(max_length=20, db_index=True)
    intent = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=40, blank=True)
    confidence = models.FloatField(default=0.0)
    options = models.JSONField(default=list)
    related = models.JSONField(default=list)
    knowledge = models.CharField("version of the knowledge", max_length=64, blank=True)
    verdict = models.CharField(max_length=10, blank=True)
    reason = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField(db_index=True)
