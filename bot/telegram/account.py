"""The bot's account on Telegram, and what it wants to say there: rows of the outbox."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.state import outbox
from bot.state.models import Outgoing, Ticket
from bot.telegram.buttons import Button, markup

__all__ = ["Account"]

QUERY_SECONDS = 60.0
"""A tap that has not been answered by then has been forgotten by the client."""


@dataclass(frozen=True)
class Account:
    """One bot: its id, its name without @, and the group of the staff (0: none)."""

    bot: int
    username: str
    staff_group: int = 0

    @property
    def link(self) -> str:
        """Where people find it."""
        return f"https://t.me/{self.username}"

    def send(
        self, key: str, chat: int, page: str, *, purpose: str, now: datetime.datetime, buttons: Sequence[Sequence[Button]] = (),
        reply_to: int | None = None, ticket: Ticket | None = None, urgent: bool = False, asked_at: datetime.datetime | None = None,
    ) -> Outgoing:
        """A message; ``page`` is HTML as `bot.telegram.pages` makes it."""
        params: dict[str, Any] = {"chat_id": chat, **self.params(page, buttons)}
        if reply_to:
            params["reply_to"] = reply_to
        return outbox.put(
            self.bot, key, chat, "send_message", params, purpose=purpose, now=now, ticket=ticket, urgent=urgent, asked_at=asked_at)

    @staticmethod
    def params(page: str, buttons: Sequence[Sequence[Button]]) -> dict[str, Any]:
        """Text and buttons as the Bot API takes them."""
        return {"text": page, **({"reply_markup": markup(buttons)} if buttons else {})}

    def copy(
        self, key: str, chat: int, origin: dict[str, Any], *, purpose: str, now: datetime.datetime, reply_to: int | None, ticket: Ticket,
        bare: bool = False,
    ) -> Outgoing:
        """A copy of a message of somebody's; ``origin`` names its ``chat`` and ``message``; ``bare``: without the words under it."""
        params: dict[str, Any] = {"chat_id": chat, "from_chat_id": origin["chat"], "message_id": origin["message"]}
        if bare:
            params["caption"] = ""
        if reply_to:
            params["reply_to"] = reply_to
        return outbox.put(self.bot, key, chat, "copy_message", params, purpose=purpose, now=now, ticket=ticket)

    def edit(
        self, key: str, chat: int, message: int, page: str, *, now: datetime.datetime, buttons: Sequence[Sequence[Button]] = (),
        ticket: Ticket | None = None,
    ) -> Outgoing:
        """New text and buttons for a message of ours."""
        params = {"chat_id": chat, "message_id": message, "text": page, "reply_markup": markup(buttons)}
        return outbox.put(self.bot, key, chat, "edit_message_text", params, purpose="edit", now=now, ticket=ticket)

    def rebutton(self, key: str, chat: int, message: int, buttons: Sequence[Sequence[Button]], *, now: datetime.datetime) -> Outgoing:
        """New buttons for a message of ours."""
        params = {"chat_id": chat, "message_id": message, "reply_markup": markup(buttons)}
        return outbox.put(self.bot, key, chat, "edit_message_reply_markup", params, purpose="edit", now=now)

    def delete(self, key: str, chat: int, message: int, *, now: datetime.datetime) -> Outgoing:
        """Take a message of ours back; Telegram does so for two days."""
        params = {"chat_id": chat, "message_id": message}
        return outbox.put(self.bot, key, chat, "delete_message", params, purpose="delete", now=now)

    def answer(self, query: str, text: str, *, now: datetime.datetime, alert: bool = False) -> Outgoing:
        """What pops up where a button was tapped; "" only ends the waiting."""
        params = {"callback_query_id": query, "text": text[:200], "show_alert": alert}
        return outbox.put(
            self.bot, f"q{query}", f"q{query}"[:64], "answer_callback_query", params, purpose="tap", now=now, urgent=True, lasts=QUERY_SECONDS)

    def answer_inline(self, query: str, results: list[dict[str, Any]], hint: str, *, now: datetime.datetime) -> Outgoing:
        """Results of an inline query; ``hint`` is shown above them."""
        params = {"inline_query_id": query, "results": results, "hint": hint}
        return outbox.put(
            self.bot, f"q{query}", f"q{query}"[:64], "answer_inline_query", params, purpose="inline", now=now, urgent=True, lasts=QUERY_SECONDS)
