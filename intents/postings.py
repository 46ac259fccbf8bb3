"""Cosine similarity of weighted features over many rows, by inverted lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Features", "Postings"]

Features = Sequence[tuple[str, float]]
"""Features of one text with the weight of each occurrence (1 = full, less = generic)."""


@dataclass(frozen=True)
class Postings:
    """Rows of TF-IDF vectors of length one, stored by feature.

    ``starts`` has one entry more than the vocabulary; rows and weights of feature ``i`` lie at
    ``starts[i]:starts[i + 1]``. ``idf`` has one entry a feature; ``missing`` is the idf of an unknown one.
    """

    vocabulary: dict[str, int]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    idf: NDArray[np.float32]
    size: int

    @classmethod
    def build(cls, texts: Iterable[Features]) -> Postings:
        """Index the rows in the order given."""
        counted = [_count(features) for features in texts]
        size = len(counted)
        frequency: Counter[str] = Counter(f for row in counted for f in row)
        vocabulary = {f: i for i, f in enumerate(sorted(frequency))}
        idf = np.array([np.log((size + 1) / (frequency[f] + 0.5)) for f in vocabulary], dtype=np.float32)
        lists: list[list[tuple[int, float]]] = [[] for _ in vocabulary]
        for row, counts in enumerate(counted):
            weighted = {vocabulary[f]: w * float(idf[vocabulary[f]]) for f, w in counts.items()}
            norm = sum(w * w for w in weighted.values()) ** 0.5 or 1.0
            for feature, weight in weighted.items():
                lists[feature].append((row, weight / norm))
        starts = np.zeros(len(lists) + 1, dtype=np.int64)
        starts[1:] = np.cumsum([len(entries) for entries in lists])
        rows = np.fromiter((r for entries in lists for r, _ in entries), dtype=np.int32, count=int(starts[-1]))
        weights = np.fromiter((w for entries in lists for _, w in entries), dtype=np.float32, count=int(starts[-1]))
        return cls(vocabulary, starts, rows, weights, idf, size)

    def similarity(self, features: Features) -> NDArray[np.float32]:
        """Cosine, 0 to 1, of a text with every row."""
        scores = np.zeros(self.size, dtype=np.float32)
        missing = float(np.log(self.size + 1)) if self.size else 1.0
        total = 0.0
        for feature, count in _count(features).items():
            index = self.vocabulary.get(feature)
            weight = count * (missing if index is None else float(self.idf[index]))
            total += weight * weight
            if index is not None:
                span = slice(self.starts[index], self.starts[index + 1])
                scores[self.rows[span]] += weight * self.weights[span]
        return scores / np.float32(total**0.5) if total else scores


def _count(features: Features) -> dict[str, float]:
    """Weight of each feature: the strongest occurrence, a little more for repetition."""
    out: dict[str, float] = {}
    for feature, weight in features:
        out[feature] = max(out.get(feature, 0.0), weight)
    return out
