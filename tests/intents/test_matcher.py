"""Matching over the real phrasings."""

from dataclasses import replace

import numpy as np
import pytest

from intents import meaning
from intents.calibration import load_weights, thresholds
from intents.index import StaleIndex, build, is_current, load
from intents.library import Library
from intents.matcher import FEATURES
from intents.ranking import SHORTLIST
from intents.shelf import COMMON, Reach
from knowledge.loading import load as load_knowledge


def test_every_intent_phrasing_finds_its_intent_or_one_answered_alike(knowledge, road):
    matcher, reach, missed = road.world.matcher, road.world.reach(""), []
    for intent in knowledge.intents.values():
        for phrasing in intent.phrasings[::5]:
            text = road.world.gazetteer.mentions(phrasing)
            if any(not m.town for m in text):
                continue
            found = matcher.match(phrasing, reach)
            if not found or not {c.id for c in found[:3]} & road.world.as_good_as(intent.id):
                missed.append(phrasing)
    assert len(missed) <= len(knowledge.intents) // 100, missed


def test_exact_questions_are_certain_and_need_no_embedding(road, monkeypatch):
    def fail(text):
        raise AssertionError(text)

    monkeypatch.setattr(meaning, "embed", fail)
    [first, *_] = road.world.matcher.match("低保标准", road.world.reach(""))
    assert (first.id, first.confidence) == ("dibao.standard", 1.0)


def test_confidence_is_a_chance_and_falls(road):
    found = road.world.matcher.match("老人家屋里没人照顾国家给点什么", road.world.reach(""))
    chances = [c.confidence for c in found]
    assert chances == sorted(chances, reverse=True)
    assert all(0 <= c <= 1 for c in chances)


@pytest.mark.parametrize("text", ["", "标准是多少", "怎么办理", "123 456", "？？"])
def test_nothing_said_matches_nothing(road, text):
    assert road.world.matcher.match(text, road.world.reach("")) == []


def test_homophones_are_heard(road):
    heard = {c.id for c in road.world.matcher.match("接混证要带什么材料", road.world.reach(""))}
    assert heard & {"marriage.documents", "marriage.register"}


def test_only_what_is_in_reach_comes_back(road):
    matcher = road.world.matcher
    assert matcher.match("低保标准", Reach(())) == []
    for region in ("三门县", "冷水滩区", "乌海市", "长沙县"):
        reach = road.world.reach(region)
        for text in ("第一福利院造在哪", "养老床位有多少张", "低保一个月多少钱", "高溪市敬老院二期"):
            assert {c.id for c in matcher.match(text, reach)} <= set(reach.ids)
    knowledge = road.world.knowledge
    places = {knowledge.fact_region(i) for i in road.world.reach("三门县").ids if i in knowledge.facts}
    assert "三门县" in places and places <= set(knowledge.chain("三门县"))


def test_adding_a_county_changes_nothing_for_another(small, tmp_path):
    """The shelves of one county are made without looking at another's."""
    facts_only = replace(small, topics=[])
    build(facts_only, tmp_path / "all", semantic=False)
    build(replace(facts_only, sources=[s for s in small.sources if s.region != "乌海市"]), tmp_path / "less", semantic=False)
    before, after = (Library(tmp_path / name / "knowledge.db") for name in ("all", "less"))
    assert "乌海市" in before.rows and "乌海市" not in after.rows
    for name in after.rows:
        one, two = before.shelf(name), after.shelf(name)
        assert one.canonical == two.canonical
        assert np.array_equal(one.characters.weights, two.characters.weights)


def test_calibration_file_fits_the_features():
    weights = load_weights()
    for judge in (weights.meaning, weights.lexical):
        assert len(judge.first) == len(FEATURES)
        features = np.random.default_rng(1).random((40, len(FEATURES))).astype(np.float32)
        order, belief = judge.order(features, 10)
        assert len(order) == SHORTLIST and abs(float(belief.sum()) - 1) < 1e-4
        assert 0 <= judge.confidence(features, order, belief, [True] + [False] * 29, 10) <= 1
    for with_meaning in (True, False):
        answer, clarify = thresholds(with_meaning=with_meaning)
        assert 0 < clarify < answer < 1


@pytest.fixture
def small(home):
    """A knowledge small enough to compile in a test."""
    for path in (home / "answers").glob("*.yaml"):
        if path.stem not in ("temp_amount", "temp_apply", "smalltalk"):
            path.unlink()
    return load_knowledge(home)


def test_index_without_meaning_answers_and_goes_stale_with_the_knowledge(small, tmp_path, home):
    folder = tmp_path / "index"
    with pytest.raises(StaleIndex):
        load(small, folder, semantic=False)
    build(small, folder, semantic=False)
    assert is_current(small, folder, semantic=False)
    compiled = load(small, folder, semantic=False)
    assert compiled.library.shelf(COMMON).vectors is None
    reach = Reach(tuple(compiled.library.shelf(name) for name in compiled.library.names))
    assert compiled.matcher.match("临时救助", reach)[0].id == "temp.eligible"
    assert list(folder.glob("*.new")) == []
    path = home / "answers" / "temp_apply.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# 改动\n", encoding="utf-8")
    assert not is_current(load_knowledge(home), folder, semantic=False)
