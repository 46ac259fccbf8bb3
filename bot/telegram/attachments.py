"""Messages that are no text: what they are called, and the button that hands one to staff."""

from __future__ import annotations

from typing import Any

from bot.state.models import Incoming, Outgoing
from bot.telegram.buttons import Button, button
from bot.telegram.turn import Turn
from bot.texts import say

__all__ = ["SPOKEN", "hand_row", "handed", "name", "origin", "told_of_album"]

KINDS = ("voice", "photo", "document", "location", "sticker", "contact", "video")
"""What has a name of its own; a button holds the place in this list."""
SPOKEN = ("voice", "video_note", "audio")


def name(kind: str) -> str:
    """What a kind of attachment is called."""
    return say(f"kind_{kind}") if kind in KINDS else say("kind_other")


def origin(turn: Turn) -> dict[str, Any] | None:
    """Where the attachment of this message can be copied from; None when it has none."""
    arrival = turn.arrival
    if not arrival.attachment:
        return None
    return {"kind": name(arrival.attachment), "chat": arrival.chat, "message": arrival.message}


def hand_row(turn: Turn) -> list[Button]:
    """A button that hands this message to staff."""
    kind = turn.arrival.attachment
    number = KINDS.index(kind) if kind in KINDS else len(KINDS)
    return [button(say("button_hand_over", kind=name(kind)), "hand", turn.arrival.message or 0, number)]


def handed(turn: Turn, message: int, number: int) -> dict[str, Any] | None:
    """The message that such a button names, when it came from this chat."""
    came = Incoming.objects.filter(bot=turn.account.bot, lane=turn.arrival.lane, message=message, kind__in=("message", "edited_message"))
    if not came.exists():
        return None
    return {"kind": name(KINDS[number]) if number < len(KINDS) else say("kind_other"), "chat": turn.arrival.chat, "message": message}


def told_of_album(turn: Turn) -> bool:
    """Whether something has been said about another picture of the same album."""
    album = turn.album
    return bool(album) and Outgoing.objects.filter(bot=turn.account.bot, key__startswith=f"{album}.").exists()
