"""What the parts of a running worker share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from django.db import InterfaceError, OperationalError, connection, connections
from telegram import Bot
from telegram.error import TelegramError

from bot.health import Health
from bot.settings import Settings
from bot.state.models import Worker as Enlisted
from bot.telegram.cards import Cards
from bot.telegram.turn import Workplace

__all__ = ["UNAVAILABLE", "Books", "Worker"]

T = TypeVar("T")
UNAVAILABLE = (OperationalError, InterfaceError)
"""Errors of a database that does not answer: the work is done again later."""
LONGEST_WAIT = 30.0
log = structlog.get_logger(__name__)


class Books:
    """The one thread that keeps inbox and outbox."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "books")

    async def __call__(self, work: Callable[..., T], *arguments: Any) -> T:
        """Do some work on the tables.

        Raises:
            OperationalError, InterfaceError: the database does not answer; the next call tries a new connection.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, guarded, work, *arguments)

    async def close(self) -> None:
        """Do what is still to be done, then no more."""
        self._thread.submit(connections.close_all)
        await asyncio.to_thread(self._thread.shutdown)


def guarded(work: Callable[..., T], *arguments: Any) -> T:
    """Do some work on the tables; a broken connection is thrown away."""
    try:
        return work(*arguments)
    except UNAVAILABLE:
        connection.close()
        raise


@dataclass
class Worker:
    """One worker: its account, its tables, and the events by which its parts wake each other."""

    settings: Settings
    bot: Bot
    workplace: Workplace
    cards: Cards
    health: Health
    enlisted: Enlisted
    books: Books = field(default_factory=Books)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    """An update is waiting."""
    put: asyncio.Event = field(default_factory=asyncio.Event)
    """A message is waiting to be sent."""

    @property
    def running(self) -> bool:
        """Whether nobody has asked to stop."""
        return not self.stopping.is_set()

    def unreachable(self, error: str) -> None:
        """Telegram does not answer; said once in the log."""
        if self.health.facts.reachable or not self.health.facts.error:
            log.warning("channel unreachable", error=error)
        self.health.lost(error)

    def reached(self) -> None:
        """Telegram answers."""
        if not self.health.facts.reachable:
            log.info("channel reachable")
        self.health.reached()

    async def persist(self, call: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        """Call Telegram until it answers, with growing waits, or until the end."""
        wait = 1.0
        while self.running:
            try:
                await call()
                self.reached()
                return
            except TelegramError as error:
                self.unreachable(str(error))
            await self.pause(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end."""
        await wait_for(self.stopping, seconds)

    async def until(self, event: asyncio.Event, seconds: float) -> None:
        """Wait for one of our events, for some seconds at most."""
        await wait_for(event, seconds)
        event.clear()


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, for some seconds at most."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
