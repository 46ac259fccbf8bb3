"""Knowledge that changes while the program runs: compiled by a process of its own, then taken over; never when it is wrong."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from watchfiles import Change, awatch

from bot.indexing import ready_road
from bot.settings import OVERRIDES, ROOT, Settings
from intents.road import Road
from knowledge.loading import fingerprint
from knowledge.reading import KnowledgeError

__all__ = ["changes", "reload"]


async def changes(settings: Settings, version: str, stopping: asyncio.Event) -> AsyncIterator[Road | str]:
    """For each change of the knowledge's files: the road over the new knowledge, or what is wrong with it, in Chinese.

    Args:
        settings: name the folder that is watched.
        version: fingerprint of the knowledge in service; files saved without a change are no change.
        stopping: ends the watch.
    """
    async for _ in awatch(settings.knowledge_dir, watch_filter=_is_knowledge, stop_event=stopping):
        found = await asyncio.to_thread(fingerprint, settings.knowledge_dir)
        if found == version:
            continue
        outcome = await reload(settings)
        version = found
        yield outcome


async def reload(settings: Settings) -> Road | str:
    """The road over the knowledge as it is now, or what is wrong with it; the work is done beside the running program."""
    known = {variable: str(getattr(settings, name)) for name, variable in OVERRIDES.items()}
    compiling = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "index", cwd=ROOT, env={**os.environ, **known}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    _, errors = await compiling.communicate()
    if compiling.returncode:
        return errors.decode("utf-8", "replace").strip()
    try:
        return await asyncio.to_thread(ready_road, settings)
    except KnowledgeError as error:
        return "\n".join(map(str, error.problems))


def _is_knowledge(change: Change, path: str) -> bool:
    return path.endswith(".yaml") and not Path(path).name.startswith(".")
