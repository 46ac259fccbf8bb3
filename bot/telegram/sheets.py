"""A ticket as staff read it: on a card, with the buttons of its state, and as a record with all that was said."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from bot.state.models import Entry, Ticket
from bot.telegram.buttons import Button, button
from bot.telegram.pages import bold, cut, fold, plain
from bot.telegram.turn import Workplace
from bot.texts import say
from bot.tickets.working_time import BEIJING

__all__ = ["card_buttons", "card_page", "record_page"]

QUESTION = 500
"""Characters of the question on a card."""
SAID, ALL_SAID = 300, 2400
"""Characters of one message and of all messages in a record."""


def card_buttons(ticket: Ticket) -> list[list[Button]]:
    """What staff can do with a ticket in its state."""
    number = ticket.pk
    if not ticket.is_open:
        return [[button(say("button_reopen"), "reopen", number)]]
    claim = [button(say("button_claim"), "claim", number)] if ticket.claimed_by is None or not ticket.claimed_by.active else []
    use = [button(say("button_candidates"), "cands", number)] if ticket.candidates else []
    return [[*claim, *use], [button(say("button_transfer"), "move", number), button(say("button_close"), "done", number)]]


def card_page(ticket: Ticket, workplace: Workplace, now: datetime.datetime) -> str:
    """A ticket on a card."""
    return "\n".join(_card_lines(ticket, workplace, now))


def _card_lines(ticket: Ticket, workplace: Workplace, now: datetime.datetime) -> Iterator[str]:
    urgent = ticket.priority == Ticket.Priority.URGENT
    yield bold(say("card_urgent" if urgent else "card_title", number=ticket.pk, state=ticket.get_state_display()))
    yield plain(say("card_about", region=ticket.region or say("card_no_region"), topic=ticket.topic or say("card_no_topic")))
    yield plain(say("card_question", question=cut(ticket.question, QUESTION) or say(_wordless(ticket))))
    if ticket.is_open:
        yield plain(say("card_due", due=workplace.working_time.in_words(ticket.due_at, now)))
    if ticket.department:
        yield plain(say("card_department", department=ticket.department))
    if ticket.claimed_by:
        yield plain(say("card_claimed", name=ticket.claimed_by.name))
    guesses = [f"{n}. {g['title']}（{float(g['confidence']):.0%}）" for n, g in enumerate(ticket.candidates, 1)]
    if guesses and ticket.is_open:
        yield fold("\n".join([say("card_candidates"), *guesses]))
    last = ticket.entries.filter(author=Entry.Author.STAFF, outgoing__isnull=False).order_by("-id").first()
    if last:
        yield plain(say("card_delivery", state=last.outgoing.get_state_display(), text=cut(last.text, 60)))
    if ticket.satisfaction:
        yield plain(say("card_rated", value=say(f"button_{ticket.satisfaction}")))


def _wordless(ticket: Ticket) -> str:
    return "card_no_question" if ticket.chat_id else "card_forgotten"


def record_page(ticket: Ticket, workplace: Workplace, now: datetime.datetime) -> str:
    """A ticket's card and under it what was said, the newest last; the oldest is left out when it gets too long."""
    lines: list[str] = []
    room = ALL_SAID
    for entry in ticket.entries.select_related("staff", "outgoing").order_by("-id"):
        line = _line(entry)
        room -= len(line) + 1
        if room < 0:
            lines.append(say("talk_earlier"))
            break
        lines.append(line)
    talk = fold("\n".join(reversed(lines)))
    return "\n".join(filter(None, [card_page(ticket, workplace, now), talk]))


def _line(entry: Entry) -> str:
    who = entry.staff.name if entry.staff else entry.get_author_display()
    kind = say("entry_attachment", kind=entry.attachment["kind"]) if entry.attachment.get("kind") else ""
    state = f"〔{entry.outgoing.get_state_display()}〕" if entry.author == Entry.Author.STAFF and entry.outgoing else ""
    return f"{entry.at.astimezone(BEIJING):%m-%d %H:%M} {who}：{kind}{cut(entry.text, SAID)}{state}"
