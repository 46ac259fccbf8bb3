"""The shelves of the compiled index: written once, read when a question needs them."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import sqlite_utils
from cachetools import LRUCache
from numpy.typing import NDArray

from intents.postings import Features, Postings, Rarity, Weighted
from intents.shelf import COMMON, Shelf
from intents.wording import Wording

__all__ = ["VIEWS", "Entry", "Library", "Square", "write_shelves"]

VIEWS = ("characters", "words", "sounds")
"""The lexical views, each with inverted lists of its own."""
KEPT = 400
"""Shelves kept in memory; the longest unused goes first."""
RIDGE = 1.2
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Entry:
    """One phrasing to be written: the candidate it belongs to, and its text as written, plain and canonical."""

    candidate: str
    fact: bool
    text: str
    plain: str
    canonical: str


class Featurizes(Protocol):
    """What gives the features of a canonical text by view."""

    @property
    def wording(self) -> Wording:
        """The lexicon made ready."""

    def features(self, text: str) -> dict[str, Features]:
        """Features of all views."""


class Square:
    """Sum of outer products of the common phrasings' vectors, on which every shelf's class scores rest."""

    def __init__(self, common: Floats) -> None:
        inputs = _with_one(common)
        self._sum = inputs.T @ inputs + RIDGE * np.eye(inputs.shape[1], dtype=np.float32)

    def inverse(self, matrix: Floats | None) -> Floats:
        """Inverse of the sum, with a shelf's own rows added."""
        return np.linalg.inv(self._sum if matrix is None else self._with(_with_one(matrix))).astype(np.float32)

    def _with(self, inputs: Floats) -> Floats:
        return np.asarray(self._sum + inputs.T @ inputs)

    def classes(self, matrix: Floats, owners: Sequence[int], *, own: bool) -> Floats:
        """Ridge regression from a vector (plus 1) to the candidates of a shelf: 385 × candidates.

        ``own`` adds the shelf's rows to the common ones; the common shelf's are in already.
        """
        inputs = _with_one(matrix)
        wanted = np.zeros((len(matrix), max(owners) + 1), dtype=np.float32)
        wanted[np.arange(len(matrix)), owners] = 1.0
        square = self._with(inputs) if own else self._sum
        return np.linalg.solve(square, inputs.T @ wanted).astype(np.float32)


def _with_one(matrix: Floats) -> Floats:
    return np.hstack([matrix, np.ones((len(matrix), 1), dtype=np.float32)])


def write_shelves(
    db: sqlite_utils.Database, shelves: Mapping[str, Sequence[Entry]], featurizer: Featurizes,
    vector: Callable[[str], Floats] | None,
) -> None:
    """Write all shelves; ``vector`` gives the vector of a canonical text, None leaves meaning out.

    How rare a feature is, and the background of the class scores, come from the common shelf alone: what is
    written for one county changes nothing for another.
    """
    common = sorted(shelves.get(COMMON, ()), key=lambda e: e.candidate)
    featured = [featurizer.features(entry.canonical) for entry in common]
    rarity = {view: Rarity.of(f[view] for f in featured) for view in VIEWS}
    square = Square(np.stack([vector(e.canonical) for e in common])) if vector and common else None
    for name in sorted(shelves):
        entries = sorted(shelves[name], key=lambda e: e.candidate)
        made = featured if name == COMMON else [featurizer.features(e.canonical) for e in entries]
        views = [{v: rarity[v].weigh(f) for v, f in features.items()} for features in made]
        matrix = np.stack([vector(e.canonical) for e in entries]) if vector else None
        asking = np.array([featurizer.wording.asking(e.canonical) for e in entries], dtype=np.float32)
        _write(db, name, entries, views, asking, matrix, square)
    db.table("tables").insert_all(
        ({"name": f"rarity.{view}", "data": json.dumps(asdict(rarity[view]), ensure_ascii=False)} for view in VIEWS), pk="name",
    )
    for table in ("phrasings", "arrays", "vocabularies"):
        db.table(table).create_index(["shelf"], if_not_exists=True)


def _write(
    db: sqlite_utils.Database, name: str, entries: Sequence[Entry], views: Sequence[Mapping[str, Weighted]], asking: Floats,
    vectors: Floats | None, square: Square | None,
) -> None:
    """Write one shelf; ``entries`` are sorted by candidate."""
    db.table("phrasings").insert_all(({"shelf": name, **asdict(e), "fact": int(e.fact)} for e in entries), batch_size=1000)
    starts = [i for i, e in enumerate(entries) if not i or e.candidate != entries[i - 1].candidate]
    counts = np.diff([*starts, len(entries)])[:, None]
    arrays: dict[str, NDArray[Any]] = {"asking": (np.add.reduceat(asking, starts) / counts).astype(np.float32)}
    words: dict[str, str] = {}
    for view in VIEWS:
        postings = Postings.build(v[view] for v in views)
        words[view] = json.dumps(list(postings.vocabulary), ensure_ascii=False)
        arrays |= {f"{view}.{part}": getattr(postings, part) for part in ("starts", "rows", "weights")}
    if vectors is not None and square is not None:
        order = {c: i for i, c in enumerate(dict.fromkeys(e.candidate for e in entries))}
        arrays["vectors"] = vectors.astype(np.float16)
        arrays["classes"] = square.classes(vectors, [order[e.candidate] for e in entries], own=name != COMMON)
    db.table("arrays").insert_all(
        {"shelf": name, "name": n, "type": a.dtype.str, "shape": json.dumps(a.shape), "data": np.ascontiguousarray(a).tobytes()}
        for n, a in arrays.items()
    )
    db.table("vocabularies").insert_all({"shelf": name, "view": view, "features": text} for view, text in words.items())
    db.table("shelves").insert({"name": name, "rows": len(entries)}, pk="name")


class Library:
    """Reads shelves from a compiled file; safe to share between threads.

    The file stays open: a newer one may take its name while this one is in use.
    """

    def __init__(self, path: Path, kept: int = KEPT) -> None:
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
        self._lock = threading.Lock()
        self._always: dict[str, Shelf] = {}
        self._shelves: LRUCache[str, Shelf] = LRUCache(kept)
        self.rows: dict[str, int] = dict(self._connection.execute("select name, rows from shelves"))
        tables = dict(self._connection.execute("select name, data from tables where name like 'rarity.%'"))
        self.rarity = {view: Rarity(**json.loads(tables[f"rarity.{view}"])) for view in VIEWS}

    @property
    def names(self) -> list[str]:
        """Names of all shelves, the common one first."""
        return sorted(self.rows, key=lambda n: (n != COMMON, n))

    def table(self, name: str) -> Any:
        """A small table kept as JSON."""
        with self._lock:
            [data] = self._connection.execute("select data from tables where name = ?", (name,)).fetchone()
        return json.loads(data)

    def shelf(self, name: str) -> Shelf:
        """One shelf, from memory or from the file.

        Raises:
            KeyError: there is none of this name.
        """
        with self._lock:
            if name not in self.rows:
                raise KeyError(name)
            kept = self._always if name == COMMON else self._shelves
            if name not in kept:
                kept[name] = self._read(name)
            return kept[name]

    def _read(self, name: str) -> Shelf:
        arrays = {
            key: np.frombuffer(data, dtype=np.dtype(kind)).reshape(json.loads(shape))
            for key, kind, shape, data in self._connection.execute("select name, type, shape, data from arrays where shelf = ?", (name,))
        }
        words = dict(self._connection.execute("select view, features from vocabularies where shelf = ?", (name,)))
        phrasings = self._connection.execute(
            "select candidate, fact, plain, canonical from phrasings where shelf = ? order by rowid", (name,)
        ).fetchall()
        groups = [(candidate, len(list(rows))) for candidate, rows in groupby(p[0] for p in phrasings)]
        starts = np.zeros(len(groups) + 1, dtype=np.int64)
        starts[1:] = np.cumsum([n for _, n in groups])
        views = {
            view: Postings(
                {f: i for i, f in enumerate(json.loads(words[view]))}, arrays[f"{view}.starts"], arrays[f"{view}.rows"],
                arrays[f"{view}.weights"], len(phrasings),
            ) for view in VIEWS
        }
        vectors = arrays.get("vectors")
        return Shelf(
            name=name, ids=[c for c, _ in groups], facts=np.array([bool(phrasings[i][1]) for i in starts[:-1]], dtype=np.bool_),
            starts=starts, plain=[p[2] for p in phrasings], canonical=[p[3] for p in phrasings],
            vectors=None if vectors is None else vectors.astype(np.float32), classes=arrays.get("classes"), asking=arrays["asking"], **views,
        )
