"""Cards: what the group sees of a ticket, how soon, how often; and that it is always the newest state."""

from __future__ import annotations

import datetime
import re

import pytest
from django.utils import timezone

from bot.state.models import Chat, Event, Outgoing, Staff, Ticket
from bot.tickets import desk, timers
from bot.tickets.working_time import WorkingTime

GROUP, ZHANG, LI, HEAD = -1001234, 501, 502, 509
UNKNOWN = "我是邵东的，老人家去世了户口怎么销"
DANGER = "我老公拿刀要杀我"
pytestmark = pytest.mark.usefixtures("flawless")


class AtWork(WorkingTime):
    """An office that never closes."""

    def is_open(self, at):
        return True

    def elapsed(self, start, end):
        return end - start


@pytest.fixture
def card(bot, granny, zhang):
    """The card of granny's ticket."""
    granny.says(UNKNOWN)
    return zhang.sees("工单 1", "受理")


def back(minutes, ticket=1):
    """Let the ticket have waited longer."""
    wait = datetime.timedelta(minutes=minutes)
    found = Ticket.objects.get(pk=ticket)
    told = found.reminded_at and found.reminded_at - wait
    Ticket.objects.filter(pk=ticket).update(opened_at=found.opened_at - wait, due_at=found.due_at - wait, reminded_at=told)


def opened(bot, number, **more):
    """A ticket of another resident."""
    chat = Chat.objects.create(bot=bot.service.worker.bot.id, address=str(5000 + number))
    terms = {"working_time": bot.service.worker.workplace.working_time, "hours": 8, "now": timezone.now(), "urgent": False}
    return desk.open_ticket(chat, f"第{number}个问题", region="邵东市", topic="", candidates=[], **{**terms, **more})


def shown(fake, *words):
    return [m for m in fake.sent(GROUP) if all(w in m.plain for w in words)]


# what is on a card


def test_a_ticket_that_opens_is_shown_with_all_that_a_clerk_needs(card):
    for words in ("工单 1　受理", "地区：邵东市", "事项：去世销户口", "问：我是邵东的，老人家去世了户口怎么销", "答复期限：", "1. 去世销户口（98%）"):
        assert words in card.plain
    assert card.labels == ["认领", "用候选答复", "转办", "办结"]


def test_what_the_resident_adds_is_shown_as_a_reply_to_the_card(card, granny, zhang, fake):
    granny.says("我也不晓得怎么弄好")
    zhang.sees("工单 1，群众补充：", "不晓得怎么弄好", reply_to=card.message_id)
    fake.sends("photo", granny.user, "这是我的本子 43052119800101123X")
    granny.hears()
    zhang.sees("工单 1，群众发来照片：", "这是我的本子 〔身份证号〕", reply_to=card.message_id)
    fake.wait_for(lambda: [m for m in fake.sent(GROUP) if m.method == "copyMessage" and m.reply_to == card.message_id])
    assert not shown(fake, "43052119800101123X")


def test_a_photo_that_opens_a_ticket_replies_to_the_card_all_the_same(bot, granny, zhang, fake):
    fake.sends("photo", granny.user)
    asked = granny.hears()
    granny.taps(asked, asked.labels[0])
    card = zhang.sees("工单 1", "受理")
    fake.wait_for(lambda: [m for m in fake.sent(GROUP) if m.method == "copyMessage" and m.reply_to == card.message_id])


def test_the_bot_speaks_beside_people_only_when_it_is_sure_and_says_who_it_is(card, granny, zhang):
    beside = granny.says("农村低保一年有多少")
    assert beside.plain.startswith("机器人先答您（工作人员的答复另外发来）：") and "4080" in beside.plain
    zhang.sees("群众补充", "农村低保一年有多少", reply_to=card.message_id)
    zhang.says("带死亡证明。", card)
    assert granny.hears().plain.startswith("工作人员答复（工单 1）：")


# urgent, unclaimed, late


def test_danger_reaches_the_group_at_once_and_again_until_somebody_takes_it(bot, granny, zhang, fake):
    assert "110" in granny.says(DANGER).plain
    card = zhang.sees("🔴 紧急工单 1")
    assert not bot.service.worker.workplace.working_time.is_open(datetime.datetime(2026, 11, 22, 3, tzinfo=datetime.UTC))
    for times in (1, 2):
        back(4)
        fake.wait_for(lambda times=times: len(shown(fake, "🔴 紧急工单 1 已")) == times)
    reminder = zhang.sees("🔴 紧急工单 1 已", "请马上处理", reply_to=card.message_id)
    assert "归您了" in zhang.taps(reminder, "认领")
    fake.wait_for(lambda: "认领" not in reminder.labels and "认领" not in card.labels)
    back(30)
    timers.tick(timezone.now(), bot.settings, bot.service.worker.workplace.working_time)
    assert Outgoing.objects.filter(purpose="reminder", key__contains=".urgent.").count() == 2


def test_a_ticket_becomes_urgent_when_its_resident_is_in_danger(card, granny, zhang, fake):
    granny.says(DANGER)
    fresh = zhang.sees("🔴 紧急工单 1")
    fake.wait_for(lambda: len(shown(fake, "🔴 紧急工单 1　")) == 2)
    assert "认领" in fresh.labels and Ticket.objects.count() == 1


def test_a_ticket_that_nobody_takes_is_called_to_mind_in_working_time(bot, card, zhang):
    back(20)
    timers.tick(timezone.now(), bot.settings, WorkingTime(("03:00-03:01",)))
    assert not Outgoing.objects.filter(purpose__in=("reminder", "unclaimed")).exists()
    bot.service.worker.workplace.working_time = AtWork(("08:30-12:00",))
    zhang.sees("督办：这些工单还没有人认领", "/ticket_1")


def test_reminders_that_are_due_together_are_one_message(bot, fake, zhang):
    for user in range(3000, 3005):
        fake.user_says("转人工", user=user)
    fake.wait_for(lambda: Ticket.objects.count() == 5)
    for number in range(1, 6):
        back(20, number)
    bot.service.worker.workplace.working_time = AtWork(("08:30-12:00",))
    zhang.sees("督办：这些工单还没有人认领", *(f"/ticket_{n}" for n in range(1, 6)))
    assert Outgoing.objects.filter(purpose="unclaimed").count() == 1


def test_what_is_past_due_is_told_once_to_administrators_and_the_group(card, zhang, head, granny, fake):
    Staff.objects.filter(telegram=LI).update(role="administrator", active=False)
    zhang.taps(card, "认领")
    assert "已经接手" in granny.hears().plain
    back(10 * 24 * 60)
    zhang.sees("超期：工单 1 过了答复期限", reply_to=card.message_id)
    own = head.sees("超期：工单 1", chat=HEAD)
    head.says("请到大厅来。", own, chat=HEAD)
    assert "请到大厅来。" in granny.hears().plain
    assert not fake.sent(LI) and not fake.sent(ZHANG)
    assert Outgoing.objects.filter(key__contains=".late.").count() == 2


def test_nothing_is_forgotten_over_a_restart(bot, run, granny, zhang, fake, state):
    granny.says(DANGER)
    card = zhang.sees("🔴 紧急工单 1")
    bot.stop()
    back(10)
    run(state)
    zhang.sees("🔴 紧急工单 1 已", reply_to=card.message_id)
    zhang.says("我们马上到。", card)
    assert "我们马上到。" in granny.hears().plain
    zhang.sees("已送达（工单 1）")
    zhang.sees("答复", "认领：张三", message_id=card.message_id)


# digests


def test_of_fifty_tickets_at_once_none_is_lost_and_an_urgent_one_comes_at_once(state, staff, run, zhang, fake):
    bot = run(state, cards_per_minute=5)
    for number in range(1, 51):
        opened(bot, number, urgent=number == 30)
    zhang.sees("🔴 紧急工单 30")
    fake.wait_for(lambda: len(shown(fake, "答复期限：")) == 6)
    Outgoing.objects.filter(purpose="card").update(created_at=timezone.now() - datetime.timedelta(minutes=2))
    carded = {n for m in shown(fake, "答复期限：") for n in re.findall(r"工单 (\d+)　", m.plain)}
    assert len(carded) == 6

    def named():
        return {n for m in shown(fake, "新来") for n in re.findall(r"/ticket_(\d+)", m.plain)}

    fake.wait_for(lambda: carded | named() == {str(n) for n in range(1, 51)}, timeout=60)
    assert not carded & named()
    zhang.says("/ticket_50")
    found = zhang.sees("工单 50　受理", "第50个问题")
    assert "归您了" in zhang.taps(found, "认领")
    zhang.sees("工单 50　认领", message_id=found.message_id)
    assert not fake.violations
    assert all(row.params == {} for row in Outgoing.objects.filter(purpose="digest", state="sent"))


# always the newest state


def test_a_card_that_was_held_up_is_sent_as_the_ticket_stands_then(bot, zhang, fake):
    fake.limit(1, retry_after=2, chat=GROUP, method="sendMessage")
    ticket = opened(bot, 1)
    fake.wait_for(lambda: [c for c in fake.calls if c.status == 429])
    fake.wait_for(lambda: Outgoing.objects.filter(purpose="card", state="pending").exists())
    desk.claim(ticket.pk, Staff.objects.get(telegram=ZHANG), timezone.now())
    card = zhang.sees("工单 1　认领", "认领：张三")
    assert not card.edits


def test_a_change_while_the_card_is_on_its_way_is_shown_afterwards(bot, zhang, fake):
    fake.slow(1.5, method="sendMessage")
    ticket = opened(bot, 1)
    fake.wait_for(lambda: shown(fake, "工单 1　受理"))
    desk.claim(ticket.pk, Staff.objects.get(telegram=ZHANG), timezone.now())
    zhang.sees("工单 1　认领", "认领：张三")


def test_many_changes_are_one_edit_that_shows_the_newest(bot, zhang, fake):
    ticket, clerk = opened(bot, 1), Staff.objects.get(telegram=ZHANG)
    card = zhang.sees("工单 1　受理")
    terms = {"working_time": bot.service.worker.workplace.working_time, "hours": 8}
    fake.slow(1.0, method="editMessageText")
    desk.claim(ticket.pk, clerk, timezone.now())
    fake.wait_for(lambda: Outgoing.objects.filter(purpose="edit", state="sending").exists())
    for _ in range(5):
        desk.close(ticket.pk, clerk, timezone.now())
        desk.reopen(ticket.pk, timezone.now(), clerk, **terms)
    desk.transfer(ticket.pk, clerk, "残联", timezone.now())
    zhang.sees("工单 1　转办", "已转：残联", message_id=card.message_id)
    assert len(card.edits) == 2


def test_every_card_of_a_ticket_in_every_chat_shows_the_newest(card, zhang, li):
    zhang.says("/ticket_1")
    second = zhang.sees("工单 1　受理", "群众：")
    li.says("/ticket_1", chat=LI)
    private = li.sees("工单 1　受理", chat=LI)
    zhang.taps(card, "认领")
    for shown_in, message in ((GROUP, card), (GROUP, second), (LI, private)):
        zhang.sees("工单 1　认领", "认领：张三", chat=shown_in, message_id=message.message_id)
    assert "群众：" in second.plain and "认领" not in second.labels


def test_forgetting_takes_the_words_off_the_card(card, granny, zhang):
    granny.says("/forget")
    zhang.sees("工单 1　办结", "（已按群众要求删除）", message_id=card.message_id)
    assert "去世" not in card.plain
    assert Event.objects.filter(action="withdrawn").count() == 1


def test_forgetting_takes_back_what_was_shown_to_the_group(card, granny, zhang, fake):
    granny.says("我叔叔住在桥头")
    added = zhang.sees("群众补充", "住在桥头")
    granny.says("/forget")
    fake.wait_for(lambda: added.deleted)


def test_what_a_resident_adds_while_the_group_is_busy_is_one_message(card, granny, zhang, fake):
    for number in range(12):
        granny.says(f"还有第{number}件事没有说")
    fake.wait_for(lambda: not Outgoing.objects.filter(state__in=("pending", "sending")).exists(), timeout=60)
    told = [m.plain for m in shown(fake, "群众补充")]
    assert all(any(f"第{number}件事" in text for text in told) for number in range(12))
