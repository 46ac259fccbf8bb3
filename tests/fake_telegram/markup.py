"""Telegram's HTML and inline keyboards, refused where Telegram's documentation forbids them."""

from __future__ import annotations

import html
import re
from typing import Any

from .records import Json, bad_request

ENTITY_TYPES = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline", "s": "strikethrough",
    "strike": "strikethrough", "del": "strikethrough", "a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote",
    "tg-spoiler": "spoiler", "span": "spoiler", "tg-emoji": "custom_emoji",
}  # fmt: skip
TOKEN = re.compile(
    r"(?P<text>[^<>&]+)|(?P<entity>&(?:#[0-9]+|#[xX][0-9a-fA-F]+|lt|gt|amp|quot);)"
    r"|<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*)(?P<rest>(?:\s(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)?)>"
)
ATTRIBUTE = re.compile(r"([a-zA-Z][a-zA-Z0-9-]*)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")
COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,32}(?:@\w+)?")
ACTIONS = (
    "callback_data", "url", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip
MOST_TEXT, MOST_CAPTION, MOST_DATA, MOST_BUTTONS = 4096, 1024, 64, 100


def units(text: str) -> int:
    """Return the length in UTF-16 code units, in which Telegram counts offsets."""
    return len(text.encode("utf-16-le")) // 2


def parse_text(raw: str, parse_mode: str | None, entities: list[Json] | None = None) -> tuple[str, list[Json]]:
    """Return the plain text, trimmed as Telegram trims it, and its entities."""
    if not parse_mode:
        return raw.strip(), entities or commands(raw.strip())
    if parse_mode.upper() != "HTML":
        raise bad_request("unsupported parse_mode")
    return trimmed(*parse_html(raw))


def trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Take the white space off both ends and move the entities along."""
    plain = text.strip()
    if plain == text:
        return text, entities
    skip, most = units(text) - units(text.lstrip()), units(plain)
    kept = []
    for entity in entities:
        start, end = max(0, entity["offset"] - skip), min(most, entity["offset"] + entity["length"] - skip)
        if start < end:
            kept.append({**entity, "offset": start, "length": end - start})
    return plain, kept


def commands(text: str) -> list[Json]:
    """Return the bot_command entities of a plain text."""
    if "/" not in text:
        return []
    return [{"type": "bot_command", "offset": units(text[: hit.start()]), "length": len(hit[0])} for hit in COMMAND.finditer(text)]


def parse_html(raw: str) -> tuple[str, list[Json]]:
    """Return the plain text and the entities of Telegram's HTML; raise a 400 where it is broken."""
    parts: list[str] = []
    entities: list[Json] = []
    unclosed: list[tuple[str, int, Json]] = []
    position = length = 0
    while position < len(raw):
        hit = TOKEN.match(raw, position)
        if hit is None:
            raise _unparsable(_complaint(raw, position), raw, position)
        if hit["name"] is None:
            part = hit["text"] if hit["entity"] is None else html.unescape(hit["entity"])
            parts.append(part)
            length += units(part)
        elif hit["end"]:
            _close(raw, hit, unclosed, entities, length)
        else:
            unclosed.append((hit["name"].lower(), length, _entity(raw, hit)))
        position = hit.end()
    if unclosed:
        raise bad_request(f"can't parse entities: Can't find end tag corresponding to start tag \"{unclosed[-1][0]}\"")
    return "".join(parts), sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def _unparsable(what: str, raw: str, position: int) -> Exception:
    return bad_request(f"can't parse entities: {what} at byte offset {len(raw[:position].encode())}")


def _complaint(raw: str, position: int) -> str:
    if raw[position] != "<":
        return f'Unescaped character "{raw[position]}"'
    if ">" not in raw[position:]:
        return "Unclosed start tag"
    name = re.match(r"</?([^\s>]*)", raw[position:])
    return f'Unsupported start tag "{name[1] if name else ""}"'


def _entity(raw: str, hit: re.Match[str]) -> Json:
    """Return the entity that a start tag opens."""
    name = hit["name"].lower()
    if name not in ENTITY_TYPES:
        raise _unparsable(f'Unsupported start tag "{name}"', raw, hit.start())
    given = {key.lower(): html.unescape(value.strip("\"'")) for key, value in ATTRIBUTE.findall(hit["rest"])}
    if name == "span" and given.get("class") != "tg-spoiler":
        raise _unparsable('Tag "span" must have class "tg-spoiler"', raw, hit.start())
    entity: Json = {"type": ENTITY_TYPES[name]}
    if name == "a":
        entity["url"] = given.get("href", "")
    elif name == "tg-emoji":
        entity["custom_emoji_id"] = given.get("emoji-id", "")
    elif name == "blockquote" and "expandable" in given:
        entity["type"] = "expandable_blockquote"
    return entity


def _close(raw: str, hit: re.Match[str], unclosed: list[tuple[str, int, Json]], entities: list[Json], length: int) -> None:
    if not unclosed:
        raise _unparsable("Unexpected end tag", raw, hit.start())
    name, start, entity = unclosed.pop()
    if hit["name"].lower() != name or hit["rest"].strip():
        raise _unparsable(f'Unmatched end tag, expected "</{name}>", found "{hit[0]}"', raw, hit.start())
    if length > start and (entity["type"] != "text_link" or entity["url"]):
        entities.append({"type": entity.pop("type"), "offset": start, "length": length - start, **entity})


def check_markup(markup: Any) -> Json | None:
    """Return a reply_markup as accepted, or raise a 400."""
    if markup is None or markup == "":
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" not in markup:
        return markup
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    for row in rows:
        for button in row:
            _check_button(button)
    if sum(map(len, rows)) > MOST_BUTTONS:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    rows = [row for row in rows if row]
    return {"inline_keyboard": rows} if rows else None


def _check_button(button: Any) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"].strip():
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be a non-empty String')
    actions = [action for action in ACTIONS if action in button]
    if len(actions) != 1:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    value = button[actions[0]]
    if actions[0] == "callback_data" and (not isinstance(value, str) or not 1 <= len(value.encode()) <= MOST_DATA):
        raise bad_request("BUTTON_DATA_INVALID")
    if actions[0] == "url" and not re.match(r"(?:https?|tg|tel|mailto)?:|[\w-]+\.\w", str(value)):
        raise bad_request("BUTTON_URL_INVALID")
