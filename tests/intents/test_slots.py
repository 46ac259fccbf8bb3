"""Conditions are read from the text, asked for only when there is no answer without them, and remembered."""

from dataclasses import replace

import pytest

from intents.question import Outcome
from intents.slots import read_slots, without_slots
from knowledge.conditions import bounds, holds, spoken_range
from knowledge.model import Variant


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("我妈八十三了瘫在床上", "age", None), ("我妈八十三岁了", "age", "83"), ("今年21岁能领证吗", "age", "21"), ("快一百零二岁的老人", "age", "102"),
        ("十八周岁的孤儿", "age", "18"), ("六十多岁没儿没女", "age", "60"), ("肢体二级残疾", "grade", "二级"), ("户口在外地，在这边打工", "residence", "外地户口"), ("不是本地户口", "residence", "外地户口"),
        ("我帮我妈办", "applicant", "代办"), ("他耳朵聋了", "impairment", "听力言语"), ("农村低保", "area", "农村"), ("城里和农村各多少", "area", None),
    ],
)
def test_conditions_are_read_from_the_text(knowledge, text, slot, value):
    assert read_slots(text, knowledge.phrases.slots).get(slot) == value


@pytest.mark.parametrize("text", ["十六七岁的伢子", "未满三十岁能收养吗", "不到十八岁"])
def test_an_age_that_is_not_said_exactly_is_not_read(knowledge, text):
    assert "age" not in read_slots(text, knowledge.phrases.slots)


def test_two_ages_in_one_message_mean_none(knowledge):
    assert "age" not in read_slots("我六十七岁孙子九岁", knowledge.phrases.slots)


def test_a_bare_number_answers_the_question_just_asked(knowledge):
    assert read_slots("八十五", knowledge.phrases.slots, bare="age")["age"] == "85"
    assert "age" not in read_slots("八十五", knowledge.phrases.slots)


def test_condition_words_can_be_taken_out(knowledge):
    assert without_slots("农村八十岁的", knowledge.phrases.slots) == "的"


def test_ranges():
    assert bounds("80-89") == (80, 89)
    assert bounds("城市") is None
    assert holds({"age": ["80-"]}, {"age": "93"})
    assert not holds({"age": ["80-89"]}, {"age": "93"})
    assert not holds({"age": ["80-"]}, {})
    assert holds({"grade": ["一级", "二级"], "age": ["-17"]}, {"grade": "二级", "age": "9"})
    assert [spoken_range(r, "岁") for r in ("80-89", "80-", "-17")] == ["80至89岁", "80岁以上", "17岁以下"]


@pytest.fixture
def asking(road):
    """The road with an answer that cannot be given without knowing the age."""
    intent = road.world.knowledge.intents["tekun.eligible"]
    answer = next(a for a in intent.answers if a.region == "全国")
    changed = answer.model_copy(update={
        "ask": ["age"], "variants": [Variant(when={"age": ["60-"]}, say="六十以上的一句"), Variant(when={"age": ["16-59"]}, say="不到六十的一句")],
    })
    answers = [changed if a is answer else a for a in intent.answers]
    intents = {**road.world.knowledge.intents, intent.id: intent.model_copy(update={"answers": answers, "slots": ["age"]})}
    knowledge = replace(road.world.knowledge)
    knowledge.__dict__["intents"] = intents
    return replace(road, world=replace(road.world, knowledge=knowledge))


def test_a_condition_without_which_there_is_no_answer_is_asked_with_buttons(asking, talk_with):
    t = talk_with(asking)
    reply = t.say("五保户要什么条件")
    assert reply.outcome is Outcome.CLARIFY
    assert asking.world.titles(reply.options) == ["60岁以上", "16至59岁"]
    assert t.say("七十三岁").text.startswith("六十以上的一句")
    assert t.conversation.options == []


def test_a_condition_can_be_chosen_by_button_or_left_open(asking, talk_with):
    t = talk_with(asking)
    t.say("五保户要什么条件")
    assert t.say("第二个").text.startswith("不到六十的一句")
    t = talk_with(asking)
    t.say("五保户要什么条件")
    said = t.say("不清楚")
    assert said.outcome is Outcome.ANSWER
    assert "的一句" not in said.text


def test_a_condition_named_at_once_chooses_the_sentence(talk):
    assert talk().say("五保户要什么条件，我六十五岁").text.startswith("满60周岁的老人")
    assert not talk().say("五保户要什么条件").text.startswith("满60周岁的老人")


def test_without_a_condition_the_answer_gives_all_cases(talk):
    reply = talk("冷水滩区").say("残疾人两项补贴多少钱一个月")
    assert reply.outcome is Outcome.ANSWER
    assert reply.text.count("65") >= 2
