"""The road as residents walk it: regions, needs, follow-ups, hand-off."""

import json

import pytest

from intents.question import Outcome
from intents.road import STEPS


def test_the_steps_are_a_visible_list():
    assert [step.__name__ for step in STEPS] == ["clean", "mask", "emergency", "region", "recall", "split", "match", "decide", "remember"]


@pytest.mark.parametrize(
    ("region", "question", "figure", "others"),
    [
        ("邵阳市", "城里低保一个月多少钱", "570", ["760", "660"]), ("隆回县", "农村低保标准", "4080", ["4020"]), ("冷水滩区", "农村低保标准", "4020", ["4080"]),
        ("三门县", "低保标准", "660", ["570", "760"]), ("乌达区", "城市低保标准", "760", ["570", "660"]), ("乌海市", "孤儿集中供养一个月多少", "2100", ["1350"]),
        ("永州市", "散居孤儿一个月多少", "950", ["1800"]), ("邵阳市", "两补", "70", ["65"]), ("冷水滩区", "两补", "65", []),
    ],
)
def test_the_amount_of_the_residents_own_place(talk, region, question, figure, others):
    reply = talk(region).say(question)
    assert reply.outcome is Outcome.ANSWER
    first = reply.text.split("\n")[0]
    assert figure in first
    assert not any(other in first for other in others)


def test_an_inherited_amount_names_its_level(talk):
    reply = talk("隆回县").say("农村低保标准")
    assert (reply.region, reply.level) == ("隆回县", "邵阳市")
    assert "隆回县没有单列" in reply.text


def test_a_place_we_do_not_hold_gets_no_amount_but_a_person(talk):
    for region in ("长沙市", "临海市", "海南省"):
        reply = talk(region).say("农村低保一年多少钱")
        assert reply.outcome is Outcome.HANDOFF
        assert not any(figure in reply.text for figure in ("4080", "4020", "4000", "660", "570", "760"))


def test_region_is_asked_when_the_answer_depends_on_it_and_the_question_is_kept(talk):
    t = talk()
    assert t.say("城里低保一个月多少钱").outcome is Outcome.CLARIFY
    reply = t.say("邵东的")
    assert reply.outcome is Outcome.ANSWER
    assert reply.region == "邵东市"
    assert "570" in reply.text
    assert t.say("残疾人两项补贴多少钱").region == "邵东市"


def test_region_is_not_asked_when_one_rule_holds_everywhere(talk):
    reply = talk().say("领结婚证要多少钱")
    assert reply.outcome is Outcome.ANSWER
    assert "不收" in reply.text


def test_follow_ups(talk):
    t = talk("邵阳市")
    assert "4080" in t.say("农村低保标准").text
    assert "570" in t.say("那城里的呢").text.split("\n")[0]
    assert t.say("乌海呢").region == "乌海市"
    assert "760" in t.replies[0].text


def test_correction(talk):
    t = talk("三门县")
    t.say("低保标准")
    reply = t.say("不是，我问的是殡葬费用减免")
    assert reply.intent.startswith("funeral.")


def test_choice_by_number_and_by_title(talk, road):
    t = talk("邵阳市")
    t.conversation.options, t.conversation.awaiting, t.conversation.pending = ["dibao.apply", "dibao.time"], "choice", "低保"
    assert t.say("第二个").intent == "dibao.time"
    t.conversation.options, t.conversation.awaiting = ["dibao.apply", "dibao.time"], "choice"
    assert t.say(road.world.title("dibao.apply")).intent == "dibao.apply"


@pytest.mark.parametrize("text", ["转人工", "我要转人工", "人工服务", "找个真人", "叫工作人员来"])
def test_a_person_on_request(talk, text):
    reply = talk("邵阳市").say(text)
    assert reply.outcome is Outcome.HANDOFF
    assert reply.intent == "staff"


def test_two_needs_give_two_answers(talk):
    t = talk("邵阳市")
    t.say("城里低保一个月多少钱？另外结婚登记要带什么材料？")
    assert [r.intent for r in t.replies] == ["dibao.standard", "marriage.documents"]


def test_thanks_do_not_lose_the_thread(talk):
    t = talk("邵阳市")
    t.say("农村低保标准")
    assert t.say("谢谢啊").outcome is Outcome.SMALLTALK
    assert "570" in t.say("那城里的呢").text


@pytest.mark.parametrize("text", ["公积金怎么取出来", "养老金每月几号发", "医保卡丢了去哪补", "身份证过期了在哪换"])
def test_other_departments_are_named_and_staff_told(talk, text):
    reply = talk("永州市").say(text)
    assert reply.outcome is Outcome.HANDOFF
    assert any(number in reply.text for number in ("12329", "12333", "12393", "12345", "派出所"))


@pytest.mark.parametrize(
    "text",
    ["我爸喝农药了怎么办", "隔壁小孩被他爸往死里打，快来人", "我不想活了", "奶奶走丢了一天没找到", "爷爷倒在地上没气了", "有人在抢小孩", "叔叔摸我下面我好怕"],
)
def test_danger_gets_the_numbers_at_once(talk, text):
    reply = talk("邵阳市").say(text)
    assert reply.outcome is Outcome.EMERGENCY
    assert any(number in reply.text for number in ("110", "120"))


@pytest.mark.parametrize(
    "text",
    ["家暴怎么申请人身安全保护令", "精神病人流浪谁管", "我爸中风瘫了有什么补贴", "房子120平能吃低保吗", "老人走失手环怎么领", "累死了办个低保跑断腿", "强制报告是什么意思"],
)
def test_policy_questions_are_no_emergencies(talk, text):
    assert talk("邵阳市").say(text).outcome is not Outcome.EMERGENCY


def test_what_is_not_known_goes_to_a_person(talk):
    reply = talk("邵阳市").say("怎么注册一个抖音号")
    assert reply.outcome in (Outcome.HANDOFF, Outcome.SMALLTALK)
    assert not reply.citations


def test_digits_alone_never_raise_a_match(talk):
    assert talk("邵阳市").say("570").outcome in (Outcome.CLARIFY, Outcome.HANDOFF)
    assert talk("邵阳市").say("4080 2020 12").outcome in (Outcome.CLARIFY, Outcome.HANDOFF)


def test_a_town_tells_the_county(talk):
    reply = talk().say("我是浦坝港镇的，低保标准多少")
    assert reply.region == "三门县"
    assert "660" in reply.text


def test_a_town_of_several_counties_is_asked_about(talk):
    t = talk()
    reply = t.say("我是花桥镇的，低保标准多少")
    assert reply.outcome is Outcome.CLARIFY
    assert "三门县" in reply.options
    assert "660" in t.say("三门县").text


def test_conversation_holds_no_personal_number(talk):
    t = talk("邵阳市")
    t.say("我身份证430522199001011234电话13812345678，农村低保多少钱")
    assert not any(n in json.dumps(vars(t.conversation), ensure_ascii=False) for n in ("430522199001011234", "13812345678"))


def test_two_needs_joined_by_and_also(talk):
    t = talk("武冈市")
    t.say("我爸肺癌做手术花了十几万 能不能申请救助 还有他七十八了高龄补贴怎么领")
    assert [r.intent.split(".")[0] for r in t.replies] in (["temp", "elderly"], ["assist", "elderly"])


@pytest.mark.parametrize("sound", ["嗯", "嗯嗯", "哦", "哦。"])
def test_a_sound_alone_is_a_nod_and_no_question(talk, sound):
    talking = talk("隆回县")
    assert talking.say(sound).outcome is Outcome.SMALLTALK
    talking.say("农村低保一年多少钱")
    assert talking.say(sound).outcome is Outcome.SMALLTALK
    assert "570" in talking.say("城里的呢").text


def test_numbers_masked_elsewhere_are_no_part_of_the_question(talk):
    assert talk("隆回县").say("我电话〔电话号码〕农村低保一年多少钱").intent == "dibao.standard"


@pytest.mark.parametrize("place", ["三门县 海游街道", "我住在三门县海游街道的", "海游街道"])
def test_a_county_with_its_town_is_a_place_alone(talk, place):
    talking = talk()
    talking.say("孤儿一个月多少钱")
    assert talking.say(place).region == "三门县"
    assert talking.conversation.region == "三门县"
