"""Commands over the state: tables, staff, tickets, suggestions, purge."""

from __future__ import annotations

import argparse
import json
import sys

from django.db import Error
from django.utils import timezone

from bot.settings import Settings
from bot.state.opening import migrate, open_state
from bot.texts import say

__all__ = ["ready", "run"]


def ready(settings: Settings) -> bool:
    """Open the state and bring its tables up to date; False, with the remedy on standard error, when the database refuses."""
    try:
        open_state(settings)
        migrate()
    except Error as error:
        print(say("database_refused", error=str(error).strip().splitlines()[0]), file=sys.stderr)
        return False
    return True


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Run a command over the state; returns the exit status."""
    if not ready(settings):
        return 1
    match options.command:
        case "staff":
            return _staff(options)
        case "tickets":
            return _tickets(every=options.all, as_json=options.json)
        case "suggestions":
            return _suggestions(as_json=options.json)
        case "purge":
            return _purge(settings.retention_days if options.days is None else options.days)
        case _:
            print(say("migrated"))
            return 0


def _staff(options: argparse.Namespace) -> int:
    from bot.state.models import Event, Staff

    roles = {label: value for value, label in Staff.Role.choices}
    if options.action == "list":
        for person in Staff.objects.order_by("-active", "role", "name"):
            state = say("staff_active" if person.active else "staff_inactive")
            print(say("staff_line", user=person.telegram, name=person.name, role=person.get_role_display(), state=state))
        if not Staff.objects.exists():
            print(say("staff_none"))
        return 0
    if options.action == "add":
        person, _ = Staff.objects.update_or_create(
            telegram=options.user, defaults={"name": options.name, "role": roles[options.role], "active": True})
        print(say("staff_added", name=person.name, role=options.role, user=person.telegram))
    else:
        found = Staff.objects.filter(telegram=options.user).first()
        if found is None:
            print(say("staff_unknown", user=options.user), file=sys.stderr)
            return 1
        person = found
        Staff.objects.filter(pk=person.pk).update(active=False)
        print(say("staff_disabled", name=person.name))
    Event.objects.create(staff=person, actor="command line", action=f"staff_{options.action}", at=timezone.now())
    return 0


def _tickets(*, every: bool, as_json: bool) -> int:
    from bot.state.models import Ticket

    found = Ticket.objects.select_related("claimed_by").order_by("id")
    tickets = list(found if every else found.exclude(state=Ticket.State.CLOSED))
    for ticket in tickets:
        name = ticket.claimed_by.name if ticket.claimed_by else ""
        if as_json:
            print(json.dumps({
                "number": ticket.pk, "state": ticket.get_state_display(), "priority": ticket.get_priority_display(), "region": ticket.region,
                "topic": ticket.topic, "question": ticket.question, "department": ticket.department, "claimed_by": name,
                "opened_at": ticket.opened_at.isoformat(), "due_at": ticket.due_at.isoformat(),
            }, ensure_ascii=False))
        else:
            due = f"{timezone.localtime(ticket.due_at):%Y-%m-%d %H:%M}"
            print(say(
                "ticket_line", number=ticket.pk, state=ticket.get_state_display(), priority=ticket.get_priority_display(),
                region=ticket.region or "—", topic=ticket.topic or "—", due=due, name=name or "—"))
    if not tickets and not as_json:
        print(say("tickets_none"))
    return 0


def _suggestions(*, as_json: bool) -> int:
    from bot.state.models import Suggestion

    found = list(Suggestion.objects.select_related("by").order_by("id"))
    for kept in found:
        by, at = kept.by.name if kept.by else "—", f"{timezone.localtime(kept.at):%Y-%m-%d %H:%M}"
        fields = {"number": kept.pk, "region": kept.region, "question": kept.question, "text": kept.text, "by": by, "at": at}
        print(json.dumps({**fields, "intent": kept.intent}, ensure_ascii=False) if as_json else say("suggestion_line", **fields))
    if not found and not as_json:
        print(say("suggestions_none"))
    return 0


def _purge(days: int) -> int:
    from bot.tickets import retention

    counts = {kind: number for kind, number in retention.purge(days, timezone.now()).items() if number}
    for kind, number in counts.items():
        print(say("purged", kind=say(f"record_{kind}"), number=number))
    if not counts:
        print(say("purged_nothing"))
    return 0


