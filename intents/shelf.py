"""Phrasings by the place they belong to, so that a look-up reads only what may be told there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from intents.postings import Postings

__all__ = ["COMMON", "Reach", "Shelf", "project_shelf"]

COMMON = "全国"
"""The shelf of all intents and of the facts for the whole country."""
Floats = NDArray[np.float32]


def project_shelf(region: str) -> str:
    """Name of the shelf of a region's projects, which people of the regions above may be told of."""
    return f"{region}/项目"


@dataclass(frozen=True)
class Shelf:
    """All phrasings of one place, sorted by candidate.

    ``starts[i]:starts[i + 1]`` are the rows of candidate ``ids[i]``; ``facts[i]`` tells whether it is a single fact.
    ``vectors`` (rows × 384) is None when the index was made without meaning; ``classes`` (385 × candidates) scores
    a vector and a one against each candidate as a whole. ``asking`` (candidates × kinds of question) is the share of a
    candidate's phrasings that ask each kind.
    """

    name: str
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
    asking: Floats

    @cached_property
    def owner(self) -> NDArray[np.int64]:
        """Place among ``ids`` of the candidate of each row."""
        return np.repeat(np.arange(len(self.ids)), np.diff(self.starts))

    @cached_property
    def exact(self) -> dict[str, list[int]]:
        """Plain or canonical text → its rows."""
        out: dict[str, list[int]] = defaultdict(list)
        for texts in (self.canonical, self.plain):
            for row, text in enumerate(texts):
                out[text].append(row)
        return out


@dataclass(frozen=True)
class Reach:
    """The shelves that a resident's question may be answered from, as one sequence of candidates."""

    shelves: tuple[Shelf, ...]

    @cached_property
    def ids(self) -> list[str]:
        """Candidates of all shelves, one shelf after the other."""
        return [i for shelf in self.shelves for i in shelf.ids]

    @cached_property
    def facts(self) -> NDArray[np.bool_]:
        """Which candidates are single facts."""
        return np.concatenate([s.facts for s in self.shelves]) if self.shelves else np.zeros(0, dtype=np.bool_)

    @cached_property
    def positions(self) -> dict[str, int]:
        """Candidate → its place among ``ids``."""
        return {c: i for i, c in enumerate(self.ids)}

    def where(self, candidates: Sequence[str] | frozenset[str] | set[str]) -> list[int]:
        """Places of those of ``candidates`` that are in reach."""
        return [self.positions[c] for c in candidates if c in self.positions]

    def texts(self, candidate: str) -> list[str]:
        """Canonical phrasings of a candidate."""
        for shelf in self.shelves:
            if candidate in shelf.ids:
                i = shelf.ids.index(candidate)
                return shelf.canonical[int(shelf.starts[i]) : int(shelf.starts[i + 1])]
        return []
