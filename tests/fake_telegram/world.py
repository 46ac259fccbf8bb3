"""The state behind the fake: chats, messages, updates waiting, queries, files. One lock guards it all."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from .limits import Limits
from .records import TOKEN, Call, Json, Query, Sent, StoredFile, Webhook
from .troubles import Troubles

FIRST_UPDATE = 700_000_001
OPT_IN = {"chat_member", "message_reaction", "message_reaction_count"}
MOST_UPDATES = 100


class World:
    """Everything the fake knows; hold `condition` while using it from several threads."""

    def __init__(self, token: str = TOKEN, strict: bool = False, username: str = "minzheng_test_bot") -> None:
        self.token, self.username = token, username
        self.condition = threading.Condition()
        self.wake: Callable[[], None] = lambda: None
        self.limits, self.troubles = Limits(strict), Troubles()
        self.messages: list[Sent] = []
        self.sent_by_key: dict[tuple[int, int], Sent] = {}
        self.history: dict[tuple[int, int], Json] = {}
        self.calls: list[Call] = []
        self.counts: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.drops: Counter[str] = Counter()
        self.queue: deque[tuple[int, Any]] = deque()
        self.updates: dict[int, Any] = {}
        self.queries: dict[str, Query] = {}
        self.files: dict[str, StoredFile] = {}
        self.users: dict[int, Json] = {}
        self.titles: dict[int, str] = {}
        self.members: dict[tuple[int, int], str] = {}
        self.settings: dict[str, Any] = {}
        self.reactions: dict[tuple[int, int], list[Json]] = {}
        self.webhook: Webhook | None = None
        self.allowed: list[str] = []
        self._next_update = FIRST_UPDATE
        self._last_message: Counter[int] = Counter()

    @property
    def bot(self) -> Json:
        """The bot as a user."""
        return {"id": int(self.token.partition(":")[0]), "is_bot": True, "first_name": "Test bot", "username": self.username}

    def user(self, user: int, name: str = "", language: str = "") -> Json:
        """Return a user, made at first sight."""
        known = self.users.get(user)
        if known is None or name or language:
            known = known or {"id": user, "is_bot": False, "first_name": f"User{user}", "language_code": "zh-hans"}
            known = {**known, "first_name": name or known["first_name"], "language_code": language or known["language_code"]}
            self.users[user] = known
        return known

    def chat(self, chat: int) -> Json:
        """Return a chat: private for a positive number, else a supergroup."""
        if chat > 0:
            return {"id": chat, "type": "private", "first_name": self.user(chat)["first_name"]}
        return {"id": chat, "type": "supergroup", "title": self.titles.get(chat, f"Group {-chat}")}

    def new_message(self, chat: int, sender: Json, **content: Any) -> Json:
        """Put a message into a chat; values that are None or empty lists are left out."""
        number = self._last_message[chat] = self._last_message[chat] + 1
        message: Json = {"message_id": number, "from": sender, "chat": self.chat(chat), "date": int(time.time())}
        message |= {name: value for name, value in content.items() if value is not None and value != []}
        self.history[chat, number] = message
        return message

    def quoted(self, chat: int, message_id: int) -> Json | None:
        """Return a message as it stands in `reply_to_message`, without the one it replies to itself."""
        message = self.history.get((chat, message_id))
        return message and {name: value for name, value in message.items() if name != "reply_to_message"}

    def keep_sent(self, method: str, params: Json, message: Json, raw: str, markup: Json | None) -> Sent:
        """Record a message of the bot."""
        plain = message.get("text") or message.get("caption") or ""
        reply_to = message.get("reply_to_message", {}).get("message_id")
        sent = Sent(len(self.messages), message["message_id"], message["chat"]["id"], method, raw, plain, markup, reply_to, params, message)
        self.messages.append(sent)
        self.sent_by_key[sent.chat_id, sent.message_id] = sent
        return sent

    def keep_file(self, kind: str, content: bytes, name: str = "") -> StoredFile:
        """Keep a file and give it an id."""
        number = len(self.files) + 1
        stored = StoredFile(f"TEST-{kind}-{number}", f"{kind}s/{name or f'file_{number}'}", content)
        self.files[stored.file_id] = stored
        return stored

    def push(self, update: Any) -> int:
        """Queue an update, numbering it when it has no number of its own; what the bot has not allowed is passed over."""
        number = update.get("update_id") if isinstance(update, dict) else None
        if not isinstance(number, int):
            number = self._next_update
            if isinstance(update, dict):
                update = {"update_id": number, **update}
        self._next_update = max(self._next_update, number + 1)
        self.updates[number] = update
        if self._wanted(update):
            self.queue.append((number, update))
            self.wake()
        self.condition.notify_all()
        return number

    def _wanted(self, update: Any) -> bool:
        if not isinstance(update, dict):
            return True
        kinds = update.keys() - {"update_id"}
        return not kinds or (bool(kinds & set(self.allowed)) if self.allowed else not kinds <= OPT_IN)

    def confirm(self, offset: int) -> None:
        """Forget the updates below an offset."""
        while self.queue and self.queue[0][0] < offset:
            self.queue.popleft()
        self.condition.notify_all()

    def pending(self, limit: int = MOST_UPDATES) -> list[Any]:
        """Return the updates waiting, oldest first."""
        return [update for _, update in list(self.queue)[: min(max(limit, 1), MOST_UPDATES)]] if self.queue else []

    def open_query(self, kind: str, user: int, data: str, chat: int | None = None, message_id: int | None = None) -> Query:
        """Make a query that waits for an answer."""
        query = Query(str(4_000_000_000_000_001 + len(self.queries)), kind, user, data, 0, chat, message_id)
        self.queries[query.id] = query
        return query

    def count(self, call: Call) -> None:
        """Log a call when its fate is known."""
        self.calls.append(call)
        self.counts[call.method] += 1
        self.statuses[call.status] += 1
        if call.dropped:
            self.drops[call.dropped] += 1
        self.condition.notify_all()

    def stats(self) -> Json:
        """Return the counts for the control endpoints."""
        return {
            "calls": dict(self.counts), "statuses": {str(status): count for status, count in self.statuses.items()},
            "messages": len(self.messages), "edits": sum(len(sent.edits) for sent in self.messages), "pending_updates": len(self.queue),
            "updates": len(self.updates), "drops": dict(self.drops), "violations": len(self.limits.violations),
            "violations_by_kind": dict(Counter(violation.kind for violation in self.limits.violations)),
            "unanswered_queries": sum(query.answer is None for query in self.queries.values()),
            "webhook": self.webhook.url if self.webhook else "", "down": self.troubles.is_down,
        }  # fmt: skip
