"""Messages on their way out, stored before they are sent."""

from __future__ import annotations

from django.db import models

from bot.state.models.tickets import Ticket

__all__ = ["UNSENT", "Outgoing"]

UNSENT = ("pending", "sending")


class Outgoing(models.Model):
    """One call of the channel, and the truth about its delivery.

    ``key`` says once and for all what it is for, so that it cannot be stored twice. ``lane`` is the chat whose calls go
    out in order. ``method`` and ``params`` are those of the Bot API. ``uncertain`` counts attempts of which nobody
    knows whether they arrived; when more than 0 and the state is ``sent``, a later attempt is known to have arrived.
    """

    class State(models.TextChoices):
        """What is known of its delivery."""

        PENDING = "pending", "待发"
        SENDING = "sending", "发送中"
        SENT = "sent", "已送达"
        FAILED = "failed", "失败"
        UNKNOWN = "unknown", "未知"
        DROPPED = "dropped", "作废"

    bot = models.BigIntegerField()
    key = models.CharField(max_length=120)
    lane = models.CharField(max_length=64)
    method = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    purpose = models.CharField(max_length=20)
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    uncertain = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    worker = models.CharField(max_length=80, blank=True)
    message = models.BigIntegerField("id the channel gave it", null=True)
    ticket = models.ForeignKey(Ticket, models.SET_NULL, null=True, related_name="outgoing")
    asked_at = models.DateTimeField("when the update that it answers arrived", null=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bot", "key"], name="outgoing_once")]
        indexes = [
            models.Index("lane", "id", condition=models.Q(state__in=UNSENT), name="unsent_by_lane"),
            models.Index("lane", "message", name="outgoing_message"),
            models.Index("created_at", name="outgoing_created"),
        ]
