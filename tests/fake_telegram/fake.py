"""The fake in a test: a server in a thread, and the hands of the test on it."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from .people import People
from .records import TOKEN, Call, Json, Query, Sent, Violation
from .server import Server
from .world import World

HOST = "127.0.0.1"
Where = Callable[[Sent], bool]


def listen(port: int = 0) -> socket.socket:
    """Return a socket bound on loopback; port nought is any free one."""
    # With the protocol left at nought asyncio would not set TCP_NODELAY, and every answer would wait 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    return listener


class FakeTelegram(People):
    """`with FakeTelegram() as fake:` serves on `fake.url`; every method may be called from any thread."""

    def __init__(self, *, token: str = TOKEN, strict: bool = False, port: int = 0, username: str = "minzheng_test_bot") -> None:
        super().__init__(World(token, strict, username))
        self.token = token
        self.url = ""
        self._port = port
        self._floor = 0
        self._cursors: dict[int, int] = {}
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: Server | None = None

    def __enter__(self) -> Self:
        listener = listen(self._port)
        self._port = listener.getsockname()[1]
        self.url = f"http://{HOST}:{self._port}"
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(listener, started)), name="fake-telegram", daemon=True)
        self._thread.start()
        if not started.wait(10):
            raise RuntimeError("the fake has not started")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._thread is not None and self._thread.is_alive() and self._loop and self._server:
            self._loop.call_soon_threadsafe(self._server.stop)
            self._thread.join(10)

    async def _serve(self, listener: socket.socket, started: threading.Event) -> None:
        self._loop, self._server = asyncio.get_running_loop(), Server(self.world)
        await self._server.run(listener, started.set)

    @property
    def base_url(self) -> str:
        """What python-telegram-bot takes as `base_url`."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        """What python-telegram-bot takes as `base_file_url`."""
        return f"{self.url}/file/bot"

    @property
    def messages(self) -> list[Sent]:
        """Every accepted message, oldest first."""
        return self.sent()

    @property
    def calls(self) -> list[Call]:
        """Every call whose fate is known."""
        with self.world.condition:
            return list(self.world.calls)

    @property
    def queries(self) -> list[Query]:
        """Every callback query and inline query, oldest first."""
        with self.world.condition:
            return list(self.world.queries.values())

    @property
    def violations(self) -> list[Violation]:
        """The sends beyond Telegram's limits."""
        with self.world.condition:
            return list(self.world.limits.violations)

    def sent(self, chat: int | None = None) -> list[Sent]:
        """Return the accepted messages of a chat, or of all."""
        with self.world.condition:
            return [sent for sent in self.world.messages if chat is None or sent.chat_id == chat]

    def query(self, update_id: int) -> Query:
        """Return the query an update brought."""
        return next(query for query in self.queries if query.update_id == update_id)

    def expire(self, update_id: int) -> None:
        """Let a query be too old to be answered."""
        self.query(update_id).expired = True

    def update(self, update_id: int) -> Any:
        """Return an update as it was pushed."""
        with self.world.condition:
            return self.world.updates[update_id]

    def message_id(self, update_id: int) -> int:
        """Return the number of the message an update brought."""
        return int(self.update(update_id)["message"]["message_id"])

    def stats(self) -> Json:
        """Return the counts."""
        with self.world.condition:
            return self.world.stats()

    def mark(self) -> None:
        """Let the next `wait` see only what comes from now on."""
        with self.world.condition:
            self._floor = len(self.world.messages)

    def wait(self, count: int = 1, chat: int | None = None, timeout: float = 20, where: Where | None = None) -> list[Sent]:
        """Return the next `count` messages, each once, when they are there; what stands before the last of them counts as seen."""
        with self.world.condition:
            if not self.world.condition.wait_for(lambda: len(self._fresh(chat, where)) >= count, timeout):
                raise AssertionError(self._missed(count, chat, timeout, where))
            found = self._fresh(chat, where)[:count]
            for sent in self._fresh(chat, None):
                if found and sent.number <= found[-1].number:
                    self._cursors[sent.chat_id] = sent.number + 1
            return found

    def wait_for(self, condition: Callable[[], object], timeout: float = 20, what: str = "") -> None:
        """Wait until a condition holds: it is asked after every call and delivery, and now and then, as it may be about other things."""
        end = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"{what or 'the condition'} did not hold within {timeout} s; {self._seen(None)}")
            with self.world.condition:
                self.world.condition.wait(0.05)

    def _fresh(self, chat: int | None, where: Where | None) -> list[Sent]:
        return [
            sent
            for sent in self.world.messages[self._floor :]
            if (chat is None or sent.chat_id == chat) and sent.number >= self._cursors.get(sent.chat_id, 0) and (where is None or where(sent))
        ]

    def _missed(self, count: int, chat: int | None, timeout: float, where: Where | None) -> str:
        found, others = self._fresh(chat, where), self._fresh(chat, None)
        place = "any chat" if chat is None else f"chat {chat}"
        said = "".join(f"\n  {sent.method} to {sent.chat_id}: {sent.plain[:200]!r} {sent.labels}" for sent in others)
        return f"{len(found)} of {count} messages for {place} within {timeout} s; new there, wanted or not: {said or 'nothing'}\n{self._seen(chat)}"

    def _seen(self, chat: int | None) -> str:
        calls = [f"{call.method} {call.status or call.dropped} {call.description}".strip() for call in self.world.calls[-8:]]
        return f"{len(self.world.messages)} messages in all, {len(self.world.queue)} updates waiting, last calls: {calls}"

    def block(self, chat: int) -> None:
        """Let a user block the bot, or a group throw it out."""
        with self.world.condition:
            self.world.troubles.blocked.add(chat)

    def unblock(self, chat: int) -> None:
        """Undo `block` and `unknown_chat`."""
        with self.world.condition:
            self.world.troubles.blocked.discard(chat)
            self.world.troubles.unknown.discard(chat)

    def unknown_chat(self, chat: int) -> None:
        """Let a chat not exist."""
        with self.world.condition:
            self.world.troubles.unknown.add(chat)

    def member(self, group: int, user: int, status: str) -> None:
        """Set what getChatMember says: creator, administrator, member, restricted, left or kicked."""
        with self.world.condition:
            self.world.members[group, user] = status

    def limit(self, times: int, retry_after: int = 1, chat: int | None = None, method: str | None = None) -> None:
        """Answer the next calls with 429; without a method any but getUpdates is meant."""
        with self.world.condition:
            self.world.troubles.limit(times, retry_after, chat, method)

    def fail(self, times: int, status: int = 500, method: str | None = None) -> None:
        """Answer the next calls with an error of the server."""
        with self.world.condition:
            self.world.troubles.fail(times, status, method)

    def drop(self, times: int, after: bool = True, method: str | None = "sendMessage") -> None:
        """Close the connection of the next calls, after or before they are carried out."""
        with self.world.condition:
            self.world.troubles.drop(times, after, method)

    def drop_randomly(self, before: float = 0.0, after: float = 0.0, seed: int = 0, method: str | None = None) -> None:
        """Close connections at the given rates."""
        with self.world.condition:
            self.world.troubles.drop_randomly(before, after, seed, method)

    def slow(self, seconds: float, times: int = 1, method: str | None = None) -> None:
        """Carry out the next calls at once and answer them late."""
        with self.world.condition:
            self.world.troubles.slow(seconds, times, method)

    def down(self) -> None:
        """Be unreachable: every connection is closed without an answer."""
        self._switch(True)

    def up(self) -> None:
        """Be reachable again."""
        self._switch(False)

    def calm(self) -> None:
        """Forget every trouble."""
        with self.world.condition:
            self.world.troubles.calm()
        self._switch(False)

    def _switch(self, down: bool) -> None:
        with self.world.condition:
            self.world.troubles.is_down = down
        if self._loop and self._server:
            self._loop.call_soon_threadsafe(self._server.control.switch, down)
