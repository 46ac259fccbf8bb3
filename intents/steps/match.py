"""Step 7: candidates for each need."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from intents.question import Candidate, Need, Question
from intents.steps.split import LONG
from intents.world import World


def match(question: Question, world: World) -> None:
    """Fill ``needs`` with what may be meant by each part."""
    if question.chosen:
        fact = question.chosen in world.knowledge.facts
        question.needs = [Need(question.parts[0] if question.parts else question.conversation.need, [Candidate(question.chosen, fact, 1.0)])]
        return
    allowed = _allowed(question, world)
    needs = [Need(part, world.matcher.match(part, allowed)) for part in question.parts]
    if question.conversation.need and len(needs) == 1 and len(needs[0].text) <= LONG // 2:
        needs = [_with_past(question, needs[0], world, allowed)]
    if len(question.text) > LONG and len(question.parts) > 1 and len(question.parts) == len(needs):
        needs = _of_story(needs, world) if not _several(needs, world) else needs
    question.needs = needs


def _allowed(question: Question, world: World) -> NDArray[np.bool_] | None:
    """Candidates that may be told here: all intents, and the facts of the resident's own chain."""
    rows = world.matcher.rows
    if not question.region:
        return None
    facts = world.facts_for(question.region)
    return np.fromiter((not fact or i in facts for i, fact in zip(rows.ids, rows.facts, strict=True)), dtype=np.bool_, count=len(rows.ids))


def _with_past(question: Question, need: Need, world: World, allowed: NDArray[np.bool_] | None) -> Need:
    """A short message may only make sense together with the one before."""
    alone = need.candidates[0].confidence if need.candidates else 0.0
    if alone >= world.answer_from and not question.follows:
        return need
    past = question.conversation.need
    joined = world.matcher.match(f"{past} {need.text}", allowed)
    together = joined[0].confidence if joined else 0.0
    if together > alone + (0.1 if alone >= world.answer_from else 0.0):
        return Need(f"{past} {need.text}", joined)
    return need


def _several(needs: list[Need], world: World) -> bool:
    sure = [n for n in needs if n.candidates and n.candidates[0].confidence >= world.answer_from]
    return len(sure) == len(needs) <= 2


def _of_story(needs: list[Need], world: World) -> list[Need]:
    """Of the windows of a story, the surest, and one more when it is sure and about something else."""
    told = sorted((n for n in needs if n.candidates), key=lambda n: -n.candidates[0].confidence)
    if not told:
        return needs[:1]
    first = told[0]
    topic = _topic(first.candidates[0].id, world)
    others = [n for n in told[1:] if n.candidates[0].confidence >= max(world.answer_from, 0.8) and _topic(n.candidates[0].id, world) != topic]
    return [first, *others[:1]]


def _topic(candidate: str, world: World) -> str:
    if candidate in world.knowledge.topic_of:
        return world.knowledge.topic_of[candidate].topic
    return candidate
