"""The connection to the Bot API, and what the account says of itself there."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.telegram import staff
from bot.telegram.arrival import ALLOWED
from bot.telegram.commands import MENU
from bot.texts import say

__all__ = ["introduce", "make_bot", "poll"]

os.environ.setdefault("PTB_TIMEDELTA", "1")
"""python-telegram-bot then gives waits as timedelta, which is its future default."""

CONNECTIONS = 48
"""Calls under way at once."""
POLL_SECONDS = 25


def make_bot(token: str, api: str = "") -> Bot:
    """The client; ``api`` is the address of a Bot API server of one's own, "" for Telegram's.

    Raises:
        telegram.error.InvalidToken: the token is not one.
    """
    request = HTTPXRequest(connection_pool_size=CONNECTIONS, connect_timeout=10, read_timeout=20, write_timeout=20, pool_timeout=10)
    polling = HTTPXRequest(connection_pool_size=2, connect_timeout=10, read_timeout=POLL_SECONDS + 10)
    if api:
        base = api.rstrip("/")
        return Bot(token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot", request=request, get_updates_request=polling)
    return Bot(token, request=request, get_updates_request=polling)


async def poll(bot: Bot, offset: int | None) -> list[Any]:
    """Updates from ``offset`` on, as they came; those before it are acknowledged by asking.

    Asked for raw: one update that python-telegram-bot cannot read must not hold up all others. The spelling of the method
    is what keeps the library from recommending its own, which reads them; the Bot API does not mind.
    """
    wanted: dict[str, Any] = {"timeout": POLL_SECONDS, "allowed_updates": list(ALLOWED)}
    if offset is not None:
        wanted["offset"] = offset
    found: Any = await bot.do_api_request("get_Updates", api_kwargs=wanted, read_timeout=POLL_SECONDS + 10)
    return list(found)


async def introduce(bot: Bot, staff_group: int) -> None:
    """Menus and descriptions in Chinese.

    Raises:
        TelegramError: Telegram refuses; nothing depends on it.
    """
    await bot.set_my_commands([_described(name) for name in MENU], scope=BotCommandScopeAllPrivateChats())
    if staff_group:
        with contextlib.suppress(TelegramError):
            await bot.set_my_commands([_described(n) for n in staff.MENU], scope=BotCommandScopeChat(staff_group))
    await bot.set_my_description(say("description"))
    await bot.set_my_short_description(say("short_description"))


def _described(name: str) -> BotCommand:
    return BotCommand(name, say(f"menu_{name}"))
