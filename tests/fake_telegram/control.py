"""The endpoints under /control/ by which another process steers the fake."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from .people import People
from .records import Json
from .world import World


class Control:
    """Answers the control endpoints."""

    def __init__(self, world: World, cut_all: Callable[[], None]) -> None:
        self.world, self.people = world, People(world)
        self._cut_all = cut_all

    def answer(self, name: str, query: str, body: bytes) -> tuple[int, Json]:
        """Carry out one request; what goes wrong is told in the answer."""
        function = {"update": self._update, "says": self._says, "behave": self._behave}.get(name)
        try:
            if function is not None:
                return 200, {"ok": True, **function(json.loads(body or b"{}"))}
            if name == "messages":
                return 200, self._messages(int(parse_qs(query).get("since", ["0"])[0]))
            if name == "stats":
                return 200, self.world.stats()
            if name == "violations":
                rows = [{"kind": one.kind, "chat_id": one.chat_id, "count": one.count, "at": one.at} for one in self.world.limits.violations]
                return 200, {"violations": rows}
        except (AssertionError, AttributeError, KeyError, TypeError, ValueError) as error:
            return 400, {"ok": False, "error": repr(error)}
        return 404, {"ok": False, "error": "there is update, says, behave, messages, stats, violations"}

    def _update(self, given: Any) -> Json:
        return {"update_ids": [self.world.push(update) for update in (given if isinstance(given, list) else [given])]}

    def _says(self, given: Any) -> Json:
        acts = given if isinstance(given, list) else [given]
        return {"update_ids": [self.people.group_says(**act) if "group" in act else self.people.user_says(**act) for act in acts]}

    def _messages(self, since: int) -> Json:
        return {"messages": [sent.row() for sent in self.world.messages[since:]], "next": len(self.world.messages)}

    def _behave(self, given: Json) -> Json:
        """Take switches such as {"block": [5], "fail": {"times": 3, "status": 502}, "down": true}."""
        troubles = self.world.troubles
        for name, value in given.items():
            if name in {"block", "unblock", "unknown_chat"}:
                chats = {int(chat) for chat in (value if isinstance(value, list) else [value])}
                self._chats(name, chats)
            elif name in {"limit", "fail", "drop", "slow", "drop_randomly"}:
                getattr(troubles, name)(**value)
            elif name == "calm":
                troubles.calm()
                self.world.wake()
            elif name in {"down", "up"}:
                self.switch(bool(value) == (name == "down"))
            elif name == "strict":
                self.world.limits.strict = bool(value)
            else:
                raise ValueError(name)
        return {}

    def _chats(self, name: str, chats: set[int]) -> None:
        troubles = self.world.troubles
        if name == "unblock":
            troubles.blocked -= chats
        else:
            (troubles.blocked if name == "block" else troubles.unknown).update(chats)

    def switch(self, down: bool) -> None:
        """Make the fake unreachable or reachable again; the connections that stand are cut."""
        self.world.troubles.is_down = down
        if down:
            self._cut_all()
        else:
            self.world.wake()
