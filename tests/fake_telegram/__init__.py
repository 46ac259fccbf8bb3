"""A stand-in for Telegram's Bot API on loopback, for tests (`FakeTelegram`) and for load tests (`python -m tests.fake_telegram`)."""

from .fake import FakeTelegram
from .records import TOKEN, ApiError, Call, Query, Sent, Violation

__all__ = ["TOKEN", "ApiError", "Call", "FakeTelegram", "Query", "Sent", "Violation"]
