"""Structured logs: one JSON object a line, or readable lines on a terminal; without secrets and personal numbers.

Modules log with ``structlog.get_logger(__name__)``. Ids go in as numbers (``chat=-100…``), message texts never.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from collections.abc import Collection, MutableMapping
from types import TracebackType
from typing import Any, TextIO
from urllib.parse import unquote, urlsplit

import structlog

from bot.secrets import TOKEN, WEBHOOK_SECRET, read_secret
from intents.normalise import mask

__all__ = ["HIDDEN", "hide", "secrets", "set_up"]

HIDDEN = "〔已遮住〕"
TOKENS = re.compile(r"\d{6,}(?::|%3[Aa])[A-Za-z0-9_-]{30,}")
IN_ADDRESS = re.compile(r"(?<=/bot)\d[^/\s]*(?=/)")
SECRET_NAMES = re.compile(r"(?:TOKEN|SECRET|PASSWORD)$")
LONG = 8
"""Characters from which a secret is also looked for inside longer texts."""
QUIET = ("httpx", "httpcore", "hpack", "asyncio", "chardet")
"""Libraries whose everyday messages are left out; httpx writes every address, and the token is part of it."""


def secrets() -> tuple[str, ...]:
    """Values that must not be shown: of variables named …TOKEN, …SECRET, …PASSWORD, of secret files, of database addresses."""
    found = {value.strip() for name, value in os.environ.items() if SECRET_NAMES.search(name)}
    for name in (TOKEN, WEBHOOK_SECRET):
        try:
            found.add(read_secret(name))
        except (OSError, ValueError):
            continue
    try:
        password = urlsplit(os.environ.get("MINZHENG_DATABASE", "")).password or ""
    except ValueError:
        password = ""
    found |= {password, unquote(password)}
    return tuple(sorted(found - {""}, key=len, reverse=True))


def hide(text: str, known: Collection[str] | None = None) -> str:
    """A text without bot tokens and without the secrets ``known`` (by default those of the environment)."""
    for secret in secrets() if known is None else known:
        if text == secret:
            return HIDDEN
        if len(secret) >= LONG:
            text = text.replace(secret, HIDDEN)
    return IN_ADDRESS.sub(HIDDEN, TOKENS.sub(HIDDEN, text))


def set_up(stream: TextIO | None = None, as_json: bool | None = None) -> None:
    """Send everything that is logged, and what nobody catches, to ``stream``; a second call replaces the first.

    Args:
        stream: standard error by default.
        as_json: by default whenever ``stream`` is no terminal.
    """
    stream = stream or sys.stderr
    terminal = stream.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars, structlog.stdlib.add_logger_name, structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = structlog.dev.ConsoleRenderer(colors=terminal, exception_formatter=structlog.dev.plain_traceback)
    if not terminal if as_json is None else as_json:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger, logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = _Handler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info, _Cleaner(secrets()), renderer,
        ],
    ))
    root = logging.getLogger()
    root.handlers = [*(h for h in root.handlers if not isinstance(h, _Handler)), handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


class _Cleaner:
    """Processor that takes secrets and personal numbers out of every value, however deep; numbers stay as they are."""

    def __init__(self, known: Collection[str]) -> None:
        self.known = known

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
        return {self._text(key): self._clean(value) for key, value in event.items()}

    def _clean(self, value: object) -> object:
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                return self._text(value)
            case dict():
                return {self._text(str(key)): self._clean(inner) for key, inner in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self._clean(inner) for inner in value]
            case _:
                return self._text(str(value) if isinstance(value, BaseException) else repr(value))

    def _text(self, text: str) -> str:
        readable = str(text).encode("utf-8", "backslashreplace").decode()
        return mask(hide(readable, self.known))[0]


class _Handler(logging.StreamHandler[TextIO]):
    """A handler that does not print the arguments of a message that cannot be formatted."""

    def handleError(self, record: logging.LogRecord) -> None:
        kind = sys.exc_info()[0]
        if kind is not None and record.msg is not _BROKEN:
            values = (kind.__name__, record.pathname, record.lineno)
            self.handle(logging.LogRecord(record.name, logging.ERROR, record.pathname, record.lineno, _BROKEN, values, None))


_BROKEN = "message could not be logged: %s in %s, line %d"


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("bot").critical("uncaught", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
