"""Commands that residents give."""

from __future__ import annotations

import pytest

from bot.state.models import Chat, Entry, Event, Exchange, Incoming, Outgoing, Ticket
from bot.telegram.commands import MENU
from bot.texts import menu, say


def test_start_says_what_this_is_and_offers_topics_and_regions(quick, granny, fake):
    regions = granny.says("/start", replies=2)
    hello = fake.sent(granny.user)[0]
    assert "不是真人" in hello.plain and "身份证" in hello.plain
    assert hello.labels == [*list(menu("topics"))[:4], say("button_all_topics")]
    assert {"邵阳市", "永州市", "乌海市", "三门县"} <= set(regions.labels)


def test_a_city_leads_to_its_counties_and_a_county_is_kept(quick, granny, fake, settled):
    regions = granny.says("/region")
    fake.taps(regions, label="永州市", user=granny.user)
    settled()
    assert {"冷水滩区", "道县", "全永州市", "换个市"} <= set(regions.labels)
    fake.taps(regions, label="换个市", user=granny.user)
    settled()
    assert "永州市" in regions.labels
    fake.taps(regions, label="三门县", user=granny.user)
    settled()
    assert Chat.objects.get().region == "三门县"
    assert "三门县" in regions.plain and not regions.labels
    assert "三门县" in granny.says("/region").plain


def test_a_whole_city_may_be_chosen(quick, granny, fake, settled):
    regions = granny.says("/region")
    for label in ("乌海市", "全乌海市"):
        fake.taps(regions, label=label, user=granny.user)
        settled()
    assert Chat.objects.get().region == "乌海市"


def test_a_topic_leads_to_questions_and_a_question_to_its_answer(quick, granny):
    questions = granny.taps(granny.says("/topics"), "婚姻登记")
    assert "婚姻登记" in questions.plain
    label = questions.labels[0]
    answer = granny.taps(questions, label)
    exchange = Exchange.objects.get()
    assert exchange.intent == "marriage.documents" and exchange.question == label
    assert "身份证" in answer.plain


def test_a_topics_question_that_depends_on_the_place_asks_for_it_and_is_then_answered(quick, granny):
    asked = granny.taps(granny.taps(granny.says("/topics"), "低保和救助"), _title("dibao.standard", quick))
    assert "邵阳市" in asked.labels
    assert "660" in granny.says("三门").plain


def _title(intent, running):
    return running.service.worker.workplace.road.world.title(intent)


def test_staff_opens_a_ticket_about_the_last_question(quick, granny):
    granny.says("领结婚证要带什么")
    granny.says("谢谢")
    told = granny.says("/staff")
    ticket = Ticket.objects.get()
    assert ticket.question == "领结婚证要带什么" and ticket.topic and ticket.candidates
    assert "领结婚证要带什么" in told.plain and f"工单号 {ticket.pk}" in told.plain and "前答复您" in told.plain


def test_staff_before_any_question_asks_for_it_and_takes_what_follows(quick, granny):
    granny.says("隆回")
    told = granny.says("/staff")
    assert "请把要问的事写下来" in told.plain
    added = granny.says("我屋里那个围墙的事找不到人管啊急死了")
    ticket = Ticket.objects.get()
    assert ticket.question == "" and ticket.region == "隆回县"
    assert f"工单 {ticket.pk}" in added.plain
    assert Entry.objects.filter(ticket=ticket, text__contains="围墙").exists()


@pytest.mark.parametrize("words", ["转人工", "/staff"])
def test_asking_for_staff_twice_names_the_open_ticket(quick, granny, words):
    granny.says("领结婚证要带什么")
    granny.says("转人工")
    again = granny.says(words)
    ticket = Ticket.objects.get()
    assert f"工单 {ticket.pk} " in again.plain and "受理" in again.plain


def test_privacy_says_what_is_kept_and_how_long(quick, granny):
    told = granny.says("/privacy").plain
    assert f"{quick.settings.retention_days} 天" in told and "/forget" in told and "不保存" in told


def test_forget_erases_and_says_what(quick, granny, fake):
    granny.says("我是邵东的，农村低保一年有多少")
    granny.says("转人工")
    granny.says("我家的窑洞塌了半边没人管怎么得了")
    told = granny.says("/forget")
    assert "问的话和我的答复 1 条" in told.plain and "工单里的内容 1 件" in told.plain
    chat = Chat.objects.get()
    assert (chat.region, chat.conversation) == ("", {})
    assert not Exchange.objects.exists()
    assert not Ticket.objects.exclude(question="").exists() and not Entry.objects.exclude(text="").exists()
    kept = str(list(Outgoing.objects.values_list("params", flat=True))) + str(list(Incoming.objects.values_list("payload", flat=True)))
    assert "窑洞" not in kept and "低保一年" not in kept
    assert Event.objects.filter(action="forgotten").count() == 1
    assert "邵阳市" in granny.says("农村低保标准").labels


def test_forget_by_a_stranger_says_that_nothing_was_kept(quick, granny):
    assert granny.says("/forget").plain == say("forgotten_nothing")
    assert not Chat.objects.exists()


@pytest.mark.parametrize("command", ["/help", "/HELP", "/Help me please", "/help@minzheng_test_bot", "/help@MINZHENG_test_BOT 1"])
def test_commands_are_known_in_any_spelling(quick, granny, command):
    assert "/region" in granny.says(command).plain


@pytest.mark.parametrize("command", ["/foo", "/help@another_bot", "/helpp", "/Ask_me"])
def test_an_unknown_command_gets_one_line(quick, granny, command):
    told = granny.says(command).plain
    assert told == say("unknown_command") and "\n" not in told


def test_a_slash_before_a_question_does_no_harm(quick, granny):
    assert "书面申请" in granny.says("/低保怎么申请").plain


def test_menus_and_descriptions_are_set_in_chinese(quick, fake):
    described = {key: value for key, value in fake.world.settings.items() if key.startswith(("commands", "description", "short_description"))}
    private = next(value for key, value in described.items() if "all_private_chats" in key)
    assert [c["command"] for c in private] == list(MENU)
    assert all(any("一" <= letter <= "龥" for letter in c["description"]) for c in private)
    assert "不是真人" in described["description"] and "民政" in described["short_description"]


def test_every_command_of_the_menu_is_answered(quick, granny):
    assert all(granny.says(f"/{name}", replies=2 if name == "start" else 1).plain for name in MENU)
