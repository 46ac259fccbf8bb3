"""Who did what when."""

from __future__ import annotations

from django.db import models

from bot.state.models.staff import Staff
from bot.state.models.tickets import Ticket

__all__ = ["Event"]


class Event(models.Model):
    """One line of the audit; rows are only ever added."""

    ticket = models.ForeignKey(Ticket, models.SET_NULL, null=True, related_name="events")
    staff = models.ForeignKey(Staff, models.SET_NULL, null=True)
    actor = models.CharField("who, when not on the staff list", max_length=40, blank=True)
    action = models.CharField(max_length=30, db_index=True)
    detail = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(db_index=True)
