"""The real service, in a thread, over real tables and real knowledge, against the stand-in Bot API."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone
from fake_telegram import FakeTelegram, Sent

from bot.settings import Settings
from bot.state import outbox
from bot.state.models import Incoming, Outgoing, Staff
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


def enlist() -> None:
    """Two clerks and an administrator."""
    for number, name, role in ((ZHANG, "张三", "clerk"), (LI, "李四", "clerk"), (HEAD, "王主任", "administrator")):
        Staff.objects.create(telegram=number, name=name, role=role, added_at=timezone.now())


@pytest.fixture
def staff(state: Settings) -> None:
    enlist()


@pytest.fixture
def quick(sqlite_state: Settings, run: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> Running:
    """A worker as `bot`, on SQLite only and without pauses between messages, for promises that depend on neither."""
    for name in ("CHAT_SECONDS", "GROUP_SECONDS"):
        monkeypatch.setattr(outbox, name, 0.0)
    enlist()
    return run(sqlite_state)


@pytest.fixture
def settled(fake: FakeTelegram) -> Callable[[], None]:
    """Waits until everything that was said has been handled and answered."""

    def wait(timeout: float = 60) -> None:
        end = time.monotonic() + timeout
        while True:
            with fake.world.condition:
                idle = not fake.world.queue
                fake.world.condition.wait(0.02)
            unsent = Outgoing.objects.filter(state__in=("pending", "sending")).values("method", "state", "error", "params")
            busy = [*Incoming.objects.filter(state="waiting").values("lane", "kind", "error"), *unsent]
            if idle and not busy:
                return
            assert time.monotonic() < end, (idle, busy)

    return wait


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


class Member:
    """Somebody in the staff group, on the list or not."""

    def __init__(self, fake: FakeTelegram, user: int) -> None:
        self.fake, self.user = fake, user

    def says(self, text: str, to: Sent | None = None, chat: int = GROUP) -> int:
        """Write, perhaps in reply to a message; gives the number of what was written."""
        update = self.fake.user_says(text, user=self.user, chat=chat, reply_to=to.message_id if to else None)
        return self.fake.message_id(update)

    def sends(self, kind: str, to: Sent, caption: str = "") -> int:
        """Send a photo or the like in reply to a message."""
        update = self.fake.sends(kind, self.user, caption, chat=to.chat_id, reply_to_message=to.message)
        return self.fake.message_id(update)

    def taps(self, message: Sent, label: str | None = None, data: str | None = None) -> str:
        """Tap a button; gives the words that pop up."""
        update = self.fake.taps(message, data, label, self.user)
        return self.popup(update)

    def popup(self, update: int) -> str:
        self.fake.wait_for(lambda: self.fake.query(update).answer is not None, what="the answer to a tap")
        return str((self.fake.query(update).answer or {}).get("text") or "")

    def sees(self, *words: str, label: str = "", chat: int = GROUP, **more: Any) -> Sent:
        """Wait for a message that has all these words and such a button, and of which the bot knows; gives the newest."""

        def shown() -> list[Sent]:
            return [
                m for m in self.fake.sent(chat)
                if all(w in m.plain for w in words) and (not label or label in m.labels) and all(getattr(m, k) == v for k, v in more.items())
            ]

        def found() -> list[Sent]:
            known = set(Outgoing.objects.filter(lane=str(chat), message__isnull=False).values_list("message", flat=True))
            return [m for m in shown() if m.message_id in known]

        self.fake.wait_for(found, what=f"{words} {label} {more}")
        return found()[-1]


@pytest.fixture
def zhang(fake: FakeTelegram) -> Member:
    return Member(fake, ZHANG)


@pytest.fixture
def li(fake: FakeTelegram) -> Member:
    return Member(fake, LI)


@pytest.fixture
def head(fake: FakeTelegram) -> Member:
    return Member(fake, HEAD)


@pytest.fixture
def stranger(fake: FakeTelegram) -> Member:
    """In the group, but not on the list."""
    return Member(fake, 666)


@pytest.fixture
def flawless(state: Settings, fake: FakeTelegram) -> Iterator[None]:
    """Whatever the test does, no update fails, and Telegram finds no fault with a call."""
    yield
    assert not Incoming.objects.filter(Q(state="failed") | Q(attempts__gt=0)).exists()
    refused = [c for c in fake.calls if c.status == 400 and "not modified" not in c.description]
    assert not refused, [(c.method, c.description) for c in refused]
