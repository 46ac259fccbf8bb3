"""The compiled form of the knowledge: a SQLite file made by sqlite-utils.

It holds what matching needs (phrasings, inverted lists, vectors by text hash) and, for Datasette and the desk,
the facts and answers as plain tables with full text. It can be thrown away at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sqlite_utils
from numpy.typing import NDArray

from intents import meaning
from intents.calibration import load_weights
from intents.gazetteer import Gazetteer, outside_names, spelled_names
from intents.matcher import Featurizer, Matcher, Rows
from intents.pinyin import syllable_table
from intents.postings import Postings
from intents.tokens import Tokenizer, write_dictionary
from intents.wording import Wording
from knowledge import rendering
from knowledge.loading import Knowledge

__all__ = ["Compiled", "StaleIndex", "build", "is_current", "load"]

VERSION = "1"
FILE = "knowledge.db"
RIDGE = 12.0
CLOSE_FACTS = 12
"""An intent whose first sentences tell more facts than this is a list: its facts stay apart."""
Progress = Callable[[int, int], None]


class StaleIndex(Exception):
    """The compiled index is missing, of another version, or of other knowledge."""


@dataclass(frozen=True)
class Compiled:
    """Everything the road needs besides the knowledge itself."""

    matcher: Matcher
    gazetteer: Gazetteer


@dataclass(frozen=True)
class _Row:
    candidate: str
    fact: bool
    text: str


def rows_of(knowledge: Knowledge) -> list[_Row]:
    """All phrasings, sorted by candidate: of intents, and of facts that can be asked for directly."""
    rows = []
    taken = {p for i in knowledge.intents.values() for p in i.phrasings}
    for intent in knowledge.intents.values():
        rows += [_Row(intent.id, False, text) for text in (intent.title, *intent.phrasings)]
    for key, fact in knowledge.facts.items():
        if fact.status == "current" and not key.startswith("hotline."):
            texts = fact.asks if len(fact.asks) > 1 else (fact.label, *fact.asks)
            rows += [_Row(key, True, text) for text in texts if text not in taken]
    return rows


def build(
    knowledge: Knowledge, folder: Path, *, semantic: bool = True, progress: Progress | None = None,
) -> Path:
    """Compile ``knowledge`` into ``folder`` and return the file; vectors of an older file are used again.

    ``progress`` hears how many new phrasings have got a vector of how many.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / FILE
    known = _known_vectors(target)
    wording = Wording(knowledge.lexicon)
    spelled = spelled_names(knowledge)
    sounds = syllable_table()
    outside = outside_names(knowledge)
    gazetteer = Gazetteer(knowledge, spelled, outside)
    dictionary = write_dictionary(folder, [*gazetteer.names(), *wording.names])
    featurizer = Featurizer(wording, Tokenizer(dictionary), sounds)
    rows = [(row, canonical) for row in rows_of(knowledge) if (canonical := wording.canonical(_without_places(gazetteer, row.text)))]
    texts = [canonical for _, canonical in rows]
    vectors = meaning.embed_many(texts, known, progress) if semantic and meaning.available() else {}

    told = _told(knowledge)
    temporary = folder / f"{FILE}.{os.getpid()}.new"
    for abandoned in folder.glob(f"{FILE}.*.new"):
        abandoned.unlink(missing_ok=True)
    db = sqlite_utils.Database(temporary)
    db.table("phrasings").insert_all(
        ({"id": i, "candidate": row.candidate, "fact": int(row.fact), "text": row.text,
          "plain": wording.plain(row.text), "canonical": canonical} for i, (row, canonical) in enumerate(rows)), pk="id",
    )
    arrays: dict[str, NDArray[Any]] = {}
    vocabularies: dict[str, list[str]] = {}
    for name, features in (("characters", featurizer.characters), ("words", featurizer.words), ("sounds", featurizer.syllables)):
        postings = Postings.build(features(text) for text in texts)
        vocabularies[name] = list(postings.vocabulary)
        arrays |= {f"{name}.{part}": getattr(postings, part) for part in ("starts", "rows", "weights", "idf")}
    if vectors:
        matrix = np.stack([vectors[meaning.text_hash(t)] for t in texts])
        arrays["vectors"] = matrix
        arrays["classes"] = _classes(matrix, [row.candidate for row, _ in rows])
        db.table("vectors").insert_all(({"hash": h, "vector": v.tobytes()} for h, v in vectors.items()), pk="hash")
    db.table("arrays").insert_all(
        ({"name": n, "type": a.dtype.str, "shape": json.dumps(a.shape), "data": np.ascontiguousarray(a).tobytes()}
         for n, a in arrays.items()), pk="name",
    )
    db.table("tables").insert_all(
        [{"name": name, "data": json.dumps(words, ensure_ascii=False)} for name, words in
         [*vocabularies.items(), ("sounds.table", sounds), ("spelled", spelled), ("outside", outside), ("told", told)]], pk="name",
    )
    _readable(db, knowledge)
    db.table("meta").insert_all([{"name": "signature", "value": _signature(knowledge, bool(vectors))}], pk="name")
    db.conn.commit()
    db.close()
    temporary.replace(target)
    return target


def is_current(knowledge: Knowledge, folder: Path, *, semantic: bool = True) -> bool:
    """Whether the compiled file in ``folder`` fits the knowledge."""
    try:
        with sqlite3.connect(f"file:{folder / FILE}?mode=ro", uri=True) as connection:
            row = connection.execute("select value from meta where name = 'signature'").fetchone()
    except sqlite3.Error:
        return False
    return row is not None and row[0] == _signature(knowledge, semantic and meaning.available())


def load(knowledge: Knowledge, folder: Path, *, semantic: bool = True) -> Compiled:
    """Open the compiled file.

    Raises:
        StaleIndex: it is missing or was made from other knowledge.
    """
    if not is_current(knowledge, folder, semantic=semantic):
        raise StaleIndex(folder)
    with sqlite3.connect(f"file:{folder / FILE}?mode=ro", uri=True) as connection:
        arrays = {
            name: np.frombuffer(data, dtype=np.dtype(kind)).reshape(json.loads(shape))
            for name, kind, shape, data in connection.execute("select name, type, shape, data from arrays")
        }
        tables = {name: json.loads(data) for name, data in connection.execute("select name, data from tables")}
        phrasings = connection.execute("select candidate, fact, plain, canonical from phrasings order by id").fetchall()
    ids: list[str] = []
    facts: list[bool] = []
    starts: list[int] = []
    for i, (candidate, fact, _, _) in enumerate(phrasings):
        if not ids or ids[-1] != candidate:
            ids.append(candidate)
            facts.append(bool(fact))
            starts.append(i)
    starts.append(len(phrasings))
    rows = Rows(
        ids=ids, facts=np.array(facts), starts=np.array(starts, dtype=np.int64),
        plain=[p[2] for p in phrasings], canonical=[p[3] for p in phrasings],
        vectors=arrays.get("vectors"), classes=arrays.get("classes"),
        twins=_twins(ids, tables["told"]),
        **{name: _postings(name, arrays, tables, len(phrasings)) for name in ("characters", "words", "sounds")},
    )
    wording = Wording(knowledge.lexicon)
    featurizer = Featurizer(wording, Tokenizer(folder / "words.txt"), tables["sounds.table"])
    return Compiled(Matcher(rows, featurizer, load_weights()), Gazetteer(knowledge, tables["spelled"], tables["outside"]))


def _postings(name: str, arrays: dict[str, NDArray[Any]], tables: dict[str, Any], size: int) -> Postings:
    return Postings(
        {word: i for i, word in enumerate(tables[name])}, arrays[f"{name}.starts"], arrays[f"{name}.rows"],
        arrays[f"{name}.weights"], arrays[f"{name}.idf"], size,
    )


def _told(knowledge: Knowledge) -> list[tuple[str, str, bool]]:
    """(fact, intent, first): an answer of the intent tells the fact; ``first`` when in its first sentence."""
    pairs: dict[tuple[str, str], bool] = {}
    for intent, answer in knowledge.answers():
        first = set(rendering.said(knowledge, answer))
        for key in rendering.cited(knowledge, answer):
            pairs[key, intent.id] = pairs.get((key, intent.id), False) or key in first
    return sorted((fact, intent, first) for (fact, intent), first in pairs.items())


def _twins(ids: list[str], told: list[tuple[str, str, bool]]) -> dict[int, frozenset[int]]:
    """Candidates that would be answered with the same words.

    A fact and every intent that tells it; facts and intents that one first sentence brings together.
    """
    position = {c: i for i, c in enumerate(ids)}
    out: dict[int, set[int]] = defaultdict(set)
    firsts: dict[int, set[int]] = defaultdict(set)
    by_fact: dict[str, set[int]] = defaultdict(set)
    for fact, intent, first in told:
        if intent not in position:
            continue
        if fact in position:
            out[position[fact]].add(position[intent])
            out[position[intent]].add(position[fact])
            if first:
                firsts[position[intent]].add(position[fact])
        if first:
            by_fact[fact].add(position[intent])
    groups = [*by_fact.values(), *({intent, *facts} for intent, facts in firsts.items() if len(facts) <= CLOSE_FACTS)]
    for group in groups:
        for member in group:
            out[member] |= group - {member}
    return {i: frozenset(others) for i, others in out.items()}


def _without_places(gazetteer: Gazetteer, text: str) -> str:
    """The text without names of regions of our tree (towns stay)."""
    for mention in reversed(gazetteer.mentions(text)):
        if mention.held and not mention.town:
            text = text[: mention.span[0]] + text[mention.span[1] :]
    return text


def _classes(matrix: NDArray[np.float32], candidates: list[str]) -> NDArray[np.float32]:
    """Ridge regression from a vector (plus 1) to the candidates: 385 × candidates."""
    order = {c: i for i, c in enumerate(dict.fromkeys(candidates))}
    wanted = np.zeros((len(candidates), len(order)), dtype=np.float32)
    wanted[np.arange(len(candidates)), [order[c] for c in candidates]] = 1.0
    inputs = np.hstack([matrix, np.ones((len(matrix), 1), dtype=np.float32)])
    square = inputs.T @ inputs + RIDGE * np.eye(inputs.shape[1], dtype=np.float32) * 0.1
    return np.linalg.solve(square, inputs.T @ wanted).astype(np.float32)


def _readable(db: sqlite_utils.Database, knowledge: Knowledge) -> None:
    """Tables for people: facts and answers, searchable."""
    db.table("facts").insert_all(
        ({"key": key, "source": knowledge.origin[key].id, "document": knowledge.origin[key].title,
          "section": knowledge.origin[key].section_title(fact.section), "region": knowledge.fact_region(key),
          "kind": fact.kind, "label": fact.label, "value": fact.value, "unit": fact.unit, "as_of": fact.as_of,
          "text": fact.statement()} for key, fact in knowledge.facts.items()), pk="key",
    )
    db.table("answers").insert_all(
        {"intent": intent.id, "title": intent.title, "topic": knowledge.topic_of[intent.id].title, "region": answer.region,
         "say": rendering.fill(knowledge, answer.say), "detail": rendering.fill(knowledge, answer.detail)}
        for intent, answer in knowledge.answers()
    )
    db.table("facts").enable_fts(["label", "text", "document"], tokenize="trigram")
    db.table("answers").enable_fts(["title", "topic", "say", "detail"], tokenize="trigram")


def _known_vectors(path: Path) -> dict[str, NDArray[np.float32]]:
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            rows = connection.execute("select hash, vector from vectors").fetchall()
    except sqlite3.Error:
        return {}
    return {name: np.frombuffer(data, dtype=np.float32) for name, data in rows}


def _signature(knowledge: Knowledge, with_vectors: bool) -> str:
    seal = hashlib.sha256(f"{VERSION} {knowledge.fingerprint}".encode()).hexdigest()
    return f"{seal} {'meaning' if with_vectors else 'words'}"
