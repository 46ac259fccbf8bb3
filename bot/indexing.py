"""Keeping the compiled index up to date, with progress on the terminal."""

from __future__ import annotations

import sys

from filelock import FileLock

from bot.settings import Settings
from intents import index, meaning
from intents.road import Road, make_road
from knowledge import checking
from knowledge.loading import Knowledge, load
from knowledge.reading import KnowledgeError

__all__ = ["ready_road", "rebuild"]



def ready_road(settings: Settings) -> Road:
    """A road over the current knowledge; a stale index is built first, with progress on standard error.

    Raises:
        KnowledgeError: the knowledge breaks a rule.
    """
    knowledge = load(settings.knowledge_dir)
    if settings.semantic and not meaning.available():
        print(knowledge.phrases.phrases.get("no_semantic", ""), file=sys.stderr)
    try:
        return make_road(knowledge, settings.index_dir, semantic=settings.semantic)
    except index.StaleIndex:
        _compile(knowledge, settings)
        return make_road(knowledge, settings.index_dir, semantic=settings.semantic)


def rebuild(settings: Settings, *, force: bool = False) -> int:
    """Compile when out of date (or always); returns the exit status."""
    knowledge = load(settings.knowledge_dir)
    if not force and index.is_current(knowledge, settings.index_dir, semantic=settings.semantic):
        print("索引是最新的。")
        return 0
    _compile(knowledge, settings, force=force)
    print("索引已更新。")
    return 0


def _compile(knowledge: Knowledge, settings: Settings, *, force: bool = False) -> None:
    """Compile; of several processes that find the index stale one does, the others wait for it."""
    problems = [p for p in checking.check(knowledge) if not p.warning]
    if problems:
        raise KnowledgeError(problems)
    settings.index_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.index_dir / ".lock"):
        if force or not index.is_current(knowledge, settings.index_dir, semantic=settings.semantic):
            index.build(knowledge, settings.index_dir, semantic=settings.semantic, progress=_progress)


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty() or done == total or done % 800 < 16:
        print(f"\r正在编译语义索引 {done}/{total}", end="\n" if done == total or not sys.stderr.isatty() else "", file=sys.stderr, flush=True)
