"""Step 6: the needs a message tells."""

from __future__ import annotations

import re

from intents.question import Question
from intents.world import World

SENTENCE = re.compile(r"[。！？!?；;\n]+")
CLAUSE = re.compile(r"[，,、。！？!?；;\n]+")
ALSO = re.compile(
    r"(?:[，,。？?]\s*)?(?:还有就是|还有个事|还有一个|另外|顺便(?:问|再问)?(?:一下|下)?|再问(?:一下|下)?|还想问(?:一下|下)?|再就是|还有[，,])"
    r"|(?<=[，,。？?\s])还有(?=[他她我]|老人|孩子|家里)"
)
ASKS = re.compile(
    r"[?？吗么呢伐]$|多少|几多|好多|怎么|咋|哪|什么|么子|啥|能不能|可不可以|可以|有没有|有冇|要不要|是不是|请问|如何|多久|几天|几个|符合|该不该|谁|"
    r"合不合|行不行|要得"
)
LONG = 45
WINDOWS = 4


def split(question: Question, world: World) -> None:
    """Fill ``parts``: one text for each need, or the windows of a long story, most telling first."""
    if question.parts or question.chosen:
        return
    text = question.text
    pieces = [p.strip(" ,，。") for p in ALSO.split(text)]
    if len(pieces) < 2:
        pieces = re.split(r"[?？]+", text)
    pieces = [p for p in pieces if len(p.strip()) > 3]
    if 2 <= len(pieces) <= 3 and len(text) <= 2 * LONG:
        question.parts = pieces
    elif len(text) <= LONG:
        question.parts = [text]
    else:
        question.parts = windows(text)


def clauses(text: str) -> list[str]:
    """The clauses of a short message, the last first."""
    return [c.strip() for c in CLAUSE.split(text) if len(c.strip()) > 1][::-1][:WINDOWS]


def windows(text: str) -> list[str]:
    """Stretches of a long message, those that ask first, the later before the earlier."""
    pieces = [c.strip() for c in CLAUSE.split(text) if c.strip()]
    stretches: list[tuple[float, str]] = []
    for i, clause in enumerate(pieces):
        weight = (2.0 if ASKS.search(clause) else 0.0) + i / len(pieces)
        joined = clause
        if i and len(joined) < 24:
            joined = f"{pieces[i - 1]}，{joined}"
        if len(joined) < 16 and i > 1:
            joined = f"{pieces[i - 2]}，{joined}"
        stretches.append((weight, joined[:80]))
    stretches.sort(key=lambda s: -s[0])
    return list(dict.fromkeys(s for _, s in stretches))[:WINDOWS]
