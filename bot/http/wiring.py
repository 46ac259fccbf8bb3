"""The running service's objects, where the views find them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.health import Health

__all__ = ["Receive", "Wiring", "current", "wire"]

Receive = Callable[[dict[str, Any]], Awaitable[None]]
"""Stores an update (decoded JSON with an integer ``update_id``); returns once it is safe, raises when it is not."""


@dataclass(frozen=True)
class Wiring:
    """What the views need; without ``receive`` or ``secret`` there is no webhook."""

    health: Health
    receive: Receive | None = None
    secret: str = ""


_wired: list[Wiring] = []


def wire(wiring: Wiring | None) -> None:
    """Connect the views to a service, or with None to nothing."""
    _wired[:] = [wiring] if wiring else []


def current() -> Wiring:
    """What the views are connected to.

    Raises:
        LookupError: nothing yet.
    """
    if not _wired:
        raise LookupError("wire() comes before the first request")
    return _wired[0]
