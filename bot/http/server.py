"""The HTTP server of a worker, on loopback only: a reverse proxy stands before it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from django.core.asgi import get_asgi_application

__all__ = ["LIMIT", "Server"]

HOST = "127.0.0.1"
LIMIT = 2**20
"""Bytes that a request's body may have."""
PATIENCE = 16 * LIMIT
"""Bytes of a body too long that are read, so that the client gets to see the answer."""
GRACE = 1
"""Seconds that requests under way get when the server is stopped."""


class Server(uvicorn.Server):
    """Serves the pages of ``bot.http.urls`` while `serve` runs; stops soon after ``should_exit`` is set.

    Signals are left to the caller. Call `open_state` and `wire` first.
    """

    def __init__(self, port: int, ready: asyncio.Event | None = None) -> None:
        """Bind to a port of 127.0.0.1, 0 for a free one.

        Args:
            port: where to listen; `port` then tells the number.
            ready: set once requests are taken.

        Raises:
            OSError: the port is taken.
        """
        super().__init__(uvicorn.Config(
            _Limited(get_asgi_application()), log_config=None, access_log=False, lifespan="off", ws="none", server_header=False,
            timeout_graceful_shutdown=GRACE,
        ))
        self._ready = ready
        self._socket = socket.create_server((HOST, port))
        self.port: int = self._socket.getsockname()[1]

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Take requests until ``should_exit``."""
        await super().serve([self._socket])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        if self._ready:
            self._ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


class _Limited:
    """An application that gets whole bodies of at most `LIMIT` bytes; longer ones are answered with 413.

    Django would first write any body to the disk and only then look at it.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, size, more = bytearray(), 0, True
        while more and size <= PATIENCE:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            part = message.get("body", b"")
            size, more = size + len(part), message.get("more_body", False)
            if size <= LIMIT:
                body += part
        if size > LIMIT:
            await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"0"), (b"connection", b"close")]})
            await send({"type": "http.response.body", "body": b""})
            return
        whole = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Any:
            return whole.pop() if whole else await receive()

        await self.app(scope, replay, send)
