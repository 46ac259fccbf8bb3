"""Which need is meant: similarity to all phrasings by characters, words, sounds and meaning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from intents import meaning
from intents.pinyin import syllables
from intents.postings import Features, Postings
from intents.question import Candidate
from intents.tokens import Tokenizer
from intents.wording import Wording

__all__ = ["FEATURES", "Featurizer", "Matcher", "Rows", "Weights"]

GENERIC_WEIGHT = 0.25
NEAR_EXACT = 93.0
NEAR_ROWS = 12
FEATURES = ("characters", "words", "sounds", "meaning", "class", "coverage", "intent")
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Featurizer:
    """Features of a canonical text for each of the three lexical views."""

    wording: Wording
    tokenizer: Tokenizer
    sounds: dict[str, str]

    def characters(self, text: str) -> Features:
        """Single characters and pairs; those inside generic endings weigh less."""
        generic = self.wording.generic(text)
        weights = [GENERIC_WEIGHT if g else 1.0 for g in generic]
        singles = [(c, 0.6 * w) for c, w in zip(text, weights, strict=True)]
        pairs = [(text[i : i + 2], max(weights[i], weights[i + 1])) for i in range(len(text) - 1)]
        return singles + pairs

    def words(self, text: str) -> Features:
        """Words of the dictionary, ours kept whole."""
        generic = self.wording.generic(text)
        out, at = [], 0
        for word in self.tokenizer.tokenize(text):
            inside = all(generic[at : at + len(word)]) if at + len(word) <= len(generic) else False
            out.append((word, GENERIC_WEIGHT if inside else 1.0))
            at += len(word)
        return out

    def syllables(self, text: str) -> Features:
        """Pairs of folded syllables."""
        heard = syllables(text, self.sounds)
        return [(f"{a} {b}", 1.0) for a, b in pairwise(heard)] or [(s, 1.0) for s in heard]


@dataclass(frozen=True)
class Rows:
    """All phrasings, sorted by candidate.

    ``starts[i]:starts[i + 1]`` are the rows of candidate ``ids[i]``; ``facts[i]`` tells whether it is a single fact.
    ``vectors`` is None when the index was made without meaning; ``classes`` (384 × candidates) scores a vector
    against each candidate as a whole. ``twins[i]`` are candidates that would be answered with the same words as ``i``
    (a fact and the intents that tell it).
    """

    ids: list[str]
    facts: NDArray[np.bool_]
    starts: NDArray[np.int64]
    plain: list[str]
    canonical: list[str]
    characters: Postings
    words: Postings
    sounds: Postings
    vectors: Floats | None
    classes: Floats | None
    twins: dict[int, frozenset[int]]


@dataclass(frozen=True)
class Weights:
    """What calibration found: how features add up, and how the best score becomes a confidence."""

    rank: Floats
    trust: Floats
    rank_lexical: Floats
    trust_lexical: Floats


class Matcher:
    """Finds candidates for a need; immutable after construction and safe to share between threads."""

    def __init__(self, rows: Rows, featurizer: Featurizer, weights: Weights) -> None:
        self.rows = rows
        self.featurizer = featurizer
        self.weights = weights
        self._exact: dict[str, list[int]] = defaultdict(list)
        for texts in (rows.canonical, rows.plain):
            for row, text in enumerate(texts):
                self._exact[text].append(row)
        self._owner = np.repeat(np.arange(len(rows.ids)), np.diff(rows.starts))

    def match(self, text: str, allowed: NDArray[np.bool_] | None = None, *, most: int = 5) -> list[Candidate]:
        """The best candidates for a text (region names already taken out), surest first.

        ``allowed`` masks the candidates that may be answered here.
        """
        plain = self.featurizer.wording.plain(text)
        canonical = self.featurizer.wording.canonical(text)
        if not canonical or not self.featurizer.wording.says_something(canonical):
            return []
        for text_form in (plain, canonical):
            if sure := self._exactly(text_form, allowed):
                return sure
        characters = self.rows.characters.similarity(self.featurizer.characters(canonical))
        if sure := self._nearly(canonical, characters, allowed):
            return sure
        features, with_meaning = self.features(canonical, characters)
        return self._rank(features, with_meaning, allowed, most, len(canonical))

    def features(self, canonical: str, characters: Floats) -> tuple[Floats, bool]:
        """Feature matrix (candidates × :data:`FEATURES`) and whether meaning is in it."""
        rows, make = self.rows, self.featurizer
        words = rows.words.similarity(make.words(canonical))
        sounds = rows.sounds.similarity(make.syllables(canonical))
        vector = meaning.embed(canonical) if rows.vectors is not None and meaning.available() else None
        return self.assemble(characters, words, sounds, vector), vector is not None

    def assemble(
        self, characters: Floats, words: Floats, sounds: Floats, vector: Floats | None, without: int | None = None,
    ) -> Floats:
        """Best row of each candidate by each view, side by side; ``without`` leaves one row out of account."""
        rows = self.rows
        similar = np.zeros_like(characters)
        classes = np.zeros(len(rows.ids), dtype=np.float32)
        if vector is not None and rows.vectors is not None:
            similar = rows.vectors @ vector
            if rows.classes is not None:
                classes = np.append(vector, np.float32(1.0)) @ rows.classes
        both = characters + words
        if without is not None:
            for scores in (characters, words, sounds, similar, both):
                scores[without] = -1.0
        best = [np.maximum.reduceat(s, rows.starts[:-1]) for s in (characters, words, sounds, similar)]
        return np.stack([*best, classes, np.maximum.reduceat(both, rows.starts[:-1]), (~rows.facts).astype(np.float32)], axis=1)

    def _exactly(self, text: str, allowed: NDArray[np.bool_] | None) -> list[Candidate]:
        """Candidates one of whose phrasings is just this text; intents stand before facts."""
        owners = dict.fromkeys(int(self._owner[row]) for row in self._exact.get(text, ()))
        return [self._candidate(o, 1.0) for o in owners if allowed is None or allowed[o]]

    def _nearly(self, canonical: str, characters: Floats, allowed: NDArray[np.bool_] | None) -> list[Candidate]:
        """The candidate of a phrasing that differs by a slip only."""
        if len(canonical) < 6:
            return []
        near = np.argsort(-characters)[:NEAR_ROWS]
        for row in near:
            owner = int(self._owner[row])
            if allowed is None or allowed[owner]:
                alike = fuzz.ratio(canonical, self.rows.canonical[row])
                if alike >= NEAR_EXACT:
                    return [self._candidate(owner, alike / 100)]
        return []

    def _rank(
        self, features: Floats, with_meaning: bool, allowed: NDArray[np.bool_] | None, most: int, length: int,
    ) -> list[Candidate]:
        rank = self.weights.rank if with_meaning else self.weights.rank_lexical
        trust = self.weights.trust if with_meaning else self.weights.trust_lexical
        scores = features @ rank
        if allowed is not None:
            scores = np.where(allowed, scores, -np.inf)
        order = np.argsort(-scores)[:most]
        if not len(order) or not np.isfinite(scores[order[0]]):
            return []
        shown = trust_features(features, scores, self.rivals(scores), length)
        first = float(1 / (1 + np.exp(-(shown @ trust))))
        others = np.exp(scores[order] - scores[order[0]])
        return [self._candidate(int(i), first * float(o)) for i, o in zip(order, others, strict=True) if np.isfinite(o) and o > 0]

    def rivals(self, scores: Floats, most: int = 5) -> NDArray[np.int64]:
        """The best candidate and those after it that would be answered otherwise."""
        order = np.argsort(-scores)[: most * 3]
        twins = self.rows.twins.get(int(order[0]), frozenset())
        return np.array([i for i in order if int(i) not in twins][:most], dtype=np.int64)

    def _candidate(self, index: int, confidence: float) -> Candidate:
        return Candidate(self.rows.ids[index], bool(self.rows.facts[index]), round(confidence, 4))

    def mask(self, ids: Collection[str]) -> NDArray[np.bool_]:
        """Mask over candidates that lets only ``ids`` pass."""
        return np.fromiter((i in ids for i in self.rows.ids), dtype=np.bool_, count=len(self.rows.ids))


def trust_features(features: Floats, scores: Floats, order: Sequence[int] | NDArray[np.int64], length: int) -> Floats:
    """What tells whether the best candidate is right: its own features, its lead, how short the question is."""
    first = features[order[0]]
    second = scores[order[1]] if len(order) > 1 and np.isfinite(scores[order[1]]) else scores[order[0]] - 5
    top = scores[order[:5]]
    top = top[np.isfinite(top)]
    share = float(1 / np.exp(top - top[0]).sum())
    lead = float(scores[order[0]] - second)
    return np.array(
        [1.0, first[0], first[1], first[2], first[3], first[4], first[5], share, min(lead, 4.0), float(scores[order[0]]),
         1.0 / max(length, 1), first[6]], dtype=np.float32,
    )
