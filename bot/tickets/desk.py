"""The desk: everything that residents, staff and the clock do with a ticket.

Each action is one transaction: it locks the ticket, changes it, writes one line of the audit and sends `changed`.
"""

from __future__ import annotations

import datetime
import enum
from typing import Any

from django.db import transaction
from django.db.models import Q

from bot.state.models import Chat, Entry, Event, Staff, Ticket
from bot.tickets.refusal import Refused
from bot.tickets.signals import Action, changed
from bot.tickets.working_time import WorkingTime

__all__ = [
    "Rating", "add", "claim", "close", "held", "make_urgent", "on_duty", "open_ticket", "open_ticket_of", "rate", "reopen", "reply",
    "say_beside", "staff_of", "transfer", "unanswered", "unheld", "withdraw",
]

CONTEXT, CONTEXT_AGE = 10, datetime.timedelta(hours=24)
"""How many exchanges before the question staff get to see, and how old they may be."""
URGENT = datetime.timedelta(minutes=10)
"""Within which an urgent ticket is to be answered, whatever the hour; after it the administrators are told."""
RESIDENT, PROGRAM = "resident", "program"
"""Who acts when it is nobody on the staff list."""
State, Author = Ticket.State, Entry.Author


class Rating(enum.StrEnum):
    """What the resident thinks of how the matter was settled."""

    SATISFIED = "satisfied"
    NEUTRAL = "neutral"
    UNSATISFIED = "unsatisfied"


def staff_of(telegram_id: int) -> Staff | None:
    """The person on the staff list with that Telegram id, if active."""
    found: Staff | None = Staff.objects.filter(telegram=telegram_id, active=True).first()
    return found


def on_duty(staff: Staff) -> Staff:
    """The person as the list has it now.

    Raises:
        Refused: no longer on it.
    """
    found = staff_of(staff.telegram)
    if found is None:
        raise Refused("refused_staff")
    return found


def unheld() -> Q:
    """Tickets that nobody active has: unclaimed ones, and those of people who have left."""
    gone = list(Staff.objects.filter(active=False).values_list("pk", flat=True))
    return Q(claimed_by=None) | Q(claimed_by__in=gone)


def unanswered() -> Any:
    """Tickets that wait for somebody to answer."""
    return Ticket.objects.exclude(state__in=(State.ANSWERED, State.CLOSED))


def open_ticket_of(chat: Chat) -> Ticket | None:
    """The newest ticket of a chat that is not closed."""
    newest: Ticket | None = Ticket.objects.filter(chat=chat).exclude(state=State.CLOSED).order_by("-id").first()
    return newest


def open_ticket(
    chat: Chat, question: str, *, region: str, topic: str, candidates: list[dict[str, Any]], urgent: bool,
    working_time: WorkingTime, hours: float, now: datetime.datetime,
) -> Ticket:
    """Open a ticket, with what was said before the question.

    Args:
        chat: whose it is.
        question: the resident's words, masked.
        region: full name of the region it is about, or empty.
        topic: what it is about, or empty.
        candidates: the bot's guesses, as `Ticket` has them.
        urgent: due soon, whatever the hour.
        working_time: the office's hours.
        hours: working hours within which it is to be answered.
        now: the time.
    """
    priority = Ticket.Priority.URGENT if urgent else Ticket.Priority.NORMAL
    with transaction.atomic():
        ticket: Ticket = Ticket.objects.create(
            chat=chat, question=question, region=region, topic=topic, candidates=candidates, priority=priority,
            opened_at=now, due_at=now + URGENT if urgent else working_time.due(now, hours),
        )
        Entry.objects.bulk_create(_context(ticket, chat, question, now))
        _tell(ticket, Action.OPENED, now, actor=RESIDENT)
    return ticket


def _context(ticket: Ticket, chat: Chat, question: str, now: datetime.datetime) -> list[Entry]:
    """What was said before, oldest first, and the question unless it was said last."""
    recent = chat.exchanges.filter(at__gt=now - CONTEXT_AGE, at__lte=now).order_by("-at", "-id")[:CONTEXT]
    exchanges = list(reversed(recent))
    lines = [(author, text, e.at) for e in exchanges for author, text in ((Author.RESIDENT, e.question), (Author.BOT, e.reply))]
    if not exchanges or exchanges[-1].question != question:
        lines.append((Author.RESIDENT, question, now))
    return [Entry(ticket=ticket, author=author, text=text, at=at) for author, text, at in lines]


def add(
    ticket: Ticket, text: str, now: datetime.datetime, attachment: dict[str, Any] | None = None, *,
    working_time: WorkingTime, hours: float,
) -> Entry:
    """Enter what the resident adds; a ticket that was answered waits for its clerk again, and is due anew.

    Raises:
        Refused: closed.
    """
    with transaction.atomic():
        ticket = _locked(ticket.pk, closed=False)
        if ticket.state == State.ANSWERED:
            ticket.state, ticket.reminded_at = State.CLAIMED, now
            _due_anew(ticket, working_time, hours, now)
            ticket.save()
        entry = _enter(ticket, Author.RESIDENT, text, now, attachment)
        _tell(ticket, Action.ADDED, now, actor=RESIDENT, entry=entry)
    return entry


def say_beside(ticket: Ticket, text: str, now: datetime.datetime) -> Entry:
    """Enter what the bot itself has answered while the ticket waits.

    Raises:
        Refused: closed.
    """
    with transaction.atomic():
        ticket = _locked(ticket.pk, closed=False)
        entry = _enter(ticket, Author.BOT, text, now)
        _tell(ticket, Action.BESIDE, now, entry=entry)
    return entry


def claim(number: int, staff: Staff, now: datetime.datetime) -> Ticket:
    """Take a ticket; of several who try at once exactly one gets it.

    Raises:
        Refused: somebody has it (and who), it is closed, there is none, or the person is not on the list.
    """
    with transaction.atomic():
        staff = on_duty(staff)
        free = Ticket.objects.filter(unheld(), pk=number).exclude(state=State.CLOSED)
        won = free.update(state=State.CLAIMED, claimed_by=staff, claimed_at=now)
        ticket = _locked(number, closed=False)
        if not won and ticket.claimed_by == staff:
            raise Refused("refused_claimed_already", number=number)
        if not won:
            raise Refused("refused_claimed", number=number, name=ticket.claimed_by.name)
        _tell(ticket, Action.CLAIMED, now, staff=staff)
    return ticket


def reply(number: int, staff: Staff, text: str, now: datetime.datetime, attachment: dict[str, Any] | None = None) -> Entry:
    """Answer the resident; a ticket that nobody has is claimed first.

    Raises:
        Refused: another has it and the person is no administrator; it is closed; there is none; not on the list.
    """
    with transaction.atomic():
        staff = on_duty(staff)
        ticket = held(number, staff)
        if not _has_holder(ticket):
            ticket = claim(number, staff, now)
        ticket.state, ticket.answered_at = State.ANSWERED, now
        ticket.save()
        entry = _enter(ticket, Author.STAFF, text, now, attachment, staff)
        _tell(ticket, Action.ANSWERED, now, staff=staff, entry=entry)
    return entry


def transfer(number: int, staff: Staff, department: str, now: datetime.datetime) -> Ticket:
    """Pass a ticket to a department: it stays open, and may be claimed by anyone.

    Raises:
        Refused: as for `reply`.
    """
    with transaction.atomic():
        staff = on_duty(staff)
        ticket = held(number, staff)
        ticket.state, ticket.department, ticket.reminded_at = State.TRANSFERRED, department, now
        ticket.claimed_by = ticket.claimed_at = None
        ticket.save()
        _tell(ticket, Action.TRANSFERRED, now, staff=staff, detail=department)
    return ticket


def close(number: int, staff: Staff | None, now: datetime.datetime) -> Ticket:
    """Settle a ticket; nobody (None) does so when time has run out.

    Raises:
        Refused: as for `reply`.
    """
    with transaction.atomic():
        staff = staff and on_duty(staff)
        ticket = held(number, staff) if staff else _locked(number, closed=False)
        ticket.state, ticket.closed_at = State.CLOSED, now
        ticket.save()
        _tell(ticket, Action.CLOSED, now, staff=staff)
    return ticket


def reopen(
    number: int, now: datetime.datetime, staff: Staff | None = None, by_resident: bool = False, *,
    working_time: WorkingTime, hours: float,
) -> Ticket:
    """Take a settled ticket up again: unclaimed, due anew, to be rated anew.

    Raises:
        Refused: it is not closed, what it was about has been deleted, there is none, or the person is not on the list.
    """
    with transaction.atomic():
        staff = staff and on_duty(staff)
        ticket = _locked(number, closed=True)
        if ticket.chat is None:
            raise Refused("refused_deleted", number=number)
        ticket.state, ticket.reminded_at, ticket.satisfaction = State.REOPENED, now, ""
        ticket.claimed_by = ticket.claimed_at = ticket.answered_at = ticket.closed_at = None
        _due_anew(ticket, working_time, hours, now)
        ticket.save()
        _tell(ticket, Action.REOPENED, now, staff=staff, actor=RESIDENT if by_resident else PROGRAM)
    return ticket


def rate(number: int, chat: Chat, value: str, now: datetime.datetime, *, working_time: WorkingTime, hours: float) -> Ticket:
    """Enter what the resident thinks, once for each time it was closed; one who is unsatisfied gets it reopened.

    Raises:
        Refused: not this chat's ticket, not closed, or rated already.
        ValueError: no such `Rating`.
    """
    rating = Rating(value)
    with transaction.atomic():
        ticket: Ticket | None = Ticket.objects.select_for_update().filter(pk=number, chat=chat).first()
        if ticket is None:
            raise Refused("refused_not_yours")
        if ticket.satisfaction:
            raise Refused("refused_rated", number=number)
        if ticket.state != State.CLOSED:
            raise Refused("refused_not_closed", number=number)
        ticket.satisfaction = rating
        ticket.save()
        _tell(ticket, Action.RATED, now, actor=RESIDENT, detail=rating)
        if rating is Rating.UNSATISFIED:
            ticket = reopen(number, now, by_resident=True, working_time=working_time, hours=hours)
    return ticket


def make_urgent(ticket: Ticket, now: datetime.datetime) -> Ticket:
    """Have a ticket seen to at once; nothing happens when it is urgent already.

    Raises:
        Refused: closed.
    """
    with transaction.atomic():
        ticket = _locked(ticket.pk, closed=False)
        if ticket.priority != Ticket.Priority.URGENT:
            ticket.priority, ticket.due_at, ticket.reminded_at = Ticket.Priority.URGENT, now + URGENT, now
            ticket.save()
            _tell(ticket, Action.URGENT, now)
    return ticket


def withdraw(ticket: Ticket, now: datetime.datetime) -> Ticket:
    """End a ticket whose resident wants to be forgotten: closed, cut off from its chat, not to be rated or reopened.

    Raises:
        Refused: closed.
    """
    with transaction.atomic():
        ticket = _locked(ticket.pk, closed=False)
        ticket.state, ticket.closed_at, ticket.chat = State.CLOSED, now, None
        ticket.save()
        _tell(ticket, Action.WITHDRAWN, now, actor=RESIDENT)
    return ticket


def _locked(number: int, *, closed: bool) -> Ticket:
    """The ticket, held against others until the end of the transaction.

    Raises:
        Refused: there is none, or it is not in that state.
    """
    ticket: Ticket | None = Ticket.objects.select_for_update().filter(pk=number).first()
    if ticket is None:
        raise Refused("refused_unknown", number=number)
    if closed != (ticket.state == State.CLOSED):
        raise Refused("refused_not_closed" if closed else "refused_closed", number=number)
    return ticket


def held(number: int, staff: Staff) -> Ticket:
    """An open ticket that the person may act on (nobody's, the person's own, or any for an administrator), locked in a transaction.

    Raises:
        Refused: another has it and the person is no administrator; it is closed; there is none.
    """
    ticket = _locked(number, closed=False)
    if _has_holder(ticket) and ticket.claimed_by != staff and staff.role != Staff.Role.ADMINISTRATOR:
        raise Refused("refused_claimed", number=number, name=ticket.claimed_by.name)
    return ticket


def _has_holder(ticket: Ticket) -> bool:
    return ticket.claimed_by is not None and ticket.claimed_by.active


def _due_anew(ticket: Ticket, working_time: WorkingTime, hours: float, now: datetime.datetime) -> None:
    urgent = ticket.priority == Ticket.Priority.URGENT
    ticket.due_at, ticket.escalated_at = now + URGENT if urgent else working_time.due(now, hours), None


def _enter(
    ticket: Ticket, author: Any, text: str, now: datetime.datetime, attachment: dict[str, Any] | None = None,
    staff: Staff | None = None,
) -> Entry:
    entry: Entry = Entry.objects.create(ticket=ticket, author=author, staff=staff, text=text, attachment=attachment or {}, at=now)
    return entry


def _tell(
    ticket: Ticket, action: Action, now: datetime.datetime, *, staff: Staff | None = None, actor: str = PROGRAM,
    entry: Entry | None = None, detail: str = "",
) -> None:
    """Write the line of the audit and send the signal."""
    Event.objects.create(ticket=ticket, staff=staff, actor="" if staff else actor, action=action, detail=detail, at=now)
    changed.send(Ticket, ticket=ticket, action=action, now=now, staff=staff, entry=entry, detail=detail)
