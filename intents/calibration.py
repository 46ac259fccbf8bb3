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
from intents.matcher import FEATURES, Matcher, Rows, Weights, trust_features

__all__ = ["FILE", "calibrate", "load_weights", "thresholds"]

FILE = Path(__file__).resolve().parent / "calibration.json"
SEED = 20261121
SLIP_SHARE = 0.2
"""Share of the samples that are typed with slips."""
COMMON = (
    "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好"
    "看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间斯知"
    "世什两次使身者被高已亲其进此话常与活正感见明问力理尔点文几定本公特做外孩相西果走将月十实向声车全信重三机工物气每并别真打"
    "太新比才便夫再书部水像眼等体却加电主界门利海受听表德少克代员许先口由死安写性马光白或住难望教命花结乐色更拉东神记处让母父"
    "应直字场平报友关放至张认接告入笑内英军候民岁往何度山觉路带万男边风解叫任金快原吃妈变通师立象数四失满战远格士音轻目条呢"
)
"""The commonest characters, from which slips are drawn."""
TEST_WEIGHT, UNKNOWN_WEIGHT = 0.5, 0.2
"""What a topic test counts beside a phrasing left out (authors see failing tests), and an unknown need beside a known one."""
LEAST = 0.4
"""No answer is given that is less likely than this to meet the need, however rarely it would be about another matter."""
Floats = NDArray[np.float32]
DEFAULT = {
    "rank": [2.0, 1.5, 1.0, 12.0, 6.0, 1.0, 0.3], "trust": [-6.0, 1, 1, 0.5, 4, 2, 1, 2, 0.5, 0, 0, 0],
    "rank_lexical": [4.0, 2.0, 2.0, 0.0, 0.0, 1.0, 0.3], "trust_lexical": [-4.0, 3, 1, 1, 0, 0, 1, 2, 0.5, 0, 0, 0],
    "answer": 0.5, "clarify": 0.25, "answer_lexical": 0.8, "clarify_lexical": 0.4,
}


def _read() -> dict[str, Any]:
    if not FILE.exists():
        return dict(DEFAULT)
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def load_weights() -> Weights:
    """Weights from the calibration file."""
    data = _read()
    return Weights(*(np.array(data[n], dtype=np.float32) for n in ("rank", "trust", "rank_lexical", "trust_lexical")))


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
        for char in COMMON:
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
class _Sample:
    """One question: its features, its right candidate, those that would do as well, and those allowed in its region."""

    features: Floats
    right: int
    fine: frozenset[int]
    allowed: NDArray[np.bool_]
    topic: NDArray[np.bool_]
    length: int
    weight: float


def calibrate(
    matcher: Matcher, tests: list[tuple[str, str]], masks: list[NDArray[np.bool_]], fingerprint: str, *, wrong_rate: float = 0.03,
    progress: Callable[[int, int], None] | None = None, most: int = 3000,
) -> dict[str, Any]:
    """Fit ranking and confidence on phrasings left out one at a time and on the topic tests.

    ``tests`` are pairs of canonical text and candidate id; ``masks`` the candidates allowed in each region that we hold:
    every sample is asked in one of them where its right candidate is allowed. Each sample also appears once with its right candidate
    taken away with all of its topic, so that an unknown need looks as it will look. The threshold is the smallest
    confidence from which at most ``wrong_rate`` of the answers to known needs are about another matter. Returns what is written to :data:`FILE`.
    """
    generator = np.random.default_rng(SEED)
    rows = matcher.rows
    owner = np.repeat(np.arange(len(rows.ids)), np.diff(rows.starts))
    position = {c: i for i, c in enumerate(rows.ids)}
    counts = np.diff(rows.starts)
    queries: list[tuple[str, int, int | None]] = [(t, position[c], None) for t, c in tests if c in position]
    eligible = [i for i in range(len(owner)) if counts[owner[i]] > 2]
    intents = [i for i in eligible if not rows.facts[owner[i]]]
    facts = [i for i in eligible if rows.facts[owner[i]]]
    for pool, share in ((intents, most * 3 // 4), (facts, most // 4)):
        chosen = generator.permutation(len(pool))[:share]
        queries += [(rows.canonical[pool[i]], int(owner[pool[i]]), pool[i]) for i in chosen]
    slips = _Slips(matcher.featurizer.sounds, generator)
    typed = [(slips.type(text), right, row) if generator.random() < SLIP_SHARE else (text, right, row) for text, right, row in queries]
    out: dict[str, Any] = {}
    samples = []
    for done, (text, right, row) in enumerate(typed):
        features, _ = _sample_features(matcher, text, row)
        fitting = [mask for mask in masks if mask[right]]
        allowed = fitting[generator.integers(len(fitting))] if fitting else np.ones(len(rows.ids), dtype=np.bool_)
        fine = rows.twins.get(right, frozenset()) | {right}
        weight = 1.0 if row is not None else TEST_WEIGHT
        samples.append(_Sample(features, right, fine, allowed, _about_the_same(rows, right), len(text), weight))
        if progress and done % 50 == 0:
            progress(done, len(queries))
    semantic = rows.vectors is not None
    report: dict[str, Any] = {}
    for suffix, columns in (("", slice(None)), ("_lexical", [0, 1, 2, 5, 6])):
        if not suffix and not semantic:
            continue
        rank, trust, summary = _fit(matcher, samples, columns, generator, wrong_rate)
        out["rank" + suffix], out["trust" + suffix] = [round(float(x), 4) for x in rank], [round(float(x), 4) for x in trust]
        report["with_meaning" if not suffix else "without_meaning"] = summary
        out["answer" + suffix], out["clarify" + suffix] = summary["answer_threshold"], summary["clarify_threshold"]
    base = _read()
    out = {**{k: base[k] for k in DEFAULT if k not in out}, **out}
    return {"made": datetime.date.today().isoformat(), "knowledge": fingerprint[:16], "features": list(FEATURES),
            "wrong_rate": wrong_rate, "report": report, **out}


def _about_the_same(rows: Rows, right: int) -> NDArray[np.bool_]:
    """Mask of everything about the right candidate's topic: taken away, the need is unknown."""
    names = {rows.ids[i].split(".")[0] for i in (right, *rows.twins.get(right, ())) if not rows.facts[i]}
    out = np.array([not fact and name.split(".")[0] in names for name, fact in zip(rows.ids, rows.facts, strict=True)])
    out[[right, *rows.twins.get(right, ())]] = True
    for i in np.flatnonzero(out):
        out[list(rows.twins.get(int(i), ()))] = True
    stem = ".".join(rows.ids[right].split(".")[:2])
    if rows.facts[right]:
        out |= np.array([name.startswith(stem) for name in rows.ids])
    return np.asarray(out, dtype=np.bool_)


def _sample_features(matcher: Matcher, text: str, row: int | None) -> tuple[Floats, bool]:
    rows, make = matcher.rows, matcher.featurizer
    vector = None
    if rows.vectors is not None:
        same = row is not None and text == rows.canonical[row]
        vector = rows.vectors[row] if same else meaning.embed(text)
    features = matcher.assemble(
        rows.characters.similarity(make.characters(text)), rows.words.similarity(make.words(text)),
        rows.sounds.similarity(make.syllables(text)), vector, row,
    )
    return features, vector is not None


def _fit(
    matcher: Matcher, samples: list[_Sample], columns: Any, generator: np.random.Generator, wrong_rate: float,
) -> tuple[Floats, Floats, dict[str, Any]]:
    """Ranking weights by multinomial logit, then trust by logistic regression on the other half (both ways)."""
    mask = np.zeros(len(FEATURES), dtype=np.float32)
    mask[columns] = 1
    halves = generator.permutation(len(samples)) % 2
    trusted: list[Floats] = []
    right: list[int] = []
    near: list[int] = []
    firsts = 0
    for half in (0, 1):
        rank = _rank_weights([s for s, h in zip(samples, halves, strict=True) if h == half], mask)
        for sample in (s for s, h in zip(samples, halves, strict=True) if h != half):
            scores = np.where(sample.allowed, sample.features @ rank, -np.inf)
            order = matcher.rivals(scores)
            trusted.append(trust_features(sample.features * mask, scores, order, sample.length))
            right.append(int(int(order[0]) in sample.fine))
            near.append(int(sample.topic[int(order[0])]))
            firsts += right[-1]
            scores[sample.topic] = -np.inf
            trusted.append(trust_features(sample.features * mask, scores, matcher.rivals(scores), sample.length))
            right.append(0)
            near.append(0)
    inputs, labels = np.stack(trusted), np.array(right, dtype=np.float32)
    order_of = [s.weight for half in (0, 1) for s, h in zip(samples, halves, strict=True) if h != half]
    weights = np.array([w for weight in order_of for w in (weight, weight * UNKNOWN_WEIGHT)], dtype=np.float32)
    trust = _logistic(inputs, labels, weights)
    confidence = 1 / (1 + np.exp(-(inputs @ trust)))
    answer = max(_threshold(confidence[::2], np.array(near, dtype=np.float32)[::2], weights[::2], wrong_rate), LEAST)
    tests = np.array(order_of) == TEST_WEIGHT
    same = np.array(near, dtype=np.float32)
    summary = {
        "samples": len(samples), "tests": int(tests.sum()), "tests_right_first": round(float(labels[::2][tests].mean()), 4),
        "right_first": round(firsts / len(samples), 4), "answer_threshold": round(answer, 3), "clarify_threshold": round(answer * 0.5, 3),
        **_at(answer, confidence, labels, same), "reliability": _reliability(confidence[::2], labels[::2]),
        "risk_coverage": {f"{t:.2f}": _at(t, confidence, labels, same) for t in np.arange(0.3, 0.95, 0.1)},
    }
    return _rank_weights(samples, mask), trust, summary


def _rank_weights(samples: list[_Sample], mask: Floats, shortlist: int = 30, steps: int = 300) -> Floats:
    weights = np.array([3, 2, 1, 8, 4, 1, 0.2], dtype=np.float32) * mask
    start = weights.copy()
    picked, target = [], []
    for sample in samples:
        scores = np.where(sample.allowed, sample.features @ start, -np.inf)
        scores[[i for i in sample.fine if i != sample.right]] = -np.inf
        order = np.argsort(-scores)[:shortlist]
        if sample.right not in order:
            order[-1] = sample.right
        picked.append(sample.features[order])
        target.append(int(np.flatnonzero(order == sample.right)[0]))
    block, hit = np.stack(picked), np.array(target)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, steps + 1):
        scores = block @ weights
        chance = np.exp(scores - scores.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        expected = np.einsum("nk,nkf->nf", chance, block)
        gradient = (expected - block[np.arange(len(hit)), hit]).mean(axis=0) + 1e-4 * weights
        gradient *= mask
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        weights = weights - 0.1 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return weights.astype(np.float32)


def _logistic(inputs: Floats, labels: Floats, importance: Floats, steps: int = 60) -> Floats:
    """Logistic regression by Newton's method with a small ridge."""
    weights = np.zeros(inputs.shape[1])
    x = inputs.astype(np.float64)
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-(x @ weights)))
        gradient = x.T @ (importance * (chance - labels)) + 0.5 * weights
        curvature = (x * (importance * chance * (1 - chance))[:, None]).T @ x + 0.5 * np.eye(x.shape[1])
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights.astype(np.float32)


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
