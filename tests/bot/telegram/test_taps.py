"""Buttons: they outlive a restart, and what is stale or forged changes nothing."""

from __future__ import annotations

import pytest

from bot.state.models import Chat, Entry, Event, Exchange, Outgoing, Ticket
from bot.texts import say


@pytest.fixture
def tap(fake, settled):
    """Tap with any data and wait; gives the words that pop up."""

    def tapped(message, data=None, *, user, label=None, chat=None):
        update = fake.taps(message, data, label, user, chat=chat)
        settled()
        return (fake.query(update).answer or {}).get("text")

    return tapped


def rows():
    """All that a tap might have changed."""
    return (
        list(Exchange.objects.order_by("id").values()), list(Ticket.objects.order_by("id").values()), list(Entry.objects.order_by("id").values()),
        list(Chat.objects.order_by("id").values("address", "region", "conversation")),
    )


def refusals():
    return Event.objects.filter(action="refused").count()


def test_buttons_work_after_a_restart(sqlite_state, run, granny, road):
    first = run(sqlite_state)
    granny.says("我是邵阳市的")
    asked = granny.says("钱什么时候到")
    first.stop()
    run(sqlite_state)
    granny.taps(asked, asked.labels[1])
    assert Exchange.objects.order_by("-id").first().intent == "dibao.pay_start"


def test_choices_of_an_earlier_question_say_so_and_change_nothing(quick, granny, tap):
    granny.says("我是邵阳市的")
    asked = granny.says("钱什么时候到")
    granny.says("领结婚证要带什么")
    before = rows()
    assert tap(asked, label=asked.labels[0], user=granny.user) == say("stale")
    assert rows() == before
    assert refusals() == 0


def test_a_choice_can_be_made_only_once(quick, granny, tap):
    granny.says("我是邵阳市的")
    asked = granny.says("钱什么时候到")
    granny.taps(asked, asked.labels[0])
    assert tap(asked, label=asked.labels[0], user=granny.user) == say("stale")


def test_buttons_from_before_forgetting_say_that_they_are_stale(quick, granny, tap):
    answer = granny.says("我是邵东的，农村低保一年有多少")
    granny.says("/forget")
    for label in answer.labels:
        assert tap(answer, label=label, user=granny.user) == say("stale")
    assert not Exchange.objects.exists() and not Ticket.objects.exists()


@pytest.mark.parametrize("action", ["opt", "rel", "up", "down", "why", "staff", "home"])
def test_a_tap_on_somebody_elses_exchange_changes_nothing_and_leaves_a_trace(quick, granny, neighbour, tap, action):
    granny.says("我是邵阳市的")
    granny.says("钱什么时候到")
    message = neighbour.says("领结婚证要带什么")
    theirs, before = Exchange.objects.filter(chat__address=str(granny.user)).order_by("-id").first(), rows()
    assert tap(message, f"{action}.{theirs.pk}.0", user=neighbour.user) == say("stale")
    assert rows() == before
    assert refusals() == 1 and Event.objects.filter(action="refused", actor=f"telegram:{neighbour.user}", detail__contains=action).exists()


def test_rating_somebody_elses_ticket_changes_nothing_and_leaves_a_trace(quick, granny, neighbour, zhang, tap, settled):
    granny.says("转人工")
    zhang.taps(zhang.sees("工单 1"), "办结")
    settled()
    message = neighbour.says("领结婚证要带什么")
    before = rows()
    assert tap(message, "rate.1.0", user=neighbour.user) == say("refused_not_yours")
    assert rows() == before and refusals() == 1


def test_ones_own_ticket_is_rated_once(quick, granny, zhang, tap, settled, fake):
    granny.says("转人工")
    zhang.taps(zhang.sees("工单 1"), "办结")
    settled()
    asked = fake.sent(granny.user)[-1]
    assert asked.labels == [say("button_satisfied"), say("button_neutral"), say("button_unsatisfied")]
    assert tap(asked, label=say("button_satisfied"), user=granny.user) == say("thanks_rating")
    assert asked.plain == say("rated_satisfied", number=1) and not asked.labels
    assert tap(asked, "rate.1.2", user=granny.user) == say("refused_rated", number=1)
    assert Ticket.objects.get().satisfaction == "satisfied" and refusals() == 0


def test_buttons_of_staff_are_refused_to_residents(quick, granny, neighbour, tap):
    actions = ("claim", "done", "move", "cands", "use", "keep", "again", "dept", "reopen", "card")
    granny.says("转人工")
    message = neighbour.says("领结婚证要带什么")
    before = rows()
    for action in actions:
        assert tap(message, f"{action}.1.0", user=neighbour.user) == say("staff_only")
    assert rows() == before and refusals() == len(actions)


FORGED = (
    "", "x", "opt", "opt.999999", "opt.1.999", "reg.1", "city.1", "topic.1", "ask.1", "hand.999", "rate.1.9", "why.1.9", "nonsense.1", "ＯＰＴ.1",
)


def test_forged_data_is_answered_politely_and_changes_nothing(quick, granny, tap):
    message = granny.says("领结婚证要带什么")
    before = rows()
    for data in FORGED:
        assert tap(message, data, user=granny.user) == say("stale"), data
    assert rows() == before
    assert "身份证" in granny.says("领结婚证要带什么").plain


def test_an_attachment_of_another_chat_cannot_be_handed_over(quick, granny, neighbour, fake, tap):
    theirs = fake.message_id(fake.sends("photo", user=granny.user))
    granny.hears()
    message = neighbour.says("领结婚证要带什么")
    assert theirs not in [m.message_id for m in fake.sent(neighbour.user)]
    assert tap(message, f"hand.{theirs + 5000}.1", user=neighbour.user) == say("stale")
    assert not Ticket.objects.exists() and not Outgoing.objects.filter(method="copy_message").exists()


def test_a_forged_tap_in_a_group_cannot_reach_anothers_exchange(quick, fake, tap, settled):
    fake.group_says("@minzheng_test_bot 领结婚证要带什么", user=71, group=-1009)
    settled()
    answer, theirs = fake.sent(-1009)[-1], Exchange.objects.get()
    assert tap(answer, f"up.{theirs.pk}", user=72) == say("stale")
    assert Exchange.objects.get().verdict == "" and refusals() == 1
