"""Step 1: readable text."""

from __future__ import annotations

from intents import normalise
from intents.question import Outcome, Question, Reply
from intents.world import World


def clean(question: Question, world: World) -> None:
    """Clean the text; without a letter or digit left, ask kindly what is wanted."""
    question.text, question.cut = normalise.clean(question.text)
    if not any(c.isalnum() for c in question.text):
        question.replies.append(Reply(Outcome.CLARIFY, world.phrase("empty")))
