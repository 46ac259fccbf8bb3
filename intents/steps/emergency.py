"""Step 3: life or a child in danger."""

from __future__ import annotations

from intents.question import Outcome, Question, Reply
from intents.world import World
from knowledge import rendering
from knowledge.model import Emergency

NEAR = 40
"""Characters within which the words of a sign stand together: far apart in a story they mean nothing."""


def emergency(question: Question, world: World) -> None:
    """Answer signs of danger with the numbers at once."""
    found = signalled(question.text, world.knowledge.emergencies)
    if found:
        keys = [rendering.resolve(world.knowledge, p)[0] for p in rendering.placeholders(found.say)]
        question.replies.append(
            Reply(
                Outcome.EMERGENCY, rendering.fill(world.knowledge, found.say), f"emergency.{found.id}", question.region, "全国", 1.0,
                tuple(rendering.citation(world.knowledge, k) for k in dict.fromkeys([*keys, *found.facts])),
                passed_on=True,
            )
        )


def signalled(text: str, emergencies: list[Emergency]) -> Emergency | None:
    """The first kind of danger whose signs stand in the text, unless it is a question about rules."""
    joined = "".join(text.split())
    stretches = [joined[start : start + NEAR] for start in range(0, max(len(joined) - NEAR // 2, 1), NEAR // 2)]
    for kind in emergencies:
        if not any(word in joined for word in kind.unless) and any(_shows(kind, stretch) for stretch in stretches):
            return kind
    return None


def _shows(kind: Emergency, stretch: str) -> bool:
    return any(all(any(word in stretch for word in group) for group in sign) for sign in kind.signs)
