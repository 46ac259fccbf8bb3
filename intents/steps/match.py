"""Step 7: candidates for each need."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from intents.question import Candidate, Need, Question
from intents.steps.split import LONG
from intents.world import World

SURE = 0.8
SAME_MATTER = 0.25
"""How much surer a new reading must be than one that goes on with the matter talked about."""
STORY = 160
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
    elif not _several(needs, world):
        whole = Need(question.text, world.matcher.match(question.text[-STORY:], allowed))
        needs = _of_story([whole, *needs], world)
    question.needs = needs


def _with_past(question: Question, need: Need, world: World, allowed: Mask) -> Need:
    """A short message may only make sense together with the one before."""
    past = question.conversation
    alone = need.candidates[0].confidence if need.candidates else 0.0
    if alone >= world.answer_from and not question.follows:
        return need
    text = f"{past.need} {need.text}"
    joined = world.matcher.match(text, allowed)
    if question.slots and (fitting := _with_slots(joined, question, world)):
        return Need(text, [fitting, *joined])
    joined = [c for c in joined if c.id != past.last]
    if not joined:
        return need
    together = joined[0].confidence
    if question.follows and world.matter(joined[0].id) == world.matter(past.last):
        together += SAME_MATTER
    if together > alone and joined[0].confidence >= world.clarify_from:
        return Need(text, [Candidate(joined[0].id, joined[0].fact, min(1.0, together)), *joined[1:]])
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


def _several(needs: list[Need], world: World) -> bool:
    """Whether the parts are needs of their own: each surely understood, and about different matters."""
    sure = [n for n in needs if n.candidates and n.candidates[0].confidence >= max(world.answer_from, 0.5)]
    matters = {world.matter(n.candidates[0].id) for n in sure}
    return len(needs) <= 3 and len(sure) == len(needs) == len(matters)


def _of_story(needs: list[Need], world: World) -> list[Need]:
    """What most of the stretches of a story point to, and one more need when it is sure and about something else.

    The first need is the whole text.
    """
    support: dict[str, float] = defaultdict(float)
    best: dict[str, tuple[float, Need, Candidate]] = {}
    for need in needs:
        for candidate in need.candidates:
            support[candidate.id] += candidate.confidence
            if candidate.id not in best or candidate.confidence > best[candidate.id][0]:
                best[candidate.id] = (candidate.confidence, need, candidate)
    if not best:
        return needs[:1]
    order = sorted(support, key=lambda c: -(support[c] + best[c][0]))
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
