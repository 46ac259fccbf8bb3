"""Buttons: what they say, and the few bytes that come back when one is tapped.

What comes back may be forged. So it holds nothing but an action and numbers, and whoever handles it asks the tables
whether these numbers are the tapper's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

__all__ = ["Button", "Tap", "button", "link", "markup", "read_tap"]

DATA = re.compile(r"([a-z]{2,12})((?:\.[0-9]{1,18}){0,2})")
LABEL = 60
"""Characters of a label: more does not fit on a small phone."""


class Button(NamedTuple):
    """A label and what it does: ``data`` comes back to us, ``url`` opens."""

    label: str
    data: str = ""
    url: str = ""


class Tap(NamedTuple):
    """A button that was tapped: the action and up to two numbers, 0 where there is none."""

    action: str
    first: int = 0
    second: int = 0


def button(label: str, action: str, *numbers: int) -> Button:
    """A button that comes back as ``Tap(action, *numbers)``."""
    return Button(label, ".".join([action, *map(str, numbers)]))


def link(label: str, url: str) -> Button:
    """A button that opens an address."""
    return Button(label, url=url)


def read_tap(data: str) -> Tap | None:
    """What was tapped; None for anything that no button of ours sends."""
    found = DATA.fullmatch(data)
    return Tap(found[1], *(int(n) for n in found[2].split(".")[1:])) if found else None


def markup(rows: Sequence[Sequence[Button]]) -> dict[str, Any]:
    """The rows as the Bot API's InlineKeyboardMarkup."""
    return {"inline_keyboard": [[_key(b) for b in row] for row in rows if row]}


def _key(button: Button) -> dict[str, str]:
    label = button.label if len(button.label) <= LABEL else button.label[: LABEL - 1] + "…"
    return {"text": label, "url": button.url} if button.url else {"text": label, "callback_data": button.data}
