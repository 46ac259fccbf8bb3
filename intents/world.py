"""What the steps work with: the knowledge and the tools made from it."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from cachetools import LRUCache, cachedmethod

from intents.gazetteer import Gazetteer
from intents.library import Library
from intents.matcher import Matcher
from intents.shelf import COMMON, Reach, project_shelf
from intents.wording import Wording
from knowledge import conditions, rendering
from knowledge.loading import Knowledge
from knowledge.model import Answer, Intent

__all__ = ["World"]

EVERYWHERE = 60_000
"""Phrasings up to which a question from nowhere is held against every place's."""
REACHES = 200
"""Reaches kept in memory."""


@dataclass(frozen=True)
class World:
    """Knowledge, matcher and places, and the confidences from which we answer or ask back."""

    knowledge: Knowledge
    matcher: Matcher
    library: Library
    gazetteer: Gazetteer
    answer_from: float
    clarify_from: float
    _reaches: LRUCache[str, Reach] = field(default_factory=lambda: LRUCache(REACHES), repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def wording(self) -> Wording:
        """The lexicon made ready."""
        return self.matcher.featurizer.wording

    @cached_property
    def places(self) -> list[str]:
        """The places whose plans we hold."""
        return list(dict.fromkeys(s.region for s in self.knowledge.sources if s.region != COMMON))

    @property
    def held(self) -> str:
        """The places whose plans we hold, as a list in words."""
        return "、".join(self.places)

    def phrase(self, which: str, /, **places: str) -> str:
        """A fixed phrase with its places filled; ``{hotline}`` is always known."""
        return self.knowledge.phrases.phrases[which].format(hotline=rendering.hotline(self.knowledge), **places)

    def title(self, candidate: str) -> str:
        """What a candidate, a region or a condition (``slot=value``) is called on a button."""
        slot, equals, value = candidate.partition("=")
        if equals:
            return conditions.spoken_range(value, next((s.unit for s in self.knowledge.phrases.slots if s.id == slot), ""))
        if candidate in self.knowledge.intents:
            return self.knowledge.intents[candidate].title
        if candidate in self.knowledge.facts:
            return self.knowledge.facts[candidate].label
        return candidate

    def topic_kind(self, intent: str) -> str:
        """``service``, ``department`` ... of an intent's topic."""
        return self.knowledge.topic_of[intent].kind

    def nearest(self, intent: Intent, region: str) -> Answer | None:
        """The answer for a region: its own, else that of the city, the province, the country."""
        answers = {a.region: a for a in intent.answers}
        for name in self.gazetteer.chain(region):
            if name in answers:
                return answers[name]
        return None

    @cachedmethod(lambda self: self._reaches, lock=lambda self: self._lock)
    def reach(self, region: str) -> Reach:
        """What may be told in ``region``: the shelves of its chain, and projects below it.

        Without a region every shelf is read while the whole is small; else the common one, and the region is asked for.
        """
        return Reach(tuple(self.library.shelf(name) for name in self._shelves(region)))

    def _shelves(self, region: str) -> list[str]:
        held = self.library.rows
        if not region:
            return self.library.names if sum(held.values()) <= EVERYWHERE else [COMMON]
        chain = self.gazetteer.chain(region)
        below = sorted(self.knowledge.below(region)) if region in self.knowledge.regions else []
        names = [*reversed(chain), *(project_shelf(r) for r in [*reversed(chain), *below])]
        return [n for n in dict.fromkeys(names) if n in held]

    def reaches(self) -> list[Reach]:
        """The reach of every region whose plan we hold."""
        return [self.reach(s.region) for s in self.knowledge.sources if s.region != COMMON]

    def matter(self, candidate: str) -> str:
        """What a candidate is about: the first part of an intent's id; of a fact, that of an intent that tells it."""
        if candidate in self.knowledge.intents:
            return candidate.split(".")[0]
        intents = sorted(i for i in self.matcher.twins.get(candidate, ()) if i in self.knowledge.intents)
        return intents[0].split(".")[0] if intents else ".".join(candidate.split(".")[:2])

    def is_chatter(self, candidate: str) -> bool:
        """Whether a candidate is smalltalk or off our topics."""
        return candidate in self.knowledge.topic_of and self.topic_kind(candidate) in ("smalltalk", "offtopic")

    def as_good_as(self, candidate: str) -> set[str]:
        """The candidate and those that would be answered with the same words."""
        return {candidate} | self.matcher.twins.get(candidate, frozenset())

    def is_service(self, candidate: str) -> bool:
        """Whether a candidate belongs to our own services (facts do)."""
        return candidate not in self.knowledge.topic_of or self.topic_kind(candidate) == "service"

    def depends_on_region(self, intent: Intent) -> bool:
        """Whether the country-wide answer is missing or only says that it differs from place to place."""
        return all(a.region != "全国" or a.handoff for a in intent.answers) and any(a.region != "全国" for a in intent.answers)

    @cached_property
    def told(self) -> str:
        """All labels and sentences of facts: what looks like a place's name may be part of a project's."""
        return "\n".join(f"{fact.label}\n{fact.text}" for fact in self.knowledge.facts.values())

    def titles(self, candidates: Iterable[str]) -> list[str]:
        """Titles of candidates or regions."""
        return [self.title(c) for c in candidates]
