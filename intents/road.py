"""The road of a question: the steps in the order in which they run."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from intents import index
from intents.calibration import thresholds
from intents.looking_up import look_up
from intents.question import Conversation, Question, Reply
from intents.shelf import COMMON
from intents.steps.clean import clean
from intents.steps.decide import decide
from intents.steps.emergency import emergency
from intents.steps.mask import mask
from intents.steps.match import match
from intents.steps.recall import recall
from intents.steps.region import region
from intents.steps.remember import remember
from intents.steps.split import split
from intents.world import World
from knowledge.loading import HOME, Knowledge
from knowledge.loading import load as load_knowledge

__all__ = ["STEPS", "Road", "open_road"]

STEPS: tuple[Callable[[Question, World], None], ...] = (
    clean,      # readable simplified text, capped
    mask,       # personal numbers out, before anything else sees them
    emergency,  # life or a child in danger: numbers at once
    region,     # which place is asked about
    recall,     # what the message means after the ones before it
    split,      # a story into the needs it tells
    match,      # candidates for each need
    decide,     # answer, ask back, other department, or a person; in words
    remember,   # what the next message may refer to
)


def today() -> datetime.date:
    """The day in China, wherever the machine thinks it is."""
    return datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()


@dataclass(frozen=True)
class Road:
    """Walks questions; holds no state of its own and is safe to share between threads."""

    world: World
    clock: Callable[[], datetime.date] = field(default=today)

    def ask(self, text: str, conversation: Conversation, region: str = "") -> list[Reply]:
        """Replies to one message, at least one; ``conversation`` is brought up to date.

        Args:
            text: the message as it came.
            conversation: what is remembered of this exchange.
            region: full name of the region the resident has set, or "".
        """
        question = Question(text, conversation, self.clock(), region)
        for step in STEPS:
            step(question, self.world)
            if question.replies and step is not decide:
                break
        return question.replies

    def look_up(self, text: str, region: str = "", most: int = 5) -> list[Reply]:
        """Different answers to a short query of hotline staff, the likeliest first; none when nothing is understood."""
        return look_up(text, self.world, self.clock(), region, most)


def open_road(
    folder: Path, home: Path = HOME, *, semantic: bool = True, clock: Callable[[], datetime.date] = today,
) -> Road:
    """The road over the knowledge in ``home`` and its compiled index in ``folder``.

    Raises:
        knowledge.reading.KnowledgeError: the YAML cannot be read.
        intents.index.StaleIndex: the index must be built first.
    """
    return make_road(load_knowledge(home), folder, semantic=semantic, clock=clock)


def make_road(
    knowledge: Knowledge, folder: Path, *, semantic: bool = True, clock: Callable[[], datetime.date] = today,
) -> Road:
    """The road over knowledge already loaded."""
    compiled = index.load(knowledge, folder, semantic=semantic)
    answer_from, clarify_from = thresholds(with_meaning=compiled.library.shelf(COMMON).vectors is not None)
    return Road(World(knowledge, compiled.matcher, compiled.library, compiled.gazetteer, answer_from, clarify_from), clock)
