"""From similarities to an order of candidates and to a confidence: a small network over the best thirty.

The weights are fitted by :mod:`intents.training` and stand in ``calibration.json``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SHORTLIST", "Judge", "Ranker", "describe", "softmax", "trust_features"]

SHORTLIST = 30
"""Candidates that the network puts in order; the right one is among them 99 times in 100."""
RANKED = 6
"""The first so many features are also told as ranks."""
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Ranker:
    """One hidden layer and a straight path beside it, over standardised descriptions of candidates."""

    mean: Floats
    scale: Floats
    hidden: Floats
    bias: Floats
    out: Floats
    straight: Floats

    def score(self, table: Floats) -> Floats:
        """A score for each row of :func:`describe`; only differences within one question mean anything."""
        x = (table - self.mean) / self.scale
        return np.asarray(np.tanh(x @ self.hidden + self.bias) @ self.out + x @ self.straight)

    def as_data(self) -> dict[str, Any]:
        """The weights as plain lists."""
        return {name: np.round(getattr(self, name), 4).tolist() for name in self.__dataclass_fields__}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Ranker:
        """The ranker written by :meth:`as_data`."""
        return cls(**{name: np.array(data[name], dtype=np.float32) for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Judge:
    """All weights for one kind of matching (with or without meaning).

    ``first`` picks the shortlist, the mean of the ``rankers`` (alike but for their random start) orders it, ``trust`` gives
    the confidence.
    """

    first: Floats
    rankers: tuple[Ranker, ...]
    trust: Floats

    def order(self, features: Floats, length: int) -> tuple[NDArray[np.int64], Floats]:
        """The shortlist, best first, as places among the candidates, and the share of belief that each one has."""
        coarse = features @ self.first
        short = np.argsort(-coarse)[:SHORTLIST]
        table = describe(features[short], coarse[short], length)
        scores = np.mean([ranker.score(table) for ranker in self.rankers], axis=0)
        again = np.argsort(-scores)
        return short[again], softmax(scores[again])

    def confidence(self, features: Floats, order: NDArray[np.int64], belief: Floats, alike: Sequence[bool], length: int) -> float:
        """The chance that the first of the order (or one answered alike) is right."""
        shown = trust_features(features[order[0]], belief, alike, length)
        return float(1 / (1 + np.exp(-(shown @ self.trust))))


def describe(features: Floats, coarse: Floats, length: int) -> Floats:
    """What the network sees of each candidate of a shortlist: its features, how far behind the best of each, its ranks."""
    behind = features - features.max(axis=0)
    ranks = np.argsort(np.argsort(-features[:, :RANKED], axis=0), axis=0) / SHORTLIST
    long = np.full((len(features), 1), min(length, 60) / 60)
    return np.hstack([features, behind, ranks, (coarse - coarse.max())[:, None], long]).astype(np.float32)


def trust_features(best: Floats, belief: Floats, alike: Sequence[bool], length: int) -> Floats:
    """What tells whether the first candidate is right: the belief in it and its like, its lead, its own features, the length.

    ``alike[i]`` says whether candidate ``i`` of the order would be answered as the first is.
    """
    same = np.array(alike, dtype=bool)
    mass = float(np.clip(belief[same].sum(), 1e-4, 1 - 1e-4))
    rival = float(belief[~same].max()) if (~same).any() else 1e-4
    lead = np.clip(np.log(float(belief[same].max()) / max(rival, 1e-6)), -6, 6)
    return np.array(
        [1.0, mass, np.log(mass / (1 - mass)), lead, *best, 1.0 / max(length, 1), min(length, 100) / 100], dtype=np.float32,
    )


def softmax(scores: Floats) -> Floats:
    """Shares that add up to one."""
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())
