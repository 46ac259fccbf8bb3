"""Look-up while on the phone: staff type ``@bot 五保 乌海`` anywhere and put one of the best answers in."""

from __future__ import annotations

import datetime
from typing import Any

from bot.state.models import Event
from bot.telegram.pages import answer_page, cut
from bot.telegram.turn import Act, Turn
from bot.texts import say

__all__ = ["look_up"]

MOST = 5
HOUR = datetime.timedelta(hours=1)


def look_up(turn: Turn) -> Act:
    """The five best answers; nothing for strangers."""
    person, text = turn.staff(), turn.arrival.text
    world = turn.workplace.road.world
    found = turn.workplace.road.look_up(text, "", MOST) if person and text else []
    results: list[dict[str, Any]] = [
        {
            "id": str(number), "title": f"{world.title(reply.intent)}　{reply.level}", "description": cut(reply.parts.headline, 120),
            "page": answer_page(reply),
        }
        for number, reply in enumerate(found)
    ]

    def act() -> None:
        if person is None:
            _note_stranger(turn)
            turn.account.answer_inline(turn.arrival.query, [], say("inline_staff_only"), now=turn.now)
            return
        hint = "" if results else say("inline_nothing" if text else "inline_how")
        turn.account.answer_inline(turn.arrival.query, results, hint, now=turn.now)

    return act


def _note_stranger(turn: Turn) -> None:
    """An audit line, but not for every letter that somebody types."""
    actor = f"telegram:{turn.arrival.user}"
    if not Event.objects.filter(actor=actor, action="refused", detail="inline", at__gt=turn.now - HOUR).exists():
        turn.refuse("inline")
