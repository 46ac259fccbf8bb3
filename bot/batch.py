"""The batch interface: one JSON object a line in, one a line out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any, BinaryIO

from bot.dialogue import Dialogue, Merged
from intents.question import Outcome
from intents.world import World

__all__ = ["LINE_LIMIT", "answer_line", "describe", "lines", "serve"]

LINE_LIMIT = 1_000_000
"""Bytes of one line that are read; a longer line is refused."""


class BadLine(ValueError):
    """A line that cannot be served; the message is the name of a fixed phrase."""

    def __init__(self, phrase: str, identity: Any = None) -> None:
        super().__init__(phrase)
        self.phrase = phrase
        self.identity = identity


def lines(stream: BinaryIO, limit: int = LINE_LIMIT) -> Iterator[bytes | None]:
    """Lines of a stream; None in place of one longer than ``limit`` bytes."""
    while chunk := stream.readline(limit):
        if chunk.endswith(b"\n") or len(chunk) < limit:
            yield chunk
            continue
        while chunk and not chunk.endswith(b"\n"):
            chunk = stream.readline(limit)
        yield None


def serve(source: Iterable[bytes | None], target: BinaryIO, dialogue: Dialogue) -> None:
    """Answer every line in order, flushed; a bad line gets ``kind: "error"`` and the next is served."""
    for line in source:
        if line is not None and not line.strip():
            continue
        out = answer_line(line, dialogue)
        target.write(json.dumps(out, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        target.flush()


def answer_line(line: bytes | None, dialogue: Dialogue) -> dict[str, Any]:
    """The object that answers one line."""
    world = dialogue.road.world
    try:
        request = _read(line)
    except BadLine as bad:
        reason = world.phrase(bad.phrase)
        return {"id": bad.identity, "kind": str(Outcome.ERROR), "text": reason, "reason": reason, **_nothing()}
    merged = dialogue.say(request["chat"], request["text"], request["region"])
    return {"id": request["id"], **describe(merged, world)}


def describe(merged: Merged, world: World) -> dict[str, Any]:
    """A reply as the fields of the batch interface."""
    lead = next(r for r in merged.replies if r.outcome is merged.outcome)
    sources = [asdict(c) for reply in merged.replies for c in reply.citations]
    return {
        "kind": str(merged.outcome), "intent": lead.intent or None, "region": lead.region or None, "level": lead.level or None,
        "text": merged.text, "confidence": lead.confidence,
        "sources": [s for i, s in enumerate(sources) if s not in sources[:i]],
        "options": world.titles(lead.options), "related": world.titles(lead.related),
    }


def _nothing() -> dict[str, Any]:
    return {"intent": None, "region": None, "level": None, "confidence": 0.0, "sources": [], "options": [], "related": []}


def _read(line: bytes | None) -> dict[str, Any]:
    if line is None:
        raise BadLine("error_size")
    try:
        data = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise BadLine("error_encoding") from None
    except (ValueError, RecursionError):
        raise BadLine("error_json") from None
    if not isinstance(data, dict):
        raise BadLine("error_json")
    identity = data.get("id")
    if isinstance(identity, (dict, list)) or _broken(identity):
        identity = None
    text, region, chat = data.get("text"), data.get("region"), data.get("chat")
    if not isinstance(text, str) or not text:
        raise BadLine("error_text", identity)
    if region is not None and not isinstance(region, str):
        raise BadLine("error_region", identity)
    if any(_broken(value) for value in (text, region, chat)) or "\x00" in text:
        raise BadLine("error_encoding", identity)
    return {"id": identity, "text": text, "region": (region or "").strip(), "chat": "" if chat is None else str(chat)}


def _refuse(constant: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(constant)


def _broken(value: object) -> bool:
    """Whether a text holds half a surrogate pair."""
    return isinstance(value, str) and any(0xD800 <= ord(c) <= 0xDFFF for c in value)
