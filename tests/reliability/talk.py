"""What residents and a clerk say while the bot is being killed."""

from __future__ import annotations

import random
import re
import threading
import time
from dataclasses import dataclass, field

from .harness import Standin

GROUP, CLERK = -1001234, 501
ACTIVE, RATE = 24, 10.0
"""Residents who talk at a time, and messages a second."""
MOST_OPEN = 60
"""Replies that may be outstanding: while the bot is dead most of the time, more would only pile up."""
TICKET_EVERY = 9.0
"""Seconds between two residents who ask for a person: a group takes twenty messages a minute, and a ticket needs about three."""
FIRST, FIRST_ASKING = 200_000, 900_000
CARD = re.compile(r"工单 (\d+)　")
STEP = 0.05


@dataclass(frozen=True)
class StaffReply:
    """A clerk's reply to a card."""

    update: int
    text: str
    card: int


@dataclass
class Talk:
    """Says things until told to finish. A resident never asks the same twice, so that no two replies in a chat are alike."""

    standin: Standin
    texts: list[str]
    seed: int
    said: dict[int, int] = field(default_factory=dict)
    """Update → chat, of residents."""
    replies: list[StaffReply] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._finished = threading.Event()
        self._next_user, self._next_asking = FIRST, FIRST_ASKING
        self._left: dict[int, list[str]] = {}
        self._seen = self._heard = 0
        self._replied: set[str] = set()

    def run(self) -> None:
        """Talk at an even pace."""
        try:
            self._run()
        except Exception as error:
            self.errors.append(repr(error))

    def _run(self) -> None:
        began, number, asking = time.monotonic(), 0, 1.0
        while not self._finished.wait(STEP):
            passed = time.monotonic() - began
            self._listen()
            if len(self.said) - self._heard > MOST_OPEN:
                began, number = time.monotonic() - passed, int(passed * RATE)
                continue
            while number < passed * RATE:
                number += 1
                self._ask()
            if passed > asking:
                asking = passed + TICKET_EVERY
                self._ask_for_person()

    def finish(self) -> None:
        """Say no more."""
        self._finished.set()

    def reply_to_the_rest(self) -> None:
        """Let the clerk reply to cards that came late."""
        self._listen()

    def _ask(self) -> None:
        while len(self._left) < ACTIVE:
            self._left[self._next_user] = self._random.sample(self.texts, len(self.texts))
            self._next_user += 1
        user = self._random.choice(list(self._left))
        self._say(user, self._left[user].pop())
        if not self._left[user]:
            del self._left[user]

    def _ask_for_person(self) -> None:
        user, self._next_asking = self._next_asking, self._next_asking + 1
        self._say(user, self._random.choice(self.texts))
        self._say(user, "转人工")

    def _say(self, user: int, text: str) -> None:
        self.said[self.standin.says([{"text": text, "user": user}])[0]] = user

    def _listen(self) -> None:
        """Look at what has been accepted; the clerk replies once to each ticket, to the first card seen."""
        self.standin.fetch()
        fresh, self._seen = self.standin.messages[self._seen :], len(self.standin.messages)
        self._heard += sum(m["chat_id"] > 0 for m in fresh)
        for message in fresh:
            card = CARD.search(message["plain"])
            if message["chat_id"] == GROUP and card and message["reply_markup"] and card[1] not in self._replied:
                self._replied.add(card[1])
                text = f"第{card[1]}件的答复。请带证件到窗口办理。"  # what cleaning leaves alone
                update = self.standin.says([{"text": text, "group": GROUP, "user": CLERK, "reply_to": message["message_id"]}])[0]
                self.replies.append(StaffReply(update, text, message["message_id"]))
