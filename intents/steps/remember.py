"""Step 9: what the next message may refer to."""

from __future__ import annotations

from intents.question import Outcome, Question
from intents.world import World


def remember(question: Question, world: World) -> None:
    """Bring the conversation up to date."""
    past = question.conversation
    last = question.replies[-1]
    if last.outcome is Outcome.SMALLTALK:
        return
    if question.region_named:
        past.region = question.region_named
    if question.needs and last.outcome is not Outcome.CLARIFY:
        past.need = question.needs[-1].text
    elif question.needs:
        past.need = past.need or question.needs[-1].text
    past.last = last.intent
    past.slots = {**past.slots, **question.slots} if question.chosen else dict(question.slots)
    past.options = list(last.options)
    past.related = list(last.related)
    if last.outcome is not Outcome.CLARIFY:
        past.awaiting, past.pending = ("offer" if last.options else ""), ""
