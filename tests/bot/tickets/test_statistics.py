"""The bureau's figures are true for the period asked."""

from bot.state import outbox
from bot.tickets import desk
from bot.tickets.statistics import figures


def test_an_office_without_work_has_empty_figures(office):
    empty = figures(office.at(-60), office.at())
    assert (empty.exchanges, empty.opened, empty.minutes_to_claim, empty.satisfaction, empty.deliveries) == ({}, 0, None, {}, {})


def test_exchanges_and_deliveries_are_counted_by_how_they_went(office):
    office.exchange("以前", minutes=-100)
    for outcome in ("answer", "answer", "handoff"):
        office.exchange("问", outcome=outcome)
    for key in "ab":
        outbox.put(1, key, 7, "send_message", {}, purpose="test", now=office.at())
    [[row], _] = outbox.claim(1, "w", office.at())
    outbox.sent(row, 1, office.at())
    found = figures(office.at(-60), office.at(60))
    assert found.exchanges == {"answer": 2, "handoff": 1}
    assert found.deliveries == {"pending": 1, "sent": 1}


def test_tickets_are_counted_where_they_stand(office):
    clerk, week = office.clerk(), 7 * 24 * 60
    desk.close(office.open(minutes=-week).pk, clerk, office.at(-week + 1))
    office.open(minutes=-week)
    desk.claim(office.open().pk, clerk, office.at(1))
    desk.reply(office.open().pk, clerk, "好", office.at(2))
    desk.close(office.open().pk, clerk, office.at(3))
    found = figures(office.at(-60), office.at(60))
    assert (found.opened, found.closed, found.open_now, found.unclaimed_now, found.late_now) == (3, 1, 3, 1, 1)


def test_the_first_claim_and_the_first_answer_count_in_real_minutes(office):
    clerk = office.clerk()
    for wait in (2, 10, 30):
        ticket = office.open()
        desk.claim(ticket.pk, clerk, office.at(wait))
        desk.reply(ticket.pk, clerk, "好", office.at(wait + 5))
        desk.reply(ticket.pk, clerk, "还有", office.at(wait + 50))
    desk.transfer(ticket.pk, clerk, "养老科", office.at(200))
    desk.claim(ticket.pk, clerk, office.at(300))
    office.open()
    found = figures(office.at(-60), office.at(500))
    assert (found.minutes_to_claim, found.minutes_to_answer) == (10, 15)


def test_those_who_were_unsatisfied_count_although_their_ticket_was_reopened(office):
    clerk = office.clerk()
    for value in ("satisfied", "unsatisfied", "satisfied"):
        ticket = desk.close(office.open().pk, clerk, office.at(1))
        desk.rate(ticket.pk, office.chat(), value, office.at(2), **office.terms)
    assert figures(office.at(-60), office.at(60)).satisfaction == {"satisfied": 2, "unsatisfied": 1}
