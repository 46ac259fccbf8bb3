"""How cost grows with the country: a made-up knowledge of thousands of counties, compiled and asked.

The phrasings are those of the real knowledge, varied; the vectors are those of the real phrasings with noise added, because
computing half a million of them takes hours and changes nothing in what is measured. Questions are embedded for real.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import sqlite_utils
from numpy.typing import NDArray

from bot import memory
from bot.indexing import ready_road
from bot.settings import ROOT, Settings
from intents import meaning
from intents.calibration import load_weights
from intents.evaluation import topic_tests
from intents.library import Entry, Library, write_shelves
from intents.matcher import Featurizer, Matcher
from intents.road import Road
from intents.shelf import COMMON, Reach
from intents.tokens import Tokenizer
from intents.wording import Wording
from knowledge.model import Lexicon

__all__ = ["measure", "scale"]

NEEDS = 180
"""Needs of one county, a phrasing each."""
SEED = 20261122
Floats = NDArray[np.float32]


def scale(settings: Settings, sizes: list[int], questions: int) -> int:
    """Print the table: for each number of phrasings build time, file, start, memory and the time of a look-up; returns the exit status."""
    road = ready_road(settings)
    print(f"每县 {NEEDS} 个问题、每个问题一条问法，外加全国共用的 {road.world.library.rows[COMMON]} 条；每次在随机一个县里问，共 {questions} 问\n")
    print("| 县 | 问法 | 编译 秒 | 文件 MB | 启动 秒 | 内存 MB | 有语义 p50 / p99 毫秒 | 其中求向量 p50 毫秒 | 无语义 p50 / p99 毫秒 |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    folder = settings.state_dir / "scale"
    for size in sizes:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        counties = max(1, round(size / NEEDS))
        start = time.perf_counter()
        _build(road, folder, counties, questions)
        built = time.perf_counter() - start
        os.sync()  # else the disk is busy with the new file while look-ups are timed
        file = (folder / "knowledge.db").stat().st_size / 1e6
        meant, plain = _measured(folder, True), _measured(folder, False)
        cells = [
            str(counties), str(counties * NEEDS), f"{built:.0f}", f"{file:.0f}", f"{meant['start']:.1f}", f"{meant['memory']:.0f}",
            f"{meant['p50']:.1f} / {meant['p99']:.1f}", f"{meant['embedding']:.1f}", f"{plain['p50']:.1f} / {plain['p99']:.1f}",
        ]
        print(f"| {' | '.join(cells)} |", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def _build(road: Road, folder: Path, counties: int, questions: int) -> None:
    """Compile the real common shelf and ``counties`` made-up ones, and write down what is to be asked."""
    world = road.world
    generator = np.random.default_rng(SEED)
    shelves, vectors = _made_up(road, counties, generator)
    db = sqlite_utils.Database(folder / "knowledge.db")
    write_shelves(db, shelves, world.matcher.featurizer, vectors)
    db.conn.commit()
    db.close()
    shutil.copy(_dictionary(world.matcher.featurizer), folder / "words.txt")
    cases = [case for case in topic_tests(world.knowledge) if not case.region]
    asked = [world.wording.canonical(cases[i].question) for i in generator.integers(len(cases), size=questions)]
    places = [f"县{i}" for i in generator.integers(counties, size=questions)]
    (folder / "asked.json").write_text(json.dumps({
        "asked": [(text, place) for text, place in zip(asked, places, strict=True) if text],
        "sounds": world.matcher.featurizer.sounds, "lexicon": world.knowledge.lexicon.model_dump(),
    }, ensure_ascii=False), encoding="utf-8")


def _dictionary(featurizer: Featurizer) -> Path:
    return featurizer.tokenizer.dictionary


def _made_up(road: Road, counties: int, generator: np.random.Generator) -> tuple[dict[str, list[Entry]], Callable[[str], Floats] | None]:
    world = road.world
    common = world.library.shelf(COMMON)
    shelves = {COMMON: [
        Entry(common.ids[owner], bool(common.facts[owner]), common.canonical[row], common.plain[row], common.canonical[row])
        for row, owner in enumerate(common.owner)
    ]}
    patterns = [(shelf, row) for shelf in world.reach("").shelves for row in range(len(shelf.canonical))]
    characters = [chr(c) for c in range(0x4E00, 0x9FA5, 7)]
    made_from: dict[str, tuple[int, int]] = {}
    for county in range(counties):
        rows = []
        for need, pattern in enumerate(generator.integers(len(patterns), size=NEEDS)):
            shelf, row = patterns[int(pattern)]
            text = shelf.canonical[row] + "".join(generator.choice(characters, 2))
            made_from[text] = (int(pattern), county)
            rows.append(Entry(f"county{county}.need{need}", True, text, text, text))
        shelves[f"县{county}"] = rows
    if common.vectors is None:
        return shelves, None
    places = {text: row for row, text in enumerate(common.canonical)}

    def vector(text: str) -> Floats:
        if text not in made_from:
            assert common.vectors is not None
            return np.asarray(common.vectors[places[text]])
        shelf, row = patterns[made_from[text][0]]
        assert shelf.vectors is not None
        noisy = shelf.vectors[row] + generator.normal(0, 0.01, meaning.DIMENSION).astype(np.float32)
        return np.asarray(noisy / np.linalg.norm(noisy), dtype=np.float32)

    return shelves, vector


def _measured(folder: Path, with_meaning: bool) -> dict[str, float]:
    """Figures of a process of its own."""
    code = f"from bot.scale import measure; measure({str(folder)!r}, with_meaning={with_meaning})"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(run.stdout)
    return found


def measure(folder: str, *, with_meaning: bool) -> None:
    """Open the compiled file, ask, and print start (s), memory (MB), p50 and p99 (ms) and the embedding's share as JSON."""
    begun = time.perf_counter()
    home = Path(folder)
    told = json.loads((home / "asked.json").read_text(encoding="utf-8"))
    library = Library(home / "knowledge.db")
    featurizer = Featurizer(Wording(Lexicon.model_validate(told["lexicon"])), Tokenizer(home / "words.txt"), told["sounds"])
    matcher = Matcher(featurizer, library.rarity, load_weights(), {})
    spent: list[float] = []
    embed = meaning.embed

    def timed(text: str) -> Floats:
        start = time.perf_counter()
        vector = embed(text)
        spent.append(time.perf_counter() - start)
        return vector

    meaning.embed = timed
    times = []
    first = 0.0
    for text, place in told["asked"]:
        start = time.perf_counter()
        matcher.match(text, Reach((library.shelf(COMMON), library.shelf(place))), semantic=with_meaning)
        times.append((time.perf_counter() - start) * 1000)
        first = first or time.perf_counter() - begun
    times = sorted(times[1:])
    print(json.dumps({
        "start": first, "memory": memory.peak(),
        "p50": times[len(times) // 2], "p99": times[int(len(times) * 0.99)],
        "embedding": statistics.median(spent[1:]) * 1000 if len(spent) > 1 else 0.0,
    }))
