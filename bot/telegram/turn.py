"""One update being handled: what it says, where we are, and what we say to it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.settings import Settings
from bot.state.models import Chat, Event, Incoming, Outgoing, Staff, Ticket
from bot.telegram.account import Account
from bot.telegram.arrival import Arrival
from bot.telegram.buttons import Button
from bot.tickets import desk
from bot.tickets.working_time import WorkingTime
from intents import normalise
from intents.road import Road

__all__ = ["Act", "Turn", "Workplace", "nothing"]

Act = Callable[[], object]
"""What is to be written; a handler first reads and matches, then returns this, and it runs in one transaction."""


def nothing() -> None:
    """Nothing is to be written."""


@dataclass
class Workplace:
    """What every handler works with; ``road`` is replaced when the knowledge changes."""

    settings: Settings
    account: Account
    road: Road
    version: str
    working_time: WorkingTime


@dataclass
class Turn:
    """One update and our replies to it."""

    workplace: Workplace
    arrival: Arrival
    incoming: Incoming
    now: datetime.datetime
    _calls: int = field(default=0)

    @property
    def account(self) -> Account:
        """The bot's account."""
        return self.workplace.account

    @property
    def terms(self) -> dict[str, Any]:
        """What the desk needs to say until when a ticket is due."""
        return {"working_time": self.workplace.working_time, "hours": self.workplace.settings.answer_within_hours}

    def key(self) -> str:
        """A key for the next call that answers this update: the same when it is handled again."""
        self._calls += 1
        update = f"u{self.incoming.update}.{self._calls}"
        return f"{self.album}.{update}" if self.album else update

    @property
    def album(self) -> str:
        """The beginning of the keys of all calls that answer pictures of one album; "" when it is none."""
        return f"album.{self.arrival.chat}.{self.arrival.album}" if self.arrival.album else ""

    def masked(self) -> list[str]:
        """A line that personal numbers have been masked, when there were any."""
        return [self.workplace.road.world.phrase("masked")] if self.arrival.masked else []

    def send(self, page: str, *, purpose: str, buttons: Sequence[Sequence[Button]] = (), **more: Any) -> Outgoing:
        """A message to where the update came from."""
        asked = self.incoming.received_at
        return self.account.send(self.key(), self.arrival.chat, page, purpose=purpose, now=self.now, buttons=buttons, asked_at=asked, **more)

    def edit(self, page: str, buttons: Sequence[Sequence[Button]] = ()) -> None:
        """New text for the message whose button was tapped."""
        if self.arrival.message:
            self.account.edit(self.key(), self.arrival.chat, self.arrival.message, page, now=self.now, buttons=buttons)

    def rebutton(self, buttons: Sequence[Sequence[Button]]) -> None:
        """New buttons for the message whose button was tapped."""
        if self.arrival.message:
            self.account.rebutton(self.key(), self.arrival.chat, self.arrival.message, buttons, now=self.now)

    def answer(self, text: str = "", *, alert: bool = False) -> None:
        """What pops up where the button was tapped."""
        self.account.answer(self.arrival.query, text, now=self.now, alert=alert)

    def chat(self) -> Chat:
        """The resident's chat, not yet saved when it is new."""
        known = {"channel": "telegram", "bot": self.account.bot, "address": self.arrival.lane}
        return Chat.objects.filter(**known).first() or Chat(**known)

    def staff(self) -> Staff | None:
        """Who sent this, when on the list of staff."""
        return desk.staff_of(self.arrival.user)

    def refuse(self, what: str, ticket: Ticket | None = None) -> None:
        """An audit line: somebody tried what is not theirs to do."""
        detail = normalise.mask(what)[0][:200]
        Event.objects.create(
            ticket=ticket, staff=self.staff(), actor=f"telegram:{self.arrival.user}", action="refused", detail=detail, at=self.now)
