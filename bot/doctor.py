"""Whether everything that an installation needs is there: one line a check, with the remedy."""

from __future__ import annotations

import asyncio
import datetime
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from telegram import Bot, User
from telegram.constants import ChatMemberStatus
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from bot.logs import hide
from bot.secrets import SECRET_FORM, TOKEN, TOKEN_FORM, WEBHOOK_SECRET, read_secret
from bot.settings import Settings
from bot.texts import say
from bot.tickets.working_time import WorkingTime
from intents import index, meaning
from knowledge import checking
from knowledge.loading import load
from knowledge.reading import KnowledgeError

__all__ = ["doctor"]

GOOD, WARNING, BAD = "✓", "!", "✗"
OFFICIAL = "https://api.telegram.org"
CLOCK_SECONDS = 30.0
FREE_BYTES = 10**9
RECENT = datetime.timedelta(days=1)
"""How old a failed delivery of the webhook may be to be told."""
NOVEMBER = 11
"""The month in which the holidays of the next year are announced."""
ABSENT = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)
Clock = Callable[[], datetime.datetime]


@dataclass(frozen=True)
class Finding:
    """One line of the result."""

    mark: str
    text: str


def doctor(settings: Settings, now: Clock = lambda: datetime.datetime.now(datetime.UTC)) -> int:
    """Print what was found, a line each; exit status 1 when anything is ✗. The token is never printed.

    Args:
        settings: of the installation to look at.
        now: our clock, with a timezone.
    """
    findings: list[Finding] = []
    checks: dict[str, Callable[[], Iterable[Finding]]] = {
        "Telegram": lambda: _telegram(settings, now),
        "节假日": lambda: _calendar(now().astimezone().date()),
        "数据库": lambda: _database(settings),
        "磁盘": lambda: _disk(settings),
        "知识库": lambda: _knowledge(settings),
        "语义": lambda: _semantic(settings),
    }
    for name, check in checks.items():
        for finding in _whole(name, check):
            findings.append(finding)
            print(finding.mark, hide(finding.text), flush=True)
    return int(any(finding.mark == BAD for finding in findings))


def _whole(name: str, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """The findings of a check; one that breaks does not keep the others from being made."""
    try:
        yield from check()
    except Exception as error:
        yield _bad("doctor_failed", check=name, error=_short(error))


def _good(key: str, **places: object) -> Finding:
    return Finding(GOOD, say(key, **places))


def _warn(key: str, **places: object) -> Finding:
    return Finding(WARNING, say(key, **places))


def _bad(key: str, **places: object) -> Finding:
    return Finding(BAD, say(key, **places))


def _short(error: BaseException) -> str:
    """The first line of an error, without secrets."""
    lines = hide(str(error)).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def _telegram(settings: Settings, now: Clock) -> list[Finding]:
    try:
        token = read_secret(TOKEN)
    except (OSError, ValueError) as error:
        return [_bad("doctor_token_unreadable", error=_short(error)), _warn("doctor_network_skipped")]
    if not TOKEN_FORM.fullmatch(token):
        return [_bad("doctor_token_malformed" if token else "doctor_token_missing"), _warn("doctor_network_skipped")]
    return [_good("doctor_token"), *asyncio.run(_ask_telegram(settings, token, now))]


async def _ask_telegram(settings: Settings, token: str, now: Clock) -> list[Finding]:
    address = settings.telegram_api.rstrip("/") or OFFICIAL
    drifts: list[float | None] = []

    async def compare(response: httpx.Response) -> None:
        drifts.append(_drift(response.headers.get("date", ""), now()))

    found: list[Finding] = []
    requests = [HTTPXRequest(httpx_kwargs={"event_hooks": {"response": [compare]}}) for _ in range(2)]
    try:
        async with Bot(token, base_url=f"{address}/bot", request=requests[0], get_updates_request=requests[1]) as bot:
            found += [_good("doctor_network", name=bot.username), _clock(drifts[0])]
            found += _webhook(settings, await bot.get_webhook_info(), now())
            found += [*_manners(bot.bot), *await _group(bot, settings.staff_group)]
    except InvalidToken:
        found.append(_bad("doctor_network_refused"))
    except TimedOut:
        found.append(_bad("doctor_network_slow", address=_host(address)))
    except TelegramError as error:
        found.append(_bad("doctor_network_down", address=_host(address), error=_short(error)))
    return found


def _host(address: str) -> str:
    return urlsplit(address).netloc.rpartition("@")[2] or hide(address)


def _drift(date: str, now: datetime.datetime) -> float | None:
    """Seconds by which our clock is ahead of a Date header; None when there is none."""
    try:
        return (now - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError):
        return None


def _clock(drift: float | None) -> Finding:
    if drift is None:
        return _warn("doctor_clock_unknown")
    seconds = f"{abs(drift):.0f}"
    return _bad("doctor_clock_off", seconds=seconds) if abs(drift) > CLOCK_SECONDS else _good("doctor_clock", seconds=seconds)


def _webhook(settings: Settings, info: Any, now: datetime.datetime) -> Iterator[Finding]:
    wanted, count = settings.webhook_url.rstrip("/"), info.pending_update_count
    if wanted and not wanted.startswith("https://"):
        yield _bad("doctor_webhook_plain")
    if wanted and not SECRET_FORM.fullmatch(read_secret(WEBHOOK_SECRET)):
        yield _bad("doctor_webhook_secret")
    if not wanted:
        yield _bad("doctor_webhook_unwanted", host=_host(info.url)) if info.url else _good("doctor_webhook_none", count=count)
    elif not info.url:
        yield _warn("doctor_webhook_absent")
    elif not f"{info.url}/".startswith(f"{wanted}/"):
        yield _bad("doctor_webhook_other", host=_host(info.url))
    else:
        yield _good("doctor_webhook_same", count=count)
    if info.url and info.last_error_date and now - info.last_error_date < RECENT:
        since = f"{info.last_error_date.astimezone():%m-%d %H:%M}"
        yield _warn("doctor_webhook_error", since=since, error=info.last_error_message or "")


def _manners(me: User) -> Iterator[Finding]:
    yield _good("doctor_inline") if me.supports_inline_queries else _warn("doctor_inline_off")
    yield _warn("doctor_privacy_off") if me.can_read_all_group_messages else _good("doctor_privacy")


async def _group(bot: Bot, group: int) -> list[Finding]:
    if not group:
        return [_bad("doctor_group_none")]
    if group > 0:
        return [_bad("doctor_group_sign", group=group)]
    try:
        chat = await bot.get_chat(group)
        member = await bot.get_chat_member(group, bot.id)
    except ChatMigrated as error:
        return [_bad("doctor_group_moved", group=group, number=error.new_chat_id)]
    except (BadRequest, Forbidden) as error:
        return [_bad("doctor_group_lost", group=group, error=_short(error))]
    title = chat.title or group
    return [_bad("doctor_group_left", title=title) if member.status in ABSENT else _good("doctor_group", title=title)]


def _calendar(today: datetime.date) -> Iterator[Finding]:
    last = WorkingTime.covered_until()
    if last < today.year:
        yield _bad("doctor_calendar_missing", year=today.year)
    elif today.month >= NOVEMBER and last == today.year:
        yield _warn("doctor_calendar_next")
    else:
        yield _good("doctor_calendar", year=last)


def _database(settings: Settings) -> Iterator[Finding]:
    from django.core.exceptions import ImproperlyConfigured
    from django.db import Error

    from bot.state.opening import is_current, open_state

    try:
        open_state(settings)
        current = is_current()
    except (Error, OSError, ValueError, ImproperlyConfigured) as error:
        yield _bad("doctor_database_down", error=_short(error))
        return
    yield _good("doctor_database") if current else _bad("doctor_database_old")
    if settings.database == "sqlite":
        yield _writable(settings)
    if current:
        yield from _staff()


def _writable(settings: Settings) -> Finding:
    """Whether SQLite lets us begin to write."""
    from django.db import Error, connection

    place = settings.state_dir / "state.sqlite3"
    try:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("ROLLBACK")
    except Error as error:
        return _bad("doctor_writable_not", place=place, error=_short(error))
    return _good("doctor_writable", place=place)


def _staff() -> Iterator[Finding]:
    from bot.state.models import Staff

    active = Staff.objects.filter(active=True)
    administrators = active.filter(role=Staff.Role.ADMINISTRATOR).count()
    clerks = active.filter(role=Staff.Role.CLERK).count()
    if not administrators:
        yield _bad("doctor_staff_administrator")
    if not clerks:
        yield _bad("doctor_staff_clerk")
    if administrators and clerks:
        yield _good("doctor_staff", administrators=administrators, clerks=clerks)


def _disk(settings: Settings) -> Iterator[Finding]:
    place = next(folder for folder in (settings.state_dir, *settings.state_dir.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    gigabytes = f"{free / 10**9:.1f}"
    yield _bad("doctor_disk_full", place=place, free=gigabytes) if free < FREE_BYTES else _good("doctor_disk", free=gigabytes)


def _knowledge(settings: Settings) -> Iterator[Finding]:
    try:
        knowledge = load(settings.knowledge_dir)
        problems = [problem for problem in checking.check(knowledge) if not problem.warning]
    except KnowledgeError as error:
        yield _bad("doctor_knowledge_wrong", count=len(error.problems), first=error.problems[0])
        return
    if problems:
        yield _bad("doctor_knowledge_wrong", count=len(problems), first=problems[0])
        return
    yield _good("doctor_knowledge", count=len(knowledge.intents))
    current = index.is_current(knowledge, settings.index_dir, semantic=settings.semantic)
    yield _good("doctor_index") if current else _warn("doctor_index_old")


def _semantic(settings: Settings) -> Iterator[Finding]:
    if not settings.semantic:
        yield _good("doctor_semantic_off")
    else:
        yield _good("doctor_semantic") if meaning.available() else _warn("doctor_semantic_missing")
