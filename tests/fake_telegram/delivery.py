"""Updates on their way to a webhook: in order, again and again until they are taken."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import httpx

from .records import Webhook
from .world import World

FIRST_WAIT, LONGEST_WAIT = 0.05, 2.0


class Delivery:
    """Posts what waits, one update after the other."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wake = asyncio.Event()
        self._client: httpx.AsyncClient | None = None

    async def run(self) -> None:
        """Deliver until cancelled."""
        wait = FIRST_WAIT
        try:
            while True:
                self.wake.clear()
                job = self._next()
                if job is None:
                    await self.wake.wait()
                elif await self._deliver(*job):
                    wait = FIRST_WAIT
                else:
                    await asyncio.sleep(wait)
                    wait = min(2 * wait, LONGEST_WAIT)
        finally:
            if self._client is not None:
                await self._client.aclose()

    def _next(self) -> tuple[Webhook, tuple[int, Any]] | None:
        with self.world.condition:
            if self.world.webhook is None or not self.world.queue or self.world.troubles.is_down:
                return None
            return self.world.webhook, self.world.queue[0]

    async def _deliver(self, hook: Webhook, waiting: tuple[int, Any]) -> bool:
        error = await self._post(hook, waiting[1])
        with self.world.condition:
            if not error:
                hook.delivered += 1
                # The queue may have been emptied meanwhile: only the update that was taken may go.
                if self.world.queue and self.world.queue[0] is waiting:
                    self.world.queue.popleft()
            else:
                hook.failures += 1
                hook.last_error, hook.last_error_date = error, int(time.time())
            self.world.condition.notify_all()
        return not error

    async def _post(self, hook: Webhook, update: Any) -> str:
        """Post one update; returns what went wrong."""
        # Certificates are not checked: the receiver is on loopback, and reading the authorities takes longer than a test.
        client = self._client = self._client or httpx.AsyncClient(trust_env=False, verify=False, timeout=30)
        headers = {"content-type": "application/json"}
        if hook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret
        try:
            answer = await client.post(hook.url, content=json.dumps(update, ensure_ascii=False).encode(), headers=headers)
        except httpx.HTTPError as error:
            return f"Connection failed: {error!r}"
        return "" if answer.is_success else f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
