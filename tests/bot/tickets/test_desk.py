"""A ticket goes its way: each step is allowed or refused, audited and told."""

import threading

import pytest
from django.db import connections

from bot.state.models import Entry, Event, Staff
from bot.tickets import desk
from bot.tickets.refusal import Refused
from bot.tickets.signals import changed


def spoken(ticket):
    return [(e.author, e.text) for e in ticket.entries.order_by("id")]


def refusal(action, *args, **more):
    with pytest.raises(Refused) as caught:
        action(*args, **more)
    assert caught.value.text and "{" not in caught.value.text
    return caught.value


def closed(office, clerk=None):
    ticket = office.open()
    return desk.close(ticket.pk, clerk or office.clerk(), office.at(10))


# opening


def test_a_ticket_is_due_after_working_hours(office):
    ticket = office.open()
    assert (ticket.state, ticket.priority, ticket.due_at) == ("open", "normal", office.at(24 * 60 + 90))
    assert office.actions == ["opened"]


def test_a_ticket_opened_at_night_is_due_as_if_opened_in_the_morning(office):
    assert office.open(minutes=-300).due_at == office.open(minutes=-30).due_at


def test_an_urgent_ticket_is_due_in_ten_minutes_also_at_night(office):
    ticket = office.open(minutes=15 * 60, urgent=True)
    assert (ticket.priority, ticket.due_at) == ("urgent", office.at(15 * 60 + 10))


def test_staff_see_what_was_said_before(office):
    office.exchange("昨天以前", minutes=-25 * 60)
    office.exchange("一", "甲", -20)
    office.exchange("二", "乙", -10)
    office.exchange("别人的", minutes=-5, chat=office.chat("8"))
    assert spoken(office.open(question="三")) == [
        ("resident", "一"), ("bot", "甲"), ("resident", "二"), ("bot", "乙"), ("resident", "三")]


def test_a_question_that_was_just_asked_is_entered_once(office):
    office.exchange("三", "转人工")
    assert spoken(office.open(question="三")) == [("resident", "三"), ("bot", "转人工")]


def test_staff_see_the_last_ten_exchanges(office):
    for number in range(15):
        office.exchange(str(number), minutes=number - 30)
    assert [t for a, t in spoken(office.open()) if a == "resident"] == [*map(str, range(5, 15)), "怎么办？"]


def test_the_newest_open_ticket_of_a_chat_is_found(office):
    assert desk.open_ticket_of(office.chat()) is None
    office.open(chat=office.chat("8"))
    ticket = office.open()
    assert desk.open_ticket_of(office.chat()) == ticket
    desk.close(ticket.pk, None, office.at(1))
    assert desk.open_ticket_of(office.chat()) is None


# claiming


def test_the_second_to_claim_is_told_who_was_first(office):
    ticket, wang, li = office.open(), office.clerk(), office.clerk(101, "李明")
    assert desk.claim(ticket.pk, wang, office.at(1)).claimed_by == wang
    said = refusal(desk.claim, ticket.pk, li, office.at(2))
    assert said.key == "refused_claimed" and "王芳" in said.text
    assert refusal(desk.claim, ticket.pk, wang, office.at(2)).key == "refused_claimed_already"
    ticket.refresh_from_db()
    assert (ticket.state, ticket.claimed_by, ticket.claimed_at) == ("claimed", wang, office.at(1))
    assert office.actions == ["opened", "claimed"]


def test_of_many_who_claim_at_once_exactly_one_wins(office):
    ticket, crowd = office.open(), [office.clerk(100 + n, f"坐席{n}") for n in range(8)]
    start, won, lost = threading.Barrier(len(crowd)), [], []

    def press(clerk):
        try:
            start.wait()
            won.append(desk.claim(ticket.pk, clerk, office.at(1)).claimed_by)
        except Refused as refused:
            lost.append(refused)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press, args=(clerk,)) for clerk in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ticket.refresh_from_db()
    assert won == [ticket.claimed_by]
    assert {(r.key, r.places["name"]) for r in lost} == {("refused_claimed", won[0].name)} and len(lost) == 7
    assert Event.objects.filter(action="claimed").count() == 1


def test_closed_and_unknown_tickets_cannot_be_claimed(office):
    clerk = office.clerk()
    assert refusal(desk.claim, closed(office, clerk).pk, clerk, office.at(11)).key == "refused_closed"
    assert refusal(desk.claim, 999, clerk, office.at(11)).key == "refused_unknown"


def test_the_ticket_of_somebody_who_has_left_may_be_claimed(office):
    ticket, wang, li = office.open(), office.clerk(), office.clerk(101, "李明")
    desk.claim(ticket.pk, wang, office.at(1))
    Staff.objects.filter(pk=wang.pk).update(active=False)
    assert desk.claim(ticket.pk, li, office.at(2)).claimed_by == li


# answering


def test_a_reply_claims_what_nobody_has(office):
    ticket, wang = office.open(), office.clerk()
    entry = desk.reply(ticket.pk, wang, "请带户口簿。", office.at(5))
    ticket.refresh_from_db()
    assert (ticket.state, ticket.claimed_by, ticket.answered_at) == ("answered", wang, office.at(5))
    assert (entry.author, entry.staff, entry.text, entry.attachment) == ("staff", wang, "请带户口簿。", {})
    assert office.actions == ["opened", "claimed", "answered"] and office.heard[-1].entry == entry


def test_only_an_administrator_replies_in_anothers_ticket(office):
    ticket, wang, li = office.open(), office.clerk(), office.clerk(101, "李明")
    boss = office.clerk(102, "陈静", role=Staff.Role.ADMINISTRATOR)
    desk.claim(ticket.pk, wang, office.at(1))
    for action in (lambda: desk.reply(ticket.pk, li, "好", office.at(2)), lambda: desk.transfer(ticket.pk, li, "养老科", office.at(2)),
                   lambda: desk.close(ticket.pk, li, office.at(2))):
        assert refusal(action).places["name"] == "王芳"
    desk.reply(ticket.pk, boss, "好", office.at(3))
    ticket.refresh_from_db()
    assert (ticket.state, ticket.claimed_by) == ("answered", wang)


def test_a_closed_ticket_is_reopened_before_it_is_answered(office):
    clerk = office.clerk()
    ticket = closed(office, clerk)
    assert refusal(desk.reply, ticket.pk, clerk, "好", office.at(11)).key == "refused_closed"
    assert Entry.objects.filter(author="staff").count() == 0


def test_what_the_resident_adds_after_an_answer_waits_for_the_clerk_in_time(office):
    ticket, wang = office.open(), office.clerk()
    desk.reply(ticket.pk, wang, "好", office.at(5))
    photo = {"kind": "photo", "chat": 7, "message": 3}
    entry = desk.add(ticket, "", office.at(48 * 60), photo, **office.terms)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.claimed_by, entry.author, entry.attachment) == ("claimed", wang, "resident", photo)
    assert ticket.due_at == office.at(72 * 60 + 90)
    assert office.actions[-1] == "added" and office.heard[-1].entry == entry


def test_what_the_resident_adds_before_an_answer_does_not_put_off_the_answer(office):
    ticket = office.open()
    desk.add(ticket, "还有", office.at(60), **office.terms)
    due = ticket.due_at
    ticket.refresh_from_db()
    assert (ticket.state, ticket.due_at) == ("open", due)


def test_nothing_is_added_to_a_closed_ticket(office):
    assert refusal(desk.add, closed(office), "还有", office.at(11), **office.terms).key == "refused_closed"


def test_the_bots_answers_beside_it_are_entered(office):
    ticket = office.open()
    desk.say_beside(ticket, "办事处八点半上班。", office.at(1))
    assert spoken(ticket)[-1] == ("bot", "办事处八点半上班。")
    assert office.actions[-1] == "beside"


# passing on, closing, reopening


def test_a_transferred_ticket_stays_open_and_free(office):
    ticket, wang, li = office.open(), office.clerk(), office.clerk(101, "李明")
    desk.claim(ticket.pk, wang, office.at(1))
    passed = desk.transfer(ticket.pk, wang, "养老科", office.at(2))
    assert (passed.state, passed.department, passed.claimed_by, passed.claimed_at) == ("transferred", "养老科", None, None)
    assert desk.open_ticket_of(office.chat()) == ticket
    assert desk.claim(ticket.pk, li, office.at(3)).state == "claimed"
    assert Event.objects.get(action="transferred").detail == "养老科"


def test_a_ticket_is_closed_once(office):
    clerk = office.clerk()
    ticket = closed(office, clerk)
    assert (ticket.state, ticket.closed_at) == ("closed", office.at(10))
    assert refusal(desk.close, ticket.pk, clerk, office.at(11)).key == "refused_closed"
    assert refusal(desk.transfer, ticket.pk, clerk, "养老科", office.at(11)).key == "refused_closed"


def test_a_reopened_ticket_starts_anew_under_its_number(office):
    ticket, wang = office.open(), office.clerk()
    desk.reply(ticket.pk, wang, "好", office.at(5))
    assert refusal(desk.reopen, ticket.pk, office.at(6), **office.terms).key == "refused_not_closed"
    desk.close(ticket.pk, wang, office.at(10))
    again = desk.reopen(ticket.pk, office.at(24 * 60), staff=wang, **office.terms)
    assert (again.pk, again.state, again.claimed_by, again.answered_at, again.closed_at) == (ticket.pk, "reopened", None, None, None)
    assert (again.opened_at, again.due_at) == (office.at(), office.at(48 * 60 + 90))


# rating


def test_a_ticket_is_rated_once_for_each_time_it_was_closed(office):
    ticket, chat = closed(office), office.chat()
    assert desk.rate(ticket.pk, chat, "neutral", office.at(11), **office.terms).satisfaction == "neutral"
    assert refusal(desk.rate, ticket.pk, chat, "satisfied", office.at(12), **office.terms).key == "refused_rated"
    desk.reopen(ticket.pk, office.at(13), by_resident=True, **office.terms)
    assert refusal(desk.rate, ticket.pk, chat, "satisfied", office.at(14), **office.terms).key == "refused_not_closed"
    desk.close(ticket.pk, None, office.at(15))
    assert desk.rate(ticket.pk, chat, "satisfied", office.at(16), **office.terms).satisfaction == "satisfied"


def test_only_its_own_resident_rates_a_ticket(office):
    ticket = closed(office)
    assert refusal(desk.rate, ticket.pk, office.chat("8"), "satisfied", office.at(11), **office.terms).key == "refused_not_yours"
    assert refusal(desk.rate, 999, office.chat(), "satisfied", office.at(11), **office.terms).key == "refused_not_yours"


def test_who_is_unsatisfied_gets_the_ticket_reopened(office):
    ticket = desk.rate(closed(office).pk, office.chat(), "unsatisfied", office.at(11), **office.terms)
    assert (ticket.state, ticket.satisfaction) == ("reopened", "")
    assert office.actions[-2:] == ["rated", "reopened"]
    assert list(Event.objects.order_by("id").values_list("actor", "detail"))[-2:] == [("resident", "unsatisfied"), ("resident", "")]


def test_there_are_three_ratings(office):
    with pytest.raises(ValueError):
        desk.rate(closed(office).pk, office.chat(), "great", office.at(11), **office.terms)


# urgency, withdrawal, staff, audit


def test_a_ticket_that_becomes_urgent_is_due_in_ten_minutes(office):
    ticket = office.open()
    urgent = desk.make_urgent(ticket, office.at(30))
    assert (urgent.priority, urgent.due_at) == ("urgent", office.at(40))
    desk.make_urgent(ticket, office.at(31))
    assert office.actions == ["opened", "urgent"]


def test_a_withdrawn_ticket_is_neither_rated_nor_reopened(office):
    ticket = desk.withdraw(office.open(), office.at(5))
    assert (ticket.state, ticket.closed_at, ticket.chat) == ("closed", office.at(5), None)
    assert refusal(desk.rate, ticket.pk, office.chat(), "satisfied", office.at(6), **office.terms).key == "refused_not_yours"
    assert refusal(desk.reopen, ticket.pk, office.at(6), staff=office.clerk(), **office.terms).key == "refused_deleted"
    assert office.actions[-1] == "withdrawn"


@pytest.mark.parametrize("action", [
    lambda o, t, s: desk.claim(t, s, o.at(1)), lambda o, t, s: desk.reply(t, s, "好", o.at(1)), lambda o, t, s: desk.close(t, s, o.at(1)),
    lambda o, t, s: desk.transfer(t, s, "养老科", o.at(1)), lambda o, t, s: desk.reopen(t, o.at(1), staff=s, **o.terms)])
def test_who_has_been_taken_off_the_list_may_do_nothing(office, action):
    clerk = office.clerk()
    Staff.objects.update(active=False)  # the caller still holds the old row
    assert refusal(action, office, office.open().pk, clerk).key == "refused_staff"


def test_only_active_staff_are_found(office):
    clerk = office.clerk(100)
    office.clerk(101, "李明", active=False)
    assert [desk.staff_of(i) for i in (100, 101, 102)] == [clerk, None, None]


def test_the_audit_says_who_did_what_when(office):
    ticket, wang = office.open(), office.clerk()
    desk.reply(ticket.pk, wang, "好", office.at(5))
    desk.close(ticket.pk, None, office.at(10))
    events = Event.objects.order_by("id").values_list("action", "staff", "actor", "at")
    assert list(events) == [
        ("opened", None, "resident", office.at()), ("claimed", wang.pk, "", office.at(5)), ("answered", wang.pk, "", office.at(5)),
        ("closed", None, "program", office.at(10))]


def test_what_listens_can_undo_the_action(office):
    ticket, clerk = office.open(), office.clerk()

    def break_down(**_):
        raise RuntimeError

    changed.connect(break_down)
    try:
        with pytest.raises(RuntimeError):
            desk.reply(ticket.pk, clerk, "好", office.at(1))
    finally:
        changed.disconnect(break_down)
    ticket.refresh_from_db()
    assert (ticket.state, Entry.objects.filter(author="staff").count(), Event.objects.count()) == ("open", 0, 1)
