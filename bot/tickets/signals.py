"""What the tickets tell the rest of the program; sent inside the transaction, so that what hears it can still undo it."""

from __future__ import annotations

import enum

from django.dispatch import Signal

__all__ = ["Action", "Kind", "changed", "due", "forgotten"]


class Action(enum.StrEnum):
    """What has been done with a ticket; the words of the audit."""

    OPENED = "opened"
    ADDED = "added"
    BESIDE = "beside"
    CLAIMED = "claimed"
    ANSWERED = "answered"
    TRANSFERRED = "transferred"
    CLOSED = "closed"
    REOPENED = "reopened"
    RATED = "rated"
    URGENT = "urgent"
    WITHDRAWN = "withdrawn"
    KEPT = "kept"


class Kind(enum.StrEnum):
    """Why a ticket needs somebody's attention."""

    UNCLAIMED = "unclaimed"
    URGENT = "urgent"
    LATE = "late"


changed = Signal()
"""Sent with ``ticket``, ``action``, ``now``, ``staff`` (or None), ``entry`` (or None) and ``detail`` after each action."""

due = Signal()
"""Sent with ``ticket``, ``kind`` and ``now`` when the time for a reminder has come."""

forgotten = Signal()
"""Sent with ``ticket`` and ``now`` when the words of its resident have been deleted."""
