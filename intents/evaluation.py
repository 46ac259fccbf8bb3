"""How often we are right, on questions with known answers."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intents.question import Conversation, Outcome, Reply
from intents.road import Road
from knowledge.loading import Knowledge

__all__ = ["Case", "Result", "evaluate", "read_cases", "topic_tests"]

FIGURE = re.compile(r"[\d.]+")


@dataclass(frozen=True)
class Case:
    """A question and what a right reply must be; empty expectations are not checked."""

    question: str
    region: str = ""
    kinds: tuple[str, ...] = ()
    intent: str = ""
    must: tuple[tuple[str, ...], ...] = ()
    must_not: tuple[str, ...] = ()
    topic: str = ""
    style: str = ""
    before: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What came of a case: ``verdict`` is right, or says what was wrong.

    ``asked back`` means that the right choice was offered.
    """

    case: Case
    verdict: str
    outcome: str
    intent: str
    confidence: float
    text: str


def topic_tests(knowledge: Knowledge) -> Iterator[Case]:
    """The ``tests:`` of all topics as cases."""
    for topic in knowledge.topics:
        for intent in topic.intents:
            for test in intent.tests:
                yield Case(test.ask, test.region, (test.kind,) if test.kind else (), intent.id, topic=topic.title, style="topic test")


def read_cases(path: Path) -> Iterator[Case]:
    """Cases of a JSONL file with ``q`` (or ``turns``), ``region``, ``kind``, ``must``, ``must_not``, ``intent``.

    Raises:
        ValueError: a line is not such an object; says which.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            turns = item.get("turns") or [item]
        except (ValueError, AttributeError):
            raise ValueError(f"{path.name} 第 {number} 行不是有效的题目；每行写一个 JSON 对象，至少有 q") from None
        before: list[str] = []
        for turn in turns:
            text = turn.get("q") or (turn["q_repeat"][0] * turn["q_repeat"][1] if "q_repeat" in turn else None)
            if text is None:
                raise ValueError(f"{path.name} 第 {number} 行没有 q；请补上问题")
            yield _case(item, turn, text, tuple(before), path.stem)
            before.append(text)


def _case(item: dict[str, Any], turn: dict[str, Any], text: str, before: tuple[str, ...], name: str) -> Case:
    kinds = turn.get("kind") or ()
    return Case(
        text, item.get("region") or "", (kinds,) if isinstance(kinds, str) else tuple(kinds), turn.get("intent", ""),
        tuple(tuple(group) for group in turn.get("must", [])), tuple(turn.get("must_not", [])),
        item.get("topic") or name, item.get("style") or name, before,
    )


def evaluate(road: Road, cases: Iterable[Case], progress: Callable[[int], None] | None = None) -> list[Result]:
    """Walk the road with every case, each in a conversation of its own."""
    results: list[Result] = []
    for number, case in enumerate(cases, 1):
        conversation = Conversation()
        region = road.world.gazetteer.resolve(case.region) if case.region else ""
        for earlier in case.before:
            road.ask(earlier, conversation, region or conversation.region)
        replies = road.ask(case.question, conversation, region or conversation.region)
        results.append(judge(case, replies, road))
        if progress:
            progress(number)
    return results


def judge(case: Case, replies: list[Reply], road: Road) -> Result:
    """Hold the replies against what was expected."""
    order = (Outcome.EMERGENCY, Outcome.HANDOFF, Outcome.CLARIFY, Outcome.ANSWER, Outcome.SMALLTALK, Outcome.ERROR)
    outcome = min((r.outcome for r in replies), key=order.index)
    labels = [label for r in replies for label in road.world.titles(r.options)]
    text = "\n".join([*(r.text for r in replies), *labels])
    verdict = "right"
    told = {r.intent for r in replies}
    as_good = road.world.as_good_as(case.intent) if case.intent else set()
    offered = {option for r in replies for option in r.options} | ({r.intent for r in replies} if outcome is Outcome.CLARIFY else set())
    if any(holds(text, word) for word in case.must_not):
        verdict = "forbidden"
    elif outcome is Outcome.CLARIFY and as_good & offered and "clarify" not in case.kinds:
        verdict = "asked back"
    elif case.kinds and outcome not in case.kinds:
        verdict = f"kind {outcome}"
    elif case.intent and not as_good & told:
        verdict = "intent"
    elif outcome in (Outcome.ANSWER, Outcome.EMERGENCY) and not all(any(holds(text, w) for w in group) for group in case.must):
        verdict = "missing"
    return Result(case, verdict, str(outcome), replies[0].intent, replies[0].confidence, text)


def holds(text: str, wanted: str) -> bool:
    """Whether ``wanted`` stands in the text; a figure has to stand alone (70 is not met by 570)."""
    text, wanted = (re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", unicodedata.normalize("NFKC", t)) for t in (text, wanted))
    if FIGURE.fullmatch(wanted):
        return bool(re.search(rf"(?<![\d.]){re.escape(wanted)}(?!\d|\.\d)", text))
    return re.sub(r"\s", "", wanted) in re.sub(r"\s", "", text)
