"""What several identical workers share: who is alive, who has which duty, and how fast may be sent."""

from __future__ import annotations

from django.db import models

__all__ = ["Duty", "Pace", "Worker"]


class Worker(models.Model):
    """A running process; it beats while it lives."""

    name = models.CharField(max_length=80, primary_key=True)
    host = models.CharField(max_length=60)
    pid = models.IntegerField()
    beat_at = models.DateTimeField()


class Duty(models.Model):
    """Something that one worker at a time does; it passes on when the holder stops beating."""

    name = models.CharField(max_length=40, primary_key=True)
    worker = models.CharField(max_length=80, blank=True)
    until = models.DateTimeField()


class Pace(models.Model):
    """When the next message may go to a chat (or, under ``*``, to anyone): seconds since 1970."""

    key = models.CharField(max_length=90, primary_key=True)
    free_at = models.FloatField(default=0.0)
