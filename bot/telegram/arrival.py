"""What an update says, reduced to what we need: names and other people's data stay out, personal numbers are masked."""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.state.models import Incoming
from bot.texts import say
from intents import normalise

__all__ = ["ALLOWED", "Arrival", "incoming", "read"]

Kind = Literal["message", "edited_message", "callback_query", "inline_query", "my_chat_member"]
ALLOWED: tuple[Kind, ...] = ("message", "edited_message", "callback_query", "inline_query", "my_chat_member")
"""Kinds of updates that we ask Telegram for."""
ATTACHMENTS = (
    "voice", "photo", "document", "location", "venue", "sticker", "contact", "video", "video_note", "audio", "animation", "poll", "dice", "story",
    "game", "invoice", "paid_media", "checklist",
)
LONGEST = 4096
"""Characters of a message's text that are kept: Telegram sends no more."""
MOST = 2**62
COMMAND = re.compile(r"/([A-Za-z]\w{0,31})(?:@(\w{1,64}))?(?:\s+(.*))?", re.S)


class Broken(ValueError):
    """The update lacks what every update of its kind has."""


class Arrival(BaseModel):
    """An update as we store it.

    ``message`` is the id of the message that it brings or whose button was tapped; ``attachment`` says what a message
    without text is; ``about`` is the number of the ticket that stands in a message of ours that it replies to; ``query``
    is the id under which a tap or an inline query is answered; ``addressed``: in a group, the bot is spoken to;
    ``masked``: personal numbers stood in the text; ``album`` is common to pictures sent together; ``service``: nobody
    says anything, Telegram tells of an event (a picture pinned, a member gone).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Kind
    chat: int = 0
    chat_type: Literal["private", "group", "supergroup", "channel"] = "private"
    user: int
    message: int | None = None
    text: str = ""
    masked: bool = False
    attachment: str = ""
    album: str = ""
    service: bool = False
    reply_to: int | None = None
    about: int = 0
    addressed: bool = False
    query: str = ""
    data: str = ""
    status: str = ""

    @property
    def lane(self) -> str:
        """Whose updates are handled in order."""
        if not self.chat:
            return f"user/{self.user}"
        return str(self.chat) if self.chat_type == "private" else f"{self.chat}/{self.user}"

    @property
    def is_command(self) -> bool:
        """Whether this is a command, be it to another bot."""
        return bool(COMMAND.fullmatch(self.text))

    def command(self, username: str) -> tuple[str, str]:
        """Name and argument of a command to this bot; empty for anything else."""
        found = COMMAND.fullmatch(self.text)
        if not found or (found[2] and found[2].lower() != username.lower()):
            return "", ""
        return found[1].lower(), (found[3] or "").strip()


def incoming(raw: Any, bot: int, username: str, now: datetime.datetime) -> Incoming | None:
    """The row that stores an update; None when it has no number and so cannot be told from others.

    An update that cannot be understood is stored as refused, with the reason and without its content.
    """
    number = raw.get("update_id") if isinstance(raw, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < MOST:
        return None
    row = Incoming(bot=bot, update=number, lane=f"update/{number}", kind="other", due_at=now, received_at=now)
    try:
        arrival = read(raw, bot, username)
    except (Broken, ValidationError) as error:
        row.state, row.handled_at = Incoming.State.REFUSED, now
        row.error = type(error).__name__ if isinstance(error, ValidationError) else str(error)[:200]
        return row
    row.kind, row.lane, row.message, row.payload = arrival.kind, arrival.lane, arrival.message, arrival.model_dump(exclude_defaults=True)
    return row


def read(raw: dict[str, Any], bot: int, username: str) -> Arrival:
    """What an update says.

    Raises:
        Broken: no kind that we know, or a part is missing.
        pydantic.ValidationError: a part has a wrong type.
    """
    kind = next((k for k in ALLOWED if k in raw), None)
    if kind is None:
        raise Broken("unknown kind")
    body = _object(raw[kind])
    user = _object(body.get("from"))
    found: dict[str, Any] = {"kind": kind, "user": _number(user.get("id"))}
    if kind in ("callback_query", "inline_query"):
        found["query"] = _text(body.get("id"), 64)
    if kind == "callback_query":
        found["data"] = _text(body.get("data", ""), 64)
        body = _object(body.get("message"))
    if kind == "inline_query":
        return Arrival(**found, text=normalise.mask(normalise.clean(_text(body.get("query"), 256), 256)[0])[0])
    chat = _object(body.get("chat"))
    found |= {"chat": _number(chat.get("id")), "chat_type": chat.get("type")}
    if kind == "my_chat_member":
        return Arrival(**found, status=_text(_object(body.get("new_chat_member")).get("status"), 20))
    found["message"] = _number(body.get("message_id"))
    if kind == "callback_query":
        return Arrival(**found)
    return _message(body, found, bot, username)


def _message(body: dict[str, Any], found: dict[str, Any], bot: int, username: str) -> Arrival:
    original = _text(body.get("text", body.get("caption", "")), LONGEST)
    mention = re.compile(rf"@{re.escape(username)}\b", re.I)
    text, masked = _legible(original if original.startswith("/") else mention.sub(" ", original))
    replied = body.get("reply_to_message")
    to_bot = False
    if isinstance(replied, dict):
        found["reply_to"] = _number(replied.get("message_id"))
        author = replied.get("from")
        to_bot = isinstance(author, dict) and author.get("id") == bot
        found["about"] = _ticket(replied.get("text")) if to_bot else 0
    attachment = next((a for a in ATTACHMENTS if a in body), "")
    return Arrival(
        **found, text=text, masked=masked, attachment=attachment, album=_text(body.get("media_group_id", ""), 40),
        service=not attachment and "text" not in body and "caption" not in body,
        addressed=to_bot or bool(mention.search(original)),
    )


def _ticket(text: Any) -> int:
    """The number of the ticket that a message of ours is about, 0 when it is about none."""
    found = re.search(rf"{re.escape(say('ticket_mark'))} (\d{{1,9}})", text.partition("\n")[0]) if isinstance(text, str) else None
    return int(found[1]) if found else 0


def _legible(text: str) -> tuple[str, bool]:
    """The words as they were written but for invisible characters, and False; or, with personal numbers masked, and True.

    Numbers are looked for in every spelling; where one is found, the text is the cleaned one, in which nothing hides.
    """
    text = "".join(c if c.isprintable() or c == "\n" else " " for c in normalise.INVISIBLE.sub("", text)).strip()
    for spelling in (text, unicodedata.normalize("NFKC", text), normalise.clean(text, LONGEST)[0]):
        masked, found = normalise.mask(spelling)
        if found:
            return normalise.mask(normalise.clean(masked, LONGEST)[0])[0], True
    return text, False


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Broken("a part is missing")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= MOST:
        raise Broken("no number where one should be")
    return value


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str):
        raise Broken("no text where one should be")
    return value[:longest].replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
