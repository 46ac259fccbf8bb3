"""`python -m tests.reliability.kills`: the bot is killed again and again while residents and staff write; nothing may be lost."""

from __future__ import annotations

import argparse
import json
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .harness import Installation, Standin, Worker, settled, stage, until
from .ledger import Findings, Ledger, read
from .load import command, machine, progress
from .questions import distinct
from .talk import CLERK, GROUP, Talk

REGION = "邵阳市"
AT_START = 0.15
"""Share of the kills that hit a process before it is ready."""
EARLIEST, LATEST = 0.05, 1.5
"""Seconds after it has become ready in which a process is killed."""
SETTLE = 400.0
QUESTIONS = 160


@dataclass
class Outcome:
    """What came of all rounds."""

    findings: Findings
    rounds: int
    hits: Counter[str]
    starts: list[float]
    staff_replies: int = 0
    lost_replies: list[str] = field(default_factory=list)
    repeated_replies: int = 0
    tickets: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    violations: dict[str, int] = field(default_factory=dict)
    unsaid: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def failures(self) -> list[str]:
        """Everything that must not happen."""
        found = self.findings
        return [
            *(f"lost: {case}" for case in found.lost), *(f"staff reply lost: {case}" for case in self.lost_replies),
            *(f"known duplicate: {case}" for case in found.duplicates), *(f"repeat without notice: {case}" for case in found.unmarked),
            *(f"false claim: {case}" for case in found.false_claims), *(f"out of order: {case}" for case in found.disorder),
            *(f"{state} at the end: {count}" for state, count in found.unsettled.items() if state != "unknown"),
            *(f"the residents' side broke: {case}" for case in self.unsaid),
        ]


def run(
    rounds: int, database: str = "sqlite", *, seed: int = 1, workers: int = 1, drops: float = 0.0, questions: list[str] | None = None,
) -> Outcome:
    """Kill and restart; returns what came of it."""
    began, generator = time.monotonic(), random.Random(seed)
    texts = distinct(REGION, QUESTIONS, seed) if questions is None else questions
    with stage(database, group=GROUP) as (standin, installation):
        installation.command("staff", "add", str(CLERK), "张三")
        for _ in range(workers):
            installation.worker()
        talk = Talk(standin, texts, generator.randrange(2**32))
        rounder = Rounds(standin, installation, generator)
        rounder.start()
        if drops:
            standin.control("behave", {"drop_randomly": {"before": drops, "after": drops, "seed": seed, "method": "sendMessage"}})
        talker = threading.Thread(target=talk.run, daemon=True)
        talker.start()
        for number in range(rounds):
            rounder.play()
            if number % 20 == 19:
                progress(f"{number + 1} rounds, {len(talk.said)} messages said, {len(standin.messages)} accepted")
        rounder.start()
        if drops:
            standin.control("behave", {"calm": True})
        talk.finish()
        talker.join(60)
        until(lambda: settled(standin, installation.workers[0]), SETTLE, "inbox empty and outbox settled", 0.2)
        talk.reply_to_the_rest()
        until(lambda: settled(standin, installation.workers[0]), SETTLE, "inbox empty and outbox settled", 0.2)
        for worker in installation.workers:
            worker.end()
        outcome = judge(standin, installation, talk, rounder)
        outcome.seconds = time.monotonic() - began
        return outcome


class Rounds:
    """Kills and restarts, and what they hit."""

    def __init__(self, standin: Standin, installation: Installation, generator: random.Random) -> None:
        self.standin, self.installation, self.random = standin, installation, generator
        self.hits: Counter[str] = Counter()
        self.starts: list[float] = []

    def start(self) -> None:
        """Start every worker that does not run and wait until all are ready."""
        for worker in self.installation.workers:
            if not worker.running:
                worker.start()
                self.starts.append(worker.ready())

    def play(self) -> None:
        """One kill, in a worker that serves or in one that starts; the killed one is started again first of all."""
        victim = next((w for w in self.installation.workers if not w.running), None)
        if victim is None:
            victim = self.random.choice(self.installation.workers)
            self._kill(victim, self.random.uniform(EARLIEST, LATEST), "idle")
            return
        began = time.monotonic()
        victim.start()
        if self.random.random() < AT_START:
            self._kill(victim, self.random.uniform(0.05, 0.95) * min(self.starts), "start-up")
            return
        victim.ready()
        self.starts.append(time.monotonic() - began)
        if len(self.installation.workers) > 1:
            victim = self.random.choice(self.installation.workers)
        self._kill(victim, self.random.uniform(EARLIEST, LATEST), "idle")

    def _kill(self, victim: Worker, seconds: float, hit: str) -> None:
        time.sleep(seconds)
        pid = victim.process.pid if victim.process else 0
        victim.end(signal.SIGKILL)
        tables = read(self.installation, live=True)
        if hit == "idle":
            name = tables.workers.get(pid, "")
            if any(r.state == "sending" and r.worker == name for r in tables.outgoing):
                hit = "sending"
            elif tables.waiting:
                hit = "handling"
        self.hits[hit] += 1


def judge(standin: Standin, installation: Installation, talk: Talk, rounds: Rounds) -> Outcome:
    """Join what was said, what the tables hold and what was accepted."""
    standin.fetch()
    tables = read(installation)
    ledger = Ledger(tables, standin.messages)
    outcome = Outcome(ledger.judge(talk.said), sum(rounds.hits.values()), rounds.hits, rounds.starts, len(talk.replies), unsaid=talk.errors)
    for reply in talk.replies:
        heard = [m for m in standin.messages if m["chat_id"] > 0 and reply.text in m["plain"]]
        outcome.repeated_replies += len(heard) > 1
        if not heard:
            known = "a copy of the card that no row names" if (GROUP, reply.card) in ledger.unnamed else "the card"
            stored = tables.incoming.get(reply.update, "never")
            outcome.lost_replies.append(f"update {reply.update}, a reply to {known} (message {reply.card}), stored {stored}")
    outcome.tickets = tables.tickets
    outcome.refused = Counter(s for u, s in tables.incoming.items() if s not in ("done", "ignored"))
    outcome.violations = standin.stats()["violations_by_kind"]
    return outcome


def table(outcome: Outcome, options: argparse.Namespace) -> str:
    """The outcome as Markdown for docs/reliability.md."""
    found, starts = outcome.findings, outcome.starts
    rows: list[tuple[str, Any]] = [
        ("rounds", outcome.rounds), ("kills by what they hit", _counts(outcome.hits)),
        ("start of the process, s: shortest / mean / longest", f"{min(starts):.1f} / {sum(starts) / len(starts):.1f} / {max(starts):.1f}"),
        ("residents' updates said", found.said), ("answered", found.answered), ("**lost**", len(found.lost)),
        ("tickets", outcome.tickets), ("staff replies", outcome.staff_replies), ("**staff replies lost**", len(outcome.lost_replies)),
        ("**known duplicates**", len(found.duplicates)), ("accepted twice, second marked as a repeat", found.repeats - len(found.unmarked)),
        ("accepted twice, second not marked", len(found.unmarked)), ("rows marked uncertain", found.uncertain),
        ("**rows said to be sent that were not**", len(found.false_claims)), ("chats out of order", len(found.disorder)),
        ("rows unsettled or unknown at the end", _counts(found.unsettled)), ("updates refused, failed or waiting at the end", _counts(outcome.refused)),
        ("limits broken", _counts(outcome.violations)), ("seconds in all", f"{outcome.seconds:.0f}"),
    ]
    head = [machine(), "", f"    {command()}", "", f"| {options.database.partition(':')[0]}, workers: {options.workers} | |", "|---|---|"]
    return "\n".join([*head, *(f"| {name} | {value} |" for name, value in rows), "", *(f"- {case}" for case in outcome.failures[:40])])


def _counts(counts: Any) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "0"


def main() -> None:
    """Measure and print; the exit status is 1 when something happened that must not."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.kills", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--database", default="sqlite", help="sqlite, or the administrative address of a PostgreSQL server")
    parser.add_argument("--workers", type=int, default=1, help="more than one only on PostgreSQL")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drops", type=float, default=0.0, help="share of calls whose connection is cut before, and as many after they are carried out")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    outcome = run(options.rounds, options.database, seed=options.seed, workers=options.workers, drops=options.drops)
    if options.json:
        kept = {k: v for k, v in vars(outcome).items() if k != "findings"} | {k: v for k, v in vars(outcome.findings).items() if k != "first"}
        print(json.dumps(kept | {"machine": machine(), "command": command()}, ensure_ascii=False))
    else:
        print(table(outcome, options))
    raise SystemExit(bool(outcome.failures))


if __name__ == "__main__":
    main()
