"""Who may act for the bureau."""

from __future__ import annotations

from django.db import models

__all__ = ["Staff"]


class Staff(models.Model):
    """A person on the list; being in the group is not enough."""

    class Role(models.TextChoices):
        """What the person may do."""

        CLERK = "clerk", "坐席"
        ADMINISTRATOR = "administrator", "管理员"

    telegram = models.BigIntegerField("Telegram user id", unique=True)
    name = models.CharField(max_length=40)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.CLERK)
    active = models.BooleanField(default=True)
    added_at = models.DateTimeField(auto_now_add=True)
