"""From a request's body to a method's parameters."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from python_multipart import parse_form
from python_multipart.multipart import Field, File

from .records import Json, bad_request

NESTED = {
    "reply_markup", "reply_parameters", "entities", "caption_entities", "commands", "scope", "allowed_updates", "results", "reaction",
    "link_preview_options", "button",
}  # fmt: skip


@dataclass(slots=True)
class Upload:
    """An uploaded file."""

    name: str
    content: bytes


@dataclass(slots=True)
class Params:
    """The parameters of a call, nested values decoded."""

    values: Json
    files: dict[str, Upload] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """Return a value as it came."""
        return self.values.get(name)

    def text(self, name: str) -> str:
        """Return a string, empty when missing."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def integer(self, name: str, default: int = 0) -> int:
        """Return a whole number."""
        try:
            return int(self.values.get(name, default) or default)
        except (TypeError, ValueError):
            raise bad_request(f"invalid {name} specified") from None

    def flag(self, name: str) -> bool:
        """Return a boolean."""
        return str(self.values.get(name, "")).lower() in {"true", "1"}

    def chat(self, name: str = "chat_id") -> int:
        """Return a chat's number; names of channels are unknown here."""
        value = self.text(name)
        if not value:
            raise bad_request(f"{name} is empty")
        try:
            return int(value)
        except ValueError:
            raise bad_request("chat not found") from None

    def chat_or_none(self) -> int | None:
        """Return the chat when there is one."""
        try:
            return int(self.text("chat_id"))
        except ValueError:
            return None


def read_params(query: bytes, kind: str, body: bytes) -> Params:
    """Read the query string and the body, whatever of the three kinds it is."""
    params = Params(dict(parse_qsl(query.decode(), keep_blank_values=True)) if query else {})
    if kind.startswith("multipart/form-data"):
        _read_multipart(kind, body, params)
    elif kind.startswith("application/json"):
        given = decoded(body)
        if not isinstance(given, dict):
            raise bad_request("object expected as the body")
        params.values |= given
    elif body:
        params.values |= parse_qsl(body.decode(), keep_blank_values=True)
    for name in NESTED & params.values.keys():
        if isinstance(params.values[name], str):
            params.values[name] = decoded(params.values[name], name)
    return params


def decoded(text: str | bytes, name: str = "the body") -> Any:
    """Decode JSON; nothing is None."""
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        raise bad_request(f"can't parse {name} as JSON") from None


def _read_multipart(kind: str, body: bytes, params: Params) -> None:
    def on_field(part: Field) -> None:
        params.values[(part.field_name or b"").decode()] = (part.value or b"").decode()

    def on_file(part: File) -> None:
        part.file_object.seek(0)
        name = (part.field_name or b"").decode()
        params.files[name] = Upload((part.file_name or b"file").decode(), part.file_object.read())
        params.values.setdefault(name, f"attach://{name}")
        part.close()

    parse_form({"Content-Type": kind.encode()}, io.BytesIO(body), on_field, on_file)
