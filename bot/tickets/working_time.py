"""Working time: the office's hours on China's working days, with the closures and make-up days of the State Council."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from chinese_calendar import is_workday
from chinese_calendar.constants import holidays

from bot.texts import say

__all__ = ["BEIJING", "WorkingTime"]

BEIJING = ZoneInfo("Asia/Shanghai")
SATURDAY = 5


class WorkingTime:
    """When the office works; takes any aware datetimes and gives aware datetimes in Beijing time.

    Args:
        spans: hours of one working day, such as ``08:30-12:00``, from early to late, not overlapping.
    """

    def __init__(self, spans: tuple[str, ...]) -> None:
        times = [span.split("-") for span in spans]
        self.spans = [(datetime.time.fromisoformat(a), datetime.time.fromisoformat(b)) for a, b in times]

    def is_open(self, at: datetime.datetime) -> bool:
        """Whether the office works at that moment; the first moment of a span counts, its last does not."""
        return self.next_opening(at) == at

    def next_opening(self, at: datetime.datetime) -> datetime.datetime:
        """The first moment of work from ``at`` on: ``at`` itself during work."""
        start, _ = next(self._spans_from(at))
        return start

    def due(self, start: datetime.datetime, hours: float) -> datetime.datetime:
        """When ``hours`` of work have passed since ``start``; the end of a span rather than the beginning of the next."""
        left = datetime.timedelta(hours=hours)
        for a, b in self._spans_from(start):
            if left <= b - a:
                return a + left
            left -= b - a
        raise AssertionError("the spans never end")

    def elapsed(self, start: datetime.datetime, end: datetime.datetime) -> datetime.timedelta:
        """How much work lies between two moments; nothing when ``end`` is before ``start``."""
        total = datetime.timedelta()
        for a, b in self._spans_from(start):
            if a >= end:
                break
            total += min(b, end) - a
        return total

    @staticmethod
    def covered_until() -> int:
        """The last year whose closures and make-up days are known; after it Monday to Friday count as working days."""
        return int(max(holidays).year)

    @staticmethod
    def in_words(at: datetime.datetime, now: datetime.datetime) -> str:
        """A moment as people say it, seen from ``now``: today, tomorrow, or the day with its weekday."""
        at, today = at.astimezone(BEIJING), now.astimezone(BEIJING).date()
        time = f"{at:%H:%M}"
        match (at.date() - today).days:
            case 0:
                return say("time_today", time=time)
            case 1:
                return say("time_tomorrow", time=time)
        weekday = say("time_weekdays").split()[at.weekday()]
        return say("time_day", month=at.month, day=at.day, weekday=weekday, time=time)

    def _spans_from(self, at: datetime.datetime) -> Iterator[tuple[datetime.datetime, datetime.datetime]]:
        """The spans of work from a moment on, the one under way cut at it; without end."""
        at = at.astimezone(BEIJING)
        day = at.date()
        while True:
            if _works(day):
                for a, b in self.spans:
                    start, end = (datetime.datetime.combine(day, t, BEIJING) for t in (a, b))
                    if end > at:
                        yield max(start, at), end
            day += datetime.timedelta(days=1)


def _works(day: datetime.date) -> bool:
    try:
        return bool(is_workday(day))
    except NotImplementedError:  # a year that is not announced yet
        return day.weekday() < SATURDAY
