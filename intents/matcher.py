"""Which need is meant: similarity to all phrasings by characters, words, sounds and meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from intents import meaning
from intents.pinyin import syllables
from intents.postings import Features, Rarity, Weighted
from intents.question import Candidate
from intents.ranking import Judge
from intents.shelf import Reach, Shelf
from intents.tokens import Tokenizer
from intents.wording import Wording

__all__ = ["FEATURES", "LEXICAL", "Asked", "Featurizer", "Matcher", "Weights"]

GENERIC_WEIGHT = 0.25
NEAR_EXACT = 93.0
NEAR_ROWS = 12
NEUTRAL = 0.3
"""How well every candidate fits a question that does not say what kind it is."""
FEATURES = ("characters", "words", "sounds", "meaning", "class", "coverage", "intent", "of_text", "of_row", "asking")
LEXICAL = [0, 1, 2, 5, 6, 7, 8, 9]
"""Features that need no embedding."""
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

    def features(self, text: str) -> dict[str, Features]:
        """The features of all views."""
        return {"characters": self.characters(text), "words": self.words(text), "sounds": self.syllables(text)}

    def views(self, text: str, rarity: Mapping[str, Rarity]) -> dict[str, Weighted]:
        """The features of all views as vectors of length one."""
        return {view: rarity[view].weigh(features) for view, features in self.features(text).items()}


@dataclass(frozen=True)
class Asked:
    """A question made ready: its canonical text and its features by view."""

    canonical: str
    views: Mapping[str, Weighted]
    asking: Floats
    vector: Floats | None = None


@dataclass(frozen=True)
class Weights:
    """What calibration found, for matching with meaning and for matching by words alone."""

    meaning: Judge
    lexical: Judge


class Matcher:
    """Finds candidates for a need; holds no state and is safe to share between threads.

    ``twins`` are, by candidate, those that would be answered with the same words (a fact and the intents that tell it).
    """

    def __init__(self, featurizer: Featurizer, rarity: Mapping[str, Rarity], weights: Weights, twins: Mapping[str, frozenset[str]]) -> None:
        self.featurizer = featurizer
        self.rarity = rarity
        self.weights = weights
        self.twins = twins

    def match(
        self, text: str, reach: Reach, *, most: int = 5, semantic: bool = True, leaving: frozenset[str] = frozenset(),
    ) -> list[Candidate]:
        """The best candidates in reach for a text (region names already taken out), surest first.

        By words alone unless ``semantic``; candidates named in ``leaving`` are left out of account.
        """
        wording = self.featurizer.wording
        plain, canonical = wording.plain(text), wording.canonical(text)
        if not canonical or not wording.says_something(canonical):
            return []
        for text_form in (plain, canonical, wording.subject(canonical)):
            if sure := [c for c in self._exactly(text_form, plain, reach) if c.id not in leaving]:
                return sure
        asked = self.ask(canonical)
        characters = [shelf.characters.similarity(asked.views["characters"]) for shelf in reach.shelves]
        if sure := [c for c in self._nearly(canonical, characters, reach) if c.id not in leaving]:
            return sure
        if semantic and any(shelf.vectors is not None for shelf in reach.shelves) and meaning.available():
            asked = replace(asked, vector=meaning.embed(canonical))
        features = self.features(asked, reach, characters)
        kept = np.array([i for i, c in enumerate(reach.ids) if c not in leaving], dtype=np.int64) if leaving else None
        return self._rank(features, asked.vector is not None, reach, most, len(canonical), kept)

    def ask(self, canonical: str, vector: Floats | None = None) -> Asked:
        """A canonical text made ready to be held against shelves."""
        asking = np.array(self.featurizer.wording.asking(canonical), dtype=np.float32)
        return Asked(canonical, self.featurizer.views(canonical, self.rarity), asking, vector)

    def features(
        self, asked: Asked, reach: Reach, characters: Sequence[Floats] | None = None, without: tuple[str, int] | None = None,
    ) -> Floats:
        """Feature matrix: candidates in reach × :data:`FEATURES`; ``without`` leaves one row (shelf, row) out of account."""
        blocks = [
            _features(asked, shelf, characters[i] if characters else None, without[1] if without and without[0] == shelf.name else None)
            for i, shelf in enumerate(reach.shelves)
        ]
        return np.concatenate(blocks) if blocks else np.zeros((0, len(FEATURES)), dtype=np.float32)

    def without(self, canonical: str, vector: Floats | None, reach: Reach, row: tuple[str, int]) -> Candidate | None:
        """Where a phrasing would go if it (shelf, row) were not there."""
        asked = self.ask(canonical, vector)
        ranked = self._rank(self.features(asked, reach, without=row), vector is not None, reach, 1, len(canonical))
        return ranked[0] if ranked else None

    def closest(self, text: str, candidate: str, reach: Reach) -> str:
        """The phrasing (canonical) of a candidate that is most like the text by characters, or ""."""
        return self.nearest(self.featurizer.wording.canonical(text), reach.texts(candidate))

    @staticmethod
    def nearest(canonical: str, texts: Sequence[str]) -> str:
        """The one of some canonical texts that is most like another, or ""."""
        return max(texts, key=lambda t: fuzz.ratio(canonical, t), default="")

    def _exactly(self, text: str, plain: str, reach: Reach) -> list[Candidate]:
        """Candidates one of whose phrasings is just this text: intents before facts, the likest wording first."""
        best: dict[tuple[bool, str], float] = {}
        for shelf in reach.shelves:
            for row in shelf.exact.get(text, ()):
                owner = int(shelf.owner[row])
                key = (bool(shelf.facts[owner]), shelf.ids[owner])
                best[key] = max(best.get(key, 0.0), fuzz.ratio(plain, shelf.plain[row]))
        return [Candidate(i, fact, 1.0) for fact, i in sorted(best, key=lambda k: (k[0], -best[k], k[1]))]

    def _nearly(self, canonical: str, characters: Sequence[Floats], reach: Reach) -> list[Candidate]:
        """The candidate of a phrasing that differs by a slip only."""
        if len(canonical) < 6:
            return []
        near = [
            (float(scores[row]), shelf, int(row)) for shelf, scores in zip(reach.shelves, characters, strict=True)
            for row in np.argpartition(-scores, min(NEAR_ROWS, len(scores) - 1))[:NEAR_ROWS]
        ]
        for _, shelf, row in sorted(near, key=lambda n: -n[0])[:NEAR_ROWS]:
            alike = fuzz.ratio(canonical, shelf.canonical[row])
            if alike >= NEAR_EXACT:
                owner = int(shelf.owner[row])
                return [Candidate(shelf.ids[owner], bool(shelf.facts[owner]), round(alike / 100, 4))]
        return []

    def _rank(
        self, features: Floats, with_meaning: bool, reach: Reach, most: int, length: int, kept: NDArray[np.int64] | None = None,
    ) -> list[Candidate]:
        if not len(features):
            return []
        judge = self.weights.meaning if with_meaning else self.weights.lexical
        order, belief = judge.order(features if kept is None else features[kept], length)
        order = order if kept is None else kept[order]
        first = judge.confidence(features, order, belief, self.alike(order, reach), length)
        return [
            Candidate(reach.ids[i], bool(reach.facts[i]), round(first * float(b / belief[0]), 4))
            for i, b in zip(order[:most], belief[:most], strict=True) if b > 0
        ]

    def alike(self, order: NDArray[np.int64], reach: Reach) -> list[bool]:
        """Which candidates of an order would be answered with the words of its first."""
        best = reach.ids[order[0]]
        twins = self.twins.get(best, frozenset())
        return [reach.ids[i] == best or reach.ids[i] in twins for i in order]


def _features(asked: Asked, shelf: Shelf, characters: Floats | None, without: int | None) -> Floats:
    """Best row of each candidate of a shelf by each view, and the share of its phrasings that ask what is asked, side by side."""
    characters = shelf.characters.similarity(asked.views["characters"]) if characters is None else characters
    words = shelf.words.similarity(asked.views["words"])
    sounds = shelf.sounds.similarity(asked.views["sounds"])
    similar = np.zeros_like(characters)
    classes = np.zeros(len(shelf.ids), dtype=np.float32)
    if asked.vector is not None and shelf.vectors is not None:
        similar = shelf.vectors @ asked.vector
        if shelf.classes is not None:
            classes = np.append(asked.vector, np.float32(1.0)) @ shelf.classes
    of_text = shelf.characters.text_share(asked.views["characters"])
    of_row = shelf.words.row_share(asked.views["words"])
    both = characters + words
    by_row = [characters, words, sounds, similar, both, of_text, of_row]
    if without is not None:
        for scores in by_row:
            scores[without] = -1.0
    best = [np.maximum.reduceat(scores, shelf.starts[:-1]) for scores in by_row]
    intents = (~shelf.facts).astype(np.float32)
    total = float(asked.asking.sum())
    asking = shelf.asking @ asked.asking / total if total else np.full(len(shelf.ids), NEUTRAL, dtype=np.float32)
    return np.stack([*best[:4], classes, best[4], intents, *best[5:], asking], axis=1)
