"""Step 2: personal numbers out, and what stands for them where they were masked before."""

from __future__ import annotations

from intents import normalise
from intents.question import Question
from intents.world import World


def mask(question: Question, world: World) -> None:
    """Take identity-card, telephone and bank-card numbers out."""
    masked, question.masked = normalise.mask(question.text)
    question.text = normalise.unlabelled(masked).strip()
