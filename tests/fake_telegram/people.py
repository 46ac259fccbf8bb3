"""What people do: write, edit, tap, send pictures. Every act becomes an update such as Telegram's."""

from __future__ import annotations

import time
from typing import Any

from .markup import commands
from .records import Json, Query, Sent
from .world import World

GROUP = -1001
INACCESSIBLE = 0


class People:
    """The users of the fake; every method may be called from any thread."""

    def __init__(self, world: World) -> None:
        self.world = world

    def user_says(
        self, text: str, user: int = 1001, chat: int | None = None, name: str = "", *, reply_to: int | None = None, language: str = "", **extra: Any
    ) -> int:
        """Let a user write to the bot; returns the update's id."""
        with self.world.condition:
            return self._message(user if chat is None else chat, self.world.user(user, name, language), reply_to, text=text, **extra)

    def group_says(self, text: str, user: int, group: int = GROUP, reply_to: int | None = None, name: str = "", **extra: Any) -> int:
        """Let a member write in a group, perhaps in reply to a message."""
        with self.world.condition:
            return self._message(group, self.world.user(user, name), reply_to, text=text, **extra)

    def edits(self, chat: int, message_id: int, text: str) -> int:
        """Let a user change a message of theirs."""
        with self.world.condition:
            old = self.world.history[chat, message_id]
            message = {**old, "text": text, "edit_date": int(time.time())}
            message.pop("entities", None)
            if found := commands(text):
                message["entities"] = found
            self.world.history[chat, message_id] = message
            return self.world.push({"edited_message": message})

    def sends(self, kind: str, user: int = 1001, caption: str = "", *, chat: int | None = None, content: bytes = b"test", **extra: Any) -> int:
        """Let a user send a photo, voice, document, location, sticker or contact."""
        with self.world.condition:
            body = {kind: self._attachment(kind, user, content), "caption": caption or None, **extra}
            return self._message(user if chat is None else chat, self.world.user(user), None, **body)

    def taps(
        self, message: Sent | int, data: str | None = None, label: str | None = None, user: int | None = None, *, chat: int | None = None
    ) -> int:
        """Let a user tap a button, by its label or with any data, forged data too; a number needs `chat` or `user` beside it."""
        with self.world.condition:
            place, number = (message.chat_id, message.message_id) if isinstance(message, Sent) else (chat or user or 0, message)
            if data is None:
                data = self._data_of(place, number, label)
            query = self.world.open_query("callback", user or place, data, place, number)
            shown = self.world.history.get((place, number)) or {"chat": self.world.chat(place), "message_id": number, "date": INACCESSIBLE}
            return self._ask(query, {"chat_instance": str(-7_000_000_000 - abs(place)), "message": shown, "data": data})

    def inline(self, query: str, user: int = 1001, offset: str = "") -> int:
        """Let a user type an inline query."""
        with self.world.condition:
            return self._ask(self.world.open_query("inline", user, query), {"query": query, "offset": offset, "chat_type": "private"})

    def raw(self, update: Any) -> int:
        """Push an update as it is, garbage too."""
        with self.world.condition:
            return self.world.push(update)

    def _message(self, chat: int, sender: Json, reply_to: int | None, **content: Any) -> int:
        if isinstance(content.get("text"), str):
            content.setdefault("entities", commands(content["text"]))
        if reply_to is not None:
            content["reply_to_message"] = self.world.quoted(chat, reply_to)
        return self.world.push({"message": self.world.new_message(chat, sender, **content)})

    def _ask(self, query: Query, body: Json) -> int:
        update: Json = {"id": query.id, "from": self.world.user(query.user), **body}
        query.update_id = self.world.push({"callback_query" if query.kind == "callback" else "inline_query": update})
        return query.update_id

    def _data_of(self, chat: int, message_id: int, label: str | None) -> str:
        sent = self.world.sent_by_key.get((chat, message_id))
        buttons = sent.buttons if sent else []
        for button in buttons:
            if "callback_data" in button and (label is None or button["text"] == label):
                return str(button["callback_data"])
        raise AssertionError(f"no button {label!r} under message {message_id} of chat {chat}; there are {[button['text'] for button in buttons]}")

    def _attachment(self, kind: str, user: int, content: bytes) -> Any:
        if kind == "location":
            return {"latitude": 27.24, "longitude": 111.47}
        if kind == "contact":
            return {"phone_number": "+8613800000000", "first_name": self.world.user(user)["first_name"], "user_id": user}
        return described(kind, self.world.keep_file(kind, content).file_id, len(content))


def described(kind: str, file_id: str, size: int) -> Any:
    """Return a file as it stands in a message."""
    body: Json = {"file_id": file_id, "file_unique_id": f"u-{file_id}", "file_size": size}
    if kind == "photo":
        return [{**body, "width": 90, "height": 90}, {**body, "width": 800, "height": 800}]
    if kind == "voice":
        return {**body, "duration": 3, "mime_type": "audio/ogg"}
    if kind == "sticker":
        return {**body, "width": 512, "height": 512, "type": "regular", "is_animated": False, "is_video": False, "emoji": "👍"}
    return {**body, "file_name": "file.pdf", "mime_type": "application/pdf"} if kind == "document" else body
