"""Of candidates that tell the same, the one that tells it best."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

from intents.question import Candidate
from intents.world import World
from knowledge import rendering

__all__ = ["preferred"]

AS_WELL = 0.98
FEW_FACTS = 4
"""A first sentence that tells more facts than this is a list: the bare fact answers better."""


def preferred(candidates: Sequence[Candidate], region: str, world: World) -> Candidate:
    """The first candidate, or what tells its matter better: an intent whose first sentence here tells the fact says more."""
    best = _nearest_alike(candidates, region, world)
    if not best.fact:
        return best
    ranked = {c.id: c.confidence for c in candidates}
    alike = [i for i in world.as_good_as(best.id) if i in world.knowledge.intents]
    telling = [i for i in alike if _is_nearer(i, best.id, region, world)] or [i for i in alike if _tells(i, best.id, region, world)]
    telling.sort(key=lambda i: (-ranked.get(i, 0.0), -fuzz.ratio(world.title(i), world.title(best.id)), i))
    return Candidate(telling[0], False, best.confidence) if telling else best


def _nearest_alike(candidates: Sequence[Candidate], region: str, world: World) -> Candidate:
    """Of facts that are called alike or match as well (the city's figure and the county's), the nearest one."""
    best = candidates[0]
    if not best.fact or not region:
        return best
    chain = world.gazetteer.chain(region)
    title = world.title(best.id)
    alike = [c for c in candidates if c.fact and (c.confidence >= AS_WELL * best.confidence or world.title(c.id) == title)]
    places = {c.id: world.knowledge.fact_region(c.id) for c in alike}
    nearest = min(alike, key=lambda c: chain.index(places[c.id]) if places[c.id] in chain else 0)
    return Candidate(nearest.id, True, best.confidence)


def _is_nearer(intent: str, fact: str, region: str, world: World) -> bool:
    """Whether an intent that tells this fact elsewhere has an answer nearer to the resident: a county's own figure goes first."""
    chain = world.gazetteer.chain(region) if region else []
    where = world.knowledge.fact_region(fact)
    answer = world.nearest(world.knowledge.intents[intent], region)
    return answer is not None and where in chain and answer.region in chain and chain.index(answer.region) < chain.index(where)


def _tells(intent: str, fact: str, region: str, world: World) -> bool:
    answer = world.nearest(world.knowledge.intents[intent], region)
    if answer is None or not region:
        return False
    told = rendering.said(world.knowledge, answer)
    return fact in told and len(told) <= FEW_FACTS
