"""Each rule stops the mistake it is there for, with file, line and remedy, over a broken copy of the real knowledge."""

import re
from pathlib import Path

import pytest

from knowledge import checking
from knowledge.loading import load
from knowledge.reading import KnowledgeError


def edit(home: Path, name: str, old: str, new: str) -> None:
    path = home / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} no longer stands in {name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def errors(home: Path) -> list[str]:
    return [str(p) for p in checking.check(load(home)) if not p.warning]


def test_the_real_knowledge_keeps_every_rule(knowledge):
    assert [str(p) for p in checking.check(knowledge) if not p.warning] == []


def test_typed_digit_in_an_answer(home):
    edit(home, "answers/dibao_amount.yaml", "say: 邵阳市城市低保", "say: 邵阳市城市低保600元，")
    assert any(re.match(r"answers/dibao_amount\.yaml:\d+:\d+ 错误：数字“600”直接写在答复里", e) for e in errors(home))


def test_figure_in_chinese_numerals_needs_a_fact(home):
    edit(home, "answers/dibao_amount.yaml", "say: 邵阳市城市低保", "say: 邵阳市城市低保六百元，")
    assert any("“六百元”在所据事实里找不到" in e for e in errors(home))


def test_unknown_fact(home):
    edit(home, "answers/dibao_amount.yaml", "{shaoyang.dibao.urban}", "{shaoyang.dibao.urbann}")
    assert any("没有编号为“shaoyang.dibao.urbann”的事实" in e for e in errors(home))


def test_fact_of_another_branch(home):
    edit(home, "answers/dibao_amount.yaml", "{shaoyang.dibao.urban}", "{yongzhou.plan.period:text}")
    assert any("不得用别处的数据" in e for e in errors(home))


def test_superseded_rule_without_the_new_one(home):
    path = home / "answers" / "probe.yaml"
    path.write_text(
        "topic: probe\ntitle: 试\nkind: smalltalk\nintents:\n  - id: probe.a\n    title: 试\n    answers:\n"
        "      - {region: 全国, say: '以前要户口簿：{national.n004}。'}\n", encoding="utf-8",
    )
    assert any("已失效" in e for e in errors(home))


def test_section_without_fact_or_reason(home):
    edit(home, "sources/shaoyang.yaml", "facts:\n", "  - {id: probe, title: 空章节}\nfacts:\n")
    assert any("章节“空章节”没有事实" in e for e in errors(home))


def test_fact_of_unknown_section(home):
    edit(home, "sources/national/hotlines.yaml", "{key: t119, section: '1'", "{key: t119, section: '9'")
    assert any("没有编号为“9”的章节" in e for e in errors(home))


def test_one_sided_conflict(home):
    edit(home, "sources/national/hotlines.yaml", "value: '119',", "value: '119', conflicts_with: [t110],")
    assert any("矛盾要双方都写明" in e for e in errors(home))


def test_duplicate_phrasing(home):
    edit(home, "answers/dibao_amount.yaml", "phrasings:\n", "phrasings:\n      - 重复的问法\n      - 重复的问法\n")
    assert any("问法“重复的问法”在" in e for e in errors(home))


def test_alias_of_two_regions(home):
    edit(home, "regions.yaml", "aliases: [邵东, ", "aliases: [新宁, 邵东, ")
    assert any("“新宁”同时指" in e for e in errors(home))


def test_missing_phrase(home):
    edit(home, "phrases.yaml", "  handoff: ", "  handof: ")
    assert any("缺少用语“handoff”" in e for e in errors(home))


def test_spam_of_the_defaced_page(home):
    spam = "".join(map(chr, (0x7ACB, 0x535A, 0x4F53, 0x80B2)))
    edit(home, "phrases.yaml", "phrases:\n", f"phrases:\n  probe: {spam}\n")
    assert any("广告词" in e for e in errors(home))


def test_word_of_two_terms(home):
    edit(home, "lexicon.yaml", "terms:\n", "terms:\n  - {name: 甲事, words: [同一个词]}\n  - {name: 乙事, words: [同一个词]}\n")
    assert any("“同一个词”同时归在" in e for e in errors(home))


def test_missing_file_is_named(home):
    (home / "lexicon.yaml").unlink()
    with pytest.raises(KnowledgeError, match=r"lexicon\.yaml:1:1 错误：缺少这个文件"):
        load(home)


def test_all_files_are_read_before_giving_up(home):
    edit(home, "phrases.yaml", "phrases:\n", "phrases: [\n")
    edit(home, "regions.yaml", "regions:\n", "regions: [\n")
    with pytest.raises(KnowledgeError) as caught:
        load(home)
    assert {"phrases.yaml", "regions.yaml"} <= {p.file for p in caught.value.problems}
