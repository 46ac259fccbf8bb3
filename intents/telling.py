"""An answer or a fact told as a reply."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from intents.question import Outcome, Reply
from intents.world import World
from knowledge import rendering
from knowledge.model import Answer, Intent

__all__ = ["KINDS", "RELATED", "tell_fact", "tell_intent"]

RELATED = 3
KINDS = {"department": Outcome.HANDOFF, "smalltalk": Outcome.SMALLTALK, "offtopic": Outcome.SMALLTALK, "emergency": Outcome.EMERGENCY}


def tell_intent(
    intent: Intent, answer: Answer, region: str, slots: Mapping[str, str], confidence: float, world: World, today: datetime.date,
) -> Reply:
    """An intent's answer for a region, by the conditions known."""
    kind = world.topic_kind(intent.id)
    outcome = KINDS.get(kind, Outcome.HANDOFF if answer.handoff else Outcome.ANSWER)
    words = rendering.render_answer(world.knowledge, answer, "" if kind in KINDS else region, dict(slots), today)
    parts = words.parts
    if answer.handoff:
        parts = parts.noted(world.phrase("handoff_added"))
    elif intent.complaint and outcome is Outcome.ANSWER:
        parts = parts.noted(world.phrase("complaint_offer"))
    related = [r for r in intent.related if r != intent.id and _reachable(r, region, world)][:RELATED]
    return Reply(
        outcome, parts, intent.id, region, words.level, confidence, tuple(words.citations), (), tuple(related),
        passed_on=answer.handoff or outcome is Outcome.EMERGENCY,
    )


def tell_fact(fact: str, region: str, confidence: float, related: Sequence[str], world: World, today: datetime.date) -> Reply:
    """A fact as an answer of its own."""
    words = rendering.render_fact(world.knowledge, fact, region, today)
    return Reply(Outcome.ANSWER, words.parts, fact, region, words.level, confidence, tuple(words.citations), (), tuple(related[:RELATED]))


def _reachable(intent: str, region: str, world: World) -> bool:
    return intent in world.knowledge.intents and (not region or world.nearest(world.knowledge.intents[intent], region) is not None)
