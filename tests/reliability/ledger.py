"""The tables of the bot beside what the stand-in accepted: who was answered, what was lost, what went out twice."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bot.telegram.pages import plain
from bot.texts import say

from .harness import Installation

MESSAGES = ("send_message", "copy_message")
UNSETTLED = ("pending", "sending")
NOTICE = f"{plain(say('again'))}\n"
ANSWER = re.compile(r"u(\d+)\.\d+")
NUMBER = re.compile(r"工单 (\d+)")

Sent = dict[str, Any]
"""A message as the stand-in's control endpoint tells it."""


@dataclass(frozen=True)
class Row:
    """A row of the outbox."""

    id: int
    key: str
    lane: str
    method: str
    text: str
    purpose: str
    state: str
    uncertain: int
    message: int | None
    worker: str

    @property
    def update(self) -> int:
        """The update that it answers, 0 for none."""
        found = ANSWER.fullmatch(self.key)
        return int(found[1]) if found else 0


@dataclass
class Tables:
    """What matters of the tables."""

    outgoing: list[Row]
    incoming: dict[int, str]
    tickets: int
    workers: dict[int, str]

    @property
    def waiting(self) -> int:
        """Updates not yet handled."""
        return sum(state == "waiting" for state in self.incoming.values())


def read(installation: Installation, *, live: bool = False) -> Tables:
    """Read the tables; ``live`` leaves SQLite's files alone (a copy is read), so that the bot itself has to recover them."""
    if installation.database != "sqlite":
        with psycopg.connect(installation.database) as server:
            return _tables(lambda statement: server.execute(statement.encode()).fetchall())
    folder = installation.folder / "state"
    if not live:
        return _read_file(folder / "state.sqlite3")
    with tempfile.TemporaryDirectory() as place:
        for path in folder.glob("state.sqlite3*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, place)
        return _read_file(Path(place) / "state.sqlite3")


def _read_file(path: Path) -> Tables:
    if not path.exists():
        return Tables([], {}, 0, {})
    with closing(sqlite3.connect(path, timeout=20)) as file:
        try:
            return _tables(lambda statement: file.execute(statement).fetchall())
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):  # killed before the first tables were made
                return Tables([], {}, 0, {})
            raise


def _tables(ask: Any) -> Tables:
    columns = "id, key, lane, method, params, purpose, state, uncertain, message, worker"
    rows = []
    for number, key, lane, method, params, *rest in ask(f"SELECT {columns} FROM state_outgoing ORDER BY id"):
        given = json.loads(params) if isinstance(params, str) else params
        rows.append(Row(number, key, lane, method, str(given.get("text", "")), *rest))
    incoming = dict(ask('SELECT "update", state FROM state_incoming'))
    return Tables(rows, incoming, ask("SELECT count(*) FROM state_ticket")[0][0], dict(ask("SELECT pid, name FROM state_worker")))


@dataclass
class Findings:
    """What came of the updates asked about; lists hold a word on each case."""

    said: int = 0
    answered: int = 0
    messages: int = 0
    twice: int = 0
    """Updates to which something was accepted twice, marked as a repeat or not."""
    lost: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    repeats: int = 0
    unmarked: list[str] = field(default_factory=list)
    false_claims: list[str] = field(default_factory=list)
    disorder: list[str] = field(default_factory=list)
    uncertain: int = 0
    unsettled: Counter[str] = field(default_factory=Counter)
    purposes: Counter[str] = field(default_factory=Counter)
    first: dict[int, Sent] = field(default_factory=dict)
    """Update → the first accepted reply."""


class Ledger:
    """Rows of the outbox joined with accepted messages.

    A row that is sent names its message. An accepted message that no row names came of a call whose answer the bot never
    read: it belongs to a row of the same chat with the same text (a card's text is edited later, so there the ticket's
    number stands for it), and that row must say that it is uncertain; otherwise the message is a known duplicate.
    """

    def __init__(self, tables: Tables, messages: Iterable[Sent]) -> None:
        self.tables = tables
        self.rows = [r for r in tables.outgoing if r.method in MESSAGES]
        self.accepted: dict[int, list[Sent]] = defaultdict(list)
        self.false_claims: list[str] = []
        self.duplicates: list[str] = []
        self.repeats, self.unmarked = 0, list[str]()
        self.unnamed: set[tuple[int, int]] = set()
        """Messages that no row names."""
        places = {(m["chat_id"], m["message_id"]): m for m in messages}
        self._join_named(places)
        self._join_unnamed(places)
        self._judge()

    def _join_named(self, places: dict[tuple[int, int], Sent]) -> None:
        for row in self.rows:
            if row.state == "sent":
                found = places.pop((int(row.lane), row.message or 0), None)
                if found is None or not _same(row, found):
                    self.false_claims.append(f"row {row.id} {row.key}: message {row.message} of chat {row.lane} was never accepted")
                if found is not None:
                    self.accepted[row.id].append(found)

    def _join_unnamed(self, left: dict[tuple[int, int], Sent]) -> None:
        self.unnamed = set(left)
        by_lane: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            by_lane[row.lane].append(row)
        for message in sorted(left.values(), key=lambda m: m["number"]):
            alike = [r for r in by_lane[str(message["chat_id"])] if _same(r, message)]
            # A card's text changes while it waits for its second attempt: then only the ticket tells whose it is.
            alike = alike or [r for r in by_lane[str(message["chat_id"])] if r.uncertain and _same_ticket(r, message)]
            room = [r for r in alike if r.uncertain > len(self.accepted[r.id]) - (r.state == "sent")]
            if room:
                self.accepted[room[0].id].append(message)
            else:
                rows = ", ".join(f"{r.id} {r.key} {r.state} uncertain={r.uncertain}" for r in alike) or "none"
                self.duplicates.append(f"message {message['number']} to {message['chat_id']} {message['plain'][:60]!r}; rows like it: {rows}")

    def _judge(self) -> None:
        for row in self.rows:
            found = sorted(self.accepted[row.id], key=lambda m: m["number"])
            self.repeats += len(found) > 1
            bare = [m for m in found[1:] if not m["text"].startswith(NOTICE) and row.purpose != "card"]
            self.unmarked += [f"row {row.id} {row.key}: message {m['number']} repeats without notice" for m in bare]

    def judge(self, said: Mapping[int, int]) -> Findings:
        """Look for the answers to residents' updates (update → chat)."""
        found = Findings(len(said), false_claims=self.false_claims, repeats=self.repeats, unmarked=self.unmarked)
        found.duplicates = list(self.duplicates)
        by_update: dict[int, list[Row]] = defaultdict(list)
        for row in self.rows:
            found.unsettled.update([row.state] if row.state in (*UNSETTLED, "unknown") else [])
            if row.update in said:
                by_update[row.update].append(row)
        found.uncertain = sum(r.uncertain > 0 for r in self.rows)
        for update, chat in said.items():
            self._judge_update(update, chat, by_update[update], found)
        for chat in set(said.values()):
            order = [found.first[u]["number"] for u in sorted(said) if said[u] == chat and u in found.first]
            if order != sorted(order):
                found.disorder.append(f"chat {chat}: {order}")
        return found

    def _judge_update(self, update: int, chat: int, rows: list[Row], found: Findings) -> None:
        accepted = sorted((m for r in rows for m in self.accepted[r.id]), key=lambda m: m["number"])
        if accepted:
            found.first[update] = accepted[0]
            found.answered += 1
            found.messages += len(accepted)
        else:
            states = [(r.key, r.state, r.uncertain) for r in rows]
            found.lost.append(f"update {update} of chat {chat}: stored {self.tables.incoming.get(update, 'never')}, rows {states}")
        found.purposes.update(r.purpose for r in rows[:1])
        texts = [r.text for r in rows]
        found.twice += len(set(texts)) < len(texts) or any(len(self.accepted[r.id]) > 1 for r in rows)
        if len(set(texts)) < len(texts):
            found.duplicates.append(f"update {update} of chat {chat}: two rows say the same")


def _same(row: Row, message: Sent) -> bool:
    if row.purpose == "card":
        return _same_ticket(row, message)
    return message["edits"] > 0 or message["text"].removeprefix(NOTICE) == row.text


def _same_ticket(row: Row, message: Sent) -> bool:
    numbers = NUMBER.search(row.text), NUMBER.search(message["plain"])
    return row.purpose == "card" and (numbers[0] and numbers[0][1]) == (numbers[1] and numbers[1][1])
