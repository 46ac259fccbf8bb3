"""One worker from its start to its end."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import structlog
from django.utils import timezone

from bot import metrics
from bot.health import Health
from bot.http.server import Server
from bot.http.wiring import Wiring, wire
from bot.settings import Settings
from bot.state import workers
from bot.state.models import Outgoing
from bot.state.outbox import settled
from bot.telegram.account import Account
from bot.telegram.cards import Cards
from bot.telegram.client import make_bot
from bot.telegram.running.answering import Answering
from bot.telegram.running.dispatching import Dispatching
from bot.telegram.running.housekeeping import Housekeeping
from bot.telegram.running.receiving import Receiving
from bot.telegram.running.worker import Worker
from bot.telegram.turn import Workplace
from bot.tickets.working_time import WorkingTime
from intents.road import Road

__all__ = ["Service"]

CLOSING, PAGES = 7.0, 1.0
"""Seconds that answers and calls under way, then the pages, get when the worker is asked to end: together below ten."""
log = structlog.get_logger(__name__)


class Service:
    """A worker process. Killed at any moment, it loses nothing: all that matters is in the tables.

    Args:
        settings: what the operator set; the state must be open and migrated.
        token: the bot's token.
        road: the road over the knowledge.
        secret: the webhook's secret, when the settings name a webhook.
    """

    def __init__(self, settings: Settings, token: str, road: Road, secret: str = "") -> None:
        account = Account(int(token.partition(":")[0]), "", settings.staff_group)
        workplace = Workplace(settings, account, road, road.world.knowledge.fingerprint, WorkingTime(settings.working_hours))
        self.worker = Worker(
            settings, make_bot(token, settings.telegram_api), workplace, Cards(workplace), Health(), workers.newcomer())
        self.receiving = Receiving(self.worker, secret)
        self.answering, self.dispatching = Answering(self.worker), Dispatching(self.worker)
        self.housekeeping = Housekeeping(self.worker)
        self.server: Server | None = None
        self._waiting: list[asyncio.Task[None]] = []
        self.ready = asyncio.Event()
        """Set when updates are being taken."""

    async def run(self) -> None:
        """Serve until `stop`; returns once everything is put away."""
        worker = self.worker
        await worker.books(workers.beat, worker.enlisted, timezone.now())
        worker.cards.connect()
        settled.connect(_count, dispatch_uid="metrics")
        worker.health.knows(worker.workplace.version)
        hooked = bool(worker.settings.webhook_url)
        wire(Wiring(worker.health, self.receiving.receive if hooked else None, self.receiving.secret))
        self.server = Server(worker.settings.http_port)
        pages, work = asyncio.create_task(self.server.serve()), asyncio.create_task(self._work())
        asked = asyncio.create_task(worker.stopping.wait())
        try:
            await asyncio.wait([asked, work, pages], return_when=asyncio.FIRST_COMPLETED)
        finally:
            worker.stopping.set()
            asked.cancel()
            worker.health.stop()
            await self._wind_up(pages, work)

    def stop(self) -> None:
        """Ask the worker to end."""
        log.info("stopping")
        self.worker.stopping.set()
        self.worker.arrived.set()
        self.worker.put.set()

    def stop_on_signals(self) -> None:
        """End on SIGTERM and SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.stop)

    async def _work(self) -> None:
        await self.receiving.get_acquainted()
        if not self.worker.running:
            return
        await self.worker.books(self.housekeeping.keep_alive)
        async with asyncio.TaskGroup() as group:
            self._waiting = [group.create_task(part.run()) for part in (self.receiving, self.housekeeping)]
            for part in (self.answering, self.dispatching):
                group.create_task(part.run())
            self.ready.set()

    async def _wind_up(self, pages: asyncio.Task[None], work: asyncio.Task[None]) -> None:
        """Let answers and calls under way end, then close."""
        for task in self._waiting:
            task.cancel()
        await asyncio.wait([work], timeout=CLOSING)
        work.cancel()
        if self.server:
            self.server.should_exit = True
        done, _ = await asyncio.wait([pages, work], timeout=PAGES)
        await self.answering.close()
        try:
            await self.worker.books(workers.leave, self.worker.enlisted)
        finally:
            await self.worker.books.close()
            await self.worker.bot.shutdown()
            self.worker.cards.disconnect()
            settled.disconnect(dispatch_uid="metrics")
            wire(None)
        for task in done:
            if not task.cancelled() and (error := task.exception()):
                raise error


def _count(outgoing: Outgoing, **_: Any) -> None:
    metrics.delivered(str(outgoing.state), outgoing.purpose)
