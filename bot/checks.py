"""Commands that look at the knowledge and at how well it answers."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bot.indexing import ready_road
from bot.settings import Settings
from intents import calibration
from intents.evaluation import Report, evaluate, read_cases, topic_tests
from intents.road import Road
from knowledge import checking
from knowledge.loading import Knowledge, load

__all__ = ["calibrate", "check", "evaluate_files"]


def check(settings: Settings, *, rules_only: bool = False) -> int:
    """All rules and all topic tests; exit status 1 when something fails."""
    knowledge = load(settings.knowledge_dir)
    problems = checking.check(knowledge)
    errors = [p for p in problems if not p.warning]
    for problem in problems:
        print(problem)
    _summary(knowledge)
    failed = 0
    if not errors and not rules_only:
        road = ready_road(settings)
        report = evaluate(road, topic_tests(knowledge))
        for miss in report.failures():
            got = road.world.title(miss.intent) if miss.intent else "没有找到"
            wanted = road.world.title(miss.case.intent)
            print(f"检验未通过：“{miss.case.question}”应当是“{wanted}”，得到“{got}”（{miss.outcome}，{miss.confidence:.2f}）")
        failed = len(report.failures())
        asked = len(report.misses()) - failed
        right = len(report.results) - failed - asked
        print(f"检验问题 {len(report.results)} 条：答对 {right} 条，反问时给出了正确选项 {asked} 条，不对 {failed} 条。")
    if errors or failed:
        print(f"没有通过：{len(errors)} 处错误，{failed} 条检验问题不对。请按上面的提示修改，或补充问法。")
        return 1
    print("通过。")
    return 0


def _summary(knowledge: Knowledge) -> None:
    phrasings = sum(len(i.phrasings) for i in knowledge.intents.values())
    sections = sum(len(s.sections) for s in knowledge.sources)
    skipped = sum(bool(x.skip) for s in knowledge.sources for x in s.sections)
    print(
        f"依据 {len(knowledge.sources)} 份，章节 {sections} 个（其中 {skipped} 个注明没有可用内容），事实 {len(knowledge.facts)} 条；"
        f"事项 {len(knowledge.topics)} 个，问题 {len(knowledge.intents)} 个，问法 {phrasings} 条，"
        f"答复 {sum(1 for _ in knowledge.answers())} 条；地区 {len(knowledge.regions)} 个。"
    )


def evaluate_files(settings: Settings, files: list[Path], *, as_json: bool = False, misses: int = 20) -> int:
    """Accuracy on question files."""
    road = ready_road(settings)
    try:
        cases = [case for path in files for case in read_cases(path)]
    except (OSError, ValueError) as error:
        print(f"题目文件读不出来：{error}", file=sys.stderr)
        return 1
    report = evaluate(road, cases)
    if as_json:
        print(json.dumps(_as_data(report), ensure_ascii=False, indent=2))
    else:
        _print_report(report, road, misses)
    return 0


def _as_data(report: Report) -> dict[str, object]:
    wrong, answered = report.wrong_among_answers()
    return {
        "questions": len(report.results), "right": len(report.results) - len(report.misses()), "answered": answered, "wrong_answers": wrong,
        **{name: {k: {"right": a, "all": b} for k, (a, b) in report.by(name).items()} for name in ("topic", "style", "region", "outcome")},
        "confusions": [{"expected": a, "given": b, "times": n} for (a, b), n in report.confusions().most_common(20)],
        "misses": [
            {"question": r.case.question[:80], "region": r.case.region, "verdict": r.verdict, "intent": r.intent, "confidence": r.confidence}
            for r in report.misses()
        ],
    }


def _print_report(report: Report, road: Road, misses: int) -> None:
    total, wrong_total = len(report.results), len(report.misses())
    wrong, answered = report.wrong_among_answers()
    share = 100 * (total - wrong_total) / max(total, 1)
    print(f"共 {total} 题，对 {total - wrong_total} 题（{share:.1f} %）；已答 {answered} 题，其中错 {wrong} 题。")
    for name, title in (("topic", "按事项"), ("style", "按说法"), ("region", "按地区"), ("outcome", "按结果")):
        print(f"\n{title}")
        for key, (right, count) in report.by(name).items():
            print(f"  {key:<20} {right:>4} / {count:<4} {100 * right / count:5.1f} %")
    confusions = report.confusions().most_common(10)
    if confusions:
        print("\n最常混淆（应当是 → 得到）")
        for (expected, given), times in confusions:
            print(f"  {road.world.title(expected)} → {road.world.title(given) or '没有找到'}  {times} 次")
    print("\n没答对的")
    for result in report.misses()[:misses]:
        where, found = result.case.region or "未设地区", result.intent or "没有找到"
        print(f"  [{result.verdict}] {where} “{result.case.question[:50]}” → {found} {result.confidence:.2f}")


def calibrate(settings: Settings, wrong_rate: float) -> int:
    """Fit confidence again and write the calibration file."""
    road = ready_road(settings)
    world = road.world
    tests = [(world.wording.canonical(case.question), case.intent) for case in topic_tests(world.knowledge) if not case.region]
    data = calibration.calibrate(
        world.matcher, tests, world.masks(), world.knowledge.fingerprint, wrong_rate=wrong_rate,
        progress=lambda done, total: print(f"\r正在校准 {done}/{total}", end="", file=sys.stderr, flush=True),
    )
    print(file=sys.stderr)
    calibration.FILE.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(data["report"], ensure_ascii=False, indent=2))
    return 0
