"""Cosine similarity of weighted features over many rows, by inverted lists."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Features", "Postings", "Rarity", "Weighted"]

Features = Sequence[tuple[str, float]]
"""Features of one text with the weight of each occurrence (1 = full, less = generic)."""

Weighted = Mapping[str, float]
"""Feature → its part of a vector of length one."""


@dataclass(frozen=True)
class Rarity:
    """How much a feature tells: its inverse document frequency, counted over a reference collection.

    One collection serves all shelves, so that a new county changes no other county's similarities.
    """

    idf: Mapping[str, float]
    missing: float

    @classmethod
    def of(cls, texts: Iterable[Features]) -> Rarity:
        """Count the texts; a feature in none of them is rarest."""
        counted = [_count(features) for features in texts]
        frequency: Counter[str] = Counter(f for row in counted for f in row)
        size = len(counted) + 1
        return cls({f: float(np.log(size / (n + 0.5))) for f, n in frequency.items()}, float(np.log(size)) if counted else 1.0)

    def weigh(self, features: Features) -> Weighted:
        """The features as a vector of length one."""
        raw = {f: w * self.idf.get(f, self.missing) for f, w in _count(features).items()}
        norm = sum(w * w for w in raw.values()) ** 0.5 or 1.0
        return {f: w / norm for f, w in raw.items()}


@dataclass(frozen=True)
class Postings:
    """Rows of weighted features, stored by feature.

    Rows and weights of feature ``vocabulary[f]`` lie at ``starts[i]:starts[i + 1]``.
    """

    vocabulary: dict[str, int]
    starts: NDArray[np.int32]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    size: int

    @classmethod
    def build(cls, texts: Iterable[Weighted]) -> Postings:
        """Index the rows in the order given."""
        lists: dict[str, list[tuple[int, float]]] = defaultdict(list)
        size = 0
        for row, weighted in enumerate(texts):
            size = row + 1
            for feature, weight in weighted.items():
                lists[feature].append((row, weight))
        names = sorted(lists)
        starts = np.zeros(len(names) + 1, dtype=np.int32)
        starts[1:] = np.cumsum([len(lists[f]) for f in names])
        rows = np.fromiter((r for f in names for r, _ in lists[f]), dtype=np.int32, count=int(starts[-1]))
        weights = np.fromiter((w for f in names for _, w in lists[f]), dtype=np.float32, count=int(starts[-1]))
        return cls({f: i for i, f in enumerate(names)}, starts, rows, weights, size)

    def similarity(self, query: Weighted) -> NDArray[np.float32]:
        """Cosine, 0 to 1, of a text with every row."""
        scores = np.zeros(self.size, dtype=np.float32)
        for span, weight in self._spans(query):
            scores[self.rows[span]] += np.float32(weight) * self.weights[span]
        return scores

    def text_share(self, query: Weighted) -> NDArray[np.float32]:
        """How much of the text stands in every row, 0 to 1: a look-up stands whole in a long phrasing, though their cosine is small."""
        shares = np.zeros(self.size, dtype=np.float32)
        for span, weight in self._spans(query):
            shares[self.rows[span]] += np.float32(weight * weight)
        return shares

    def row_share(self, query: Weighted) -> NDArray[np.float32]:
        """How much of every row stands in the text, 0 to 1: a short phrasing stands whole in a story."""
        shares = np.zeros(self.size, dtype=np.float32)
        for span, _ in self._spans(query):
            shares[self.rows[span]] += self.weights[span] ** 2
        return shares

    def _spans(self, query: Weighted) -> Iterator[tuple[slice, float]]:
        for feature, weight in query.items():
            index = self.vocabulary.get(feature)
            if index is not None:
                yield slice(int(self.starts[index]), int(self.starts[index + 1])), weight


def _count(features: Features) -> dict[str, float]:
    """Weight of each feature: its strongest occurrence."""
    out: dict[str, float] = {}
    for feature, weight in features:
        out[feature] = max(out.get(feature, 0.0), weight)
    return out
