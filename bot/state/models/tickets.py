"""Questions passed to people."""

from __future__ import annotations

from django.db import models

from bot.state.models.residents import Chat
from bot.state.models.staff import Staff

__all__ = ["Entry", "Suggestion", "Ticket"]


class Ticket(models.Model):
    """One resident's matter in the hands of people; its number is its id.

    ``candidates`` are the bot's guesses: dictionaries of ``id``, ``title``, ``confidence`` and ``text``, best first.
    """

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", "受理"
        CLAIMED = "claimed", "认领"
        ANSWERED = "answered", "答复"
        CLOSED = "closed", "办结"
        TRANSFERRED = "transferred", "转办"
        REOPENED = "reopened", "重开"

    class Priority(models.TextChoices):
        """How soon it must be seen to."""

        NORMAL = "normal", "一般"
        URGENT = "urgent", "紧急"

    chat = models.ForeignKey(Chat, models.SET_NULL, null=True, related_name="tickets")
    question = models.TextField()
    region = models.CharField(max_length=40, blank=True)
    topic = models.CharField(max_length=120, blank=True)
    candidates = models.JSONField(default=list)
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.NORMAL)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN, db_index=True)
    department = models.CharField(max_length=60, blank=True)
    claimed_by = models.ForeignKey(Staff, models.SET_NULL, null=True, related_name="tickets")
    opened_at = models.DateTimeField(db_index=True)
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    carded_at = models.DateTimeField("card or digest ordered", null=True)
    reminded_at = models.DateTimeField("group last reminded that nobody has claimed it", null=True)
    escalated_at = models.DateTimeField("administrators told that it is late", null=True)
    satisfaction = models.CharField(max_length=12, blank=True)

    @property
    def is_open(self) -> bool:
        """Whether what the resident sends still goes into it."""
        return self.state != self.State.CLOSED

    @property
    def unclaimed(self) -> bool:
        """Whether nobody has taken it."""
        return self.state in (self.State.OPEN, self.State.REOPENED)


class Entry(models.Model):
    """One message of a ticket's conversation; ``attachment`` names kind, chat and message of what is no text."""

    class Author(models.TextChoices):
        """Who speaks."""

        RESIDENT = "resident", "群众"
        BOT = "bot", "机器人"
        STAFF = "staff", "工作人员"

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="entries")
    author = models.CharField(max_length=10, choices=Author.choices)
    staff = models.ForeignKey(Staff, models.SET_NULL, null=True)
    text = models.TextField(blank=True)
    attachment = models.JSONField(default=dict)
    outgoing = models.ForeignKey("state.Outgoing", models.SET_NULL, null=True)
    at = models.DateTimeField()


class Suggestion(models.Model):
    """A reply by staff that is worth keeping: for administrators to work into the knowledge."""

    ticket = models.ForeignKey(Ticket, models.SET_NULL, null=True)
    question = models.TextField()
    text = models.TextField()
    region = models.CharField(max_length=40, blank=True)
    intent = models.CharField(max_length=120, blank=True)
    by = models.ForeignKey(Staff, models.SET_NULL, null=True)
    at = models.DateTimeField()
