"""Questions to ask: texts and regions, tried beforehand so that nearly all are answered in one message."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bot.settings import ROOT, read_settings
from knowledge.loading import Knowledge, load

from .harness import environment

FREE = (ROOT / "tests" / "evaluation" / "opened.jsonl", *sorted(Path("/work/shared/questions").glob("*.jsonl")))
"""Freely worded questions; folders that do not exist are passed over."""
ENOUGH, MOST_REGIONS = 10, 12
EXACT = 30
"""Near-exact phrasings tried in each region."""


@dataclass
class Pool:
    """What residents of one region ask."""

    exact: list[str] = field(default_factory=list)
    free: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Tried:
    """What came of a question: the kind of the answer, its text, and whether it is one message."""

    text: str
    region: str
    kind: str
    reply: str
    single: bool

    @property
    def fits(self) -> bool:
        """Whether it is answered in one message."""
        return self.kind == "answer" and self.single


def pools(seed: int) -> tuple[dict[str, Pool], Counter[str]]:
    """Questions by region, and how many residents a region has in proportion."""
    generator, knowledge = random.Random(seed), load(read_settings().knowledge_dir)
    free = _free()
    weights = Counter({r: n for r, n in Counter(r for r, _ in free if r in knowledge.regions).most_common(MOST_REGIONS) if n >= ENOUGH})
    phrasings = [p for intent in knowledge.intents.values() for p in intent.phrasings]
    made = {region: Pool() for region in weights}
    asked = [("exact", region, text) for region in weights for text in generator.sample(phrasings, EXACT)]
    asked += [("free", region or generator.choice(list(weights)), text) for region, text in free if not region or region in weights]
    for (kind, region, text), tried in zip(asked, attempt((t, r) for _, r, t in asked), strict=True):
        if tried.fits:
            getattr(made[region], kind).append(text)
    return {r: p for r, p in made.items() if p.exact and p.free}, Counter({r: weights[r] for r, p in made.items() if p.exact and p.free})


def _free() -> list[tuple[str, str]]:
    """Region (or none) and text of every freely worded question that ought to be answered."""
    lines = [json.loads(line) for path in FREE if path.exists() for line in path.read_text(encoding="utf-8").splitlines()]
    return sorted({(d["region"] or "", d["q"]) for d in lines if d.get("kind") == ["answer"] and "q" in d})


def distinct(region: str, most: int, seed: int) -> list[str]:
    """Questions whose answers all differ, each naming the region, one an intent."""
    knowledge = load(read_settings().knowledge_dir)
    texts = [f"我是{region}的，{_phrasing(knowledge, name)}" for name in sorted(knowledge.intents)]
    random.Random(seed).shuffle(texts)
    found: dict[str, str] = {}
    for tried in attempt((text, "") for text in texts[: 3 * most]):
        if tried.fits:
            found.setdefault(tried.reply, tried.text)
    return list(found.values())[:most]


def _phrasing(knowledge: Knowledge, intent: str) -> str:
    return next((p for p in knowledge.intents[intent].phrasings if 6 <= len(p) <= 20), knowledge.intents[intent].title)


def attempt(asked: Iterable[tuple[str, str]]) -> list[Tried]:
    """Ask the batch interface each text, as somebody new from the region."""
    pairs = list(asked)
    lines = "".join(json.dumps({"text": t, "region": r}, ensure_ascii=False) + "\n" for t, r in pairs)
    done = subprocess.run(
        [sys.executable, "-m", "bot", "ask", "--jsonl"], cwd=ROOT, env=environment(MINZHENG_STATE_DIR=str(read_settings().state_dir)),
        input=lines.encode(), stdout=subprocess.PIPE, check=True, timeout=600)
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    two = load(read_settings().knowledge_dir).phrases.phrases["two_needs"]
    return [Tried(t, r, a["kind"], a["text"], two not in a["text"]) for (t, r), a in zip(pairs, answers, strict=True)]
