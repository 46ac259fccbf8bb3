"""Words as Telegram's HTML. All values are escaped here and nowhere else, so no text can bring markup of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from intents.question import Reply

__all__ = ["LIMIT", "answer_page", "bold", "fold", "page", "plain", "quiet"]

LIMIT = 4000
"""Characters of one message that are shown; Telegram takes 4096."""
LONG = 260
"""Characters of detail from which it is folded."""
FIRST = re.compile(r"[^。！？\n]+[。！？]?(?:（[^（）\n]{0,60}）)?")
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
    return "\n".join(p for p in (bold(head) + plain(tail), *(plain(cut(r, LIMIT)) for r in rest)) if p)


def answer_page(reply: Reply, before: Iterable[str] = (), after: Iterable[str] = ()) -> str:
    """A reply: first sentence bold, detail (folded when long), cautions and notes, the grounds quietly at the end.

    Args:
        reply: what the road says.
        before: lines above it, for instance who is speaking.
        after: lines below the notes, for instance the number of a ticket.
    """
    parts = reply.parts
    head, tail = _first_sentence(parts.headline)
    above, below = list(before), [*parts.cautions, *parts.notes, *after]
    basis = cut("\n".join(parts.basis), LIMIT // 4)
    room = LIMIT - sum(len(p) + 1 for p in [parts.headline, basis, *above, *below])
    detail = cut("\n".join(p for p in (tail.strip(), parts.detail) if p), max(room, 0))
    folded = fold(detail) if len(detail) > LONG else plain(detail)
    return "\n".join(p for p in (*map(plain, above), bold(head), folded, *map(plain, below), quiet(basis)) if p)


def cut(text: str, most: int) -> str:
    """Text of at most ``most`` characters, whole lines as far as possible."""
    if len(text) <= most:
        return text
    head = text[: max(most - len(MORE), 0)]
    lines = head.rpartition("\n")[0]
    return (lines if len(lines) > most // 2 else head) + MORE


def _first_sentence(text: str) -> tuple[str, str]:
    text = cut(text.strip(), LIMIT // 2)
    found = FIRST.match(text)
    return (found[0], text[found.end() :]) if found else (text, "")
