"""Messages out: calls that are due are made, at the pace that Telegram takes, and their fate is written down."""

from __future__ import annotations

import asyncio
import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from bot import metrics
from bot.state import outbox
from bot.state.models import Chat, Outgoing
from bot.telegram.running.worker import LONGEST_WAIT, UNAVAILABLE, Worker
from bot.telegram.sending import Fate, Verdict, deliver

__all__ = ["Dispatching"]

IN_FLIGHT = 40
"""Calls under way at once."""
IDLE, PACED = 0.5, 0.04
"""Seconds between looks into the outbox when it is empty, and while messages wait for their turn."""
GRACE = 6.0
"""Seconds that calls under way get at the end."""
log = structlog.get_logger(__name__)


class Dispatching:
    """Makes the calls of the outbox."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._calls: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._rest_until = datetime.datetime.min.replace(tzinfo=datetime.UTC)

    async def run(self) -> None:
        """Make calls until the end."""
        worker = self.worker
        while worker.running:
            try:
                rows, more = await worker.books(self._claim)
            except UNAVAILABLE as error:
                log.error("database", error=str(error))
                await worker.pause(IDLE)
                continue
            for row in rows:
                call = asyncio.create_task(self._call(row))
                self._calls.add(call)
                call.add_done_callback(self._calls.discard)
            await worker.until(worker.put, PACED if more else IDLE)
        await self._finish()

    def _claim(self) -> tuple[list[Outgoing], bool]:
        room = IN_FLIGHT - len(self._calls)
        return outbox.claim(self.worker.workplace.account.bot, self.worker.enlisted.name, timezone.now(), room) if room > 0 else ([], True)

    async def _call(self, row: Outgoing) -> None:
        verdict = await deliver(self.worker.bot, row)
        now = timezone.now()
        if verdict.fate is Fate.UNREACHABLE:
            self.worker.unreachable(verdict.error)
        elif verdict.fate is Fate.SENT:
            self._failures = 0
            self.worker.reached()
            if row.asked_at:
                metrics.took((now - row.asked_at).total_seconds())
        while True:
            try:
                await self.worker.books(self._note, row, verdict, now)
                break
            except UNAVAILABLE as error:
                log.error("fate not noted yet", outgoing=row.pk, error=str(error))
                await asyncio.sleep(IDLE)

    def _note(self, row: Outgoing, verdict: Verdict, now: datetime.datetime) -> None:
        """Write down what is known of a call."""
        match verdict.fate:
            case Fate.SENT:
                outbox.sent(row, verdict.message, now)
            case Fate.FAILED:
                with transaction.atomic():
                    outbox.failed(row, verdict.error, now)
                    if verdict.blocked:
                        Chat.objects.filter(bot=row.bot, address=row.lane).update(reachable=False)
            case Fate.RETRY:
                outbox.retry(row, verdict.error, verdict.seconds, now)
            case Fate.UNCERTAIN:
                outbox.uncertain(row, verdict.error, now)
            case Fate.UNREACHABLE:
                outbox.retry(row, verdict.error, 0.0, now)
                self._pause(row.bot, now)

    def _pause(self, bot: int, now: datetime.datetime) -> None:
        """Rest, longer each time; calls that failed together count once."""
        if now >= self._rest_until:
            self._failures += 1
            seconds = min(2.0 ** min(self._failures, 10), LONGEST_WAIT)
            self._rest_until = now + datetime.timedelta(seconds=seconds)
            outbox.pause(bot, seconds, now)

    async def _finish(self) -> None:
        """Let calls under way end."""
        if self._calls:
            await asyncio.wait(self._calls, timeout=GRACE)
