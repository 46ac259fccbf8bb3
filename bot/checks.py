"""Commands that look at the knowledge and at how well it answers."""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path

from bot.indexing import ready_road
from bot.settings import Settings
from intents import calibration
from intents.evaluation import Case, evaluate, read_cases, topic_tests
from intents.question import Conversation, Question
from intents.report import GROUPS, Report
from intents.road import Road
from intents.shelf import Reach
from intents.steps.clean import clean
from intents.steps.mask import mask
from intents.steps.region import region
from intents.strays import strays
from knowledge import checking
from knowledge.coverage import coverage
from knowledge.loading import Knowledge, load

__all__ = ["calibrate", "check", "evaluate_files"]

STRAYS = 12
"""Warnings of phrasings nearer to another need that are shown unless all are asked for."""


def check(settings: Settings, *, rules_only: bool = False, all_strays: bool = False) -> int:
    """All rules, all topic tests, and warnings of phrasings nearer to another need; exit status 1 when something fails."""
    knowledge = load(settings.knowledge_dir)
    problems = checking.check(knowledge)
    errors = [p for p in problems if not p.warning]
    for problem in problems:
        print(problem)
    _summary(knowledge)
    failed = 0
    if not errors and not rules_only:
        road = ready_road(settings)
        report = Report(evaluate(road, topic_tests(knowledge)))
        for miss in report.failures():
            got = road.world.title(miss.intent) if miss.intent else "没有找到"
            wanted = road.world.title(miss.case.intent)
            print(f"检验未通过：“{miss.case.question}”应当是“{wanted}”，得到“{got}”（{miss.outcome}，{miss.confidence:.2f}）")
        failed = len(report.failures())
        asked = len(report.misses()) - failed
        right = len(report.results) - failed - asked
        if not report.failures():
            _warn_of_strays(road, all_strays)
        print(f"检验问题 {len(report.results)} 条：答对 {right} 条，反问时给出了正确选项 {asked} 条，不对 {failed} 条。")
    if errors or failed:
        print(f"没有通过：{len(errors)} 处错误，{failed} 条检验问题不对。请按上面的提示修改，或补充问法。")
        return 1
    print("通过。")
    return 0


def _warn_of_strays(road: Road, everything: bool) -> None:
    found = sorted(strays(road.world), key=lambda s: -s.confidence)
    for stray in found if everything else found[:STRAYS]:
        own, other = road.world.title(stray.own), road.world.title(stray.other)
        print(f"提醒：问法“{stray.phrasing}”写在“{own}”下，却更像“{other}”（{stray.confidence:.2f}）；引它过去的是那里的“{stray.drawn_by}”，请改清楚或移过去")
    if found:
        rest = "" if everything or len(found) <= STRAYS else f"，上面列出最明显的 {STRAYS} 条，全部列出请加 --all-phrasings"
        print(f"有 {len(found)} 条问法更像别的问题{rest}。")


def _summary(knowledge: Knowledge) -> None:
    phrasings = sum(len(i.phrasings) for i in knowledge.intents.values())
    sections = sum(len(s.sections) for s in knowledge.sources)
    skipped = sum(bool(x.skip) for s in knowledge.sources for x in s.sections)
    print(
        f"依据 {len(knowledge.sources)} 份，章节 {sections} 个（其中 {skipped} 个注明没有可用内容），事实 {len(knowledge.facts)} 条；"
        f"事项 {len(knowledge.topics)} 个，问题 {len(knowledge.intents)} 个，问法 {phrasings} 条，"
        f"答复 {sum(1 for _ in knowledge.answers())} 条；地区 {len(knowledge.regions)} 个。"
    )
    print("各份依据答得到多少：")
    for part in coverage(knowledge):
        print(
            f"  {part.name}：章节 {part.sections} 个（有事实 {part.filled}，注明略过 {part.skipped}）；"
            f"事实 {part.facts} 条，答得到 {part.answered} 条（写进答复 {part.told}，可直接问到 {part.asked}）"
        )


def evaluate_files(settings: Settings, files: list[Path], *, as_json: bool = False, misses: int = 20) -> int:
    """Accuracy on question files."""
    road = ready_road(settings)
    try:
        cases = [case for path in files for case in read_cases(path)]
    except (OSError, ValueError) as error:
        print(f"题目文件读不出来：{error}", file=sys.stderr)
        return 1
    report = Report(evaluate(road, cases))
    if as_json:
        print(json.dumps(_as_data(report, road), ensure_ascii=False, indent=2))
    else:
        _print_report(report, road, misses)
    return 0


def _as_data(report: Report, road: Road) -> dict[str, object]:
    wrong, answered = report.wrong_among_answers()
    return {
        "questions": len(report.results), "right": len(report.results) - len(report.misses()), "answered": answered, "wrong_answers": wrong,
        **{name: {k: {"right": a, "all": b} for k, (a, b) in report.by(name).items()} for name in GROUPS},
        "reliability": [{"from": low, "answers": n, "right": round(share, 4)} for low, n, share in report.reliability()],
        "risk_coverage": [{"from": low, "answered": round(c, 4), "wrong": round(r, 4)} for low, c, r in report.risk_and_coverage()],
        "confusions": [
            {"expected": c.expected, "given": c.given, "times": c.times, "causes": [{"question": q, "phrasing": p} for q, p in c.causes]}
            for c in report.confusions(road)
        ],
        "misses": [
            {"question": r.case.question[:80], "region": r.case.region, "verdict": r.verdict, "intent": r.intent, "confidence": r.confidence}
            for r in report.misses()
        ],
    }


TITLES = {"topic": "按事项", "style": "按说法", "region": "按地区", "kind": "按应有的结果", "outcome": "按得到的结果"}


def _print_report(report: Report, road: Road, misses: int) -> None:
    total, wrong_total = len(report.results), len(report.misses())
    wrong, answered = report.wrong_among_answers()
    right = total - wrong_total
    print(f"共 {total} 题，对 {right} 题（{_percent(right, total)}）；已答 {answered} 题，其中错 {wrong} 题（{_percent(wrong, answered)}）。")
    for name in GROUPS:
        print(f"\n{TITLES[name]}")
        for key, (right, count) in report.by(name).items():
            print(f"  {key:<20} {right:>4} / {count:<4} {_percent(right, count)}")
    print("\n置信度可不可信（答复里，各档置信度实际答对多少）")
    for low, count, share in report.reliability():
        print(f"  {low:.1f}–{low + 0.1:.1f}  {count:>4} 条  对 {100 * share:.1f} %")
    print("\n风险与覆盖（只答置信度在此以上的：答到多少题，其中错多少）")
    for low, coverage_share, risk in report.risk_and_coverage():
        print(f"  {low:.1f}  答到 {100 * coverage_share:5.1f} %  错 {100 * risk:.1f} %")
    if confusions := report.confusions(road, 10):
        print("\n最常混淆（应当是 → 得到；后面是引错的问法）")
        for pair in confusions:
            print(f"  {road.world.title(pair.expected)} → {road.world.title(pair.given) or '没有找到'}  {pair.times} 次")
            for question, phrasing in pair.causes:
                print(f"      “{question[:40]}”" + (f" ← “{phrasing}”" if phrasing else ""))
    print("\n没答对的")
    for result in report.misses()[:misses]:
        where, found = result.case.region or "未设地区", result.intent or "没有找到"
        print(f"  [{result.verdict}] {where} “{result.case.question[:50]}” → {found} {result.confidence:.2f}")


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / max(whole, 1):.1f} %"


def calibrate(settings: Settings, wrong_rate: float) -> int:
    """Fit confidence again and write the calibration file."""
    road = ready_road(settings)
    world = road.world
    tests = [(text, case.intent, reach) for case in topic_tests(world.knowledge) for text, reach in [_as_asked(case, road)] if text]
    data = calibration.calibrate(
        world.matcher, list(world.reach("").shelves), tests, world.reaches(), world.knowledge.fingerprint, wrong_rate=wrong_rate,
        progress=lambda done, total: print(f"\r正在校准 {done}/{total}", end="", file=sys.stderr, flush=True),
    )
    print(file=sys.stderr)
    calibration.FILE.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(data["report"], ensure_ascii=False, indent=2))
    return 0


def _as_asked(case: Case, road: Road) -> tuple[str, Reach | None]:
    """Canonical text of a test without its places, and what may be told where it is asked."""
    world = road.world
    question = Question(case.question, Conversation(), datetime.date.today(), world.gazetteer.resolve(case.region) if case.region else "")
    for step in (clean, mask, region):
        if not question.replies:
            step(question, world)
    return world.wording.canonical(question.text), world.reach(question.region) if question.region else None
