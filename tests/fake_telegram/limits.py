"""Telegram's limits on sending, watched with a little tolerance for the way over the wire."""

from __future__ import annotations

import math
import time
from collections import deque

from .records import Violation, too_many

MOST_A_SECOND, SECOND = 30, 0.95
PRIVATE_GAP = 0.9
MOST_A_MINUTE, MINUTE = 20, 59.5


class Limits:
    """Counts sends beyond the limits; in strict mode refuses them."""

    def __init__(self, strict: bool = False) -> None:
        self.strict = strict
        self.violations: list[Violation] = []
        self._all: deque[float] = deque()
        self._groups: dict[int, deque[float]] = {}
        self._last: dict[int, float] = {}

    def admit(self, chat: int) -> None:
        """Note a send; raise a 429 when it is too early and the fake is strict."""
        now = time.monotonic()
        found = self._check(chat, now)
        self.violations += found
        if found and self.strict:
            raise too_many(max(violation.retry_after for violation in found))
        self._all.append(now)
        if chat < 0:
            self._groups[chat].append(now)
        else:
            self._last[chat] = now

    def _check(self, chat: int, now: float) -> list[Violation]:
        found = []
        self._forget(self._all, now - SECOND)
        if len(self._all) >= MOST_A_SECOND:
            found.append(Violation("overall", chat, len(self._all) + 1, 1, now))
        if chat < 0:
            group = self._groups.setdefault(chat, deque())
            self._forget(group, now - MINUTE)
            if len(group) >= MOST_A_MINUTE:
                found.append(Violation("group", chat, len(group) + 1, math.ceil(group[0] + 60 - now), now))
        elif now - self._last.get(chat, -math.inf) < PRIVATE_GAP:
            found.append(Violation("private", chat, 2, 1, now))
        return found

    @staticmethod
    def _forget(times: deque[float], before: float) -> None:
        while times and times[0] <= before:
            times.popleft()
