"""Residents: asked in their own words, answered for their county, with buttons that still work."""

from __future__ import annotations

import re

import pytest
from fake_telegram.markup import parse_html

from bot.state.models import Chat, Entry, Event, Exchange, Incoming, Ticket
from bot.texts import say
from intents.question import Conversation

QUESTIONS = [
    ("邵阳市", "城里低​保‍一个﻿月多⁠少钱"),
    ("新宁县", "五保"),
    ("永州市", "高津"),
    ("乌海市", "特困未成年"),
    ("冷水滩区", "补结"),
    ("零陵区", "社工站数"),
    ("三门县", "惠殡项目"),
    ("祁阳市", "扯结昏证要叫多少前"),
    ("长沙", "收养小孩民政要不要上门屏估"),
    ("新邵县", "低保审批时限"),
    ("绥宁县", "我想给我满叔报五保嗯是不是找民政所啊要写些什么东西"),
    ("大祥区", "怎么看一个五保老人是要全照护还是半照护，有没有个打分的"),
    ("邵阳县", "给侄儿报事实无人抚养，会不会把他名字贴到村口墙上去，怕他在学校被人笑"),
    ("海勃湾区", "多大的娃可以一个人在家待着，法律上有没有个岁数"),
    ("海南区", "强制报告"),
    ("双清区", "救助站收费吗"),
    ("邵东市", "邵东的儿童服利院以后改成舍么"),
    ("洞口县", "我爹还健在，想先把他的坟修起来，修气派点，要不要得"),
    ("北塔区", "想拉几个人搞个宗教方面的协会，好批不"),
    ("隆回县", "我孙伢子生下来嘴巴就是豁的，听人讲有个么子火车的项目免费做手术，邵阳搞过没？"),
    ("双牌县", "双牌县特困人员的生活费标准怎么定？"),
    ("宁远县", "特困标准"),
    ("蓝山县", "轮椅买一个太贵，摔伤腿只用几个月，有没有地方能借？"),
    ("东安县", "人还没死就先把坟修好，现在准不准？"),
    ("道县", "那个就是现在结婚登记的时候是不是要刷脸按手印啊"),
    ("新田县", "社区动不动就要我们去盖个章开证明嗯这个事上面有没有管一管"),
    ("邵阳市", "两补"),
    ("新宁县", "我老家新宁的嗯人在东莞打工那个残疾人的两种补贴是不是非得跑回来办啊"),
    ("永州市", "救助能不能online申请?不想跑窗口,手机上点点就apply那种"),
    ("乌海市", "同一栋楼的老李家低保拿三百多,我家才一百来块,这钱到底是咋算出来的"),
]


def bold(message):
    return re.search(r"<b>(.*?)</b>", message.text, re.S)[1]


def test_a_question_with_its_county_is_answered_in_one_bold_sentence(bot, granny):
    reply = granny.says("我是邵东的，农村低保一年有多少")
    assert "4080" in bold(reply)
    assert "<blockquote" in reply.text and "依据：" in reply.text.rpartition("<blockquote")[2]
    assert {"👍 有用", "👎 没用", "转人工"} <= set(reply.labels)
    exchange = Exchange.objects.get()
    assert (exchange.outcome, exchange.intent) == ("answer", "dibao.standard")
    assert len(exchange.knowledge) == 64


def test_the_region_is_asked_once_and_the_waiting_question_answered(bot, granny):
    asked = granny.says("孤儿一个月多少钱")
    assert "转人工" in asked.labels
    assert any("邵阳市" in label for label in asked.labels)
    answer = granny.says("隆回")
    assert "隆回县" in answer.plain
    assert Chat.objects.get().region == "隆回县"
    assert "邵阳市" in granny.says("农村低保标准").plain


def test_start_offers_counties_and_topics(bot, granny, fake):
    last = granny.says("/start", replies=2)
    fake.taps(last, label="永州市", user=granny.user)
    fake.wait_for(lambda: "冷水滩区" in fake.sent(granny.user)[-1].labels)
    counties = fake.sent(granny.user)[-1]
    fake.taps(counties, label="冷水滩区", user=granny.user)
    fake.wait_for(lambda: "冷水滩区" in fake.sent(granny.user)[-1].plain)
    assert Chat.objects.get().region == "冷水滩区"
    assert "不是真人" in fake.sent(granny.user)[0].plain


def test_what_the_bot_does_not_know_goes_to_people_with_number_and_time(bot, granny):
    reply = granny.says("怎么注册一个抖音号卖红薯")
    ticket = Ticket.objects.get()
    assert f"工单号 {ticket.pk}" in reply.plain and "前答复您" in reply.plain
    assert not reply.labels


def test_the_text_begins_with_the_same_sentence_as_on_the_command_line(quick, road, fake, settled):
    for number, (region, words) in enumerate(QUESTIONS):
        Chat.objects.create(bot=123456, address=str(3000 + number), region=region)
        fake.user_says(words, user=3000 + number)
    settled()
    for number, (region, words) in enumerate(QUESTIONS):
        replies = road.ask(words, Conversation(), region)
        told = "\n".join(m.plain for m in fake.sent(3000 + number))
        for reply in replies:
            assert re.match(r"[^。！？\n]+", reply.parts.headline)[0] in told, words


def test_the_same_place_is_not_asked_about_again_after_a_restart(sqlite_state, run, granny):
    first = run(sqlite_state)
    granny.says("孤儿一个月多少钱")
    first.stop()
    run(sqlite_state)
    assert "隆回县" in granny.says("隆回的").plain
    assert Chat.objects.get().region == "隆回县"


@pytest.mark.parametrize("words", ["我是北塔区的", "北塔区", "北塔", "户口在北塔区"])
def test_a_place_told_before_any_question_is_the_home(quick, granny, words):
    granny.says(words)
    assert Chat.objects.get().region == "北塔区"
    assert "北塔区" in granny.says("农村低保标准").plain


def test_the_home_moves_when_the_resident_says_so_and_not_when_another_place_is_asked_about(quick, granny):
    granny.says("我是邵东的")
    elsewhere = granny.says("乌海的低保多少钱")
    assert "760" in elsewhere.plain and Chat.objects.get().region == "邵东市"
    assert "以后都按乌海市答" in elsewhere.labels
    assert "4080" in granny.says("农村低保一年多少").plain
    moved = granny.says("我是北塔区的")
    assert say("region_is_set", region="北塔区") in moved.plain
    assert Chat.objects.get().region == "北塔区"


def test_the_button_under_an_answer_makes_its_place_the_home(quick, granny):
    granny.says("我是邵东的")
    told = granny.taps(granny.says("乌海的低保多少钱"), "以后都按乌海市答")
    assert "乌海市" in told.plain and Chat.objects.get().region == "乌海市"


def test_a_home_told_with_the_first_question_is_kept(quick, granny):
    granny.says("我是海勃湾区的 特困户一个月给多少")
    assert Chat.objects.get().region == "海勃湾区"


def test_a_city_tapped_under_a_question_leads_to_its_answer(quick, granny, fake, settled):
    asked = granny.says("农村低保一年多少钱")
    fake.taps(asked, label="邵阳市", user=granny.user)
    settled()
    answer = granny.taps(asked, "隆回县")
    assert "4080" in bold(answer) and "隆回县" in asked.plain


def test_two_needs_get_two_replies(quick, granny, fake):
    granny.says("我是邵阳市的，城里低保一个月多少钱？另外结婚登记要带什么材料？", replies=2)
    first, second = fake.sent(granny.user)
    assert "570" in bold(first) and "两件事" in first.plain
    assert "身份证" in bold(second)
    assert Exchange.objects.count() == 2


def test_two_needs_are_both_answered_once_the_place_is_known(quick, granny, fake):
    asked = granny.says("农村低保多少钱，另外孤儿补贴多少钱")
    assert len(fake.sent(granny.user)) == 1 and "邵阳市" in asked.labels
    granny.says("邵东", replies=2)
    first, second = fake.sent(granny.user)[1:]
    assert "4080" in first.plain and "950" in second.plain


@pytest.mark.parametrize("choice", ["tap", "第二个", "2", "title"])
def test_what_is_asked_back_may_be_tapped_or_typed(quick, granny, road, choice):
    granny.says("我是邵阳市的")
    asked = granny.says("钱什么时候到")
    assert asked.labels == [*road.world.titles(Exchange.objects.last().options), "转人工"]
    title = asked.labels[1]
    granny.taps(asked, title) if choice == "tap" else granny.says(title if choice == "title" else choice)
    chosen = Exchange.objects.order_by("-id").first()
    assert (chosen.intent, chosen.question) == ("dibao.pay_start", title)


def test_thanks_are_answered_naturally(quick, granny):
    granny.says("领结婚证要带什么")
    assert "不客气" in granny.says("谢谢你啊").plain
    assert not Ticket.objects.exists()


def test_what_is_said_while_a_ticket_is_open_goes_into_it(quick, granny):
    granny.says("转人工")
    added = granny.says("隔壁老王把我家排水沟堵了三回了")
    ticket = Ticket.objects.get()
    assert added.plain == say("added", number=ticket.pk)
    assert Entry.objects.filter(ticket=ticket, author="resident", text__contains="排水沟").count() == 1


def test_the_bot_answers_beside_an_open_ticket_only_when_sure_and_says_who_speaks(quick, granny):
    granny.says("转人工")
    reply = granny.says("领结婚证要带什么")
    ticket = Ticket.objects.get()
    assert reply.plain.startswith(say("bot_speaks")) and say("added", number=ticket.pk) in reply.plain
    assert "转人工" not in reply.labels
    assert [e.author for e in ticket.entries.order_by("id")][-2:] == ["resident", "bot"]


def test_an_offer_to_pass_on_is_not_made_when_it_has_been_done(quick, granny, road):
    offer = road.world.phrase("complaint_offer")
    assert offer in granny.says("我家低保怎么停了").plain
    granny.says("转人工")
    assert offer not in granny.says("我家低保怎么停了").plain


def test_thanks_do_not_wake_a_ticket_that_was_answered(quick, granny, zhang, settled):
    granny.says("转人工")
    card = zhang.sees("工单 1")
    zhang.says("周三来镇里办", to=card)
    settled()
    granny.says("谢谢")
    settled()
    assert Ticket.objects.get().state == "answered"


def test_danger_gets_the_numbers_at_once_and_an_urgent_ticket(quick, granny):
    reply = granny.says("我不想活了")
    ticket = Ticket.objects.get()
    assert ticket.priority == "urgent"
    assert "110" in bold(reply) and "120" in bold(reply)
    assert say("ticket_urgent", number=ticket.pk) in reply.plain
    assert not reply.labels


def test_danger_makes_an_open_ticket_urgent_and_the_numbers_stand_first(quick, granny):
    granny.says("转人工")
    assert Ticket.objects.get().priority == "normal"
    reply = granny.says("我爸喝农药了")
    ticket = Ticket.objects.get()
    assert ticket.priority == "urgent"
    assert "120" in reply.plain.split("\n")[0]
    assert say("ticket_urgent", number=ticket.pk) in reply.plain


def test_a_vote_down_asks_why_and_offers_staff(quick, granny, fake, settled):
    answer = granny.says("领结婚证要带什么")
    fake.taps(answer, label="👎 没用", user=granny.user)
    settled()
    assert answer.labels == [say("reason_beside"), say("reason_unclear"), say("reason_outdated"), "转人工"]
    update = fake.taps(answer, label=say("reason_outdated"), user=granny.user)
    settled()
    exchange = Exchange.objects.get()
    assert (exchange.verdict, exchange.reason) == ("down", "outdated")
    assert exchange.question == "领结婚证要带什么" and exchange.intent and exchange.confidence > 0 and exchange.knowledge
    assert say("thanks_down") == fake.query(update).answer["text"]
    granny.taps(answer, "转人工")
    assert Ticket.objects.get().question == "领结婚证要带什么"


def test_a_vote_up_is_thanked_for_and_kept(quick, granny, fake, settled):
    answer = granny.says("领结婚证要带什么")
    update = fake.taps(answer, label="👍 有用", user=granny.user)
    settled()
    assert fake.query(update).answer["text"] == say("thanks_up")
    assert Exchange.objects.get().verdict == "up"
    assert "👎 没用" in answer.labels


def test_at_most_three_further_questions_are_offered_and_lead_on(quick, granny, road):
    answer = granny.says("我是邵东的，农村低保一年有多少")
    further = [label for label in answer.labels if label in {road.world.title(r) for r in Exchange.objects.get().related}]
    assert 1 <= len(further) <= 3
    granny.taps(answer, further[-1])
    assert Exchange.objects.order_by("-id").first().question == further[-1]


def test_a_further_question_is_answered_for_the_place_of_the_answer(quick, granny):
    granny.says("我是邵东的")
    elsewhere = granny.says("乌海的低保多少钱")
    granny.taps(elsewhere, elsewhere.labels[0])
    assert Exchange.objects.order_by("-id").first().region == "乌海市"


def test_a_long_talk_keeps_its_order_and_its_threads(quick, granny, fake, settled):
    turns = [("农村低保标准", "4080"), ("城里的呢", "570"), ("领结婚证要带什么", "身份证"), ("谢谢", "不客气")] * 10
    granny.says("我是邵东的")
    for words, _ in turns:
        fake.user_says(words, user=granny.user)
    settled()
    told = fake.sent(granny.user)[1:]
    assert len(told) == 40
    assert all(sign in reply.plain for (_, sign), reply in zip(turns, told, strict=True))
    asked = list(Exchange.objects.order_by("id").values_list("question", flat=True))
    assert asked == ["我是邵东的", *(words for words, _ in turns)]


def test_everything_sent_is_html_that_telegram_takes(quick, granny, fake):
    granny.says("我是<b>邵东</b>的 & \"农村\" 低保一年有多少 <script>")
    granny.says("/staff")
    assert all(parse_html(m.text) for m in fake.messages)
    assert not [c for c in fake.calls if c.status not in (0, 200)]
    assert not Event.objects.filter(action="failed").exists() and not Incoming.objects.filter(state="failed").exists()
