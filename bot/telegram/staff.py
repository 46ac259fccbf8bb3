"""Staff: commands, replies to cards, and the buttons of cards. Whoever is not on the list gets nothing but an audit line."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.state.models import Entry, Outgoing, Staff, Ticket
from bot.telegram import attachments
from bot.telegram.buttons import Tap, button
from bot.telegram.cards import SHEETS, Cards
from bot.telegram.menus import number_of
from bot.telegram.pages import bold, cut, page, plain, quiet
from bot.telegram.sheets import card_buttons, record_page
from bot.telegram.turn import Act, Turn
from bot.texts import say
from bot.tickets import desk, statistics, suggestions
from bot.tickets.refusal import Refused
from bot.tickets.working_time import BEIJING

__all__ = ["COMMANDS", "MENU", "TAPS", "command", "reply", "tap"]

MENU = ("open", "mine", "stats", "ask")
"""Commands shown in the menu of the staff group."""
LISTED = 20
"""Tickets named in one list."""
OURS = (*SHEETS, "added", "attachment", "reminder", "delivery", "staff")
"""Purposes of messages of a ticket that only staff get."""
NUMBERED = re.compile(r"ticket_(\d{1,18})")


@dataclass(frozen=True)
class Clerk:
    """Somebody on the staff list who does something now."""

    turn: Turn
    staff: Staff
    cards: Cards


def command(turn: Turn, cards: Cards, name: str, argument: str) -> Act | None:
    """A command of staff; None when there is no such command, or when others than staff would read the reply."""
    if turn.arrival.chat_type != "private" and turn.arrival.chat != turn.account.staff_group:
        return None
    numbered = NUMBERED.fullmatch(name)
    if numbered:
        name, argument = "ticket", numbered[1]
    handler = COMMANDS.get(name)
    return _by_staff(turn, cards, f"/{name}", lambda clerk: handler(clerk, argument)) if handler else None


def tap(turn: Turn, cards: Cards, tapped: Tap) -> Act | None:
    """A button of a card; None when there is no such button."""
    handler = TAPS.get(tapped.action)
    return _by_staff(turn, cards, f"tap {turn.arrival.data}", lambda clerk: handler(clerk, tapped)) if handler else None


def _by_staff(turn: Turn, cards: Cards, what: str, then: Callable[[Clerk], object]) -> Act:
    person = turn.staff()

    def act() -> None:
        if person is None:
            turn.refuse(what)
            if turn.arrival.query:
                turn.answer(say("staff_only"), alert=True)
            return
        try:
            then(Clerk(turn, person, cards))
        except Refused as refused:
            if turn.arrival.query:
                turn.answer(refused.text, alert=True)
            else:
                turn.send(page(say("not_passed_on"), refused.text), purpose="staff", reply_to=turn.arrival.message)

    return act


def reply(turn: Turn, cards: Cards) -> Act | None:
    """Words or an attachment for the resident of a ticket; None when the message replies to none of ours about tickets."""
    shown = _message(turn, turn.arrival.reply_to)
    if shown is None and turn.arrival.about and _is_office(turn):
        return _by_staff(turn, cards, f"reply {turn.arrival.about}", lambda clerk: _pass_on(clerk, turn.arrival.about))
    if shown is None:
        lost = turn.arrival.addressed and turn.arrival.chat == turn.account.staff_group
        return _by_staff(turn, cards, "reply", lambda clerk: _hint(clerk, "reply_to_unknown")) if lost else None
    if shown.purpose in ("digest", "list"):
        return _by_staff(turn, cards, "reply", lambda clerk: _hint(clerk, "reply_to_list"))
    number = shown.ticket_id
    if shown.purpose not in OURS or not number:
        return None
    return _by_staff(turn, cards, f"reply {number}", lambda clerk: _pass_on(clerk, number))


def _is_office(turn: Turn) -> bool:
    """Whether our messages about tickets come here: whoever replies to one means it, even if we never heard that it had arrived."""
    return turn.arrival.chat == turn.account.staff_group or (turn.arrival.chat_type == "private" and turn.staff() is not None)


def _message(turn: Turn, number: int | None) -> Outgoing | None:
    """What we sent to this chat as the message with that number."""
    found: Outgoing | None = Outgoing.objects.filter(bot=turn.account.bot, lane=str(turn.arrival.chat), message=number).first() if number else None
    return found


def _pass_on(clerk: Clerk, number: int) -> None:
    """Say to the resident what the clerk has said: in a copy where it is no text, or holds numbers that we do not keep."""
    arrival = clerk.turn.arrival
    if arrival.kind == "edited_message":
        _hint(clerk, "staff_edit")
        return
    said: dict[str, Any] = {"said_in": arrival.chat, "said_by": arrival.message}
    if arrival.masked:
        said |= {"chat": arrival.chat, "message": arrival.message}
    said |= attachments.origin(clerk.turn) or {}
    if arrival.text or arrival.attachment:
        desk.reply(number, clerk.staff, arrival.text, clerk.turn.now, said)


def _hint(clerk: Clerk, key: str, **places: object) -> None:
    clerk.turn.send(page(say(key, **places)), purpose="staff", reply_to=clerk.turn.arrival.message)


def _list(clerk: Clerk, title: str, tickets: Any) -> None:
    found = list(tickets[:LISTED])
    lines = [
        "　".join(filter(None, [f"/ticket_{t.pk}", _mark(t, clerk.turn.now), t.get_state_display(), t.region, cut(t.topic or t.question, 30)]))
        for t in found
    ]
    more = [say("list_more", number=tickets.count() - LISTED)] if tickets.count() > LISTED else []
    clerk.turn.send(page(title if found else say("list_empty"), *lines, *more), purpose="list")


def _mark(ticket: Ticket, now: datetime.datetime) -> str:
    if ticket.priority == Ticket.Priority.URGENT:
        return say("mark_urgent")
    return say("mark_late") if ticket.is_open and ticket.answered_at is None and ticket.due_at < now else ""


def open_(clerk: Clerk, argument: str) -> None:
    """Tickets that nobody has."""
    tickets = Ticket.objects.filter(desk.unheld()).exclude(state=Ticket.State.CLOSED).order_by("-priority", "due_at")
    _list(clerk, say("list_open"), tickets)


def mine(clerk: Clerk, argument: str) -> None:
    """Tickets of whoever asks."""
    _list(clerk, say("list_mine"), Ticket.objects.filter(claimed_by=clerk.staff).exclude(state=Ticket.State.CLOSED).order_by("due_at"))


def ticket(clerk: Clerk, argument: str) -> None:
    """A ticket's card with the conversation so far."""
    argument = argument.lstrip("#＃")
    if not argument:
        _hint(clerk, "ticket_how")
        return
    found = Ticket.objects.filter(pk=int(argument)).first() if argument.isdecimal() and len(argument) < 18 else None
    if found is None:
        _hint(clerk, "refused_unknown", number=argument[:20])
        return
    turn = clerk.turn
    turn.send(record_page(found, turn.workplace, turn.now), purpose="record", ticket=found, buttons=card_buttons(found))


def stats(clerk: Clerk, argument: str) -> None:
    """Figures of today and of the last seven days."""
    now = clerk.turn.now
    today = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    blocks = []
    for key, since in (("stats_today", today), ("stats_week", now - datetime.timedelta(days=7))):
        blocks.append(bold(say(key)) + "\n" + plain("\n".join(_figures(clerk, since))))
    clerk.turn.send("\n".join(blocks), purpose="staff")


def _figures(clerk: Clerk, since: datetime.datetime) -> list[str]:
    found = statistics.figures(since, clerk.turn.now)
    labels = clerk.turn.workplace.road.world.knowledge.phrases.statuses
    outcomes = "　".join(f"{labels.get(o, o)} {n}" for o, n in found.exchanges.items()) or "0"
    ratings = "　".join(f"{say(f'button_{r}')} {n}" for r, n in found.satisfaction.items()) or say("stats_none")
    deliveries = "　".join(f"{Outgoing.State(s).label} {n}" for s, n in found.deliveries.items()) or "0"
    return [
        say("stats_questions", outcomes=outcomes),
        say("stats_tickets", opened=found.opened, closed=found.closed, open=found.open_now, unclaimed=found.unclaimed_now, late=found.late_now),
        say("stats_times", claim=_minutes(found.minutes_to_claim), answer=_minutes(found.minutes_to_answer)),
        say("stats_ratings", ratings=ratings), say("stats_deliveries", deliveries=deliveries),
    ]


def _minutes(value: float | None) -> str:
    return say("stats_none") if value is None else say("stats_minutes", minutes=f"{value:.0f}")


def ask(clerk: Clerk, argument: str) -> None:
    """Look up: candidates with confidence, first sentence and grounds."""
    road = clerk.turn.workplace.road
    found = road.look_up(argument) if argument else []
    if not found:
        _hint(clerk, "ask_nothing" if argument else "ask_how")
        return
    blocks = []
    for number, answer in enumerate(found, 1):
        parts = answer.parts
        head = say("ask_head", number=number, title=road.world.title(answer.intent), confidence=f"{answer.confidence:.0%}")
        blocks.append("\n".join(filter(None, [bold(head), plain(cut(parts.headline, 250)), quiet(cut("\n".join(parts.basis), 300))])))
    clerk.turn.send("\n\n".join(blocks), purpose="staff")


def claim(clerk: Clerk, tapped: Tap) -> None:
    """认领: one wins."""
    _renew(clerk, desk.claim(tapped.first, clerk.staff, clerk.turn.now))
    clerk.turn.answer(say("claimed_yours", number=tapped.first))


def close(clerk: Clerk, tapped: Tap) -> None:
    """办结."""
    _renew(clerk, desk.close(tapped.first, clerk.staff, clerk.turn.now))
    clerk.turn.answer(say("closed_done", number=tapped.first))


def reopen(clerk: Clerk, tapped: Tap) -> None:
    """重开."""
    _renew(clerk, desk.reopen(tapped.first, clerk.turn.now, clerk.staff, **clerk.turn.terms))
    clerk.turn.answer(say("reopened_done", number=tapped.first))


def move(clerk: Clerk, tapped: Tap) -> None:
    """转办: choose a department."""
    departments = clerk.turn.workplace.settings.departments
    desk.held(tapped.first, clerk.staff)
    if not departments:
        clerk.turn.answer(say("no_departments"), alert=True)
        return
    rows = [[button(name, "dept", tapped.first, number_of(name))] for name in departments]
    clerk.turn.answer()
    clerk.turn.rebutton([*rows, [button(say("button_back"), "card", tapped.first)]])


def department(clerk: Clerk, tapped: Tap) -> None:
    """The department chosen."""
    chosen = next((d for d in clerk.turn.workplace.settings.departments if number_of(d) == tapped.second), "")
    if not chosen:
        clerk.turn.answer(say("stale_card"), alert=True)
        return
    _renew(clerk, desk.transfer(tapped.first, clerk.staff, chosen, clerk.turn.now))
    clerk.turn.answer(say("transferred_done", department=chosen))


def candidates(clerk: Clerk, tapped: Tap) -> None:
    """The bot's candidates in full, each with a button that sends it."""
    found = _ticket(tapped.first)
    clerk.turn.answer()
    blocks, rows = [], []
    for number, guess in enumerate(found.candidates):
        blocks.append(f"{bold(say('candidate_head', number=number + 1, title=guess['title']))}\n{plain(cut(str(guess['text']), 1000))}")
        rows.append(button(say("button_send", number=number + 1), "use", found.pk, number))
    clerk.turn.send("\n\n".join(blocks) or page(say("no_candidates")), purpose="staff", ticket=found, buttons=[rows])


def use(clerk: Clerk, tapped: Tap) -> None:
    """Send a candidate to the resident as the clerk's reply."""
    found = desk.held(tapped.first, clerk.staff)
    if tapped.second >= len(found.candidates):
        clerk.turn.answer(say("stale_card"), alert=True)
        return
    guess = found.candidates[tapped.second]
    last = found.entries.order_by("-id").first()
    if last and last.attachment.get("candidate") == guess["id"]:
        clerk.turn.answer(say("reply_ordered_already"), alert=True)
        return
    said = {"said_in": clerk.turn.arrival.chat, "said_by": clerk.turn.arrival.message, "candidate": guess["id"]}
    desk.reply(found.pk, clerk.staff, str(guess["text"]), clerk.turn.now, said)
    clerk.turn.answer(say("reply_ordered"))


def back(clerk: Clerk, tapped: Tap) -> None:
    """The card as it was."""
    found = _ticket(tapped.first)
    clerk.turn.answer()
    clerk.turn.rebutton(card_buttons(found))


def keep(clerk: Clerk, tapped: Tap) -> None:
    """Mark a reply as worth keeping."""
    entry = Entry.objects.filter(pk=tapped.first, author=Entry.Author.STAFF).first()
    if entry is None:
        clerk.turn.answer(say("stale_card"), alert=True)
        return
    suggestions.keep(entry, clerk.staff, clerk.turn.now)
    clerk.turn.answer(say("kept"))
    clerk.turn.rebutton([])


def again(clerk: Clerk, tapped: Tap) -> None:
    """Send a reply once more whose delivery failed or is unknown."""
    lost = Entry.objects.filter(author=Entry.Author.STAFF, outgoing__state__in=("failed", "unknown"))
    entry = lost.filter(pk=tapped.first).first()
    if entry is None or not _once(entry):
        clerk.turn.answer(say("stale_card"), alert=True)
        return
    desk.reply(entry.ticket_id, clerk.staff, entry.text, clerk.turn.now, entry.attachment)
    clerk.turn.answer(say("reply_ordered"))
    clerk.turn.rebutton([])


def _once(entry: Entry) -> bool:
    """Whether an entry is sent once more for the first time; of several who tap at once one is told so."""
    repeated = {**entry.attachment, "repeated": True}
    return bool(Entry.objects.filter(pk=entry.pk).exclude(attachment__has_key="repeated").update(attachment=repeated))


def _renew(clerk: Clerk, ticket: Ticket) -> None:
    """The buttons of the ticket's new state where one was tapped; cards get theirs anyhow."""
    tapped = _message(clerk.turn, clerk.turn.arrival.message)
    if tapped and tapped.purpose not in SHEETS:
        clerk.turn.rebutton(card_buttons(ticket))


def _ticket(number: int) -> Ticket:
    found = Ticket.objects.filter(pk=number).first()
    if found is None:
        raise Refused("refused_unknown", number=number)
    return found


COMMANDS: dict[str, Callable[[Clerk, str], None]] = {
    "open": open_, "mine": mine, "ticket": ticket, "stats": stats, "ask": ask,
}
TAPS: dict[str, Callable[[Clerk, Tap], None]] = {
    "claim": claim, "done": close, "reopen": reopen, "move": move, "dept": department, "cands": candidates, "use": use, "card": back,
    "keep": keep, "again": again,
}
