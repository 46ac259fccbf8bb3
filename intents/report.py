"""What a list of results says: how often we are right, how far confidence can be trusted, what is taken for what."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from intents.evaluation import Result
from intents.question import Outcome
from intents.road import Road

__all__ = ["GROUPS", "Confusion", "Report"]

GROUPS = ("topic", "style", "region", "kind", "outcome")
"""By what results are counted; ``kind`` is the outcome that was wanted, ``outcome`` the one that came."""
STEPS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Confusion:
    """One need taken for another, how often, and up to three questions with the phrasing that drew each of them away."""

    expected: str
    given: str
    times: int
    causes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Report:
    """All results, countable by :data:`GROUPS`."""

    results: list[Result]

    def by(self, group: str) -> dict[str, tuple[int, int]]:
        """(right, all) for each value of a group."""
        out: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for result in self.results:
            value = _value(result, group)
            out[value][0] += result.verdict == "right"
            out[value][1] += 1
        return {k: (a, b) for k, (a, b) in sorted(out.items())}

    def misses(self) -> list[Result]:
        """All that did not go right, those asked back included."""
        return [r for r in self.results if r.verdict != "right"]

    def failures(self) -> list[Result]:
        """All that neither went right nor was asked back with the right choice."""
        return [r for r in self.results if r.verdict not in ("right", "asked back")]

    def answers(self) -> list[Result]:
        """All that were answered."""
        return [r for r in self.results if r.outcome == Outcome.ANSWER]

    def wrong_among_answers(self) -> tuple[int, int]:
        """(wrong, all) of what was answered."""
        return sum(r.verdict != "right" for r in self.answers()), len(self.answers())

    def reliability(self) -> list[tuple[float, int, float]]:
        """For each tenth of confidence: its lower end, how many answers were given with it, the share that was right."""
        out = []
        for tenth in range(10):
            inside = [r for r in self.answers() if tenth / 10 <= r.confidence < (tenth + 1) / 10 + (tenth == 9)]
            if inside:
                out.append((tenth / 10, len(inside), sum(r.verdict == "right" for r in inside) / len(inside)))
        return out

    def risk_and_coverage(self) -> list[tuple[float, float, float]]:
        """For each threshold: the share of all questions answered with at least that confidence, and the share wrong among them."""
        out = []
        for step in STEPS:
            given = [r for r in self.answers() if r.confidence >= step]
            if given:
                out.append((step, len(given) / len(self.results), sum(r.verdict != "right" for r in given) / len(given)))
        return out

    def confusions(self, road: Road, most: int = 20) -> list[Confusion]:
        """The pairs most often confused, where the expected need is known, with the phrasings that cause it."""
        pairs: dict[tuple[str, str], list[Result]] = defaultdict(list)
        for result in self.results:
            expected = result.case.intent
            if expected and result.verdict not in ("right", "asked back") and result.intent != expected:
                pairs[expected, result.intent].append(result)
        ordered = sorted(pairs.items(), key=lambda p: (-len(p[1]), p[0]))[:most]
        return [Confusion(*pair, len(results), tuple(_cause(r, road) for r in results[:3])) for pair, results in ordered]


def _value(result: Result, group: str) -> str:
    if group == "outcome":
        return result.outcome
    if group == "kind":
        return "/".join(result.case.kinds) or "—"
    return str(getattr(result.case, group)) or "—"


def _cause(result: Result, road: Road) -> tuple[str, str]:
    """The question, and the phrasing of the given need that is most like it."""
    region = road.world.gazetteer.resolve(result.case.region) if result.case.region else ""
    return result.case.question, road.world.matcher.closest(result.case.question, result.intent, road.world.reach(region)) if result.intent else ""
