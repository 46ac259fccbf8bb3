"""The promises of the design, over every answer and every fact of the real knowledge."""

import datetime
import re

from knowledge import rendering

TODAY = datetime.date(2026, 11, 21)
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def held_for(knowledge, region):
    return [r for r in knowledge.regions if region in knowledge.chain(r)]


def test_no_figure_without_a_fact(knowledge):
    """Every number of every rendered answer stands in a fact it cites."""
    for intent, answer in knowledge.answers():
        cited = rendering.cited(knowledge, answer)
        allowed = set()
        for key in cited:
            allowed |= set(NUMBER.findall(knowledge.facts[key].statement()))
            allowed |= {n for value in knowledge.facts[key].figures().values() for n in NUMBER.findall(value)}
        for template in (answer.say, answer.detail, *(v.say + v.detail for v in answer.variants)):
            text = rendering.fill(knowledge, template)
            assert set(NUMBER.findall(text)) <= allowed, (intent.id, answer.region, set(NUMBER.findall(text)) - allowed)


def test_no_fact_of_another_branch(knowledge):
    """Whoever asks, wherever: all facts told are about the resident's own chain, or about places inside the answer's."""
    for intent, answer in knowledge.answers():
        for key in rendering.cited(knowledge, answer):
            where = knowledge.fact_region(key)
            assert where in knowledge.chain(answer.region) or answer.region in knowledge.chain(where), (intent.id, answer.region, key)


def test_nearest_answer_is_always_of_the_residents_chain(knowledge, road):
    for intent in knowledge.intents.values():
        for region in knowledge.regions:
            answer = road.world.nearest(intent, region)
            assert answer is None or answer.region in knowledge.chain(region)


def test_facts_offered_directly_are_of_the_chain_or_projects_below(knowledge, road):
    for region in knowledge.regions:
        for key in (i for i in road.world.reach(region).ids if i in knowledge.facts):
            where = knowledge.fact_region(key)
            below = region in knowledge.chain(where)
            assert where in knowledge.chain(region) or (below and knowledge.facts[key].kind == "project")


def test_every_answer_renders_for_every_region_it_serves_with_source_and_date(knowledge):
    for intent, answer in knowledge.answers():
        region = held_for(knowledge, answer.region)[-1]
        for slots in ({}, *({slot: values[0] for slot, values in v.when.items()} for v in answer.variants)):
            words = rendering.render_answer(knowledge, answer, region, slots, TODAY)
            assert words.say
            assert "{" not in words.text and "}" not in words.text, (intent.id, answer.region)
            if knowledge.topic_of[intent.id].kind == "service" and not answer.handoff:
                assert "依据：《" in words.text
                assert all(c.document and c.section for c in words.citations)


def test_old_figures_carry_a_caution(knowledge):
    caution = knowledge.phrases.phrases["caution_old"]
    for intent, answer in knowledge.answers():
        sources = {knowledge.origin[k].id for k in rendering.cited(knowledge, answer)}
        if sources & {"shaoyang", "sanmen", "wuhai", "lengshuitan", "yongzhou"}:
            words = rendering.render_answer(knowledge, answer, answer.region, {}, TODAY)
            keys = rendering.said(knowledge, answer) or answer.facts
            if any(knowledge.origin[k].review_by for k in keys):
                assert caution in words.text, (intent.id, answer.region)


def test_medium_confidence_carries_its_caution_and_the_hotline(knowledge):
    for key, fact in knowledge.facts.items():
        if fact.confidence == "medium" and fact.status == "current":
            text = rendering.render_fact(knowledge, key, "", TODAY).text
            assert "以当地民政部门答复为准" in text
            assert "12345" in text


def test_first_sentences_can_be_read_out(knowledge):
    long = [
        (intent.id, answer.region) for intent, answer in knowledge.answers()
        if knowledge.topic_of[intent.id].kind == "service" and len(rendering.fill(knowledge, answer.say)) > 75
    ]
    assert long == []
