"""The real service, in a thread, over real tables and real knowledge, against the stand-in Bot API."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone
from fake_telegram import FakeTelegram, Sent

from bot.settings import Settings
from bot.state.models import Staff
from bot.telegram.running.service import Service
from intents.road import Road

GROUP = -1001234
ZHANG, LI, HEAD = 501, 502, 509
"""Telegram ids of two clerks and an administrator."""


class Running:
    """A worker that runs in a thread until it is stopped."""

    def __init__(self, settings: Settings, fake: FakeTelegram, road: Road, secret: str = "") -> None:
        self.settings, self.fake = settings.model_copy(update={"telegram_api": fake.url}), fake
        self.loop = asyncio.new_event_loop()
        self.failure: BaseException | None = None
        self.service = Service(self.settings, fake.token, road, secret)
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self, *, wait: bool = True) -> Running:
        self.thread.start()
        if wait:
            asyncio.run_coroutine_threadsafe(self.service.ready.wait(), self.loop).result(30)
        return self

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self.service.run())
        except BaseException as error:
            self.failure = error
        finally:
            self.loop.close()

    def stop(self) -> None:
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.service.stop)
            self.thread.join(20)
        assert not self.thread.is_alive(), "the worker does not stop"
        if self.failure:
            raise self.failure


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server


@pytest.fixture
def run(road: Road, fake: FakeTelegram) -> Iterator[Callable[..., Running]]:
    """Starts workers; all are stopped at the end."""
    started: list[Running] = []

    def start(settings: Settings, *, wait: bool = True, secret: str = "", **changes: Any) -> Running:
        running = Running(settings.model_copy(update={"staff_group": GROUP, **changes}), fake, road, secret)
        started.append(running)
        return running.start(wait=wait)

    yield start
    for running in started:
        running.stop()


@pytest.fixture
def staff(state: Settings) -> None:
    for number, name, role in ((ZHANG, "张三", "clerk"), (LI, "李四", "clerk"), (HEAD, "王主任", "administrator")):
        Staff.objects.create(telegram=number, name=name, role=role, added_at=timezone.now())


@pytest.fixture
def bot(state: Settings, staff: None, run: Callable[..., Running]) -> Running:
    """A worker with a staff group, two clerks and an administrator."""
    return run(state)


class Resident:
    """Somebody who writes to the bot."""

    def __init__(self, fake: FakeTelegram, user: int) -> None:
        self.fake, self.user = fake, user

    def says(self, text: str, replies: int = 1) -> Sent:
        """Write, and wait for the replies; gives the last."""
        self.fake.user_says(text, user=self.user)
        return self.hears(replies)

    def taps(self, message: Sent, label: str, replies: int = 1) -> Sent:
        self.fake.taps(message, label=label, user=self.user)
        return self.hears(replies)

    def hears(self, replies: int = 1) -> Sent:
        return self.fake.wait(replies, chat=self.user)[-1]


@pytest.fixture
def granny(fake: FakeTelegram) -> Resident:
    return Resident(fake, 1001)


@pytest.fixture
def neighbour(fake: FakeTelegram) -> Resident:
    return Resident(fake, 1002)
