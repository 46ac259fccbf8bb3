"""Replies in parts, as a channel sets them."""

import pytest

from intents.question import Conversation, Outcome

QUESTIONS = [
    "农村低保标准", "城里低保一个月多少钱", "五保", "两补", "孤儿一个月多少钱", "高龄补贴怎么领", "怎么申请低保", "低保要带什么材料", "残疾证怎么办", "结婚登记要带什么材料",
    "领结婚证要多少钱", "离婚要等多久", "收养孩子要什么条件", "火化要多少钱", "公墓多少钱一个", "敬老院怎么住", "社会组织有多少家", "救助站收费吗", "低保停了我要投诉",
    "低保人数有多少", "公积金怎么取出来", "养老金每月几号发", "身份证过期了在哪换", "你好", "谢谢", "你是谁", "今天天气怎么样", "怎么注册一个抖音号", "转人工", "asdf", "",
    "低保", "残疾", "570", "我爸喝农药了怎么办", "我不想活了", "奶奶走丢了一天没找到", "城里低保一个月多少钱？另外结婚登记要带什么材料？",
    "城里低保一个月多少钱？结婚登记要带什么材料？孤儿一个月多少钱？", "我身份证430522199001011234电话13812345678，农村低保多少钱", "农村低保多少钱" * 400,
    "我是花桥镇的，低保标准多少", "乌海", "不是", "五保户要什么条件", "临时救助多久能批下来", "救助站的座机是多少", "批不到低保 想讨个公道", "结婚证被大水冲走了",
]
REGIONS = ["", "邵阳市", "隆回县", "冷水滩区", "三门县", "乌海市", "长沙市"]
PASSED_ON = ("handoff", "handoff_region", "handoff_added", "staff")


@pytest.fixture(scope="module")
def replies(road):
    return [r for region in REGIONS for q in QUESTIONS for r in road.ask(q, Conversation(), region)]


def opening(road, phrase):
    """The fixed words that tell one phrase from the others."""
    return max(road.world.knowledge.phrases.phrases[phrase].replace("{hotline}", "{").replace("}", "{").split("{"), key=len)


def test_the_sample_holds_every_kind(replies):
    assert len(replies) > 60
    assert {r.outcome for r in replies} == set(Outcome) - {Outcome.ERROR}


def test_the_text_is_its_parts_in_order(replies):
    for reply in replies:
        parts = reply.parts
        lines = [parts.headline, parts.detail, *parts.cautions, *parts.basis, *parts.notes]
        assert reply.text == "\n".join(line for line in lines if line)


def test_every_reply_has_a_headline_of_one_line(replies):
    assert all(r.parts.headline and "\n" not in r.parts.headline for r in replies)


def test_no_part_holds_what_belongs_to_another(replies, road):
    fixed = {name: opening(road, name) for name in ("masked", "too_long", "offer", "handoff_added", "complaint_offer")}
    cautions = {road.world.phrase("caution_old"), road.world.phrase("caution_medium")}
    for reply in replies:
        parts = reply.parts
        assert all(line.startswith(("依据：", "数据截至：")) for line in parts.basis)
        assert set(parts.cautions) <= cautions
        assert all(any(words in note for words in fixed.values()) for note in parts.notes)
        told = f"{parts.headline}\n{parts.detail}"
        assert "\n依据：" not in told and "数据截至：" not in told
        assert not any(words in told for words in (*cautions, fixed["masked"], fixed["too_long"], fixed["handoff_added"]))


def test_what_rests_on_a_document_has_a_basis_and_asking_back_has_none(replies):
    for reply in replies:
        if reply.outcome is Outcome.CLARIFY:
            assert not reply.parts.basis and not reply.citations
        if reply.outcome is Outcome.ANSWER:
            assert bool(reply.parts.basis) == bool(reply.citations)


def test_passed_on_is_told_when_the_words_say_so_and_only_then(replies, road):
    words = [*(opening(road, name) for name in PASSED_ON), "工作人员也会收到"]
    assert {r.passed_on for r in replies} == {True, False}
    for reply in replies:
        assert reply.passed_on == any(w in reply.text for w in words), reply.text


@pytest.mark.parametrize(
    ("region", "text", "passed_on"),
    [
        ("邵阳市", "转人工", True), ("长沙市", "城里低保一个月多少钱", True), ("邵阳市", "残疾", True), ("邵阳市", "我爸喝农药了怎么办", True),
        ("邵阳市", "妹妹脸上有五个手指印 是后爸扇的 她才六岁", True), ("永州市", "公积金怎么取出来", False), ("永州市", "养老金每月几号发", False),
        ("邵阳市", "农村低保标准", False), ("", "城里低保一个月多少钱", False), ("", "你好", False), ("邵阳市", "低保停了我要投诉", False),
    ],
)
def test_passed_on(talk, region, text, passed_on):
    assert talk(region).say(text).passed_on is passed_on


def test_an_emergency_opens_with_the_numbers(talk):
    parts = talk("邵阳市").say("我爸喝农药了怎么办").parts
    assert "120" in parts.headline
    assert "工作人员也会收到" in parts.detail
    assert not parts.basis and not parts.notes


def test_choices_stand_below_the_question(replies, road):
    asked = [r.parts for r in replies if r.parts.headline == road.world.phrase("clarify")]
    assert asked
    assert all(parts.detail.startswith("1. ") for parts in asked)


def test_masked_numbers_and_a_third_need_are_notes(talk, road):
    assert road.world.phrase("masked") in talk("邵阳市").say("我身份证430522199001011234，农村低保多少钱").parts.notes
    t = talk("邵阳市")
    t.say("城里低保一个月多少钱？结婚登记要带什么材料？孤儿一个月多少钱？")
    assert "孤儿" in t.replies[-1].parts.notes[-1]


def test_too_long_is_a_note(talk, road):
    assert talk("邵阳市").say("农村低保多少钱" * 400).parts.notes[-1] == road.world.phrase("too_long")
