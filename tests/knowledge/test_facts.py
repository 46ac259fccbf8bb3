"""Promises about the facts themselves."""

import json
import re

from knowledge import schema
from knowledge.listing import fact_records

PLANS = {"shaoyang", "sanmen", "wuhai", "lengshuitan", "yongzhou"}


def test_every_plan_is_there_section_by_section(knowledge):
    held = {s.id: s for s in knowledge.sources}
    assert held.keys() >= PLANS
    for plan in PLANS:
        source = held[plan]
        used = {f.section for f in source.facts}
        assert all(section.id in used or section.skip for section in source.sections)
        assert len(source.facts) >= 300


def test_the_figures_people_ask_for_most(knowledge):
    expected = {
        "邵阳市": {"570", "4080", "8268", "5304", "70", "950", "1350"}, "乌海市": {"760", "1600", "1047", "403", "2100", "1800"},
        "三门县": {"660"}, "冷水滩区": {"570", "4020", "8892", "5280", "65", "2000"}, "永州市": {"950", "1350", "1.3"},
    }
    for region, figures in expected.items():
        held = {v for k, f in knowledge.facts.items() if knowledge.fact_region(k) == region for v in f.figures().values()}
        assert figures <= held, (region, figures - held)


NUMBER = re.compile(r"\d+(?:\.\d+)?")


def test_figures_have_unit_or_sentence_and_a_date(knowledge):
    for key, fact in knowledge.facts.items():
        if fact.kind in ("figure", "target") and fact.figures():
            assert fact.as_of, key
            statement = fact.statement()
            printed = [n for value in fact.figures().values() for n in NUMBER.findall(value) or [value]]
            assert all(n in statement for n in printed), key


def test_superseded_rules_are_replaced_by_a_current_one(knowledge):
    old = {k for k, f in knowledge.facts.items() if f.status == "superseded"}
    replaced = {o for f in knowledge.facts.values() for o in f.supersedes}
    assert old
    assert old <= replaced


def test_fact_records_are_json_with_the_promised_fields(knowledge):
    records = [json.loads(json.dumps(r, ensure_ascii=False)) for r in fact_records(knowledge)]
    fields = {"key", "source", "region", "section", "kind", "value", "unit", "as_of", "text"}
    assert all(fields <= r.keys() for r in records)
    assert len({r["key"] for r in records}) == len(records)
    assert {r["source"] for r in records} >= PLANS
    assert not any(re.search(r"\{|\}", r["text"]) for r in records)


def test_schemas_fit_the_models():
    assert schema.outdated() == []


def test_schemas_speak_chinese():
    for name in schema.SCHEMAS:
        text = (schema.FOLDER / f"{name}.json").read_text(encoding="utf-8")
        assert re.search(r'"description": "[^"]*[\u4e00-\u9fff]', text), name
