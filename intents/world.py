"""What the steps work with: the knowledge and the tools made from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from intents.gazetteer import Gazetteer
from intents.matcher import Matcher
from intents.wording import Wording
from knowledge import rendering
from knowledge.loading import Knowledge
from knowledge.model import Answer, Intent

__all__ = ["World"]

@dataclass(frozen=True)
class World:
    """Knowledge, matcher and places, and the confidences from which we answer or ask back."""

    knowledge: Knowledge
    matcher: Matcher
    gazetteer: Gazetteer
    answer_from: float
    clarify_from: float
    _masks: dict[str, NDArray[np.bool_]] = field(default_factory=dict, repr=False)

    @property
    def wording(self) -> Wording:
        """The lexicon made ready."""
        return self.matcher.featurizer.wording

    @cached_property
    def held(self) -> str:
        """The places whose plans we hold, as a list in words."""
        return "、".join(dict.fromkeys(s.region for s in self.knowledge.sources if s.region != "全国"))

    def phrase(self, which: str, /, **places: str) -> str:
        """A fixed phrase with its places filled; ``{hotline}`` is always known."""
        return self.knowledge.phrases.phrases[which].format(hotline=rendering.hotline(self.knowledge), **places)

    def title(self, candidate: str) -> str:
        """What a candidate is called on a button."""
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

    def facts_for(self, region: str) -> set[str]:
        """Keys of facts that may be told to someone in ``region``: of its chain, and projects below it."""
        chain = set(self.gazetteer.chain(region))
        below = self.knowledge.below(region) if region in self.knowledge.regions else set()
        return {
            key for key, fact in self.knowledge.facts.items()
            if (where := self.knowledge.fact_region(key)) in chain or (fact.kind == "project" and where in below)
        }

    def allowed(self, region: str) -> NDArray[np.bool_]:
        """Mask over the matcher's candidates: all intents, and the facts that may be told in ``region``."""
        if region not in self._masks:
            rows = self.matcher.rows
            facts = self.facts_for(region)
            self._masks[region] = np.fromiter(
                (not fact or i in facts for i, fact in zip(rows.ids, rows.facts, strict=True)), dtype=np.bool_, count=len(rows.ids),
            )
        return self._masks[region]

    def masks(self) -> list[NDArray[np.bool_]]:
        """The masks of all regions whose plans we hold."""
        return [self.allowed(s.region) for s in self.knowledge.sources if s.region != "全国"]

    def matter(self, candidate: str) -> str:
        """What a candidate is about: the first part of an intent's id; of a fact, that of an intent that tells it."""
        if candidate in self.knowledge.intents:
            return candidate.split(".")[0]
        position = self._positions.get(candidate, -1)
        told = [self.matcher.rows.ids[i] for i in self.matcher.rows.twins.get(position, ())]
        intents = sorted(i for i in told if i in self.knowledge.intents)
        return intents[0].split(".")[0] if intents else ".".join(candidate.split(".")[:2])

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {c: i for i, c in enumerate(self.matcher.rows.ids)}

    def is_chatter(self, candidate: str) -> bool:
        """Whether a candidate is smalltalk or off our topics."""
        return candidate in self.knowledge.topic_of and self.topic_kind(candidate) in ("smalltalk", "offtopic")

    def as_good_as(self, candidate: str) -> set[str]:
        """The candidate and those that would be answered with the same words."""
        rows = self.matcher.rows
        position = self._positions.get(candidate)
        return {candidate} | ({rows.ids[i] for i in rows.twins.get(position, ())} if position is not None else set())

    def is_service(self, candidate: str) -> bool:
        """Whether a candidate belongs to our own services (facts do)."""
        return candidate not in self.knowledge.topic_of or self.topic_kind(candidate) == "service"

    def depends_on_region(self, intent: Intent) -> bool:
        """Whether the country-wide answer is missing or only says that it differs from place to place."""
        return all(a.region != "全国" or a.handoff for a in intent.answers) and any(a.region != "全国" for a in intent.answers)

    def titles(self, candidates: Iterable[str]) -> list[str]:
        """Titles of candidates or regions."""
        return [self.title(c) for c in candidates]
