"""Reading conditions (城市/农村, 集中/分散 ...) from a text."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.model import Slot

__all__ = ["read_slots"]


def read_slots(text: str, slots: Sequence[Slot]) -> dict[str, str]:
    """Slot id → value named in ``text``; a slot of which two values are named is left out (both are asked for)."""
    out: dict[str, str] = {}
    for slot in slots:
        named = {value.name for value in slot.values if any(word in text for word in value.words)}
        if len(named) == 1:
            out[slot.id] = named.pop()
    return out
