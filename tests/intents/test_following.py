"""What a short message means after another."""

import pytest

from intents.following import readings
from intents.question import Outcome


def texts(road, past, text, bare):
    return [r.text for r in readings(past, text, road.world.wording, bare=bare)]


def test_a_new_subject_is_asked_the_old_question(road):
    assert any("特困人员" in t and "低保" not in t and "多少" in t for t in texts(road, "低保一年有多少钱", "五保户呢", True))


def test_a_question_without_a_subject_takes_over_the_one_talked_about(road):
    assert "低保去哪里申请" in texts(road, "农村低保标准多少", "去哪里申请", True)


def test_the_message_alone_is_always_tried_first(road):
    assert texts(road, "低保标准", "结婚登记要带什么", False)[0] == "结婚登记要带什么"


@pytest.mark.parametrize(
    ("region", "turns", "intent"),
    [
        ("冷水滩区", ["全区社会组织总共几家", "民非呢"], "social_org.count"),
        ("邵阳市", ["农村低保标准", "那五保户呢"], "tekun.standard"),
        ("新宁县", ["乡下低保标准几多", "去哪里申请"], "dibao.apply"),
        ("邵阳市", ["散居孤儿一个月多少", "你讲这个有么子文件依据"], "orphan.standard"),
    ],
)
def test_follow_ups(talk, region, turns, intent):
    t = talk(region)
    for turn in turns:
        reply = t.say(turn)
    assert intent in {reply.intent} | ({*t.road.world.as_good_as(reply.intent)} if reply.intent else set())
    assert reply.outcome in (Outcome.ANSWER, Outcome.HANDOFF)


def test_a_correction_with_an_interjection_changes_the_place(talk):
    t = talk("祁阳市")
    t.say("社会组织有多少家")
    assert t.say("哎搞错了，我要冷水滩区的").region == "冷水滩区"


def test_a_third_need_is_offered_and_told_on_yes(talk, road):
    t = talk("邵阳市")
    t.say("城里低保一个月多少钱？结婚登记要带什么材料？孤儿一个月多少钱？")
    assert [r.intent for r in t.replies] == ["dibao.standard", "marriage.documents"]
    assert "孤儿" in t.replies[-1].text
    assert t.say("要").intent == "orphan.standard"


def test_a_complaint_can_be_passed_on(talk):
    t = talk("冷水滩区")
    reply = t.say("低保给我停了，也不讲个理由")
    assert reply.intent == "dibao.stopped"
    assert "转人工" in reply.text
    assert t.say("转人工").outcome is Outcome.HANDOFF
