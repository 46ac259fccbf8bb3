"""Looking up: short queries of hotline staff."""

import re

import pytest

from intents.looking_up import SEARCH
from intents.question import Conversation, Outcome
from intents.road import STEPS

QUERIES = [
    "五保 乌海", "低保 隆回", "孤儿", "两补 冷水滩", "低保 三门", "高龄补贴", "离婚", "火化 减免", "殡葬 乌海", "临时救助", "收养", "残疾证", "敬老院", "志愿者",
    "流浪 救助站", "公积金", "低保 长沙", "社会组织 永州",
]


def figures(text):
    return set(re.findall(r"(?<!\d)\d{3,5}(?=元)", text))


def titles(road, replies):
    return [road.world.title(r.intent) for r in replies]


def test_it_walks_the_steps_of_a_residents_question_but_no_emergency():
    assert [s.__name__ for s in SEARCH] == [s.__name__ for s in STEPS if s.__name__ not in ("emergency", "decide", "remember")]


def test_the_region_in_the_text_gives_its_own_figures_and_no_other_places(road):
    wuhai, shaoyang = road.look_up("五保 乌海"), road.look_up("五保 邵阳市")
    assert "1600" in wuhai[0].parts.headline
    assert {r.region for r in wuhai} == {"乌海市"}
    assert {"8268", "5304"} <= figures(shaoyang[0].text)
    assert not any(figures(shaoyang[0].text) & figures(r.text) for r in wuhai)


def test_the_region_in_the_text_wins_over_the_one_that_is_set(road):
    assert road.look_up("五保 乌海", "邵阳市") == road.look_up("五保", "乌海市")
    assert "1600" in road.look_up("五保 乌海", "邵阳市")[0].text


def test_an_inherited_answer_names_its_level(road):
    first = road.look_up("低保 隆回")[0]
    assert (first.region, first.level) == ("隆回县", "邵阳市")
    assert "隆回县没有单列" in first.parts.headline


def test_an_answer_reads_as_the_resident_would_get_it(road):
    for query, region in (("低保标准", "隆回县"), ("农村低保", "冷水滩区"), ("孤儿", "乌海市"), ("离婚", ""), ("公积金", "永州市"), ("两补", "邵阳市")):
        asked, found = road.ask(query, Conversation(), region)[0], road.look_up(query, region)[0]
        assert (asked.outcome, asked.text, asked.intent, asked.confidence) == (found.outcome, found.text, found.intent, found.confidence)


def test_nothing_is_asked_back(road):
    for query in QUERIES:
        assert not any(r.outcome is Outcome.CLARIFY or r.options for r in road.look_up(query))


def test_without_region_each_place_is_told_by_name(road):
    replies = [r for r in road.look_up("五保") if r.intent == "tekun.standard"]
    assert {"乌海市", "邵阳市", "永州市"} <= {r.region for r in replies}
    assert all(r.region == r.level for r in replies)
    assert len({r.parts.headline for r in replies}) == len(replies)


def test_without_region_one_rule_for_all_is_told_once(road):
    first = road.look_up("离婚")[0]
    assert (first.region, first.level) == ("", "全国")


@pytest.mark.parametrize("region", ["乌海市", "隆回县", "冷水滩区", "三门县", "长沙市", "海南省"])
def test_never_sideways(road, region):
    for query in ("五保", "低保", "孤儿", "两补", "高龄补贴", "殡葬减免", "敬老院", "公墓", "社工站"):
        for reply in road.look_up(query, region):
            assert reply.region == region
            assert reply.level in road.world.gazetteer.chain(region) or region in road.world.knowledge.chain(reply.level)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("region", ["", "邵阳市", "三门县"])
def test_at_most_five_all_different(road, query, region):
    replies = road.look_up(query, region)
    assert 1 <= len(replies) <= 5
    assert len(set(zip(titles(road, replies), [r.region for r in replies], strict=True))) == len(replies)
    assert len({r.text for r in replies}) == len(replies)
    if region:
        assert len(set(titles(road, replies))) == len(replies)
        for i, reply in enumerate(replies):
            assert not any(reply.intent in road.world.as_good_as(other.intent) for other in replies[:i])


def test_as_many_as_wanted(road):
    assert [len(road.look_up("五保", "乌海市", n)) for n in (0, 1, 3)] == [0, 1, 3]


def test_the_surest_comes_first(road):
    for query in ("五保", "残疾证 办理", "孤儿", "敬老院"):
        confidences = [r.confidence for r in road.look_up(query, "邵阳市")]
        assert confidences == sorted(confidences, reverse=True)


@pytest.mark.parametrize("text", ["", "   ", "……", "😂", "asdf qwer", "呵呵呵", "嘻唰唰", "量子力学 方程", "570", "你好", "今天天气怎么样", "转人工", "乌海"])
def test_nothing_understood_gives_nothing(road, text):
    assert road.look_up(text) == []
    assert road.look_up(text, "邵阳市") == []


def test_words_of_danger_are_looked_up(road):
    replies = road.look_up("隔壁小孩被他爸往死里打，快来人 强制报告", "邵阳市")
    assert any(r.intent.startswith("minor.") for r in replies)


def test_a_condition_in_the_query_is_heeded(road):
    assert "4080" in road.look_up("农村低保", "邵阳市")[0].parts.headline
    assert "570" not in road.look_up("农村低保", "邵阳市")[0].parts.headline


def test_no_conversation_is_touched(talk, road):
    t = talk("邵阳市")
    t.say("农村低保标准")
    before = vars(t.conversation).copy()
    road.look_up("五保 乌海")
    assert vars(t.conversation) == before
    assert "570" in t.say("那城里的呢").text
