"""Step 2: personal numbers out."""

from __future__ import annotations

from intents import normalise
from intents.question import Question
from intents.world import World


def mask(question: Question, world: World) -> None:
    """Replace identity-card, telephone and bank-card numbers by labels."""
    question.text, question.masked = normalise.mask(question.text)
