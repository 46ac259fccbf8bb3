"""The clock reminds, escalates and closes: in time, once, and after any restart."""

import threading

from django.db import connections

from bot.state.models import Event, Staff
from bot.tickets import desk
from bot.tickets.timers import tick

NIGHT = 15 * 60
"""Minutes from the desk's morning to midnight."""


def told(office, minutes):
    """What is told at that minute."""
    office.told.clear()
    tick(office.at(minutes), office.settings, office.hours)
    return [kind for kind, _ in office.told]


def test_the_group_is_reminded_every_so_many_minutes_until_somebody_claims(office):
    ticket = office.open()
    assert [told(office, m) for m in (14, 15, 16, 29, 30)] == [[], ["unclaimed"], [], [], ["unclaimed"]]
    desk.claim(ticket.pk, office.clerk(), office.at(31))
    assert told(office, 60) == []


def test_nobody_is_reminded_of_a_common_ticket_out_of_hours(office):
    office.open(minutes=NIGHT)
    assert told(office, NIGHT + 60) == []
    assert told(office, 24 * 60 - 16) == []
    assert told(office, 24 * 60 - 15) == ["unclaimed"]


def test_lunch_does_not_count(office):
    office.open(minutes=170)
    assert [told(office, m) for m in (185, 334, 335)] == [[], [], ["unclaimed"]]


def test_a_reminder_missed_while_nothing_ran_is_made_up_for_once_and_in_hours(office):
    office.open()
    assert told(office, NIGHT) == []
    assert told(office, 24 * 60) == ["unclaimed"]
    assert told(office, 24 * 60 + 1) == []


def test_an_urgent_ticket_is_called_out_again_and_again_also_at_night(office):
    ticket = office.open(minutes=NIGHT, urgent=True)
    assert told(office, NIGHT) == []
    assert [told(office, NIGHT + m) for m in (2, 3, 4, 6, 11)] == [[], ["urgent"], [], ["urgent"], ["urgent", "late"]]
    desk.claim(ticket.pk, office.clerk(), office.at(NIGHT + 7))
    assert told(office, NIGHT + 60) == []


def test_what_becomes_urgent_later_is_called_out_from_then(office):
    ticket = office.open()
    desk.make_urgent(ticket, office.at(10))
    assert [told(office, m) for m in (12, 13, 21)] == [[], ["urgent"], ["urgent", "late"]]


def test_a_transferred_or_reopened_ticket_waits_anew(office):
    ticket, clerk = office.open(), office.clerk()
    desk.claim(ticket.pk, clerk, office.at(1))
    desk.transfer(ticket.pk, clerk, "养老科", office.at(60))
    assert [told(office, m) for m in (74, 75)] == [[], ["unclaimed"]]
    desk.close(ticket.pk, clerk, office.at(80))
    desk.reopen(ticket.pk, office.at(100), by_resident=True, **office.terms)
    assert [told(office, m) for m in (114, 115)] == [[], ["unclaimed"]]


def test_a_ticket_whose_clerk_has_left_counts_as_unclaimed(office):
    ticket, clerk = office.open(), office.clerk()
    desk.claim(ticket.pk, clerk, office.at(1))
    Staff.objects.update(active=False)
    assert told(office, 20) == ["unclaimed"]


def test_a_late_ticket_is_escalated_once(office):
    ticket = office.open()
    desk.claim(ticket.pk, office.clerk(), office.at(1))
    due = 24 * 60 + 90
    assert [told(office, m) for m in (due, due + 1, due + 2, due + 999)] == [[], ["late"], [], []]


def test_an_answered_ticket_is_not_late_but_may_be_late_again_when_more_is_asked(office):
    ticket, due = office.open(), 24 * 60 + 90
    desk.reply(ticket.pk, office.clerk(), "好", office.at(1))
    assert told(office, due + 1) == []
    desk.add(ticket, "还有", office.at(48 * 60), **office.terms)
    assert told(office, 48 * 60 + 1) == []
    assert told(office, 72 * 60 + 91) == ["late"]


def test_an_answered_ticket_without_a_word_is_closed_after_three_days(office):
    ticket = office.open()
    desk.reply(ticket.pk, office.clerk(), "好", office.at(1))
    days = 3 * 24 * 60
    told(office, days)
    ticket.refresh_from_db()
    assert ticket.state == "answered"
    told(office, days + 1)
    told(office, days + 2)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.closed_at) == ("closed", office.at(days + 1))
    assert office.actions.count("closed") == 1 and office.heard[-1].staff is None
    assert Event.objects.get(action="closed").actor == "program"


def test_a_word_keeps_it_open(office):
    ticket, days = office.open(), 3 * 24 * 60
    desk.reply(ticket.pk, office.clerk(), "好", office.at(1))
    desk.say_beside(ticket, "八点半上班。", office.at(1000))
    told(office, days + 2)
    ticket.refresh_from_db()
    assert ticket.state == "answered"
    told(office, days + 1000)
    ticket.refresh_from_db()
    assert ticket.state == "closed"


def test_two_clocks_at_once_tell_nothing_twice(office):
    answered, days = office.open(), 3 * 24 * 60
    desk.reply(answered.pk, office.clerk(), "好", office.at(-1))
    for _ in range(5):
        office.open()
    office.open(urgent=True)
    start, wrong = threading.Barrier(4), []

    def run():
        try:
            start.wait()
            tick(office.at(days), office.settings, office.hours)
        except Exception as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(office.told) == len(set(office.told)) == 12  # five reminders, one call, six escalations
    assert office.actions.count("closed") == 1
