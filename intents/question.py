"""What travels along the road: a question, its conversation, and the replies."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass, field, replace

from knowledge.parts import Parts
from knowledge.rendering import Citation

__all__ = ["Candidate", "Conversation", "Need", "Outcome", "Question", "Reply"]


class Outcome(enum.StrEnum):
    """How a question can end; labels for people stand in phrases.yaml under ``statuses``."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    HANDOFF = "handoff"
    EMERGENCY = "emergency"
    SMALLTALK = "smalltalk"
    ERROR = "error"


@dataclass(frozen=True)
class Candidate:
    """An intent (or a single fact) that may be meant; ``confidence`` is the chance, 0 to 1, that it is."""

    id: str
    fact: bool
    confidence: float


@dataclass(frozen=True)
class Need:
    """One need of a message: its words, and what may be meant by them, best first."""

    text: str
    candidates: list[Candidate]


@dataclass
class Conversation:
    """What is remembered of one resident's exchange between two messages.

    ``region`` is a full name of the tree, or a name outside it, or empty. ``pending`` is a need that waits for a
    region (``awaiting == "region"``), a condition (``"slot"``), or a choice among ``options``: ids of candidates,
    names of regions, or conditions as ``slot=value``. ``awaiting == "offer"``: a further need was offered.
    """

    region: str = ""
    need: str = ""
    last: str = ""
    slots: dict[str, str] = field(default_factory=dict)
    awaiting: str = ""
    pending: str = ""
    options: list[str] = field(default_factory=list)
    related: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reply:
    """One reply: its kind, words and grounds; ``options`` are ids offered as buttons when asking back.

    ``words`` given as one string rest on no document. ``passed_on``: the resident was told that a person takes it up.
    """

    outcome: Outcome
    words: Parts | str
    intent: str = ""
    region: str = ""
    level: str = ""
    confidence: float = 0.0
    citations: tuple[Citation, ...] = ()
    options: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    passed_on: bool = False

    @property
    def parts(self) -> Parts:
        """The words by their parts, as a channel sets them."""
        return Parts.plain(self.words) if isinstance(self.words, str) else self.words

    @property
    def text(self) -> str:
        """All words as one text."""
        return self.parts.text

    def noted(self, *notes: str) -> Reply:
        """The same with further notes."""
        return replace(self, words=self.parts.noted(*notes))


@dataclass
class Question:
    """A message on its way: each step reads what it needs and adds what it found.

    ``offered`` are candidates for needs beyond the second. ``replies`` being filled ends the road.
    """

    text: str
    conversation: Conversation
    today: datetime.date
    region: str = ""
    masked: bool = False
    cut: bool = False
    correction: bool = False
    region_named: str = ""
    region_choices: list[str] = field(default_factory=list)
    follows: bool = False
    chosen: str = ""
    slots: dict[str, str] = field(default_factory=dict)
    slots_only: bool = False
    parts: list[str] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
