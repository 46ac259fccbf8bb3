"""Updates in: asked for, or brought to the webhook; stored before they are acknowledged."""

from __future__ import annotations

import dataclasses
from typing import Any

import structlog
from django.utils import timezone
from telegram.error import Conflict, TelegramError

from bot.state import inbox, workers
from bot.state.models import Incoming
from bot.telegram.arrival import ALLOWED, incoming
from bot.telegram.client import introduce, poll
from bot.telegram.running.worker import LONGEST_WAIT, UNAVAILABLE, Worker

__all__ = ["Receiving"]

DUTY_CHECK = 2.0
"""Seconds between looks whether another worker has stopped polling."""
HOOKS = 40
"""Updates that Telegram may bring at once."""
log = structlog.get_logger(__name__)


class Unreadable(ValueError):
    """Updates that cannot be acknowledged, as they have no number: asking again at once would bring them again."""


class Receiving:
    """Brings updates into the inbox."""

    def __init__(self, worker: Worker, secret: str = "") -> None:
        self.worker, self.secret = worker, secret

    async def get_acquainted(self) -> None:
        """Learn the account's name; wait as long as Telegram cannot be reached."""
        worker = self.worker
        await worker.persist(worker.bot.initialize)
        if not worker.running:
            return
        account = dataclasses.replace(worker.workplace.account, bot=worker.bot.id, username=worker.bot.username)
        worker.workplace.account = account
        worker.health.identified(f"@{account.username}", account.link)
        log.info("acquainted", bot=account.username, link=account.link)
        try:
            await introduce(worker.bot, account.staff_group)
        except TelegramError as error:
            log.warning("menu not set", error=str(error))

    async def receive(self, raw: dict[str, Any]) -> None:
        """Store an update that Telegram brings; returns once it is safe.

        Raises:
            ConnectionError: we do not know our own name yet; Telegram brings the update again.
        """
        if not self.worker.workplace.account.username:
            raise ConnectionError("not acquainted yet")
        await self._store([raw])

    async def run(self) -> None:
        """Get updates until the end."""
        worker = self.worker
        if not worker.settings.webhook_url:
            await worker.persist(worker.bot.delete_webhook)
            await self._poll()
            return
        await worker.persist(lambda: worker.bot.set_webhook(
            worker.settings.hook, secret_token=self.secret, allowed_updates=list(ALLOWED), max_connections=HOOKS))
        await worker.stopping.wait()

    async def _poll(self) -> None:
        """Ask for updates; they are acknowledged by the next question, when they are stored."""
        worker, offset, wait = self.worker, None, 1.0
        while worker.running:
            try:
                if not await worker.books(workers.holds, worker.enlisted, "poll", timezone.now()):
                    offset = None
                    await worker.pause(DUTY_CHECK)
                    continue
                raws = await poll(worker.bot, offset)
                worker.reached()
                worker.health.polled()
                await self._store(raws)
                offset = max((number(raw) for raw in raws), default=-1) + 1 or offset
                if raws and all(number(raw) < 0 for raw in raws):
                    raise Unreadable(f"{len(raws)} updates without a number")
                wait = 1.0
                continue
            except Conflict as error:
                log.warning("somebody else polls with this token", error=str(error))
            except TelegramError as error:
                worker.unreachable(str(error))
            except Unreadable as error:
                log.error("updates not understood", error=str(error))
            except UNAVAILABLE as error:
                log.error("updates not stored", error=str(error))
            await worker.pause(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _store(self, raws: list[Any]) -> None:
        now, account = timezone.now(), self.worker.workplace.account
        rows = [row for raw in raws if (row := incoming(raw, account.bot, account.username, now))]
        if rows:
            await self.worker.books(inbox.take, rows)
            self.worker.arrived.set()
        for row in rows:
            if row.state == Incoming.State.REFUSED:
                log.warning("update refused", update=row.update, reason=row.error)


def number(raw: Any) -> int:
    """The number of an update as it came, -1 when it has none."""
    found = raw.get("update_id") if isinstance(raw, dict) else None
    return found if isinstance(found, int) else -1
