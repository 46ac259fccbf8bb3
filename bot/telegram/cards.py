"""Cards: what staff see of a ticket in the group, kept up to date; and what the resident hears of its progress.

Tickets know nothing of Telegram: they send signals, which are answered here, in the same transaction.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from bot.state.models import Entry, Outgoing, Staff, Ticket
from bot.state.outbox import drop, settled
from bot.telegram.buttons import Button, button
from bot.telegram.pages import LIMIT, cut, page, plain
from bot.telegram.sheets import card_buttons, card_page, record_page
from bot.telegram.turn import Workplace
from bot.texts import say
from bot.tickets import signals
from bot.tickets.desk import Rating
from bot.tickets.signals import Action, Kind

__all__ = ["SHEETS", "Cards"]

MINUTE = datetime.timedelta(minutes=1)
DIGEST = 20
"""Tickets named in one digest."""
SHEETS = ("card", "record")
"""Purposes of messages that show a ticket as it stands."""
KEPT_UP = 4
"""Messages that show one ticket and are kept up to date: the latest."""
BEHIND = ("added", "attachment", "reminder")
"""Purposes of messages that reply to a card."""
NAMING = ("digest", "list", "unclaimed")
"""Purposes of messages that name several tickets: which is why forgetting one resident would not find them."""
UNSEEN = (Action.BESIDE, Action.KEPT)
"""Changes that a card does not show."""
UNHAD = (Ticket.State.OPEN, Ticket.State.REOPENED, Ticket.State.TRANSFERRED)
UNSENT = Outgoing.State.PENDING


class Cards:
    """Answers the signals of tickets and deliveries for one workplace."""

    def __init__(self, workplace: Workplace) -> None:
        self.workplace = workplace

    def connect(self) -> None:
        """Begin to answer."""
        signals.changed.connect(self.changed, weak=False, dispatch_uid="cards.changed")
        signals.due.connect(self.due, weak=False, dispatch_uid="cards.due")
        signals.forgotten.connect(self.forgotten, weak=False, dispatch_uid="cards.forgotten")
        settled.connect(self.delivered, weak=False, dispatch_uid="cards.settled")

    def disconnect(self) -> None:
        """Answer no more."""
        signals.changed.disconnect(dispatch_uid="cards.changed")
        signals.due.disconnect(dispatch_uid="cards.due")
        signals.forgotten.disconnect(dispatch_uid="cards.forgotten")
        settled.disconnect(dispatch_uid="cards.settled")

    def changed(
        self, ticket: Ticket, action: Action, now: datetime.datetime, staff: Staff | None = None, entry: Entry | None = None, **_: Any,
    ) -> None:
        """A ticket has changed."""
        if action not in UNSEEN:
            self._refresh(ticket, now)
        by_resident = staff is None
        match action:
            case Action.OPENED | Action.URGENT:
                self._announce(ticket, now)
            case Action.REOPENED if by_resident:
                self._announce(ticket, now)
            case Action.ADDED if entry:
                self._show_added(ticket, entry, now)
            case Action.ANSWERED if entry:
                self._to_resident(ticket, entry, now)
            case Action.CLAIMED | Action.TRANSFERRED | Action.REOPENED:
                self._tell(ticket, say(f"resident_{action}", number=ticket.pk, department=ticket.department), action, now)
            case Action.CLOSED:
                marks = [[button(say(f"button_{r}"), "rate", ticket.pk, n) for n, r in enumerate(Rating)]]
                self._tell(ticket, say("resident_closed", number=ticket.pk), action, now, marks)

    def due(self, ticket: Ticket, kind: Kind, now: datetime.datetime, **_: Any) -> None:
        """A ticket waits too long."""
        if kind is Kind.UNCLAIMED:
            self._remind(ticket, now)
            return
        minutes = int((now - ticket.opened_at).total_seconds() // 60)
        text = page(say(f"due_{kind}", number=ticket.pk, minutes=minutes), cut(ticket.question, 100))
        key, account = f"t{ticket.pk}.{kind}.{_stamp(now)}", self.workplace.account
        more: dict[str, Any] = {"purpose": "reminder", "now": now, "ticket": ticket, "buttons": card_buttons(ticket)}
        if account.staff_group:
            card = self._card_message(ticket)
            account.send(key, account.staff_group, text, urgent=ticket.priority == Ticket.Priority.URGENT, reply_to=card, **more)
        if kind is Kind.LATE:
            for person in _administrators():
                account.send(f"{key}.{person.pk}", person.telegram, text, **more)

    def _remind(self, ticket: Ticket, now: datetime.datetime) -> None:
        """One message names all tickets that wait to be claimed: those that are due together join what is not sent yet."""
        group = self.workplace.account.staff_group
        if not group:
            return
        line = plain(f"/ticket_{ticket.pk}　{ticket.region}　{cut(ticket.topic or ticket.question, 40)}")
        if self._join("unclaimed", line):
            return
        text = "\n".join([page(say("due_unclaimed")), line])
        self.workplace.account.send(f"t{ticket.pk}.{Kind.UNCLAIMED}.{_stamp(now)}", group, text, purpose="unclaimed", now=now)

    def _join(self, purpose: str, line: str, **of: Any) -> bool:
        """Add a line to the last message of that purpose if it is still waiting in the busy group and has room."""
        group = str(self.workplace.account.staff_group)
        waiting = Outgoing.objects.filter(lane=group, purpose=purpose, **of).order_by("-id").first()
        text = waiting.params.get("text", "") if waiting and waiting.state == UNSENT else ""
        if not text or text.count("\n") >= DIGEST or len(text) + len(line) > LIMIT:
            return False
        params = {**waiting.params, "text": f"{text}\n{line}"}
        return bool(Outgoing.objects.filter(pk=waiting.pk, state=UNSENT).update(params=params))

    def forgotten(self, ticket: Ticket, now: datetime.datetime, **_: Any) -> None:
        """A resident is forgotten: what we showed of the ticket in chats of staff goes, as far as Telegram still lets us."""
        self._refresh(ticket, now)
        shown = Outgoing.objects.filter(ticket=ticket, purpose__in=("added", "attachment"), message__isnull=False, lane__startswith="-")
        for row in shown:
            self.workplace.account.delete(f"{row.key}.gone", int(row.lane), row.message, now=now)

    def delivered(self, outgoing: Outgoing, now: datetime.datetime, **_: Any) -> None:
        """The fate of a call is known: staff are told the truth about their reply, and a card that is behind is brought up to date."""
        if outgoing.ticket_id is None:
            if outgoing.purpose in NAMING:
                Outgoing.objects.filter(pk=outgoing.pk).update(params={})
            return
        if outgoing.purpose not in (*SHEETS, "edit", "staff_reply"):
            return
        ticket = Ticket.objects.select_for_update().get(pk=outgoing.ticket_id)
        if outgoing.purpose == "staff_reply":
            self._tell_clerk(ticket, outgoing, now)
        else:
            self._look_again(ticket, outgoing, now)
        if outgoing.purpose == "card" and outgoing.message:
            self._tie(outgoing)

    def digest(self, now: datetime.datetime) -> None:
        """Name in one message the tickets that came too fast for cards of their own."""
        group = self.workplace.account.staff_group
        if not group or self._busy(now):
            return
        with transaction.atomic():
            waiting = list(Ticket.objects.filter(carded_at=None, state__in=UNHAD).order_by("id")[:DIGEST])
            if not waiting:
                return
            lines = [f"/ticket_{t.pk}　{t.region}　{cut(t.topic or t.question, 40)}" for t in waiting]
            text = page(say("digest", number=len(waiting)), *lines)
            self.workplace.account.send(f"digest.{waiting[-1].pk}.{_stamp(now)}", group, text, purpose="digest", now=now)
            Ticket.objects.filter(pk__in=[t.pk for t in waiting]).update(carded_at=now)

    def tell_administrators(self, text: str, now: datetime.datetime) -> None:
        """A word to every administrator: the knowledge as edited is wrong and not in service."""
        words = page(say("knowledge_refused"), cut(text, 1500))
        for person in _administrators():
            self.workplace.account.send(f"admin.{_stamp(now)}.{person.pk}", person.telegram, words, purpose="notice", now=now)

    def _busy(self, now: datetime.datetime) -> bool:
        recent = Outgoing.objects.filter(
            lane=str(self.workplace.account.staff_group), purpose__in=("card", "digest"), created_at__gt=now - MINUTE)
        return bool(recent.count() >= self.workplace.settings.cards_per_minute)

    def _announce(self, ticket: Ticket, now: datetime.datetime) -> None:
        """Put the ticket's card into the group, or leave the ticket to the next digest."""
        account = self.workplace.account
        urgent = ticket.priority == Ticket.Priority.URGENT
        shown = bool(account.staff_group) and (urgent or not self._busy(now))
        Ticket.objects.filter(pk=ticket.pk).update(carded_at=now if shown else None)
        if shown:
            account.send(
                f"t{ticket.pk}.card.{_stamp(now)}", account.staff_group, card_page(ticket, self.workplace, now), purpose="card", now=now,
                ticket=ticket, buttons=card_buttons(ticket), urgent=urgent,
            )

    def _refresh(self, ticket: Ticket, now: datetime.datetime) -> None:
        """Bring the cards of the ticket up to date."""
        ticket.refresh_from_db()
        for sheet in Outgoing.objects.filter(ticket=ticket, purpose__in=SHEETS).order_by("-id")[:KEPT_UP]:
            self._renew(ticket, sheet, now)

    def _renew(self, ticket: Ticket, sheet: Outgoing, now: datetime.datetime) -> None:
        """Change what is not sent yet; edit what is sent. What is being sent right now is looked at again when it has been."""
        edits = f"{sheet.key}.edit."
        text, buttons = self._shown(ticket, sheet, now), card_buttons(ticket)
        of_sheet = Outgoing.objects.filter(Q(pk=sheet.pk) | Q(key__startswith=edits), ticket=ticket).order_by("-id")
        last = of_sheet.filter(state=UNSENT).first()
        if last and Outgoing.objects.filter(pk=last.pk, state=UNSENT).update(params={**last.params, **self.workplace.account.params(text, buttons)}):
            return
        if sheet.message:
            latest = of_sheet.first()
            self.workplace.account.edit(
                f"{edits}{latest.pk}", int(sheet.lane), sheet.message, text, now=now, buttons=buttons, ticket=ticket)

    def _shown(self, ticket: Ticket, sheet: Outgoing, now: datetime.datetime) -> str:
        return (record_page if sheet.purpose == "record" else card_page)(ticket, self.workplace, now)

    def _look_again(self, ticket: Ticket, outgoing: Outgoing, now: datetime.datetime) -> None:
        """Edit a card once more when its ticket has changed while the call was under way."""
        key = outgoing.key.partition(".edit.")[0]
        sheet = outgoing if outgoing.purpose in SHEETS else Outgoing.objects.filter(bot=outgoing.bot, key=key).first()
        if sheet is None:
            return
        current = self.workplace.account.params(self._shown(ticket, sheet, now), card_buttons(ticket))
        if any(outgoing.params.get(name) != value for name, value in current.items()):
            self._renew(ticket, sheet, now)

    def _tie(self, card: Outgoing) -> None:
        """What waits behind a card that has just been sent replies to it."""
        for row in Outgoing.objects.filter(ticket=card.ticket_id, lane=card.lane, purpose__in=BEHIND, state=UNSENT):
            if "reply_to" not in row.params:
                Outgoing.objects.filter(pk=row.pk, state=UNSENT).update(params={**row.params, "reply_to": card.message})

    def _card_message(self, ticket: Ticket) -> int | None:
        group = str(self.workplace.account.staff_group)
        card = Outgoing.objects.filter(ticket=ticket, purpose="card", lane=group, message__isnull=False).order_by("-id").first()
        return card.message if card else None

    def _show_added(self, ticket: Ticket, entry: Entry, now: datetime.datetime) -> None:
        account = self.workplace.account
        if not account.staff_group:
            return
        more: dict[str, Any] = {"now": now, "ticket": ticket, "reply_to": self._card_message(ticket)}
        if entry.attachment.get("message"):
            text = say("card_attachment", number=ticket.pk, kind=entry.attachment.get("kind", ""))
            account.send(f"e{entry.pk}.head", account.staff_group, page(text, entry.text), purpose="added", **more)
            account.copy(f"e{entry.pk}.copy", account.staff_group, entry.attachment, purpose="attachment", bare=True, **more)
        elif not self._join("added", plain(entry.text), ticket=ticket):
            account.send(f"e{entry.pk}", account.staff_group, page(say("card_added", number=ticket.pk), entry.text), purpose="added", **more)

    def _to_resident(self, ticket: Ticket, entry: Entry, now: datetime.datetime) -> None:
        if ticket.chat is None:
            return
        account, target = self.workplace.account, ticket.chat.target
        drop(Outgoing.objects.filter(ticket=ticket, key__startswith=f"t{ticket.pk}.{Action.CLAIMED}."), now)
        head = say("staff_speaks", number=ticket.pk)
        more: dict[str, Any] = {"now": now, "ticket": ticket}
        if entry.attachment.get("message"):
            account.send(f"e{entry.pk}.head", target, page(head), purpose="notice", **more)
            row = account.copy(f"e{entry.pk}", target, entry.attachment, purpose="staff_reply", reply_to=None, **more)
        else:
            row = account.send(f"e{entry.pk}", target, page(head, entry.text), purpose="staff_reply", **more)
        Entry.objects.filter(pk=entry.pk).update(outgoing=row)

    def _tell(self, ticket: Ticket, text: str, action: str, now: datetime.datetime, buttons: list[list[Button]] | None = None) -> None:
        if ticket.chat is None:
            return
        key = f"t{ticket.pk}.{action}.{_stamp(now)}"
        self.workplace.account.send(key, ticket.chat.target, page(text), purpose="notice", now=now, ticket=ticket, buttons=buttons or ())

    def _tell_clerk(self, ticket: Ticket, outgoing: Outgoing, now: datetime.datetime) -> None:
        """What became of a reply, under the message that ordered it."""
        entry = Entry.objects.filter(outgoing=outgoing).first()
        if entry is None:
            return
        chat = entry.attachment.get("said_in") or self.workplace.account.staff_group
        arrived = outgoing.state == Outgoing.State.SENT
        text = say(f"delivery_{outgoing.state}{'_again' if arrived and outgoing.uncertain else ''}", number=ticket.pk, error=outgoing.error)
        if not arrived:
            rows = [[button(say("button_again"), "again", entry.pk)]]
        else:
            own = entry.text and "candidate" not in entry.attachment
            rows = [[button(say("button_keep"), "keep", entry.pk)]] if own else []
        if chat:
            self.workplace.account.send(
                f"{outgoing.key}.told", chat, page(text), purpose="delivery", now=now, ticket=ticket,
                reply_to=entry.attachment.get("said_by"), buttons=rows)
        self._refresh(ticket, now)


def _administrators() -> list[Staff]:
    return list(Staff.objects.filter(active=True, role=Staff.Role.ADMINISTRATOR))


def _stamp(now: datetime.datetime) -> int:
    return int(now.timestamp() * 1_000_000)
