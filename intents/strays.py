"""Phrasings that stand nearer to another need than to their own: found by leaving each out and looking where it would go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from intents.matcher import Matcher
from intents.shelf import COMMON, Reach
from intents.world import World

__all__ = ["Stray", "strays"]

FROM = 0.8
"""Confidence in the other need from which a phrasing is worth a warning."""


@dataclass(frozen=True)
class Stray:
    """A phrasing (canonical), the need it stands under, the one it would be taken for and how surely, and the phrasing there that draws it."""

    phrasing: str
    own: str
    other: str
    confidence: float
    drawn_by: str


def strays(world: World, least: float = FROM) -> Iterator[Stray]:
    """All phrasings of intents that, left out, would be answered with another need's words with at least this confidence."""
    shelf = world.library.shelf(COMMON)
    reach = Reach((shelf,))
    owned = np.diff(shelf.starts)
    for row, owner in enumerate(shelf.owner):
        own = shelf.ids[owner]
        if shelf.facts[owner] or owned[owner] < 3:
            continue
        vector = None if shelf.vectors is None else shelf.vectors[row]
        found = world.matcher.without(shelf.canonical[row], vector, reach, (COMMON, row))
        if found and found.confidence >= least and found.id not in world.as_good_as(own) and found.id in world.knowledge.intents:
            yield Stray(shelf.canonical[row], own, found.id, found.confidence, Matcher.nearest(shelf.canonical[row], reach.texts(found.id)))
