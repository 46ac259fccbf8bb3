"""Matching over the real phrasings."""

import numpy as np
import pytest

from intents import meaning
from intents.calibration import load_weights, thresholds
from intents.index import StaleIndex, build, is_current, load
from intents.matcher import FEATURES
from knowledge.loading import load as load_knowledge


def test_every_intent_phrasing_finds_its_intent_or_one_answered_alike(knowledge, road):
    matcher, missed = road.world.matcher, []
    for intent in knowledge.intents.values():
        for phrasing in intent.phrasings[::5]:
            text = road.world.gazetteer.mentions(phrasing)
            if any(not m.town for m in text):
                continue
            found = matcher.match(phrasing, None)
            if not found or not {c.id for c in found[:3]} & road.world.as_good_as(intent.id):
                missed.append(phrasing)
    assert len(missed) <= len(knowledge.intents) // 100, missed


def test_exact_questions_are_certain_and_need_no_embedding(road, monkeypatch):
    def fail(text):
        raise AssertionError(text)

    monkeypatch.setattr(meaning, "embed", fail)
    [first, *_] = road.world.matcher.match("低保标准", None)
    assert (first.id, first.confidence) == ("dibao.standard", 1.0)


def test_confidence_is_a_chance_and_falls(road):
    found = road.world.matcher.match("老人家屋里没人照顾国家给点什么", None)
    chances = [c.confidence for c in found]
    assert chances == sorted(chances, reverse=True)
    assert all(0 <= c <= 1 for c in chances)


@pytest.mark.parametrize("text", ["", "标准是多少", "怎么办理", "123 456", "？？"])
def test_nothing_said_matches_nothing(road, text):
    assert road.world.matcher.match(text, None) == []


def test_homophones_are_heard(road):
    heard = {c.id for c in road.world.matcher.match("接混证要带什么材料", None)}
    assert heard & {"marriage.documents", "marriage.register"}


def test_forbidden_candidates_never_come_back(road):
    matcher = road.world.matcher
    nothing = np.zeros(len(matcher.rows.ids), dtype=np.bool_)
    assert matcher.match("低保标准", nothing) == []
    only = matcher.mask({"tekun.standard"})
    assert {c.id for c in matcher.match("五保户一年多少钱", only)} <= {"tekun.standard"}


def test_calibration_file_fits_the_features():
    weights = load_weights()
    assert len(weights.rank) == len(weights.rank_lexical) == len(FEATURES)
    for with_meaning in (True, False):
        answer, clarify = thresholds(with_meaning=with_meaning)
        assert 0 < clarify < answer < 1


@pytest.fixture
def small(home):
    """A knowledge small enough to compile in a test."""
    for path in (home / "answers").glob("*.yaml"):
        if path.stem not in ("temp", "smalltalk"):
            path.unlink()
    return load_knowledge(home)


def test_index_without_meaning_answers_and_goes_stale_with_the_knowledge(small, tmp_path, home):
    folder = tmp_path / "index"
    with pytest.raises(StaleIndex):
        load(small, folder, semantic=False)
    build(small, folder, semantic=False)
    assert is_current(small, folder, semantic=False)
    compiled = load(small, folder, semantic=False)
    assert compiled.matcher.rows.vectors is None
    assert compiled.matcher.match("临时救助", None)[0].id == "temp.eligible"
    assert list(folder.glob("*.new")) == []
    path = home / "answers" / "temp.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# 改动\n", encoding="utf-8")
    assert not is_current(load_knowledge(home), folder, semantic=False)
