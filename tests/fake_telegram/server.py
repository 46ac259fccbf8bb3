"""The fake over HTTP: uvicorn's protocol around a small ASGI application, long polls, and connections lost to order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from .account import allow
from .control import Control
from .delivery import Delivery
from .methods import call, known
from .parsing import Params, read_params
from .records import ApiError, Call, bad_request
from .troubles import POLLING, Plan
from .world import World

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
JSON_TYPE = b"application/json"
OTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
HAS_WEBHOOK = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
LONGEST_POLL, KEEP_ALIVE = 50, 75


class Protocol(H11Protocol):
    """Uvicorn's protocol that lets the application get at its transport, to cut the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Pass the transport on in the scope's state."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Server:
    """Serves a world on one event loop."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.control = Control(world, self.cut_all)
        self.delivery = Delivery(world)
        self._state = ServerState()
        self._poll: asyncio.Event | None = None
        self._stop = asyncio.Event()

    async def run(self, listener: socket.socket, started: Callable[[], None]) -> None:
        """Serve until `stop` is called on the loop."""
        loop = asyncio.get_running_loop()
        self.world.wake = lambda: self._wake_on(loop)
        config = Config(self.application, http=Protocol, ws="none", lifespan="off", interface="asgi3", proxy_headers=False, log_config=None)
        config.access_log, config.timeout_keep_alive = False, KEEP_ALIVE
        config.load()
        listening = await loop.create_server(lambda: Protocol(config, self._state, {}, loop), sock=listener)
        delivery = asyncio.create_task(self.delivery.run())
        started()
        await self._stop.wait()
        self.world.wake = lambda: None
        listening.close()
        delivery.cancel()
        self.cut_all()
        await asyncio.gather(delivery, *self._state.tasks, return_exceptions=True)
        await listening.wait_closed()

    def stop(self) -> None:
        """End serving; call it on the loop."""
        self._stop.set()

    def cut_all(self) -> None:
        """Close every connection but the one that steers the fake."""
        for connection in list(self._state.connections):
            scope = getattr(connection, "scope", None)
            if self._stop.is_set() or not scope or not scope["path"].startswith("/control/"):
                connection.transport.abort()

    def _wake_on(self, loop: asyncio.AbstractEventLoop) -> None:
        with contextlib.suppress(RuntimeError):  # a loop closed meanwhile has nobody to wake
            loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self.delivery.wake.set()
        if self._poll is not None:
            self._poll.set()

    async def application(self, scope: Message, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        path: str = scope["path"]
        if path.startswith("/control/"):
            body = await _body(receive)
            with self.world.condition:
                status, answer = self.control.answer(path.removeprefix("/control/"), scope["query_string"].decode(), body)
            await _respond(send, status, _encoded(answer))
        elif self.world.troubles.is_down:
            await _cut(scope, receive)
        elif path.startswith("/file/bot"):
            status, content = self._download(path.removeprefix("/file/bot"))
            await _respond(send, status, content, JSON_TYPE if status >= 400 else b"application/octet-stream")
        else:
            await self._api(path, scope, receive, send)

    def _download(self, path: str) -> tuple[int, bytes]:
        token, _, name = path.partition("/")
        with self.world.condition:
            found = [stored for stored in self.world.files.values() if stored.name == name and token == self.world.token]
        return (200, found[0].content) if found else (404, _encoded(ApiError(404, "Not Found").body()))

    async def _api(self, path: str, scope: Message, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        log, plan = Call(path.rpartition("/")[2], {}), Plan()
        try:
            log.method = self._method(path)
            params = read_params(scope["query_string"], _header(scope, b"content-type"), body)
            log.params = params.values
            with self.world.condition:
                plan = self.world.troubles.plan(log.method, params.chat_or_none())
            if plan.drop == "before":
                await self._drop(log, plan, scope, receive)
                return
            result = {"ok": True, "result": await self._carry_out(log, plan, params, receive)}
            log.status = 200
        except ApiError as error:
            result, log.status, log.description = error.body(), error.status, error.description
        late = plan.seconds and await _gone(receive, plan.seconds)
        if late or plan.drop or self.world.troubles.is_down:
            plan.drop = plan.drop or "after"
            await self._drop(log, plan, scope, receive)
            return
        with self.world.condition:
            self.world.count(log)
        await _respond(send, log.status, _encoded(result))

    def _method(self, path: str) -> str:
        token, _, name = path.removeprefix("/bot").partition("/")
        if not path.startswith("/bot") or "/" in name:
            raise ApiError(404, "Not Found")
        if token != self.world.token:
            raise ApiError(401, "Unauthorized")
        return POLLING if name.lower() == POLLING.lower() else known(name)

    async def _carry_out(self, log: Call, plan: Plan, params: Params, receive: Receive) -> Any:
        if plan.error is not None:
            raise plan.error
        if log.method == POLLING:
            return await self._updates(params, receive)
        with self.world.condition:
            try:
                result, log.sent = call(self.world, log.method, params)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise bad_request(f"can't parse the parameters: {error!r}") from None
            if log.sent is not None:
                log.sent.answered = plan.drop != "after"
            self.world.condition.notify_all()
            return result

    async def _drop(self, log: Call, plan: Plan, scope: Message, receive: Receive) -> None:
        log.dropped = plan.drop
        with self.world.condition:
            if log.sent is not None:
                log.sent.answered = False
            self.world.count(log)
        await _cut(scope, receive)

    async def _updates(self, params: Params, receive: Receive) -> list[Any]:
        """Answer a long poll; the newest one ends the one before."""
        with self.world.condition:
            if self.world.webhook is not None:
                raise ApiError(409, HAS_WEBHOOK)
            allow(self.world, params)
            self.world.confirm(params.integer("offset"))
            limit = params.integer("limit", 100)
            batch = self.world.pending(limit)
        if self._poll is not None:
            self._poll.set()
        event = self._poll = asyncio.Event()
        until = time.monotonic() + min(params.integer("timeout"), LONGEST_POLL)
        left = asyncio.ensure_future(_gone(receive))
        try:
            while not batch and (rest := until - time.monotonic()) > 0:
                waiter = asyncio.ensure_future(event.wait())
                await asyncio.wait({waiter, left}, timeout=rest, return_when=asyncio.FIRST_COMPLETED)
                waiter.cancel()
                if left.done():
                    break
                batch = self._awake(event, limit)
        finally:
            left.cancel()
            if self._poll is event:
                self._poll = None
        return batch

    def _awake(self, event: asyncio.Event, limit: int) -> list[Any]:
        event.clear()
        with self.world.condition:
            if self._poll is not event:
                raise ApiError(409, OTHER_POLL)
            if self.world.webhook is not None:
                raise ApiError(409, "Conflict: terminated by setWebhook request")
            return self.world.pending(limit)




def _encoded(answer: Any) -> bytes:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def _header(scope: Message, name: bytes) -> str:
    return next((value.decode() for key, value in scope["headers"] if key == name), "")


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _gone(receive: Receive, seconds: float | None = None) -> bool:
    """Wait until the client leaves; False when it has not left in time."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


async def _cut(scope: Message, receive: Receive) -> None:
    """Close the connection without an answer; waiting for the end keeps uvicorn from answering 500 itself."""
    scope["state"]["transport"].abort()
    await _gone(receive)


async def _respond(send: Send, status: int, body: bytes, kind: bytes = JSON_TYPE) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
