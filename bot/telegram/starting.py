"""Starting the bot on Telegram from the command line."""

from __future__ import annotations

import asyncio
import errno
import sys

from bot import logs
from bot.administration import ready
from bot.indexing import ready_road
from bot.secrets import SECRET_FORM, TOKEN, TOKEN_FORM, WEBHOOK_SECRET, read_secret
from bot.settings import Settings
from bot.texts import say
from intents.road import Road

__all__ = ["start"]


def start(settings: Settings) -> int:
    """Serve until stopped; exit status 2 with the remedy on standard error when a setting is wrong, 1 when trying again may help."""
    try:
        token, secret = read_secret(TOKEN), read_secret(WEBHOOK_SECRET)
    except (OSError, ValueError) as error:
        return _fail("secret_unreadable", error=str(error))
    if not token:
        return _fail("no_token_error")
    if not TOKEN_FORM.fullmatch(token):
        return _fail("bad_token")
    if settings.webhook_url and not SECRET_FORM.fullmatch(secret):
        return _fail("no_webhook_secret")
    logs.set_up()
    road = ready_road(settings)
    if not ready(settings):
        return 1
    try:
        asyncio.run(_serve(settings, token, road, secret))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return _fail("port_taken", port=settings.http_port)
    return 0


async def _serve(settings: Settings, token: str, road: Road, secret: str) -> None:
    from bot.telegram.running.service import Service

    service = Service(settings, token, road, secret)
    service.stop_on_signals()
    print(say("telegram_waiting"), flush=True)
    greeting = asyncio.create_task(_greet(service))
    try:
        await service.run()
    finally:
        greeting.cancel()


async def _greet(service: object) -> None:
    from bot.telegram.running.service import Service

    assert isinstance(service, Service)
    await service.ready.wait()
    account = service.worker.workplace.account
    print(say("telegram_started", username=account.username, link=account.link), flush=True)


def _fail(key: str, **places: object) -> int:
    print(say(key, **places), file=sys.stderr)
    return 2
