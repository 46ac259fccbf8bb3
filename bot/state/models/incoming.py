"""Updates, stored before they are acknowledged."""

from __future__ import annotations

from django.db import models

__all__ = ["Incoming"]


class Incoming(models.Model):
    """One update of the channel; ``payload`` is masked, and emptied when the update has been handled.

    ``lane`` is the chat whose updates are handled in order; ``message`` the id of the message it brings.
    """

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "待处理"
        DONE = "done", "已处理"
        IGNORED = "ignored", "不用处理"
        REFUSED = "refused", "已拒绝"
        FAILED = "failed", "处理出错"

    bot = models.BigIntegerField()
    update = models.BigIntegerField()
    lane = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=40)
    message = models.BigIntegerField(null=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField()
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bot", "update"], name="update_once")]
        indexes = [
            models.Index("lane", "update", condition=models.Q(state="waiting"), name="waiting_by_lane"),
            models.Index("received_at", name="incoming_received"),
        ]
