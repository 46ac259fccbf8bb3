"""Workers: each beats while it lives, and takes duties that only one may have."""

from __future__ import annotations

import datetime
import os
import socket
import uuid

from django.db import IntegrityError, transaction
from django.db.models import Q

from bot.state.models import Duty, Worker

__all__ = ["DUTY", "beat", "gone", "holds", "leave", "newcomer"]

DUTY = datetime.timedelta(seconds=20)
"""How long a duty is held without being renewed."""


def newcomer() -> Worker:
    """This process as a worker; it counts from its first `beat` on."""
    return Worker(name=uuid.uuid4().hex, host=socket.gethostname()[:60], pid=os.getpid())


def beat(worker: Worker, now: datetime.datetime) -> None:
    """Say that the worker lives."""
    worker.beat_at = now
    Worker.objects.update_or_create(name=worker.name, defaults={"host": worker.host, "pid": worker.pid, "beat_at": now})


def leave(worker: Worker) -> None:
    """Say goodbye, so that others take over at once."""
    Duty.objects.filter(worker=worker.name).delete()
    Worker.objects.filter(name=worker.name).delete()


def gone(me: Worker) -> list[str]:
    """Workers of this machine whose process no longer runs; their duties are free."""
    dead = [w.name for w in Worker.objects.filter(host=me.host).exclude(name=me.name) if w.pid == me.pid or not _runs(w.pid)]
    if dead:
        Duty.objects.filter(worker__in=dead).delete()
        Worker.objects.filter(name__in=dead).delete()
    return dead


def holds(worker: Worker, duty: str, now: datetime.datetime) -> bool:
    """Take or renew a duty; False when another worker has it."""
    mine = Duty.objects.filter(Q(worker=worker.name) | Q(until__lt=now), name=duty)
    if mine.update(worker=worker.name, until=now + DUTY):
        return True
    try:
        with transaction.atomic():
            Duty.objects.create(name=duty, worker=worker.name, until=now + DUTY)
    except IntegrityError:
        return False
    return True


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
