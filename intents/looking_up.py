"""Short queries of hotline staff: the best answers side by side, without asking back."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, zip_longest

from intents.preferring import preferred
from intents.question import Candidate, Conversation, Need, Question, Reply
from intents.shelf import COMMON
from intents.steps.clean import clean
from intents.steps.mask import mask
from intents.steps.match import match
from intents.steps.recall import recall
from intents.steps.region import region as read_region
from intents.steps.split import split
from intents.telling import tell_fact, tell_intent
from intents.world import World

__all__ = ["SEARCH", "look_up"]

SEARCH: tuple[Callable[[Question, World], None], ...] = (clean, mask, read_region, recall, split, match)
"""The steps of the road up to its candidates; words of danger are looked up like any others."""

GOES_ON = 0.02
"""Confidence from which a candidate about the same matter as the first is told too."""
LONGEST = 8
"""Candidates tried for a need: some are not held where it is asked."""


def look_up(text: str, world: World, today: datetime.date, region: str = "", most: int = 5) -> list[Reply]:
    """Different answers to a query, the likeliest first, each as a resident of the region would read it; nothing is passed on by it.

    Without a region, what differs from place to place is told for each place that has an answer of its own.
    """
    question = Question(text, Conversation(), today, region)
    for step in SEARCH:
        step(question, world)
        if question.replies:
            return []
    return list(islice(_different(_replies(question, world), world), most))


def _different(replies: Iterator[Reply], world: World) -> Iterator[Reply]:
    """Replies of which no two say the same about the same place."""
    told: list[Reply] = []
    for reply in replies:
        if not any(_alike(reply, other, world) for other in told):
            told.append(reply)
            yield reply


def _alike(one: Reply, other: Reply, world: World) -> bool:
    same_place = one.region == other.region or one.level == other.level
    return same_place and (one.intent in world.as_good_as(other.intent) or world.title(one.intent) == world.title(other.intent))


def _replies(question: Question, world: World) -> Iterator[Reply]:
    candidates = _candidates(question, world)
    for i, candidate in enumerate(candidates):
        for place in _places(candidate, question, world):
            here = [c for c in candidates[i:] if _is_held(c, place, question, world)]
            if candidate in here:
                yield _tell(preferred(here, place, world), place, question, world)


def _candidates(question: Question, world: World) -> list[Candidate]:
    """What may be meant: the best of each need, then the next of each."""
    ranked = zip_longest(*(_next_best(need, question.region, world) for need in question.needs))
    return [c for rank in ranked for c in rank if c is not None and not world.is_chatter(c.id)]


def _next_best(need: Need, region: str, world: World) -> list[Candidate]:
    """Candidates of a need, each as sure as it would be if those before it were not meant (but no surer than they), while worth offering."""
    reach = world.reach(region)
    found: list[Candidate] = []
    left = need.candidates
    while left and len(found) < LONGEST and _is_worth(left[0], found, world):
        surest = found[-1].confidence if found else 1.0
        found.append(replace(left[0], confidence=min(surest, left[0].confidence)))
        seen = frozenset(alike for c in found for alike in _same_words(c, region, world))
        left = [c for c in left if c.confidence == 1.0 and c.id not in seen] or world.matcher.match(need.text, reach, leaving=seen)
    return found


def _same_words(candidate: Candidate, region: str, world: World) -> set[str]:
    """A fact of one place, where none was asked about, does not say what an intent says elsewhere."""
    return {candidate.id} if candidate.fact and not region else world.as_good_as(candidate.id)


def _is_worth(candidate: Candidate, found: list[Candidate], world: World) -> bool:
    """Whether a candidate is likely, or goes on with the matter of the first: a bare word (孤儿) may ask anything about it."""
    same = bool(found) and world.matter(candidate.id) == world.matter(found[0].id)
    return candidate.confidence >= (GOES_ON if same else world.clarify_from)


def _places(candidate: Candidate, question: Question, world: World) -> Sequence[str]:
    """For whom a candidate is told: the region asked about, else the country ("") where one rule holds, else each place."""
    if question.region:
        return [question.region]
    if candidate.fact:
        where = world.knowledge.fact_region(candidate.id)
        return [""] if where == COMMON else question.region_choices or [where]
    if not world.depends_on_region(world.knowledge.intents[candidate.id]):
        return [""]
    return question.region_choices or sorted(world.places, key=lambda place: len(world.knowledge.chain(place)))


def _is_held(candidate: Candidate, place: str, question: Question, world: World) -> bool:
    """Whether a candidate may be told in a place, and says something about it when no place was asked about."""
    if candidate.fact:
        where = world.knowledge.fact_region(candidate.id)
        project = world.knowledge.facts[candidate.id].kind == "project"
        return where in world.gazetteer.chain(place) or (project and place in world.knowledge.chain(where))
    answer = world.nearest(world.knowledge.intents[candidate.id], place)
    return answer is not None and (bool(question.region) or not place or answer.region != COMMON)


def _tell(candidate: Candidate, place: str, question: Question, world: World) -> Reply:
    if candidate.fact:
        return tell_fact(candidate.id, place, candidate.confidence, [], world, question.today)
    intent = world.knowledge.intents[candidate.id]
    answer = world.nearest(intent, place)
    assert answer is not None
    told = tell_intent(intent, answer, place, question.slots, candidate.confidence, world, question.today)
    return replace(told, words=replace(told.parts, notes=()), passed_on=False)
