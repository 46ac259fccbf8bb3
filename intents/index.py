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

import numpy as np
import sqlite_utils
from numpy.typing import NDArray

from intents import meaning
from intents.calibration import load_weights
from intents.gazetteer import Gazetteer, outside_names, spelled_names
from intents.library import Entry, Library, write_shelves
from intents.matcher import Featurizer, Matcher
from intents.pinyin import syllable_table
from intents.shelf import COMMON, project_shelf
from intents.tokens import Tokenizer, write_dictionary
from intents.wording import Wording
from knowledge import rendering
from knowledge.coverage import askable
from knowledge.loading import Knowledge

__all__ = ["Compiled", "StaleIndex", "build", "is_current", "load"]

VERSION = "3"
FILE = "knowledge.db"
CLOSE_FACTS = 12
"""An intent whose first sentences tell more facts than this is a list: its facts stay apart."""
FACT_COLUMNS = ("key", "source", "document", "section", "region", "kind", "label", "value", "unit", "as_of", "text")
ANSWER_COLUMNS = ("intent", "title", "topic", "region", "say", "detail")
Progress = Callable[[int, int], None]


class StaleIndex(Exception):
    """The compiled index is missing, of another version, or of other knowledge."""


@dataclass(frozen=True)
class Compiled:
    """Everything the road needs besides the knowledge itself."""

    matcher: Matcher
    library: Library
    gazetteer: Gazetteer


@dataclass(frozen=True)
class _Row:
    shelf: str
    candidate: str
    fact: bool
    text: str


def rows_of(knowledge: Knowledge) -> list[_Row]:
    """All phrasings, sorted by candidate: of intents, and of facts that can be asked for directly."""
    rows = []
    taken = {p for i in knowledge.intents.values() for p in i.phrasings}
    for intent in knowledge.intents.values():
        rows += [_Row(COMMON, intent.id, False, text) for text in (intent.title, *intent.phrasings)]
    for key, fact in knowledge.facts.items():
        if askable(knowledge, key):
            texts = fact.asks if len(fact.asks) > 1 else (fact.label, *fact.asks)
            rows += [_Row(_shelf_of(knowledge, key), key, True, text) for text in texts if text not in taken]
    return rows


def _shelf_of(knowledge: Knowledge, fact: str) -> str:
    region = knowledge.fact_region(fact)
    return project_shelf(region) if knowledge.facts[fact].kind == "project" and region != COMMON else region


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

    temporary = folder / f"{FILE}.{os.getpid()}.new"
    for abandoned in folder.glob(f"{FILE}.*.new"):
        abandoned.unlink(missing_ok=True)
    db = sqlite_utils.Database(temporary)
    shelves: dict[str, list[Entry]] = defaultdict(list)
    for row, canonical in rows:
        shelves[row.shelf].append(Entry(row.candidate, row.fact, row.text, wording.plain(row.text), canonical))
    write_shelves(db, shelves, featurizer, (lambda text: vectors[meaning.text_hash(text)]) if vectors else None)
    if vectors:
        db.table("vectors").insert_all(({"hash": h, "vector": v.tobytes()} for h, v in vectors.items()), pk="hash")
    db.table("tables").insert_all(
        {"name": name, "data": json.dumps(content, ensure_ascii=False)} for name, content in
        (("sounds", sounds), ("spelled", spelled), ("outside", outside), ("told", _told(knowledge)))
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
    library = Library(folder / FILE)
    featurizer = Featurizer(Wording(knowledge.lexicon), Tokenizer(folder / "words.txt"), library.table("sounds"))
    matcher = Matcher(featurizer, library.rarity, load_weights(), _twins(library.table("told")))
    return Compiled(matcher, library, Gazetteer(knowledge, library.table("spelled"), library.table("outside")))


def _told(knowledge: Knowledge) -> list[tuple[str, str, bool]]:
    """(fact, intent, first): an answer of the intent tells the fact; ``first`` when in its first sentence."""
    pairs: dict[tuple[str, str], bool] = {}
    for intent, answer in knowledge.answers():
        first = set(rendering.said(knowledge, answer))
        for key in rendering.cited(knowledge, answer):
            pairs[key, intent.id] = pairs.get((key, intent.id), False) or key in first
    return sorted((fact, intent, first) for (fact, intent), first in pairs.items())


def _twins(told: list[tuple[str, str, bool]]) -> dict[str, frozenset[str]]:
    """Candidates that would be answered with the same words.

    A fact and every intent that tells it; facts and intents that one first sentence brings together.
    """
    out: dict[str, set[str]] = defaultdict(set)
    firsts: dict[str, set[str]] = defaultdict(set)
    by_fact: dict[str, set[str]] = defaultdict(set)
    for fact, intent, first in told:
        out[fact].add(intent)
        out[intent].add(fact)
        if first:
            firsts[intent].add(fact)
            by_fact[fact].add(intent)
    groups = [*by_fact.values(), *({intent, *facts} for intent, facts in firsts.items() if len(facts) <= CLOSE_FACTS)]
    for group in groups:
        for member in group:
            out[member] |= group - {member}
    return {candidate: frozenset(others) for candidate, others in out.items()}


def _without_places(gazetteer: Gazetteer, text: str) -> str:
    """The text without names of regions of our tree (towns stay)."""
    for mention in reversed(gazetteer.mentions(text)):
        if mention.held and not mention.town:
            text = text[: mention.span[0]] + text[mention.span[1] :]
    return text


def _readable(db: sqlite_utils.Database, knowledge: Knowledge) -> None:
    """Tables for people: facts and answers, searchable."""
    db.table("facts").create(dict.fromkeys(FACT_COLUMNS, str), pk="key")
    db.table("answers").create(dict.fromkeys(ANSWER_COLUMNS, str))
    db.table("facts").insert_all(
        ({"key": key, "source": knowledge.origin[key].id, "document": knowledge.origin[key].title,
          "section": knowledge.origin[key].section_title(fact.section), "region": knowledge.fact_region(key),
          "kind": fact.kind, "label": fact.label, "value": fact.value, "unit": fact.unit, "as_of": fact.as_of,
          "text": fact.statement()} for key, fact in knowledge.facts.items()),
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
