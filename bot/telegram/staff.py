"""Staff: commands, replies to cards, and the buttons of cards. Whoever is not on the list gets nothing but an audit line."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.state.models import Entry, Outgoing, Staff, Ticket
from bot.telegram.buttons import Tap, button
from bot.telegram.cards import Cards, card_buttons, card_page
from bot.telegram.pages import bold, cut, fold, page, plain, quiet
from bot.telegram.turn import Act, Turn
from bot.texts import say
from bot.tickets import desk, statistics, suggestions
from bot.tickets.refusal import Refused

__all__ = ["COMMANDS", "MENU", "TAPS", "command", "reply", "tap", "ticket_of_reply"]

MENU = ("open", "mine", "stats", "ask")
"""Commands shown in the menu of the staff group."""
LISTED = 20
"""Tickets named in one list."""
SHOWN = 30
"""Entries of a ticket's conversation that are shown."""
NUMBERED = re.compile(r"ticket_(\d{1,18})")


@dataclass(frozen=True)
class Clerk:
    """Somebody on the staff list who does something now."""

    turn: Turn
    staff: Staff
    cards: Cards


def command(turn: Turn, cards: Cards, name: str, argument: str) -> Act | None:
    """A command of staff; None when there is no such command."""
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
                turn.send(page(refused.text), purpose="staff", reply_to=turn.arrival.message)

    return act


def ticket_of_reply(turn: Turn) -> int:
    """Number of the ticket whose card (or other message of ours) a message replies to; 0 when it is none."""
    if not turn.arrival.reply_to:
        return 0
    row = Outgoing.objects.filter(bot=turn.account.bot, lane=str(turn.arrival.chat), message=turn.arrival.reply_to).first()
    return int(row.ticket_id or 0) if row else 0


def reply(turn: Turn, cards: Cards, number: int) -> Act:
    """Words or an attachment for the resident of a ticket."""
    arrival = turn.arrival
    said: dict[str, Any] = {"said_in": arrival.chat, "said_by": arrival.message}
    if arrival.attachment:
        said |= {"kind": arrival.attachment, "chat": arrival.chat, "message": arrival.message}

    def then(clerk: Clerk) -> None:
        if arrival.kind == "edited_message":
            clerk.turn.send(page(say("staff_edit")), purpose="staff", reply_to=arrival.message)
            return
        desk.reply(number, clerk.staff, arrival.text, turn.now, said)

    return _by_staff(turn, cards, f"reply {number}", then)


def _list(clerk: Clerk, title: str, tickets: Any) -> None:
    found = list(tickets[:LISTED])
    lines = [
        "　".join(filter(None, [f"/ticket_{t.pk}", _mark(t, clerk.turn.now), t.get_state_display(), t.region, cut(t.topic or t.question, 30)]))
        for t in found
    ]
    more = [say("list_more", number=tickets.count() - LISTED)] if tickets.count() > LISTED else []
    clerk.turn.send(page(title if found else say("list_empty"), *lines, *more), purpose="staff")


def _mark(ticket: Ticket, now: datetime.datetime) -> str:
    if ticket.priority == Ticket.Priority.URGENT:
        return say("mark_urgent")
    return say("mark_late") if ticket.is_open and ticket.answered_at is None and ticket.due_at < now else ""


def open_(clerk: Clerk, argument: str) -> None:
    """Tickets that nobody has."""
    tickets = Ticket.objects.filter(claimed_by=None).exclude(state=Ticket.State.CLOSED).order_by("-priority", "due_at")
    _list(clerk, say("list_open"), tickets)


def mine(clerk: Clerk, argument: str) -> None:
    """Tickets of whoever asks."""
    _list(clerk, say("list_mine"), Ticket.objects.filter(claimed_by=clerk.staff).exclude(state=Ticket.State.CLOSED).order_by("due_at"))


def ticket(clerk: Clerk, argument: str) -> None:
    """A ticket's card with the conversation so far."""
    found = Ticket.objects.filter(pk=int(argument)).first() if argument.isdecimal() and len(argument) < 18 else None
    if found is None:
        clerk.turn.send(page(say("refused_unknown", number=argument[:20])), purpose="staff", reply_to=clerk.turn.arrival.message)
        return
    turn = clerk.turn
    said = list(found.entries.select_related("outgoing").order_by("-id")[:SHOWN])
    lines = [_line(entry) for entry in reversed(said)]
    text = card_page(found, clerk.turn.workplace, turn.now)
    talk = fold(cut("\n".join(lines), 2400))
    turn.send(f"{text}\n{talk}" if talk else text, purpose="card", ticket=found, buttons=card_buttons(found))


def _line(entry: Entry) -> str:
    who = entry.staff.name if entry.staff else entry.get_author_display()
    what = entry.text or say("entry_attachment", kind=entry.attachment.get("kind", ""))
    state = f"〔{entry.outgoing.get_state_display()}〕" if entry.author == Entry.Author.STAFF and entry.outgoing else ""
    return f"{entry.at.astimezone(clock()):%m-%d %H:%M} {who}：{cut(what, 300)}{state}"


def clock() -> datetime.tzinfo:
    """The zone of times that people read."""
    return datetime.timezone(datetime.timedelta(hours=8))


def stats(clerk: Clerk, argument: str) -> None:
    """Figures of today and of the last seven days."""
    now = clerk.turn.now
    today = now.astimezone(clock()).replace(hour=0, minute=0, second=0, microsecond=0)
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
        clerk.turn.send(page(say("ask_nothing" if argument else "ask_how")), purpose="staff", reply_to=clerk.turn.arrival.message)
        return
    blocks = []
    for number, answer in enumerate(found, 1):
        parts = answer.parts
        head = say("ask_head", number=number, title=road.world.title(answer.intent), confidence=f"{answer.confidence:.0%}")
        blocks.append("\n".join(filter(None, [bold(head), plain(cut(parts.headline, 250)), quiet(cut("\n".join(parts.basis), 300))])))
    clerk.turn.send("\n\n".join(blocks), purpose="staff")


def claim(clerk: Clerk, tapped: Tap) -> None:
    """认领: one wins."""
    desk.claim(tapped.first, clerk.staff, clerk.turn.now)
    clerk.turn.answer(say("claimed_yours", number=tapped.first))


def close(clerk: Clerk, tapped: Tap) -> None:
    """办结."""
    desk.close(tapped.first, clerk.staff, clerk.turn.now)
    clerk.turn.answer(say("closed_done", number=tapped.first))


def reopen(clerk: Clerk, tapped: Tap) -> None:
    """重开."""
    desk.reopen(tapped.first, clerk.turn.now, clerk.staff, **clerk.turn.terms)
    clerk.turn.answer(say("reopened_done", number=tapped.first))


def move(clerk: Clerk, tapped: Tap) -> None:
    """转办: choose a department."""
    departments = clerk.turn.workplace.settings.departments
    if not departments:
        clerk.turn.answer(say("no_departments"), alert=True)
        return
    rows = [[button(name, "dept", tapped.first, n)] for n, name in enumerate(departments)]
    clerk.turn.answer()
    clerk.turn.rebutton([*rows, [button(say("button_back"), "card", tapped.first)]])


def department(clerk: Clerk, tapped: Tap) -> None:
    """The department chosen."""
    departments = clerk.turn.workplace.settings.departments
    if tapped.second >= len(departments):
        clerk.turn.answer(say("stale"), alert=True)
        return
    desk.transfer(tapped.first, clerk.staff, departments[tapped.second], clerk.turn.now)
    clerk.turn.answer(say("transferred_done", department=departments[tapped.second]))


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
    found = _ticket(tapped.first)
    if tapped.second >= len(found.candidates):
        clerk.turn.answer(say("stale"), alert=True)
        return
    said = {"said_in": clerk.turn.arrival.chat, "said_by": clerk.turn.arrival.message, "candidate": found.candidates[tapped.second]["id"]}
    desk.reply(found.pk, clerk.staff, str(found.candidates[tapped.second]["text"]), clerk.turn.now, said)
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
        clerk.turn.answer(say("stale"), alert=True)
        return
    suggestions.keep(entry, clerk.staff, clerk.turn.now)
    clerk.turn.answer(say("kept"))
    clerk.turn.rebutton([])


def again(clerk: Clerk, tapped: Tap) -> None:
    """Send a reply once more whose delivery failed or is unknown."""
    entry = Entry.objects.filter(pk=tapped.first, author=Entry.Author.STAFF).select_related("outgoing").first()
    if entry is None or entry.outgoing is None or entry.outgoing.state not in ("failed", "unknown"):
        clerk.turn.answer(say("stale"), alert=True)
        return
    desk.reply(entry.ticket_id, clerk.staff, entry.text, clerk.turn.now, entry.attachment)
    clerk.turn.answer(say("reply_ordered"))
    clerk.turn.rebutton([])


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
