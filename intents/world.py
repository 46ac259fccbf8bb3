"""What the steps work with: the knowledge and the tools made from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from intents.gazetteer import Gazetteer
from intents.matcher import Matcher
from intents.wording import Wording
from knowledge.loading import Knowledge
from knowledge.model import Answer, Intent

__all__ = ["World"]

HOTLINE = "hotline.t12345"


@dataclass(frozen=True)
class World:
    """Knowledge, matcher and places, and the confidences from which we answer or ask back."""

    knowledge: Knowledge
    matcher: Matcher
    gazetteer: Gazetteer
    answer_from: float
    clarify_from: float

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
        hotline = self.knowledge.facts[HOTLINE].value if HOTLINE in self.knowledge.facts else ""
        return self.knowledge.phrases.phrases[which].format(hotline=hotline, **places)

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

    def depends_on_region(self, intent: Intent) -> bool:
        """Whether the country-wide answer is missing or only says that it differs from place to place."""
        return all(a.region != "全国" or a.handoff for a in intent.answers) and any(a.region != "全国" for a in intent.answers)

    def titles(self, candidates: Iterable[str]) -> list[str]:
        """Titles of candidates or regions."""
        return [self.title(c) for c in candidates]
