"""Answers: waiting updates are handled by a few threads, each chat's in order."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import structlog
from django.db import connection, connections
from django.utils import timezone

from bot import metrics
from bot.state import inbox
from bot.state.models import Incoming
from bot.telegram.routing import give_up, handle
from bot.telegram.running.worker import UNAVAILABLE, Worker

__all__ = ["Answering"]

THREADS = 2
IDLE = 0.5
"""Seconds between looks into the inbox when nothing arrives here: another worker may have died."""
log = structlog.get_logger(__name__)


class Answering:
    """Handles what is in the inbox."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._threads = ThreadPoolExecutor(THREADS, "minds")
        self._picking = threading.Lock()
        self._busy: set[str] = set()

    async def run(self) -> None:
        """Handle updates until the end."""
        async with asyncio.TaskGroup() as group:
            for _ in range(THREADS):
                group.create_task(self._run())

    async def _run(self) -> None:
        worker = self.worker
        while worker.running:
            try:
                found = await asyncio.get_running_loop().run_in_executor(self._threads, self.next)
            except UNAVAILABLE as error:
                log.error("database", error=str(error))
                await worker.pause(IDLE)
                continue
            if found:
                worker.put.set()
            else:
                await worker.until(worker.arrived, IDLE)

    def next(self) -> bool:
        """Handle the next update; False when there is none.

        Raises:
            OperationalError, InterfaceError: the database does not answer; the update is still waiting.
        """
        row: Incoming | None = None
        try:
            with ExitStack() as held:
                with self._picking:
                    row = held.enter_context(inbox.turn(self.worker.workplace.account.bot, timezone.now(), self._busy))
                    if row is None:
                        return False
                    self._busy.add(row.lane)
                metrics.handled(str(handle(row, self.worker.workplace, self.worker.cards, timezone.now())))
        except inbox.AlreadyHandled:
            log.info("handled by another worker", update=row and row.update)
        except UNAVAILABLE:
            connection.close()
            raise
        except Exception as error:
            if row is None:
                raise
            log.exception("update not handled", update=row.update)
            self._put_off(row, type(error).__name__)
        finally:
            if row:
                self._busy.discard(row.lane)
        return True

    def _put_off(self, row: Incoming, error: str) -> None:
        """Try again later; after the last try it goes to people."""
        row.error = error
        if inbox.fail(row, error, timezone.now()):
            give_up(row, self.worker.workplace, timezone.now())
            metrics.handled(str(Incoming.State.FAILED))

    async def close(self) -> None:
        """Finish what is being handled, then no more."""
        together = threading.Barrier(THREADS)
        for _ in range(THREADS):
            self._threads.submit(_disconnect, together)
        await asyncio.to_thread(self._threads.shutdown)


def _disconnect(together: threading.Barrier) -> None:
    """Close this thread's connection; none takes a second turn before every thread has had one."""
    connections.close_all()
    together.wait()
