"""Step 7: candidates for each need."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from intents.question import Candidate, Need, Question
from intents.steps.split import LONG, clauses
from intents.world import World

SURE = 0.8
SAME_MATTER = 0.25
"""How much surer a new reading must be than one that goes on with the matter talked about."""
STORY = 160
FRAGMENT = 6
STRETCHES = (1.0, 1.3, 1.0, 0.8, 0.6)
ELSEWHERE = 0.6
"""What another department's claim on one stretch of a story counts beside ours: stories name many things in passing."""
Mask = NDArray[np.bool_] | None


def match(question: Question, world: World) -> None:
    """Fill ``needs`` with what may be meant by each part."""
    if question.chosen:
        fact = question.chosen in world.knowledge.facts
        text = question.parts[0] if question.parts else question.conversation.need
        question.needs = [Need(text, [Candidate(question.chosen, fact, 1.0)])]
        return
    allowed = world.allowed(question.region) if question.region else None
    needs = [Need(part, world.matcher.match(part, allowed)) for part in question.parts]
    if len(needs) == 1:
        if question.conversation.need and len(needs[0].text) <= LONG // 2:
            needs = [_with_past(question, needs[0], world, allowed)]
        if _confidence(needs[0]) < world.answer_from and len(parts := clauses(needs[0].text)) > 1:
            needs = _of_story([needs[0], *(Need(c, world.matcher.match(c, allowed)) for c in parts)], world)
    elif not _several(needs, world):
        whole = Need(question.text, world.matcher.match(question.text[-STORY:], allowed))
        needs = _of_story([whole, *needs], world)
    question.needs = needs


def _with_past(question: Question, need: Need, world: World, allowed: Mask) -> Need:
    """A short message may only make sense together with the one before."""
    past = question.conversation
    alone = _confidence(need)
    if alone >= SURE and not world.is_service(need.candidates[0].id):
        return need
    if question.follows and len(need.text) <= FRAGMENT:
        alone *= 0.5
    if alone >= world.answer_from and not question.follows:
        return need
    everything = world.matcher.match(f"{past.need} {need.text}", allowed)
    if question.slots and (fitting := _with_slots(everything, question, world)):
        return Need(past.need, [fitting, *everything])
    joined = [c for c in everything if c.id != past.last]
    together = joined[0].confidence if joined else 0.0
    if question.follows and everything and together < world.clarify_from and alone < world.answer_from:
        return Need(past.need, everything)
    if not joined:
        return need
    if question.follows and world.matter(joined[0].id) == world.matter(past.last):
        together += SAME_MATTER
    if together > alone and joined[0].confidence >= world.clarify_from:
        return Need(past.need, [Candidate(joined[0].id, joined[0].fact, min(1.0, together)), *joined[1:]])
    return need


def _with_slots(joined: list[Candidate], question: Question, world: World) -> Candidate | None:
    """Of the matter talked about, the intent that depends on the condition just named."""
    matter = world.matter(question.conversation.last)
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


def _of_story(needs: list[Need], world: World) -> list[Need]:
    """What most of the stretches of a story point to, and one more need when it is sure and about something else.

    The first need is the whole text, the others its stretches, the most telling first.
    """
    support: dict[str, float] = defaultdict(float)
    best: dict[str, tuple[float, Need, Candidate]] = {}
    serious = any(not world.is_chatter(c.id) and c.confidence >= world.clarify_from for need in needs for c in need.candidates)
    for need, weight in zip(needs, STRETCHES, strict=False):
        for candidate in need.candidates:
            if serious and world.is_chatter(candidate.id):
                continue
            support[candidate.id] += weight * candidate.confidence * (1.0 if world.is_service(candidate.id) else ELSEWHERE)
            if candidate.id not in best or candidate.confidence > best[candidate.id][0]:
                best[candidate.id] = (candidate.confidence, need, candidate)
    if not best:
        return needs[:1]
    order = sorted(support, key=lambda c: -support[c])
    first = order[0]
    ranked = [Candidate(c, best[c][2].fact, round(best[c][0], 4)) for c in order[:5]]
    out = [Need(best[first][1].text, ranked)]
    matter = world.matter(first)
    for other in order[1:]:
        confidence, need, candidate = best[other]
        if confidence >= SURE and need.candidates[0].id == other and world.matter(other) != matter and world.is_service(other):
            out.append(Need(need.text, [candidate]))
            break
    return out
