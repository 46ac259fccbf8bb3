"""Conditions (条件) that an answer depends on besides the region, and when they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

__all__ = ["bounds", "holds", "spoken_range"]

RANGE = re.compile(r"(\d{0,3})-(\d{0,3})")


def bounds(value: str) -> tuple[int, int] | None:
    """First and last number of a range as written in YAML (``80-89``, ``80-``, ``-59``), or None when it is no range."""
    found = RANGE.fullmatch(value)
    if not found or not (found[1] or found[2]):
        return None
    return int(found[1] or 0), int(found[2] or 999)


def holds(when: Mapping[str, Sequence[str]], known: Mapping[str, str]) -> bool:
    """Whether every condition is known and is one of the values named."""
    return all(slot in known and any(_fits(known[slot], value) for value in values) for slot, values in when.items())


def _fits(known: str, value: str) -> bool:
    limits = bounds(value)
    if limits and known.isdigit():
        return limits[0] <= int(known) <= limits[1]
    return known == value


def spoken_range(value: str, unit: str) -> str:
    """A range as words for a button: ``80-89`` → ``80至89岁``."""
    limits = bounds(value)
    if limits is None:
        return value
    low, high = limits
    if high == 999:
        return f"{low}{unit}以上"
    return f"{high}{unit}以下" if low == 0 else f"{low}至{high}{unit}"
