import datetime

import pytest

from knowledge import rendering
from knowledge.model import Answer

TODAY = datetime.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        ("570", "元/人·月", "每人每月570元"), ("4080", "元/人·年", "每人每年4080元"), ("2000", "元/人·次", "每人每次2000元"),
        ("2697", "家", "2697家"), ("75", "%", "75%"), ("30", "元/年", "每年30元"),
    ],
)
def test_figures_are_spoken_with_unit_and_period(value, unit, words):
    assert rendering.spoken(value, unit) == words


def test_placeholder_forms(knowledge):
    assert rendering.resolve(knowledge, "shaoyang.dibao.urban") == ("shaoyang.dibao.urban", "每人每月570元")
    assert rendering.resolve(knowledge, "shaoyang.dibao.urban:value")[1] == "570"
    assert rendering.resolve(knowledge, "shaoyang.dibao.urban_rise.now")[1] == "每人每月570元"
    assert "570" in rendering.resolve(knowledge, "shaoyang.dibao.urban:text")[1]


@pytest.mark.parametrize("place", ["shaoyang.dibao.urbn", "shaoyang.dibao.urban.before", "shaoyang.dibao.urban:wert", ""])
def test_unknown_placeholder_is_an_error(knowledge, place):
    with pytest.raises(ValueError):
        rendering.resolve(knowledge, place)


def answer(**fields):
    return Answer(**{"region": "邵阳市", "say": "邵阳市城市低保{shaoyang.dibao.urban}。", **fields})


def test_sources_dates_and_caution_are_derived(knowledge):
    words = rendering.render_answer(knowledge, answer(), "邵阳市", {}, TODAY)
    assert words.text.startswith("邵阳市城市低保每人每月570元。")
    assert "依据：《邵阳市“十四五”民政事业发展规划》" in words.text
    assert "2021年12月30日印发" in words.text
    assert "数据截至：2020年12月" in words.text
    assert knowledge.phrases.phrases["caution_old"] in words.text
    assert words.citations[0].as_of == "2020-12"


def test_inherited_answer_names_its_level(knowledge):
    words = rendering.render_answer(knowledge, answer(), "隆回县", {}, TODAY)
    assert "（邵阳市的规定，隆回县没有单列）" in words.text
    assert words.level == "邵阳市"


def test_variant_takes_the_place_of_the_first_sentence(knowledge):
    variant = {"when": {"area": "农村"}, "say": "邵阳市农村低保{shaoyang.dibao.rural}。"}
    both = answer(variants=[variant])
    assert rendering.render_answer(knowledge, both, "邵阳市", {"area": "农村"}, TODAY).say == "邵阳市农村低保每人每年4080元。"
    assert rendering.render_answer(knowledge, both, "邵阳市", {}, TODAY).say == "邵阳市城市低保每人每月570元。"


def test_conflicting_facts_are_told_together_with_their_places(knowledge):
    keys = [k for k, f in knowledge.facts.items() if f.conflicts_with]
    assert len(keys) >= 20
    for key in keys:
        words = rendering.render_fact(knowledge, key, "", TODAY)
        assert "说法不同" in words.text
        assert len(words.citations) >= 2


def test_dates_in_chinese():
    assert [rendering.chinese_date(d) for d in ("2021-12-30", "2020-02", "2020")] == ["2021年12月30日", "2020年2月", "2020年"]
