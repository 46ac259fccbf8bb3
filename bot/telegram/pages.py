"""Words as Telegram's HTML. All values are escaped here and nowhere else, so no text can bring markup of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from intents.question import Reply

__all__ = ["LIMIT", "answer_page", "bold", "fold", "page", "plain", "quiet"]

LIMIT = 4000
"""UTF-16 units of one message that are shown; Telegram takes 4096."""
LONG = 260
"""Units of detail from which it is folded."""
LONG_BASIS = 150
"""Units of grounds from which they are folded."""
FIRST = re.compile(r"(?:[^。！？\n]{1,6}[。！？])?[^。！？\n]+[。！？]?(?:（[^（）\n]{0,60}）)?")
"""The first sentence; a word or two (能。) and the next."""
MORE = "……"


def plain(text: str) -> str:
    """Text as it is."""
    return escape(text, quote=True)


def bold(text: str) -> str:
    """Text that strikes the eye."""
    return f"<b>{escape(text, quote=True)}</b>" if text else ""


def quiet(text: str) -> str:
    """Text set back."""
    return f"<blockquote>{escape(text, quote=True)}</blockquote>" if text else ""


def fold(text: str) -> str:
    """Long text of which the first lines are shown until it is opened."""
    return f"<blockquote expandable>{escape(text, quote=True)}</blockquote>" if text else ""


def page(first: str, *rest: str) -> str:
    """A message of lines: the first sentence bold, the rest as it is."""
    head, tail = _first_sentence(first)
    below = cut("\n".join(r for r in rest if r.strip()), LIMIT - size(head + tail))
    return "\n".join(p for p in (bold(head) + plain(tail), plain(below)) if p)


def answer_page(reply: Reply, before: Iterable[str] = (), after: Iterable[str] = ()) -> str:
    """A reply: first sentence bold, detail (folded when long), cautions and notes, the grounds quietly at the end.

    Args:
        reply: what the road says.
        before: lines above it, for instance who is speaking.
        after: lines below the notes, for instance the number of a ticket.
    """
    parts = reply.parts
    head, tail = _first_sentence(parts.headline)
    above = cut(_lines(before), LIMIT // 8)
    below = cut(_lines([*parts.cautions, *parts.notes, *after]), LIMIT // 4)
    basis = cut(_lines(parts.basis), LIMIT // 8)
    room = LIMIT - sum(size(p) + 2 for p in (head, above, below, basis))
    detail = cut(_lines([tail, parts.detail]), room)
    told = fold(detail) if size(detail) > LONG else plain(detail)
    grounds = fold(basis) if size(basis) > LONG_BASIS else quiet(basis)
    return "\n".join(p for p in (plain(above), bold(head), told, plain(below), grounds) if p)


def size(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> str:
    """Text of at most ``most`` units (none when there is no room), whole lines as far as possible."""
    if size(text) <= most:
        return text
    if most <= len(MORE):
        return ""
    head = text.encode("utf-16-le", "surrogatepass")[: 2 * (most - len(MORE))].decode("utf-16-le", "ignore")
    lines = head.rpartition("\n")[0]
    return (lines if len(lines) > len(head) // 2 else head) + MORE


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(stripped for t in texts if (stripped := t.strip()))


def _first_sentence(text: str) -> tuple[str, str]:
    text = cut(text.strip(), LIMIT // 3)
    found = FIRST.match(text)
    return (found[0], text[found.end() :]) if found else (text, "")
