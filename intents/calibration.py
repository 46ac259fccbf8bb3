"""Finding, by leaving phrasings out, how similarities become a confidence."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents import meaning
from intents.library import Square
from intents.matcher import FEATURES, LEXICAL, Matcher, Weights
from intents.ranking import Judge, Ranker, trust_features
from intents.shelf import COMMON, Reach, Shelf
from intents.training import fit_first, fit_rankers, logistic

__all__ = ["FILE", "calibrate", "load_weights", "thresholds"]

FILE = Path(__file__).resolve().parent / "calibration.json"
SEED = 20261121
SLIP_SHARE = 0.2
"""Share of the samples that are typed with slips."""
COMMONEST = (
    "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好"
    "看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间斯知"
    "世什两次使身者被高已亲其进此话常与活正感见明问力理尔点文几定本公特做外孩相西果走将月十实向声车全信重三机工物气每并别真打"
    "太新比才便夫再书部水像眼等体却加电主界门利海受听表德少克代员许先口由死安写性马光白或住难望教命花结乐色更拉东神记处让母父"
    "应直字场平报友关放至张认接告入笑内英军候民岁往何度山觉路带万男边风解叫任金快原吃妈变通师立象数四失满战远格士音轻目条呢"
)
"""The commonest characters, from which slips are drawn."""
TEST_WEIGHT, UNKNOWN_WEIGHT = 0.5, 0.2
"""What a topic test counts beside a phrasing left out (authors see failing tests), and an unknown need beside a known one."""
FOLDS = 4
CLARIFY = 0.5
"""Share of the answering confidence from which we ask back."""
LEAST = 0.4
"""No answer is given that is less likely than this to meet the need, however rarely it would be about another matter."""
Floats = NDArray[np.float32]


def _read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def load_weights() -> Weights:
    """Weights from the calibration file."""
    data = _read()
    return Weights(*(
        Judge(np.array(d["first"], dtype=np.float32), tuple(map(Ranker.from_data, d["rankers"])), np.array(d["trust"], dtype=np.float32))
        for d in (data["judge"], data["judge_lexical"])
    ))


def thresholds(*, with_meaning: bool) -> tuple[float, float]:
    """Confidence from which an answer is given, and from which we ask back."""
    data, suffix = _read(), "" if with_meaning else "_lexical"
    return float(data["answer" + suffix]), float(data["clarify" + suffix])


class _Slips:
    """Types as people do by voice and pinyin: now and then a character that sounds the same."""

    def __init__(self, sounds: dict[str, str], generator: np.random.Generator) -> None:
        self._sounds = sounds
        self._generator = generator
        self._alike: dict[str, list[str]] = {}
        for char in COMMONEST:
            if char in sounds:
                self._alike.setdefault(sounds[char], []).append(char)

    def type(self, text: str) -> str:
        """The text with one or two characters replaced by common ones of the same sound."""
        out = list(text)
        for place in self._generator.permutation(len(out))[: 1 + (len(out) > 6)]:
            alike = [c for c in self._alike.get(self._sounds.get(out[place], ""), []) if c != out[place]]
            if alike:
                out[place] = alike[int(self._generator.integers(len(alike)))]
        return "".join(out)


@dataclass(frozen=True)
class _Query:
    """A question with its right candidate; ``row`` is the phrasing (shelf, row) it is, if any; ``reach`` where it is asked, if given."""

    text: str
    right: str
    row: tuple[str, int] | None = None
    reach: Reach | None = None


@dataclass(frozen=True)
class _Sample:
    """One question asked in one place: its features, its right candidate and those that would do as well, by place in reach."""

    features: Floats
    reach: Reach
    right: int
    fine: frozenset[int]
    topic: NDArray[np.bool_]
    length: int
    weight: float


def calibrate(
    matcher: Matcher, shelves: list[Shelf], tests: list[tuple[str, str, Reach | None]], reaches: list[Reach], fingerprint: str, *,
    wrong_rate: float = 0.03, progress: Callable[[int, int], None] | None = None, most: int = 3000,
) -> dict[str, Any]:
    """Fit ranking and confidence on phrasings left out one at a time and on the topic tests.

    ``tests`` are canonical text, candidate id and, when a region is given, what may be told there; ``reaches`` what may be told in
    each region that we hold: every sample is asked in one of them that holds its right candidate. Each sample also appears once with its right
    candidate taken away with all of its topic, so that an unknown need looks as it will look. The threshold is the smallest
    confidence from which at most ``wrong_rate`` of the answers to known needs are about another matter. Returns what is written to :data:`FILE`.
    """
    generator = np.random.default_rng(SEED)
    intents, facts = _left_out(shelves)
    queries = [_Query(text, right, None, reach) for text, right, reach in tests]
    for pool, share in ((intents, most * 3 // 4), (facts, most // 4)):
        queries += [pool[i] for i in generator.permutation(len(pool))[:share]]
    slips = _Slips(matcher.featurizer.sounds, generator)
    samples = []
    leverages: dict[str, Floats] = {}
    for done, query in enumerate(queries):
        typed = slips.type(query.text) if generator.random() < SLIP_SHARE else query.text
        fitting = [reach for reach in ([query.reach] if query.reach else reaches) if query.right in reach.positions]
        if fitting:
            samples.append(_sample(matcher, query, typed, fitting[generator.integers(len(fitting))], leverages))
        if progress and done % 50 == 0:
            progress(done, len(queries))
    out: dict[str, Any] = {}
    report: dict[str, Any] = {}
    for suffix, columns in (("", slice(None)), ("_lexical", LEXICAL)):
        if not suffix and any(shelf.vectors is None for shelf in shelves):
            continue
        judge, summary = _fit(matcher, samples, columns, generator, wrong_rate)
        out["judge" + suffix] = {
            "first": [round(float(x), 4) for x in judge.first], "trust": [round(float(x), 4) for x in judge.trust],
            "rankers": [r.as_data() for r in judge.rankers],
        }
        report["with_meaning" if not suffix else "without_meaning"] = summary
        out["answer" + suffix], out["clarify" + suffix] = summary["answer_threshold"], summary["clarify_threshold"]
    out = {**{k: v for k, v in _read().items() if k.startswith(("judge", "answer", "clarify"))}, **out}
    return {"made": datetime.date.today().isoformat(), "knowledge": fingerprint[:16], "features": list(FEATURES),
            "wrong_rate": wrong_rate, "report": report, **out}


def _left_out(shelves: list[Shelf]) -> tuple[list[_Query], list[_Query]]:
    """Phrasings of intents and of facts that leave others of their candidate behind."""
    intents: list[_Query] = []
    facts: list[_Query] = []
    for shelf in shelves:
        counts = np.diff(shelf.starts)
        for row, owner in enumerate(shelf.owner):
            if counts[owner] > 2:
                pool = facts if shelf.facts[owner] else intents
                pool.append(_Query(shelf.canonical[row], shelf.ids[owner], (shelf.name, row)))
    return intents, facts


def _sample(matcher: Matcher, query: _Query, typed: str, reach: Reach, leverages: dict[str, Floats]) -> _Sample:
    vector = None
    if any(shelf.vectors is not None for shelf in reach.shelves):
        same = query.row is not None and typed == query.text
        vector = _vector(reach, query.row) if same and query.row else meaning.embed(typed)
    right = reach.positions[query.right]
    fine = frozenset(reach.where(matcher.twins.get(query.right, frozenset()))) | {right}
    weight = 1.0 if query.row is not None else TEST_WEIGHT
    features = matcher.features(matcher.ask(typed, vector), reach, without=query.row)
    if query.row is not None and vector is not None:
        _unlearn(features, reach, query.row, vector, leverages)
    return _Sample(features, reach, right, fine, _about_the_same(matcher, reach, query.right), len(typed), weight)


def _unlearn(features: Floats, reach: Reach, row: tuple[str, int], vector: Floats, leverages: dict[str, Floats]) -> None:
    """Correct the class scores of a shelf to what they would be had the row not been learnt from (Sherman and Morrison)."""
    start = 0
    for shelf in reach.shelves:
        if shelf.name == row[0]:
            break
        start += len(shelf.ids)
    if shelf.vectors is None or shelf.classes is None:
        return
    if shelf.name not in leverages:
        common = next(s for s in reach.shelves if s.name == COMMON).vectors
        assert common is not None
        leverages[shelf.name] = Square(common).inverse(None if shelf.name == COMMON else shelf.vectors)
    learnt, asked = (np.append(v, np.float32(1.0)) for v in (shelf.vectors[row[1]], vector))
    across = learnt @ leverages[shelf.name]
    wanted = np.zeros(len(shelf.ids), dtype=np.float32)
    wanted[shelf.owner[row[1]]] = 1.0
    column = FEATURES.index("class")
    features[start : start + len(shelf.ids), column] += (across @ asked) / (1 - across @ learnt) * (learnt @ shelf.classes - wanted)


def _vector(reach: Reach, row: tuple[str, int]) -> Floats:
    [shelf] = [s for s in reach.shelves if s.name == row[0]]
    assert shelf.vectors is not None
    return np.asarray(shelf.vectors[row[1]])


def _about_the_same(matcher: Matcher, reach: Reach, right: str) -> NDArray[np.bool_]:
    """Mask of everything about the right candidate's topic: taken away, the need is unknown."""
    alike = {right} | matcher.twins.get(right, frozenset())
    topics = {c.split(".")[0] for c in alike if c in reach.positions and not reach.facts[reach.positions[c]]}
    about = {c for c, fact in zip(reach.ids, reach.facts, strict=True) if not fact and c.split(".")[0] in topics} | alike
    about |= {twin for c in about for twin in matcher.twins.get(c, frozenset())}
    if right in reach.positions and reach.facts[reach.positions[right]]:
        stem = ".".join(right.split(".")[:2])
        about |= {c for c in reach.ids if c.startswith(stem)}
    out = np.zeros(len(reach.ids), dtype=np.bool_)
    out[reach.where(about)] = True
    return out


def _fit(
    matcher: Matcher, samples: list[_Sample], columns: Any, generator: np.random.Generator, wrong_rate: float,
) -> tuple[Judge, dict[str, Any]]:
    """Ranking on all folds but one, confidence on what that ranking does with the fold left out; the final ranking on all."""
    mask = np.zeros(len(FEATURES), dtype=np.float32)
    mask[columns] = 1
    fold = generator.permutation(len(samples)) % FOLDS
    listed = [(s.features, s.fine, s.length) for s in samples]
    outcomes: list[_Outcome] = []
    for out in range(FOLDS):
        training = [item for item, f in zip(listed, fold, strict=True) if f != out]
        first = fit_first(training, mask)
        judge = Judge(first, fit_rankers(training, first, mask, SEED), np.zeros(1, dtype=np.float32))
        outcomes += [_outcome(matcher, judge, s, mask) for s, f in zip(samples, fold, strict=True) if f == out]
    inputs = np.stack([x for o in outcomes for x in (o.known, o.unknown)])
    labels = np.array([x for o in outcomes for x in (o.right, 0)], dtype=np.float32)
    same = np.array([x for o in outcomes for x in (o.near, 0)], dtype=np.float32)
    weights = np.array([x for o in outcomes for x in (o.weight, o.weight * UNKNOWN_WEIGHT)], dtype=np.float32)
    trust = logistic(inputs, labels, weights)
    confidence = 1 / (1 + np.exp(-(inputs @ trust)))
    answer = max(_threshold(confidence[::2], same[::2], weights[::2], wrong_rate), LEAST)
    tests = weights[::2] == TEST_WEIGHT
    summary = {
        "samples": len(samples), "tests": int(tests.sum()), "tests_right_first": round(float(labels[::2][tests].mean()), 4),
        "right_first": round(float(labels[::2].mean()), 4), "answer_threshold": round(answer, 3), "clarify_threshold": round(answer * CLARIFY, 3),
        **_at(answer, confidence, labels, same), "reliability": _reliability(confidence[::2], labels[::2]),
        "risk_coverage": {f"{t:.2f}": _at(t, confidence, labels, same) for t in np.arange(0.2, 0.95, 0.1)},
    }
    first = fit_first(listed, mask)
    return Judge(first, fit_rankers(listed, first, mask, SEED), trust), summary


@dataclass(frozen=True)
class _Outcome:
    """What a ranking did with one sample: trust features as it is and with its topic taken away, and whether it was right."""

    known: Floats
    unknown: Floats
    right: int
    near: int
    weight: float


def _outcome(matcher: Matcher, judge: Judge, sample: _Sample, mask: Floats) -> _Outcome:
    features = sample.features * mask
    order, belief = judge.order(features, sample.length)
    known = trust_features(features[order[0]], belief, matcher.alike(order, sample.reach), sample.length)
    rest = np.flatnonzero(~sample.topic)
    among, share = judge.order(features[rest], sample.length)
    place = rest[among]
    unknown = trust_features(features[place[0]], share, matcher.alike(place, sample.reach), sample.length)
    return _Outcome(known, unknown, int(int(order[0]) in sample.fine), int(sample.topic[int(order[0])]), sample.weight)


def _at(threshold: float, confidence: Floats, labels: Floats, same: Floats) -> dict[str, float]:
    """Shares at a threshold: answered, of them right and about the same matter, and unknown needs answered all the same.

    Even places hold known needs, odd ones the same needs with their topic taken away.
    """
    given = confidence[::2] >= threshold
    share = (float(given.mean()), *(float(of[::2][given].mean()) if given.any() else 1.0 for of in (labels, same)))
    unknown = float((confidence[1::2] >= threshold).mean())
    names = ("answered", "right_of_answered", "same_matter_of_answered", "unknown_answered")
    return dict(zip(names, (round(x, 4) for x in (*share, unknown)), strict=True))


def _reliability(confidence: Floats, labels: Floats) -> dict[str, list[float]]:
    """For each tenth of confidence: how many there were and the share that was right."""
    out = {}
    for tenth in range(10):
        inside = (confidence >= tenth / 10) & (confidence < (tenth + 1) / 10 + (tenth == 9))
        if inside.any():
            out[f"{tenth / 10:.1f}"] = [int(inside.sum()), round(float(labels[inside].mean()), 3)]
    return out


def _threshold(confidence: Floats, labels: Floats, importance: Floats, wrong_rate: float) -> float:
    """Smallest confidence from which the share of wrong answers stays under ``wrong_rate``."""
    order = np.argsort(-confidence)
    wrong = np.cumsum((1 - labels[order]) * importance[order]) / np.cumsum(importance[order])
    good = np.flatnonzero(wrong <= wrong_rate)
    return float(confidence[order[good[-1]]]) if len(good) else 0.95
