"""Making one call, and what is known of it afterwards."""

from __future__ import annotations

import enum
import html
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from telegram import (
    Bot,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.state.models import Outgoing
from bot.telegram.pages import plain
from bot.texts import say

__all__ = ["Fate", "Verdict", "deliver"]

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)
"""Failures after which the call is known not to have left us."""
LONGEST_WAIT = 60.0
TAG = re.compile(r"<[^>]*>")
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Fate(enum.Enum):
    """What is known of a call."""

    SENT = enum.auto()
    FAILED = enum.auto()
    RETRY = enum.auto()
    UNREACHABLE = enum.auto()
    UNCERTAIN = enum.auto()


@dataclass(frozen=True)
class Verdict:
    """The fate of a call: the id of the message it made, or an error in words and the seconds to wait."""

    fate: Fate
    message: int | None = None
    error: str = ""
    seconds: float = 0.0
    blocked: bool = False


async def deliver(bot: Bot, row: Outgoing) -> Verdict:
    """Make a call; whatever happens is told by the verdict."""
    try:
        return Verdict(Fate.SENT, await CALLS[row.method](bot, row))
    except RetryAfter as error:
        wait = error.retry_after
        return Verdict(Fate.RETRY, error="429", seconds=wait.total_seconds() if isinstance(wait, timedelta) else float(wait))
    except Forbidden:
        return Verdict(Fate.FAILED, error=say("error_blocked"), blocked=True)
    except ChatMigrated as error:
        return Verdict(Fate.FAILED, error=say("error_migrated", number=error.new_chat_id))
    except BadRequest as error:
        return await _refused(bot, row, error)
    except InvalidToken:
        return Verdict(Fate.UNREACHABLE, error=say("error_token"))
    except NetworkError as error:
        return _interrupted(row, error)
    except TelegramError as error:
        return Verdict(Fate.RETRY, error=str(error), seconds=_growing(row))


def _interrupted(row: Outgoing, error: NetworkError) -> Verdict:
    """A connection that failed: before the call left us, after it, or with an error from the other side."""
    cause = error.__cause__
    if isinstance(cause, NOT_SENT):
        return Verdict(Fate.UNREACHABLE, error=type(cause).__name__)
    if isinstance(cause, httpx.HTTPError):
        return Verdict(Fate.UNCERTAIN, error=type(cause).__name__)
    return Verdict(Fate.RETRY, error=str(error), seconds=_growing(row))


async def _refused(bot: Bot, row: Outgoing, error: BadRequest) -> Verdict:
    reason = str(error).lower()
    if "not modified" in reason:
        return Verdict(Fate.SENT)
    if "can't parse entities" in reason and not row.params.get("unformatted"):
        row.params = {**row.params, "unformatted": True}
        return await deliver(bot, row)
    if "chat not found" in reason or "user is deactivated" in reason:
        return Verdict(Fate.FAILED, error=say("error_gone"), blocked=True)
    return Verdict(Fate.FAILED, error=str(error))


def _growing(row: Outgoing) -> float:
    return float(min(2.0 ** min(row.attempts, 10), LONGEST_WAIT))


def _formatted(row: Outgoing) -> dict[str, Any]:
    """Text as HTML; as bare text when Telegram could not read it."""
    text = str(row.params["text"])
    if row.uncertain:
        text = f"{plain(say('again'))}\n{text}"
    if row.params.get("unformatted"):
        return {"text": html.unescape(TAG.sub("", text))}
    return {"text": text, "parse_mode": ParseMode.HTML}


def _buttons(row: Outgoing) -> InlineKeyboardMarkup | None:
    markup = row.params.get("reply_markup")
    return InlineKeyboardMarkup.de_json(markup) if markup else None


def _reply_to(row: Outgoing) -> ReplyParameters | None:
    message = row.params.get("reply_to")
    return ReplyParameters(message, allow_sending_without_reply=True) if message else None


async def _send_message(bot: Bot, row: Outgoing) -> int:
    sent = await bot.send_message(
        row.params["chat_id"], **_formatted(row), reply_markup=_buttons(row), reply_parameters=_reply_to(row), link_preview_options=NO_PREVIEW)
    return sent.message_id


async def _copy_message(bot: Bot, row: Outgoing) -> int:
    params = row.params
    copied = await bot.copy_message(
        params["chat_id"], params["from_chat_id"], params["message_id"], caption=params.get("caption"), reply_parameters=_reply_to(row))
    return copied.message_id


async def _edit_text(bot: Bot, row: Outgoing) -> None:
    await bot.edit_message_text(
        **_formatted(row), chat_id=row.params["chat_id"], message_id=row.params["message_id"], reply_markup=_buttons(row),
        link_preview_options=NO_PREVIEW)


async def _edit_buttons(bot: Bot, row: Outgoing) -> None:
    await bot.edit_message_reply_markup(chat_id=row.params["chat_id"], message_id=row.params["message_id"], reply_markup=_buttons(row))


async def _delete(bot: Bot, row: Outgoing) -> None:
    await bot.delete_message(row.params["chat_id"], row.params["message_id"])


async def _answer_tap(bot: Bot, row: Outgoing) -> None:
    await bot.answer_callback_query(row.params["callback_query_id"], row.params["text"] or None, show_alert=row.params["show_alert"])


async def _answer_inline(bot: Bot, row: Outgoing) -> None:
    results = [
        InlineQueryResultArticle(
            id=r["id"], title=r["title"], description=r["description"],
            input_message_content=InputTextMessageContent(r["page"], parse_mode=ParseMode.HTML, link_preview_options=NO_PREVIEW),
        )
        for r in row.params["results"]
    ]
    hint = row.params["hint"]
    await bot.answer_inline_query(
        row.params["inline_query_id"], results, cache_time=0, is_personal=True,
        button=InlineQueryResultsButton(hint[:64], start_parameter="inline") if hint else None)


CALLS: dict[str, Callable[[Bot, Outgoing], Awaitable[int | None]]] = {
    "send_message": _send_message, "copy_message": _copy_message, "edit_message_text": _edit_text,
    "edit_message_reply_markup": _edit_buttons, "delete_message": _delete,
    "answer_callback_query": _answer_tap, "answer_inline_query": _answer_inline,
}
