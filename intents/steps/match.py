"""Step 7: candidates for each need."""

from __future__ import annotations

from intents.following import ASKS as ASKS_OF_ITSELF
from intents.following import Reading, readings
from intents.question import Candidate, Need, Question
from intents.shelf import Reach
from intents.steps.split import ASKS, LONG, clauses
from intents.world import World

SURE, RESCUE = 0.8, 0.65
"""Confidences from which a stretch of a message is a need of its own, and from which it speaks for a message unclear as a whole."""
SAME_MATTER = 0.25
"""How much surer a new reading must be than one that goes on with the matter talked about."""
ELSEWHERE = 0.5
"""What going on with another department's matter counts: such a question has been passed on already."""
AGAIN, ANOTHER = 0.5, 0.8
"""What telling the last answer again counts, and what a reading counts that leaves it out of account."""
MOST = 2
"""Needs answered at once; a third is offered."""


def match(question: Question, world: World) -> None:
    """Fill ``needs`` with what may be meant by each part."""
    if question.chosen:
        fact = question.chosen in world.knowledge.facts
        text = question.parts[0] if question.parts else question.conversation.need
        question.needs = [Need(text, [Candidate(question.chosen, fact, 1.0)])]
        return
    reach = world.reach(question.region)
    needs = [Need(part, world.matcher.match(part, reach)) for part in question.parts]
    if len(needs) == 1:
        if _confidence(needs[0]) < world.answer_from and len(parts := clauses(needs[0].text)) > 1:
            needs = _of_story(needs[0], [Need(c, world.matcher.match(c, reach)) for c in parts], world)
        if len(needs) == 1 and question.conversation.need and len(question.parts[0]) <= LONG // 2:
            needs = [_with_past(question, needs[0], world, reach)]
    elif not _several(needs, world):
        whole = Need(question.text, world.matcher.match(question.text, reach))
        needs = _of_story(whole, needs, world)
    question.needs = needs[:MOST]
    question.offered = [need.candidates[0].id for need in needs[MOST:]]


def _with_past(question: Question, need: Need, world: World, reach: Reach) -> Need:
    """A short message may only make sense together with the one before: the best of its readings."""
    past = question.conversation
    alone = _confidence(need)
    if alone >= world.answer_from and not question.follows:
        return need
    if alone >= SURE and (ASKS_OF_ITSELF.search(need.text) or not world.is_service(need.candidates[0].id)):
        return need
    tried = readings(past.need, need.text, world.wording, bare=question.follows)
    found = [(r, need.candidates if i == 0 else world.matcher.match(r.text, reach)) for i, r in enumerate(tried)]
    joined = found[1][1]
    if question.slots and (fitting := _with_slots(joined, question, world)):
        return Need(past.need, [fitting, *joined])
    if joined and joined[0].id == past.last:
        found.append((Reading(tried[1].text, ANOTHER), world.matcher.match(tried[1].text, reach, leaving=frozenset(world.as_good_as(past.last)))))
    best, worth = need, alone * tried[0].weight
    for reading, candidates in found[1:]:
        if not candidates or candidates[0].confidence < world.clarify_from:
            continue
        value = reading.weight * candidates[0].confidence * (1.0 if world.is_service(candidates[0].id) else ELSEWHERE)
        if candidates[0].id == past.last:
            value *= AGAIN
        elif question.follows and world.matter(candidates[0].id) == world.matter(past.last):
            value += SAME_MATTER
        if value > worth:
            best, worth = Need(reading.text, [_raised(candidates[0], value), *candidates[1:]]), value
    if worth < world.answer_from and question.follows and joined:
        return Need(past.need, joined)
    return best


def _raised(candidate: Candidate, confidence: float) -> Candidate:
    return Candidate(candidate.id, candidate.fact, round(min(1.0, max(confidence, candidate.confidence)), 4))


def _with_slots(joined: list[Candidate], question: Question, world: World) -> Candidate | None:
    """Of the matter talked about, the intent that depends on the condition just named."""
    matter = world.matter(question.conversation.last)
    if not question.slots_only:
        return None
    fitting = [i for i in world.knowledge.intents.values() if set(question.slots) <= set(i.slots) and world.matter(i.id) == matter]
    found = {c.id: c for c in joined}
    ranked = sorted(fitting, key=lambda i: -(found[i.id].confidence if i.id in found else 0.0))
    if not ranked or not (question.follows or ranked[0].id in found):
        return None
    return Candidate(ranked[0].id, False, max(world.answer_from, found[ranked[0].id].confidence if ranked[0].id in found else 0.0))


def _confidence(need: Need) -> float:
    return need.candidates[0].confidence if need.candidates else 0.0


def _several(needs: list[Need], world: World) -> bool:
    """Whether the parts are needs of their own: each surely understood, and about different matters."""
    sure = [n for n in needs if n.candidates and n.candidates[0].confidence >= max(world.answer_from, 0.5)]
    matters = {world.matter(n.candidates[0].id) for n in sure}
    return len(needs) <= 3 and len(sure) == len(needs) == len(matters)


def _of_story(whole: Need, stretches: list[Need], world: World) -> list[Need]:
    """What the story as a whole points to, and up to two more needs that are asked for outright in a stretch of it.

    The whole ranks needs better than any stretch (docs/decisions/0009-stories.md): stories name many things in passing.
    """
    main = _serious(whole, stretches, world)
    if not main.candidates:
        return [main]
    out = [main]
    matters = {world.matter(main.candidates[0].id)}
    for need in stretches:
        if not need.candidates or not ASKS.search(need.text):
            continue
        best = need.candidates[0]
        if best.confidence >= SURE and world.is_service(best.id) and world.matter(best.id) not in matters and _supported(best, whole):
            out.append(Need(need.text, [best]))
            matters.add(world.matter(best.id))
    return out[: MOST + 1]


def _serious(whole: Need, stretches: list[Need], world: World) -> Need:
    """The whole without chatter, when anything else may be meant; a stretch when that is sure and the whole is not.

    Of a long story only when the whole says nothing clear at all.
    """
    candidates = [c for c in whole.candidates if not world.is_chatter(c.id)] or whole.candidates
    enough = world.answer_from if len(whole.text) <= LONG else world.clarify_from
    if not candidates or candidates[0].confidence < enough:
        sure = [n for n in stretches if n.candidates and n.candidates[0].confidence >= RESCUE and not world.is_chatter(n.candidates[0].id)]
        named = [n for n in sure if _supported(n.candidates[0], whole) or world.wording.names_in(world.wording.canonical(n.text))]
        if named:
            return max(named, key=lambda n: n.candidates[0].confidence)
    return Need(whole.text, candidates)


def _supported(candidate: Candidate, whole: Need) -> bool:
    return any(c.id.split(".")[0] == candidate.id.split(".")[0] for c in whole.candidates)
