"""House-keeping: signs of life, what the dead have left, reminders, old records, and new knowledge."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from django.utils import timezone

from bot.reloading import changes
from bot.state import outbox, workers
from bot.telegram.running.worker import Worker
from bot.tickets import retention, timers
from intents.road import Road

__all__ = ["Housekeeping"]

BEAT, TICK, PURGE = 3.0, 2.0, 6 * 3600.0
"""Seconds between signs of life, looks at what is due, and clearing away."""
log = structlog.get_logger(__name__)


class Housekeeping:
    """Everything that is done again and again."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    async def run(self) -> None:
        """Keep house until the end."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._every(BEAT, self.keep_alive))
            group.create_task(self._every(TICK, self._remind))
            group.create_task(self._every(PURGE, self._clear))
            group.create_task(self._watch())

    async def _every(self, seconds: float, work: Callable[[], Any]) -> None:
        """Work that is done again soon anyhow: a failure is logged."""
        while self.worker.running:
            try:
                await self.worker.books(work)
            except Exception:
                log.exception("housekeeping")
            await self.worker.pause(seconds)

    def keep_alive(self) -> None:
        """Show that we live, and take over what the dead have left."""
        now, me = timezone.now(), self.worker.enlisted
        workers.beat(me, now)
        lost = outbox.recover(self.worker.workplace.account.bot, now, workers.gone(me))
        if lost:
            log.warning("calls that a dead worker had begun", number=lost)

    def _remind(self) -> None:
        now = timezone.now()
        if workers.holds(self.worker.enlisted, "timers", now):
            timers.tick(now, self.worker.settings, self.worker.workplace.working_time)
            self.worker.cards.digest(now)

    def _clear(self) -> None:
        gone = retention.purge(self.worker.settings.retention_days, timezone.now())
        log.info("cleared away", **gone)

    async def _watch(self) -> None:
        """Take over knowledge that has been changed; while it is wrong, the last good one stays."""
        worker = self.worker
        async for outcome in changes(worker.settings, worker.workplace.version, worker.stopping):
            if isinstance(outcome, Road):
                version = outcome.world.knowledge.fingerprint
                worker.workplace.road, worker.workplace.version = outcome, version
                worker.health.knows(version)
                log.info("knowledge taken over", version=version[:12])
            else:
                worker.health.reload_failed(outcome)
                log.error("knowledge not taken over", problems=outcome)
                await worker.books(worker.cards.tell_administrators, outcome, timezone.now())
