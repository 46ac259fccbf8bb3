"""What the fake remembers: messages, calls, queries, violations; and the refusals it answers with."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

TOKEN = "123456:TEST-this-is-not-a-real-token-00000"
"""Shaped like a token (35 characters after the colon) and plainly none."""

REASONS = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 500: "Internal Server Error", 502: "Bad Gateway", 504: "Gateway Timeout"}


class ApiError(Exception):
    """A call refused in Telegram's way."""

    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.status, self.description, self.retry_after = status, description, retry_after

    def body(self) -> Json:
        """Return the answer's JSON."""
        body: Json = {"ok": False, "error_code": self.status, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


def bad_request(reason: str) -> ApiError:
    """Return a 400."""
    return ApiError(400, f"Bad Request: {reason}")


def too_many(retry_after: int) -> ApiError:
    """Return a 429."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after)


@dataclass(slots=True)
class Edit:
    """What a message became by an edit."""

    text: str
    plain: str
    reply_markup: Json | None
    at: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Sent:
    """A message of the bot that was accepted; text, plain and reply_markup are the present ones, after all edits."""

    number: int
    message_id: int
    chat_id: int
    method: str
    text: str
    plain: str
    reply_markup: Json | None
    reply_to: int | None
    params: Json
    message: Json
    at: float = field(default_factory=time.monotonic)
    epoch: float = field(default_factory=time.time)
    edits: list[Edit] = field(default_factory=list)
    deleted: bool = False
    answered: bool = True
    """False when the connection was lost before the sender could read the answer."""

    @property
    def buttons(self) -> list[Json]:
        """The inline buttons, row by row, in one list."""
        return [button for row in (self.reply_markup or {}).get("inline_keyboard", ()) for button in row]

    @property
    def labels(self) -> list[str]:
        """The labels of the inline buttons."""
        return [button["text"] for button in self.buttons]

    def row(self) -> Json:
        """Return the record as JSON for the control endpoints."""
        return {
            "number": self.number, "message_id": self.message_id, "chat_id": self.chat_id, "method": self.method, "text": self.text,
            "plain": self.plain, "reply_markup": self.reply_markup, "reply_to": self.reply_to, "at": self.at, "epoch": self.epoch,
            "edits": len(self.edits), "deleted": self.deleted, "answered": self.answered,
        }  # fmt: skip


@dataclass(slots=True)
class Call:
    """One call of a method, whatever came of it."""

    method: str
    params: Json
    status: int = 0
    description: str = ""
    dropped: str = ""
    sent: Sent | None = None
    at: float = field(default_factory=time.monotonic)
    epoch: float = field(default_factory=time.time)


@dataclass(slots=True)
class Query:
    """A callback query or an inline query; answer holds the parameters it was answered with."""

    id: str
    kind: str
    user: int
    data: str
    update_id: int = 0
    chat: int | None = None
    message_id: int | None = None
    answer: Json | None = None
    expired: bool = False


@dataclass(slots=True)
class Violation:
    """One send beyond Telegram's limits."""

    kind: str
    chat_id: int
    count: int
    retry_after: int
    at: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class StoredFile:
    """A file the fake can hand out."""

    file_id: str
    name: str
    content: bytes
    mime: str = "application/octet-stream"


@dataclass(slots=True)
class Webhook:
    """Where updates are delivered."""

    url: str
    secret: str = ""
    max_connections: int = 40
    failures: int = 0
    delivered: int = 0
    last_error: str = ""
    last_error_date: int = 0
