"""`python -m tests.reliability.load`: an even load and a burst, from the stand-in to the real bot and back."""

from __future__ import annotations

import argparse
import datetime
import itertools
import json
import os
import platform
import random
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .harness import Installation, Standin, settled, stage, until
from .ledger import Findings, Ledger, read
from .questions import Pool, pools

FIRST_CHAT = 100_000
LEAST_GAP, SAMPLE = 0.005, 20.0
"""Seconds between two looks at the clock, and between two looks at the memory."""
SETTLE = 180.0
WARM_RATE = 20.0


@dataclass
class Phase:
    """One part of the measurement: what was said when, and what the processes used meanwhile."""

    name: str
    said: dict[int, int] = field(default_factory=dict)
    at: dict[int, float] = field(default_factory=dict)
    late: float = 0.0
    seconds: float = 0.0
    memory: list[tuple[float, float]] = field(default_factory=list)
    processor: dict[str, float] = field(default_factory=dict)
    violations: dict[str, int] = field(default_factory=dict)


def schedule(count: int, rate: float, homes: dict[int, str], found: dict[str, Pool], generator: random.Random) -> list[tuple[float, int, str]]:
    """Offset, chat and text of every message: chats in random order, half near-exact and half freely worded."""
    chats = _shuffled(list(homes), generator)
    plan = []
    for number in range(count):
        chat = next(chats)
        pool = found[homes[chat]]
        plan.append((number / rate, chat, generator.choice(pool.exact if number % 2 else pool.free)))
    return plan


def _shuffled(chats: list[int], generator: random.Random) -> Iterator[int]:
    for _ in itertools.count():
        generator.shuffle(chats)
        yield from chats


class Bench:
    """A stand-in and the bot under load."""

    def __init__(self, standin: Standin, installation: Installation) -> None:
        self.standin, self.installation = standin, installation
        self.workers = installation.workers

    def perform(self, name: str, plan: list[tuple[float, int, str]], *, watch: bool = False) -> Phase:
        """Say everything by the clock, never waiting for answers; then wait until all is settled."""
        phase, done = Phase(name), threading.Event()
        before, used = self.standin.stats()["violations_by_kind"], self._processor()
        sampler = threading.Thread(target=self._sample, args=(phase, done), daemon=True)
        if watch:
            sampler.start()
        began = time.monotonic() + 0.2
        for group in self._due(plan, began):
            now = time.monotonic()
            phase.late = max(phase.late, now - began - group[0][0])
            for number, (_, chat, _) in zip(self.standin.says([{"text": t, "user": c} for _, c, t in group]), group, strict=True):
                phase.said[number], phase.at[number] = chat, now
        until(lambda: settled(self.standin, self.workers[0]), SETTLE, f"all answered in {name}", 0.1)
        phase.seconds = time.monotonic() - began
        done.set()
        if watch:
            sampler.join()
        after = self.standin.stats()["violations_by_kind"]
        phase.violations = {kind: after.get(kind, 0) - before.get(kind, 0) for kind in ("overall", "private", "group")}
        phase.processor = {who: round(seconds - used[who], 2) for who, seconds in self._processor().items()}
        return phase

    @staticmethod
    def _due(plan: list[tuple[float, int, str]], began: float) -> Iterator[list[tuple[float, int, str]]]:
        place = 0
        while place < len(plan):
            passed = time.monotonic() - began
            end = place
            while end < len(plan) and plan[end][0] <= passed:
                end += 1
            if end > place:
                yield plan[place:end]
                place = end
            else:
                time.sleep(max(plan[place][0] - passed, LEAST_GAP))

    def _sample(self, phase: Phase, done: threading.Event) -> None:
        began = time.monotonic()
        while True:
            phase.memory.append((round(time.monotonic() - began, 1), round(self._memory(), 1)))
            if done.wait(SAMPLE):
                phase.memory.append((round(time.monotonic() - began, 1), round(self._memory(), 1)))
                return

    def _memory(self) -> float:
        return sum(w.process.memory() for w in self.workers if w.process)

    def _processor(self) -> dict[str, float]:
        return {"bot": sum(w.process.processor() for w in self.workers if w.process), "stand-in": self.standin.process.processor()}


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Run both phases; returns the report."""
    generator = random.Random(options.seed)
    progress("trying questions")
    found, weights = pools(options.seed)
    homes = {FIRST_CHAT + n: generator.choices(list(weights), list(weights.values()))[0] for n in range(options.chats)}
    with stage(options.database, group=options.group) as (standin, installation):
        for _ in range(options.workers):
            worker = installation.worker()
            worker.start()
            worker.ready()
        bench = Bench(standin, installation)
        progress("warming up")
        bench.perform("warm-up", [(n / WARM_RATE, chat, f"我是{home}的，低保标准是多少") for n, (chat, home) in enumerate(homes.items())])
        phases = []
        if options.seconds:
            progress("load")
            load = schedule(round(options.rate * options.seconds), options.rate, homes, found, generator)
            phases.append(bench.perform("load", load, watch=True))
        if options.burst:
            progress("burst")
            phases.append(bench.perform("burst", schedule(options.burst, options.burst / options.burst_seconds, homes, found, generator), watch=True))
        for worker in installation.workers:
            worker.end()
        standin.fetch()
        tables = read(installation)
        ledger = Ledger(tables, standin.messages)
        parts = [describe(phase, ledger.judge(phase.said)) for phase in phases]
        return {"machine": machine(), "command": command(), "options": vars(options), "tickets": tables.tickets, "phases": parts}


def describe(phase: Phase, findings: Findings) -> dict[str, Any]:
    """The figures of a phase."""
    times = sorted(findings.first[u]["at"] - at for u, at in phase.at.items() if u in findings.first)
    cuts = statistics.quantiles(times, n=100, method="inclusive") if len(times) > 1 else [0.0] * 99
    last = max((findings.first[u]["at"] for u in phase.said if u in findings.first), default=0.0) - min(phase.at.values(), default=0.0)
    return {
        "name": phase.name, "said": findings.said, "answered": findings.answered, "messages_sent": findings.messages,
        "answered_more_than_once": findings.twice, "lost": len(findings.lost), "out_of_order": len(findings.disorder),
        "repeats_marked": findings.repeats, "false_claims": len(findings.false_claims),
        "p50": round(cuts[49], 3), "p95": round(cuts[94], 3), "p99": round(cuts[98], 3), "max": round(max(times, default=0.0), 3),
        "last_answer_after": round(last, 1), "violations": phase.violations, "memory_mib": phase.memory,
        "processor_seconds": phase.processor, "seconds": round(phase.seconds, 1), "sayer_late": round(phase.late, 3),
        "kinds": dict(findings.purposes), "cases": [*findings.lost, *findings.duplicates, *findings.disorder, *findings.false_claims][:20],
    }


def table(report: dict[str, Any]) -> str:
    """The report as Markdown for docs/reliability.md."""
    lines = [
        f"{report['machine']}", "", f"    {report['command']}", "",
        "| part | said | answered | twice | lost | out of order | p50 s | p95 s | p99 s | max s | last answer after s | limits broken | kinds |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for p in report["phases"]:
        broken = " ".join(f"{k} {n}" for k, n in p["violations"].items())
        kinds = " ".join(f"{k} {n}" for k, n in sorted(Counter(p["kinds"]).items()))
        lines.append(
            f"| {p['name']} | {p['said']} | {p['answered']} | {p['answered_more_than_once']} | {p['lost']} | {p['out_of_order']} | {p['p50']} | "
            f"{p['p95']} | {p['p99']} | {p['max']} | {p['last_answer_after']} | {broken} | {kinds} |")
    lines += ["", "| part | memory of the bot, MiB at s | processor s: bot | stand-in | wall s | sayer late s |", "|---|---|---|---|---|---|"]
    for p in report["phases"]:
        memory = " · ".join(f"{mib:.0f} at {at:.0f}" for at, mib in p["memory_mib"])
        used = p["processor_seconds"]
        lines.append(f"| {p['name']} | {memory} | {used['bot']} | {used['stand-in']} | {p['seconds']} | {p['sayer_late']} |")
    cases = [f"- {p['name']}: {case}" for p in report["phases"] for case in p["cases"]]
    return "\n".join([*lines, "", f"Tickets opened: {report['tickets']}.", *cases])


def machine() -> str:
    """Date and machine in words."""
    return f"{datetime.date.today():%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def command() -> str:
    """The command that was given."""
    return " ".join(["python -m", f"tests.reliability.{sys.argv[0].rpartition('/')[2].removesuffix('.py')}", *sys.argv[1:]])


def progress(text: str) -> None:
    """Say on standard error how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.load", description=__doc__)
    parser.add_argument("--chats", type=int, default=300)
    parser.add_argument("--rate", type=float, default=25, help="messages a second")
    parser.add_argument("--seconds", type=float, default=120, help="0: no even load")
    parser.add_argument("--burst", type=int, default=600, help="messages of the burst, 0: none")
    parser.add_argument("--burst-seconds", type=float, default=5)
    parser.add_argument("--database", default="sqlite", help="sqlite, or the administrative address of a PostgreSQL server")
    parser.add_argument("--workers", type=int, default=1, help="more than one only on PostgreSQL")
    parser.add_argument("--group", type=int, default=0, help="number of a staff group (negative), 0: none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    report = measure(parser.parse_args())
    print(json.dumps(report, ensure_ascii=False) if report["options"]["json"] else table(report))


if __name__ == "__main__":
    main()
