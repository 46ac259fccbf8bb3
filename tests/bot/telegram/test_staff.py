"""Staff: claims, replies whose delivery is told truly, commands; and nothing for anybody who is not on the list."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.settings import ROOT
from bot.state.models import Entry, Event, Outgoing, Staff, Suggestion, Ticket

GROUP, ZHANG, LI, HEAD = -1001234, 501, 502, 509
UNKNOWN = "我是邵东的，老人家去世了户口怎么销"
"""A question that is passed on."""

pytestmark = pytest.mark.usefixtures("flawless")


@pytest.fixture
def card(bot, granny, zhang):
    """The card of granny's ticket."""
    granny.says(UNKNOWN)
    return zhang.sees("工单 1", "受理")


def refusals():
    return list(Event.objects.filter(action="refused").order_by("id").values_list("actor", "detail"))


def entries():
    return Entry.objects.filter(author="staff").count()


# replies


def test_a_reply_to_the_card_reaches_the_resident_and_the_clerk_is_told_when_it_has(card, granny, zhang, fake):
    said = zhang.says("带死亡证明去派出所。", card)
    heard = granny.hears()
    assert heard.plain == "工作人员答复（工单 1）：\n带死亡证明去派出所。"
    told = zhang.sees("已送达（工单 1）", reply_to=said)
    assert told.at > heard.at and told.labels == ["值得留存"]
    assert Ticket.objects.get().claimed_by.telegram == ZHANG
    zhang.sees("工单 1　答复", "认领：张三", "最近答复〔已送达〕：带死亡证明去派出所。", message_id=card.message_id)


def test_a_reply_to_any_message_of_the_ticket_reaches_the_resident(card, granny, zhang):
    zhang.says("请问老人多大年纪？", card)
    told = zhang.sees("已送达（工单 1）")
    granny.hears()
    granny.says("八十三了，我也不晓得怎么弄好")
    zhang.says("好的，知道了。", zhang.sees("群众补充", "八十三"))
    assert "好的，知道了。" in granny.hears().plain
    zhang.says("还有户口簿。", told)
    assert "还有户口簿。" in granny.hears().plain


def test_a_photo_is_copied_to_the_resident(card, granny, zhang, fake):
    said = zhang.sends("photo", card, "照这样填")
    head, copy = fake.wait(2, chat=granny.user)
    assert head.plain == "工作人员答复（工单 1）：" and (copy.method, copy.plain) == ("copyMessage", "照这样填")
    zhang.sees("已送达", reply_to=said)
    zhang.says("/ticket 1")
    zhang.sees("工单 1", "张三：〔照片〕照这样填〔已送达〕")


def test_the_number_of_an_office_reaches_the_resident_whole_and_is_not_kept(card, granny, zhang, fake):
    zhang.says("请打 0739-2683456 找民政所。", card)
    _, copy = fake.wait(2, chat=granny.user)
    assert copy.plain == "请打 0739-2683456 找民政所。"
    zhang.sees("已送达（工单 1）")
    assert not any("2683456" in str(row) for row in [*Outgoing.objects.values_list("params"), *Entry.objects.values_list("text")])


def test_a_clerks_words_arrive_as_they_were_written(card, granny, zhang):
    zhang.says("好的：带①身份证，②户口簿……  <原件>！\n\n臺北的也行。", card)
    assert granny.hears().plain == "工作人员答复（工单 1）：\n好的：带①身份证，②户口簿……  <原件>！\n\n臺北的也行。"


def test_a_candidate_is_read_in_full_and_sent_once(card, granny, zhang, li):
    zhang.taps(card, "用候选答复")
    shown = zhang.sees("1. 去世销户口", label="发第 1 条")
    assert "送到了会告诉您" in zhang.taps(shown, "发第 1 条")
    heard = granny.hears()
    assert heard.plain.startswith("工作人员答复（工单 1）：")
    assert zhang.taps(shown, "发第 1 条") == "这一条已经发过了。"
    assert "已由张三认领" in li.taps(shown, "发第 1 条")
    zhang.sees("已送达（工单 1）", reply_to=shown.message_id)
    assert entries() == 1


def test_who_has_blocked_the_bot_is_named_as_the_reason_and_the_reply_can_be_sent_again(card, granny, zhang, fake):
    fake.block(granny.user)
    said = zhang.says("带死亡证明去派出所。", card)
    told = zhang.sees("没有送到（工单 1）：对方停用了机器人", reply_to=said)
    assert told.labels == ["再发一次"]
    data = told.buttons[0]["callback_data"]
    assert not [m for m in fake.sent(GROUP) if "已送达" in m.plain]
    fake.unblock(granny.user)
    zhang.taps(told, "再发一次")
    assert "带死亡证明" in granny.hears().plain
    zhang.sees("已送达（工单 1）", reply_to=said)
    assert "不能用了" in zhang.taps(told, data=data)
    assert entries() == 2


def test_a_reply_whose_connection_broke_is_sent_again_marked_and_the_clerk_is_told(card, granny, zhang, fake):
    fake.drop(1)
    said = zhang.says("带死亡证明去派出所。", card)
    first, second = fake.wait(2, chat=granny.user)
    assert "网络断过" not in first.plain and "网络断过" in second.plain
    zhang.sees("已送达（工单 1）", "可能收到两遍", reply_to=said)


def test_a_reply_of_which_nothing_is_heard_three_times_is_unknown(card, granny, zhang, fake):
    fake.drop(3)
    said = zhang.says("带死亡证明去派出所。", card)
    told = zhang.sees("未知", "不知道送到没有", reply_to=said)
    assert told.labels == ["再发一次"]
    assert not [m for m in fake.sent(GROUP) if "已送达" in m.plain]
    zhang.sees("最近答复〔未知〕", message_id=card.message_id)


def test_an_edited_reply_is_not_sent_and_the_clerk_is_told(card, granny, zhang, fake):
    said = zhang.says("带死亡证明去派出所。", card)
    granny.hears()
    fake.edits(GROUP, said, "带户口簿去派出所。")
    zhang.sees("改过的话不会再发给群众", reply_to=said)
    assert entries() == 1


def test_talk_in_the_group_is_no_reply(card, granny, zhang, fake):
    zhang.says("中午吃什么")
    zhang.says("带死亡证明。", card)
    assert "带死亡证明" in granny.hears().plain
    zhang.sees("已送达")
    assert entries() == 1


def test_a_reply_to_a_list_of_tickets_is_not_lost_in_silence(card, zhang):
    zhang.says("/open")
    said = zhang.says("带死亡证明。", zhang.sees("未认领的工单", "/ticket_1"))
    zhang.sees("没有发给群众", "请点工单编号", reply_to=said)
    assert entries() == 0


def test_a_reply_to_a_ticket_that_another_has_is_not_sent_and_the_clerk_is_told(card, zhang, li, head, granny):
    zhang.taps(card, "认领")
    assert "已经接手" in granny.hears().plain
    said = li.says("我来", card)
    li.sees("没有发给群众", "已由张三认领", reply_to=said)
    head.says("请到大厅来。", card)
    assert "请到大厅来。" in granny.hears().plain


def test_a_reply_to_a_card_that_the_bot_has_no_row_for_is_known_by_its_number(card, zhang, granny):
    Outgoing.objects.filter(lane=str(GROUP)).delete()
    zhang.says("带死亡证明。", card)
    assert "带死亡证明。" in granny.hears().plain


def test_a_reply_to_a_ticket_that_is_gone_is_not_lost_in_silence(card, zhang):
    Outgoing.objects.filter(lane=str(GROUP)).delete()
    Ticket.objects.all().delete()
    zhang.sees("没有发给群众", reply_to=zhang.says("带死亡证明。", card))


# claims


def test_of_two_clerks_who_tap_at_once_one_wins_and_the_other_hears_who(card, zhang, li, fake):
    both = [fake.taps(card, label="认领", user=user) for user in (ZHANG, LI)]
    answers = sorted(zhang.popup(update) for update in both)
    assert [("归您了" in a, "已由" in a) for a in answers] == [(False, True), (True, False)]
    winner = Ticket.objects.get().claimed_by.name
    assert winner in answers[0]
    zhang.sees("认领", winner, message_id=card.message_id)
    assert Event.objects.filter(action="claimed").count() == 1


def test_the_resident_hears_that_the_ticket_is_taken(card, granny, zhang):
    zhang.taps(card, "认领")
    assert granny.hears().plain == "工作人员已经接手您的工单 1，请稍等。"


# who is not on the list


def test_whoever_is_not_on_the_list_gets_nothing_but_an_audit_line(card, granny, stranger, fake):
    before = len(fake.sent(GROUP))
    stranger.says("我来答", card)
    for command in ("/open", "/mine", "/ticket 1", "/ticket_1", "/stats", "/ask 低保"):
        stranger.says(command)
    assert stranger.taps(card, "认领") == "只有名单上的工作人员能操作。"
    assert [detail for _, detail in refusals()] == [
        "reply 1", "/open", "/mine", "/ticket", "/ticket", "/stats", "/ask", "tap claim.1"]
    assert {actor for actor, _ in refusals()} == {"telegram:666"}
    assert len(fake.sent(GROUP)) == before and Ticket.objects.get().state == "open"


def test_a_clerk_taken_off_the_list_is_a_stranger(card, zhang):
    zhang.says("/ticket_1", chat=ZHANG)
    own = zhang.sees("工单 1", chat=ZHANG)
    Staff.objects.filter(telegram=ZHANG).update(active=False)
    zhang.says("带死亡证明。", card)
    zhang.says("带死亡证明。", own, chat=ZHANG)
    assert zhang.taps(card, "认领") == "只有名单上的工作人员能操作。"
    assert "只有名单上" in zhang.taps(own, "认领")
    assert sorted(detail for _, detail in refusals()) == ["reply 1", "reply 1", "tap claim.1", "tap claim.1"]
    assert entries() == 0


def test_a_resident_who_forges_taps_of_staff_gets_nowhere(card, granny, neighbour, fake):
    own = fake.sent(granny.user)[-1]
    answers = [fake.taps(own, data=data, user=granny.user) for data in ("claim.1", "done.1", "use.1.0", "cands.1", "keep.1", "again.1", "dept.1.0")]
    for update in answers:
        fake.wait_for(lambda update=update: fake.query(update).answer)
        assert "只有名单上" in fake.query(update).answer["text"]
    assert len(refusals()) == 7 and Ticket.objects.get().state == "open"


def test_a_residents_staff_commands_are_met_with_silence_and_an_audit_line(bot, granny, fake):
    fake.user_says("/open", user=granny.user)
    fake.user_says("/ticket_1", user=granny.user)
    assert "直接打字问" in granny.says("/help").plain
    assert refusals() == [(f"telegram:{granny.user}", "/open"), (f"telegram:{granny.user}", "/ticket")]


def test_commands_of_staff_do_not_exist_in_other_groups(card, zhang, fake):
    zhang.says("/ticket_1", chat=-777)
    zhang.says("/stats", chat=-777)
    zhang.says("/help@minzheng_test_bot", chat=-777)
    fake.wait_for(lambda: fake.sent(-777))
    assert len(fake.sent(-777)) == 1


# the life of a ticket


def test_a_ticket_is_passed_to_a_department(card, granny, zhang, li):
    zhang.taps(card, "转办")
    zhang.fake.wait_for(lambda: "残联" in card.labels and "返回" in card.labels)
    assert zhang.taps(card, "残联") == "已转残联。"
    assert granny.hears().plain == "您的工单 1 已转给残联办理，答复会发在这里。"
    changed = zhang.sees("工单 1　转办", "已转：残联", message_id=card.message_id)
    assert "认领" in changed.labels
    assert "归您了" in li.taps(changed, "认领")


def test_whoever_does_not_have_the_ticket_cannot_pass_it_on(card, zhang, li):
    zhang.taps(card, "认领")
    zhang.sees("认领：张三", message_id=card.message_id)
    assert "已由张三认领" in li.taps(card, "转办")
    assert "转办" in card.labels


def test_the_way_back_from_the_departments(card, zhang, fake):
    zhang.taps(card, "转办")
    fake.wait_for(lambda: "返回" in card.labels)
    zhang.taps(card, "返回")
    fake.wait_for(lambda: "认领" in card.labels)


def test_a_closed_ticket_is_rated_once(card, granny, zhang, fake):
    assert "已办结" in zhang.taps(card, "办结")
    asked = granny.hears()
    assert asked.plain == "您的工单 1 已办结。您满意吗？" and asked.labels == ["满意", "一般", "不满意"]
    data = asked.buttons[0]["callback_data"]
    fake.taps(asked, label="满意", user=granny.user)
    fake.wait_for(lambda: "谢谢您" in asked.plain and not asked.labels)
    again = fake.taps(asked, data=data, user=granny.user)
    fake.wait_for(lambda: "已经评价过了" in ((fake.query(again).answer or {}).get("text") or ""))
    zhang.sees("工单 1　办结", "群众评价：满意", message_id=card.message_id)
    assert Event.objects.filter(action="rated").count() == 1


def test_who_is_not_satisfied_gets_the_ticket_reopened_and_the_group_sees_it_anew(card, granny, zhang, fake):
    zhang.taps(card, "办结")
    asked = granny.hears()
    fake.taps(asked, label="不满意", user=granny.user)
    fake.wait_for(lambda: len([m for m in fake.sent(GROUP) if "重开" in m.plain and "认领" in m.labels]) == 2)
    zhang.sees("工单 1　重开", message_id=card.message_id)
    fake.wait_for(lambda: "重新交给工作人员" in asked.plain)
    assert fake.sent(granny.user)[-1] is asked


def test_staff_reopen_a_closed_ticket(card, granny, zhang):
    zhang.taps(card, "办结")
    granny.hears()
    closed = zhang.sees("工单 1　办结", message_id=card.message_id)
    assert closed.labels == ["重开"]
    assert "已重开" in zhang.taps(closed, "重开")
    assert "已重新办理" in granny.hears().plain
    zhang.sees("工单 1　重开", message_id=card.message_id)


def test_a_closed_ticket_takes_no_reply(card, granny, zhang):
    zhang.taps(card, "办结")
    granny.hears()
    said = zhang.says("还有一句", card)
    zhang.sees("没有发给群众", "请先重开", reply_to=said)


# commands


@pytest.mark.parametrize("place", [GROUP, ZHANG])
def test_staff_commands_work_in_the_group_and_in_private(card, granny, zhang, place):
    zhang.says("/open", chat=place)
    zhang.sees("未认领的工单", "/ticket_1", "邵东市", chat=place)
    zhang.says("/mine", chat=place)
    zhang.sees("没有工单。", chat=place)
    zhang.taps(card, "认领")
    zhang.says("/mine", chat=place)
    zhang.sees("我的工单", "/ticket_1", chat=place)
    zhang.says("带死亡证明。", card)
    zhang.sees("已送达")
    zhang.says("/ticket_1", chat=place)
    shown = zhang.sees("工单 1", "群众：", "张三：带死亡证明。〔已送达〕", chat=place)
    assert "办结" in shown.labels
    zhang.says("/stats", chat=place)
    zhang.sees("今天", "最近七天", "新开 1", "已送达", chat=place)
    zhang.says("/ask 五保 乌海", chat=place)
    zhang.sees("1. ", "1600", "依据", chat=place)


def test_commands_tell_how_they_are_used(bot, zhang):
    for command, answer in (("/ticket", "/ticket 12"), ("/ticket 99", "没有编号为 99 的工单"), ("/ticket 十二", "没有编号为 十二 的工单"),
                            ("/ask", "/ask 五保 乌海"), ("/ask 〇〇〇〇", "没有查到"), ("/ticket_9999", "没有编号为 9999 的工单")):
        zhang.sees(answer, reply_to=zhang.says(command))


def test_a_reply_in_private_reaches_the_resident_and_is_confirmed_there(card, granny, zhang):
    zhang.says("/ticket_1", chat=ZHANG)
    said = zhang.says("带死亡证明。", zhang.sees("工单 1", chat=ZHANG), chat=ZHANG)
    assert "带死亡证明" in granny.hears().plain
    zhang.sees("已送达（工单 1）", chat=ZHANG, reply_to=said)
    zhang.sees("工单 1　答复", "张三：带死亡证明。〔已送达〕", chat=ZHANG)


def test_the_newest_words_of_a_long_conversation_are_shown(card, zhang):
    ticket = Ticket.objects.get()
    for number in range(40):
        Entry.objects.create(ticket=ticket, author="resident", text=f"第{number}句" + "话" * 150, at=ticket.opened_at)
    zhang.says("/ticket 1")
    shown = zhang.sees("第39句", "更早的没有列出")
    assert "第0句" not in shown.plain


def test_tickets_of_a_clerk_who_has_left_are_open_again(card, zhang, li, granny):
    zhang.taps(card, "认领")
    Staff.objects.filter(telegram=ZHANG).update(active=False)
    li.says("/open")
    li.sees("未认领的工单", "/ticket_1")


# what is worth keeping


def test_a_reply_worth_keeping_is_kept_once_and_listed(bot, card, granny, zhang, li, state):
    zhang.says("带死亡证明去派出所。", card)
    told = zhang.sees("已送达（工单 1）")
    data = told.buttons[0]["callback_data"]
    assert zhang.taps(told, "值得留存") == "已留给管理员。"
    assert "已经收藏过" in li.taps(told, data=data)
    assert Suggestion.objects.get().text == "带死亡证明去派出所。"
    listed = subprocess.run(
        [sys.executable, "-m", "bot", "suggestions"], cwd=ROOT, capture_output=True, text=True, check=True,
        env={"PATH": "", "MINZHENG_STATE_DIR": str(state.state_dir), "MINZHENG_DATABASE": state.database})
    assert "带死亡证明去派出所。" in listed.stdout and "张三" in listed.stdout


def test_administrators_may_act_on_every_ticket(card, zhang, head):
    zhang.taps(card, "认领")
    assert "已办结" in head.taps(card, "办结")
    assert Event.objects.get(action="closed").staff.telegram == HEAD
