"""How much of each source is answerable: sections, facts, and facts that can be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from knowledge import rendering
from knowledge.loading import Knowledge

__all__ = ["Coverage", "askable", "coverage"]


@dataclass(frozen=True)
class Coverage:
    """Counts over one source, or over several of one region.

    ``sections`` = ``filled`` (with facts) + ``skipped`` (with a reason) + those with neither. ``told`` facts stand in
    an answer, ``asked`` ones can be asked for by themselves; ``answered`` ones are either or both.
    """

    name: str
    sections: int
    filled: int
    skipped: int
    facts: int
    told: int
    asked: int
    answered: int


def askable(knowledge: Knowledge, key: str) -> bool:
    """Whether a fact can be asked for by itself: rules no longer in force and bare telephone numbers cannot."""
    return knowledge.facts[key].status == "current" and not key.startswith("hotline.")


def coverage(knowledge: Knowledge) -> Iterator[Coverage]:
    """One count a plan, and one for all national rules together."""
    told = {key for _, answer in knowledge.answers() for key in rendering.cited(knowledge, answer)}
    told |= {key for danger in knowledge.emergencies for key in danger.facts}
    groups = {s.title: [s] for s in knowledge.sources if s.region != "全国"}
    groups["国家规定"] = [s for s in knowledge.sources if s.region == "全国"]
    for name, sources in groups.items():
        used = {(s.id, f.section) for s in sources for f in s.facts}
        keys = [f"{s.namespace}.{f.key}" for s in sources for f in s.facts]
        yield Coverage(
            name=name, sections=sum(len(s.sections) for s in sources),
            filled=sum((s.id, x.id) in used for s in sources for x in s.sections), skipped=sum(bool(x.skip) for s in sources for x in s.sections),
            facts=len(keys), told=sum(k in told for k in keys), asked=sum(askable(knowledge, k) for k in keys),
            answered=sum(k in told or askable(knowledge, k) for k in keys),
        )
