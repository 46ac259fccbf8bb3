"""The durable outbox: every call is a row before it is made, and the row tells the truth about its delivery.

The pace of sending lives here too, in the database, so that it holds across workers and restarts.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.dispatch import Signal

from bot.state.models import Outgoing, Pace, Ticket, Worker
from bot.state.models.outgoing import UNSENT

__all__ = ["claim", "drop", "failed", "pause", "put", "recover", "retry", "sent", "settled", "uncertain"]

settled = Signal()
"""Sent with ``outgoing`` when the fate of a row is decided: sent, failed or unknown; in the same transaction."""

PER_SECOND, CATCH_UP = 27.0, 2
"""Messages a second overall, and how many may be made up for at once: together below the 30 that Telegram takes in any second."""
CHAT_SECONDS, GROUP_SECONDS, GROUP_BURST = 1.1, 3.0, 8
"""Seconds between two messages to one person, to one group (20 a minute), and how many a quiet group takes at once."""
OVERALL = "*"
REPEATS = 2
"""How often a call is made again of which nobody knows whether it arrived."""
GIVE_UP = datetime.timedelta(hours=24)
FREE = ("answer_callback_query", "answer_inline_query")
"""Calls that do not count as messages."""
IDEMPOTENT = ("edit_message_text", "edit_message_reply_markup", "delete_message", *FREE)
"""Calls that do no harm when made twice."""
LOST_AFTER = datetime.timedelta(seconds=20)
"""A worker that has not beaten for so long counts as dead."""


def put(
    bot: int, key: str, lane: int | str, method: str, params: dict[str, Any], *, purpose: str, now: datetime.datetime,
    ticket: Ticket | None = None, urgent: bool = False, lasts: float | None = None, asked_at: datetime.datetime | None = None,
) -> Outgoing:
    """Store a call to be made; a second one with the same key is the first.

    Args:
        bot: id of the bot.
        key: what it is for, once and for all.
        lane: the chat whose calls are made in order.
        method: name of the Bot API's method in python-telegram-bot.
        params: its arguments as JSON.
        purpose: short word for statistics.
        now: time of creation.
        ticket: the ticket that it belongs to.
        urgent: goes before what waits in other lanes.
        lasts: seconds after which it is of no use.
        asked_at: when the update arrived that it answers.
    """
    expires = None if lasts is None else now + datetime.timedelta(seconds=lasts)
    row, _ = Outgoing.objects.get_or_create(
        bot=bot, key=key, defaults={
            "lane": str(lane), "method": method, "params": params, "purpose": purpose, "ticket": ticket, "urgent": urgent,
            "created_at": now, "due_at": now, "expires_at": expires, "asked_at": asked_at,
        },
    )
    return row


def claim(bot: int, worker: str, now: datetime.datetime, most: int = 30) -> tuple[list[Outgoing], bool]:
    """Rows to send right now, marked as being sent by ``worker``: the first of each lane, as many as the pace allows.

    Returns:
        The rows, and whether more are due that have to wait for the pace.
    """
    before = Outgoing.objects.filter(bot=bot, lane=OuterRef("lane"), state__in=UNSENT, id__lt=OuterRef("id"))
    first = ~Exists(before) | (Q(urgent=True) & ~Exists(before.filter(urgent=True)))
    heads = Outgoing.objects.filter(first, bot=bot, state=Outgoing.State.PENDING, due_at__lte=now).order_by("-urgent", "id")
    if not heads.exists():
        return [], False
    with transaction.atomic():
        overall, _ = Pace.objects.select_for_update().get_or_create(key=_pace(bot, OVERALL))
        rows = list(heads.select_for_update(skip_locked=True)[: most * 4])
        useless = [row.pk for row in rows if row.expires_at and row.expires_at < now]
        drop(Outgoing.objects.filter(pk__in=useless), now) if useless else None
        paced = [row for row in rows if row.pk not in useless]
        lanes = Pace.objects.in_bulk([_pace(bot, r.lane) for r in paced if r.method not in FREE])
        claimed = [row for row in paced if row.method in FREE or _may_go(row, overall, lanes, now.timestamp())][:most]
        _mark(claimed, worker)
        used = {_pace(bot, r.lane) for r in claimed if r.method not in FREE}
        if used:
            kept = [overall, *(lanes[key] for key in used)]
            Pace.objects.bulk_create(kept, update_conflicts=True, update_fields=["free_at"], unique_fields=["key"])
    return claimed, len(claimed) < len(paced)


def _mark(claimed: list[Outgoing], worker: str) -> None:
    Outgoing.objects.filter(pk__in=[row.pk for row in claimed]).update(state=Outgoing.State.SENDING, worker=worker, attempts=F("attempts") + 1)
    for row in claimed:
        row.state, row.worker, row.attempts = Outgoing.State.SENDING, worker, row.attempts + 1


def _pace(bot: int, lane: str) -> str:
    return f"{bot}:{lane}"


def _may_go(row: Outgoing, overall: Pace, lanes: dict[str, Pace], at: float) -> bool:
    """Whether overall and chat have room; takes it. A leaky bucket each, the group's with room for a few at once."""
    key = _pace(row.bot, row.lane)
    lane = lanes.setdefault(key, Pace(key=key))
    seconds, burst = (GROUP_SECONDS, GROUP_BURST) if row.lane.startswith("-") else (CHAT_SECONDS, 1)
    if overall.free_at > at or lane.free_at - (burst - 1) * seconds > at:
        return False
    overall.free_at = max(overall.free_at, at - CATCH_UP / PER_SECOND) + 1 / PER_SECOND
    lane.free_at = max(lane.free_at, at) + seconds
    return True


def pause(bot: int, seconds: float, now: datetime.datetime) -> None:
    """Send nothing for a while: the channel cannot be reached."""
    Pace.objects.update_or_create(key=f"{bot}:{OVERALL}", defaults={"free_at": now.timestamp() + seconds})


def sent(row: Outgoing, message: int | None, now: datetime.datetime) -> None:
    """The channel has accepted it."""
    _settle(row, Outgoing.State.SENT, "", now, message)


def failed(row: Outgoing, error: str, now: datetime.datetime) -> None:
    """The channel has refused it for good."""
    _settle(row, Outgoing.State.FAILED, error, now)


def retry(row: Outgoing, error: str, seconds: float, now: datetime.datetime) -> None:
    """It did not arrive; try again later, or give up after a day."""
    if now - row.created_at > GIVE_UP:
        failed(row, error, now)
        return
    due = now + datetime.timedelta(seconds=seconds)
    _of_worker(row).update(state=Outgoing.State.PENDING, error=error[:200], due_at=due)


def uncertain(row: Outgoing, error: str, now: datetime.datetime) -> None:
    """Nobody knows whether it arrived: said so for good, and sent again a few times, marked as a possible repeat."""
    if row.method in IDEMPOTENT:
        retry(row, error, 1.0, now)
        return
    row.uncertain += 1
    if row.uncertain > REPEATS:
        _settle(row, Outgoing.State.UNKNOWN, error, now)
        return
    due = now + datetime.timedelta(seconds=2.0**row.uncertain)
    _of_worker(row).update(state=Outgoing.State.PENDING, uncertain=row.uncertain, error=error[:200], due_at=due)


def drop(rows: Any, now: datetime.datetime) -> int:
    """Rows (a query) that are of no use any more are not sent; returns how many."""
    return int(rows.filter(state=Outgoing.State.PENDING).update(state=Outgoing.State.DROPPED, params={}, done_at=now))


def recover(bot: int, now: datetime.datetime, dead: list[str]) -> int:
    """Calls that were under way in workers now dead: nobody knows whether they arrived. Returns how many."""
    with transaction.atomic():
        alive = Worker.objects.filter(beat_at__gte=now - LOST_AFTER).exclude(name__in=dead)
        rows = Outgoing.objects.select_for_update().filter(bot=bot, state=Outgoing.State.SENDING)
        lost = list(rows.exclude(worker__in=list(alive.values_list("name", flat=True))))
        for row in lost:
            uncertain(row, "进程在发送途中停止", now)
    return len(lost)


def _of_worker(row: Outgoing) -> Any:
    """The row as long as it is still ours: a worker thought dead may wake up late."""
    return Outgoing.objects.filter(pk=row.pk, state=Outgoing.State.SENDING, worker=row.worker)


def _settle(row: Outgoing, state: Any, error: str, now: datetime.datetime, message: int | None = None) -> None:
    row.state, row.error, row.message, row.done_at = state, error[:200], message, now
    with transaction.atomic():
        changed = _of_worker(row).update(state=state, error=row.error, message=message, done_at=now, uncertain=row.uncertain)
        if changed:
            settled.send(Outgoing, outgoing=row, now=now)
