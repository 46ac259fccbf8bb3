"""`python -m tests.fake_telegram --port 8081`: the fake as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket

from .fake import HOST, listen
from .records import TOKEN
from .server import Server
from .world import World


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m tests.fake_telegram", description=__doc__)
    parser.add_argument("--port", type=int, default=8081, help="0 is any free one")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--strict", action="store_true", help="refuse sends beyond Telegram's limits")
    chosen = parser.parse_args()
    asyncio.run(serve(World(chosen.token, chosen.strict), listen(chosen.port)))


async def serve(world: World, listener: socket.socket) -> None:
    """Serve a world in this process."""
    server, port = Server(world), listener.getsockname()[1]
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.stop)
    await server.run(listener, lambda: print(f"fake Telegram listens on http://{HOST}:{port}", flush=True))


if __name__ == "__main__":
    main()
