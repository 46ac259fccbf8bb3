"""Health, metrics and Telegram's webhook."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from asgiref.sync import sync_to_async
from django.db import Error, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from bot import metrics as numbers
from bot.health import Backlog, measure
from bot.http.wiring import current
from bot.texts import say

__all__ = ["healthz", "metrics", "webhook"]

HEADER = "X-Telegram-Bot-Api-Secret-Token"
DATABASE_SECONDS = 5.0
"""So long the database may take before it counts as not answering."""
LARGEST = 2**63 - 1
THREADS = ThreadPoolExecutor(2, "http")
"""Few threads of their own: a database that hangs holds up these pages only."""


@require_safe
async def healthz(request: HttpRequest) -> HttpResponse:
    """The service's state as JSON; 503 when it should get no work."""
    report = current().health.report(await _measured())
    status = 503 if report["status"] in ("failing", "stopping") else 200
    return JsonResponse(report, status=status, json_dumps_params={"ensure_ascii": False})


@require_safe
async def metrics(request: HttpRequest) -> HttpResponse:
    """Numbers in Prometheus' text format."""
    measured = await _measured()
    backlog = measured if isinstance(measured, Backlog) else None
    return HttpResponse(numbers.exposition(current().health.facts, backlog), content_type=CONTENT_TYPE_LATEST)


@csrf_exempt
@require_POST
async def webhook(request: HttpRequest) -> HttpResponse:
    """Take an update from Telegram: 200 only when it is stored; with 503 Telegram sends it again."""
    wiring = current()
    if wiring.receive is None or not wiring.secret:
        return HttpResponse(status=404)
    if not hmac.compare_digest(request.headers.get(HEADER, "").encode(), wiring.secret.encode()):
        return HttpResponse(status=403)
    update = _update(request.body)
    if update is None:
        return HttpResponse(status=400)
    try:
        await wiring.receive(update)
    except Exception:
        structlog.get_logger(__name__).exception("update not stored", update=update["update_id"])
        return HttpResponse(status=503)
    return HttpResponse()


def _update(body: bytes) -> dict[str, Any] | None:
    """An update, or None when this is none."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    number = data.get("update_id") if isinstance(data, dict) else None
    return data if type(number) is int and 0 <= number <= LARGEST else None


async def _measured() -> Backlog | Exception:
    """What waits in the database, or why it does not tell."""
    try:
        backlog: Backlog = await asyncio.wait_for(sync_to_async(_measure, thread_sensitive=False, executor=THREADS)(), DATABASE_SECONDS)
    except TimeoutError:
        return TimeoutError(say("health_database_slow", seconds=f"{DATABASE_SECONDS:g}"))
    except Error as error:
        failure: Exception = error
        return failure
    return backlog


def _measure() -> Backlog:
    """Measure over a connection of its own, which ends with the call."""
    try:
        return measure()
    finally:
        connections.close_all()
        with contextlib.suppress(AttributeError):
            del connections["default"]
