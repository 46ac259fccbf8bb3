"""The methods of the Bot API that work on messages, files and queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .markup import MOST_CAPTION, MOST_TEXT, check_markup, parse_text
from .parsing import Params
from .people import described
from .records import ApiError, Edit, Json, Query, Sent, bad_request
from .world import World

Method = Callable[[World, Params], Any]
METHODS: dict[str, Method] = {}
MOST_RESULTS, MOST_ID, MOST_ANSWER = 50, 64, 200
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
UNCHANGED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"
)
ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document", "choose_sticker",
    "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip
REACTIONS = set(
    re.findall(
        "[^|]+",
        "👍|👎|❤|🔥|🥰|👏|😁|🤔|🤯|😱|🤬|😢|🎉|🤩|🤮|💩|🙏|👌|🕊|🤡|🥱|🥴|😍|🐳|❤️‍🔥|🌚|🌭|💯|🤣|⚡|🍌|🏆|💔|🤨|😐|🍓|🍾|💋|🖕|😈|😴|😭|🤓|👻|👨‍💻|👀|🎃|🙈|😇|"
        "😨|🤝|✍|🤗|🫡|🎅|🎄|☃|💅|🤪|🗿|🆒|💘|🙉|🦄|😘|💊|🙊|😎|👾|🤷‍♂️|🤷|🤷‍♀️|😡",
    )
)
CONTENT = ("text", "entities", "caption", "caption_entities", "photo", "voice", "document", "location", "sticker", "contact")


def method(name: str) -> Callable[[Method], Method]:
    """Register a method of the Bot API."""

    def register(function: Method) -> Method:
        METHODS[name] = function
        return function

    return register


def open_chat(world: World, params: Params) -> int:
    """Return the chat a call is for, or refuse it."""
    chat = params.chat()
    world.troubles.check_chat(chat)
    return chat


def deliver(world: World, params: Params, name: str, raw: str = "", **content: Any) -> Sent:
    """Put a message of the bot into its chat, within the limits."""
    chat = open_chat(world, params)
    markup = check_markup(params.get("reply_markup"))
    quoted = _quoted(world, params, chat)
    world.limits.admit(chat)
    inline = markup if markup and "inline_keyboard" in markup else None
    message = world.new_message(chat, world.bot, reply_to_message=quoted, reply_markup=inline, **content)
    return world.keep_sent(name, params.values, message, raw, markup)


def _quoted(world: World, params: Params, chat: int) -> Json | None:
    reply = params.get("reply_parameters") or {"message_id": params.get("reply_to_message_id")}
    if not isinstance(reply, dict):
        raise bad_request("object expected as reply parameters")
    if not reply.get("message_id"):
        return None
    quoted = world.quoted(int(reply.get("chat_id") or chat), int(reply["message_id"]))
    if quoted is None and not (reply.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply")):
        raise bad_request("message to be replied not found")
    return quoted


@method("sendMessage")
def send_message(world: World, params: Params) -> Sent:
    """Send a text."""
    open_chat(world, params)
    plain, entities = _text(params)
    return deliver(world, params, "sendMessage", params.text("text"), text=plain, entities=entities)


def _text(params: Params) -> tuple[str, list[Json]]:
    plain, entities = parse_text(params.text("text"), params.text("parse_mode"), params.get("entities"))
    if not plain:
        raise bad_request("message text is empty")
    if len(plain) > MOST_TEXT:
        raise bad_request("message is too long")
    return plain, entities


def _caption(params: Params) -> dict[str, Any]:
    plain, entities = parse_text(params.text("caption"), params.text("parse_mode"), params.get("caption_entities"))
    if len(plain) > MOST_CAPTION:
        raise bad_request("message caption is too long")
    return {"caption": plain or None, "caption_entities": entities}


def _send_file(kind: str) -> Method:
    name = f"send{kind.capitalize()}"

    def send(world: World, params: Params) -> Sent:
        open_chat(world, params)
        caption = _caption(params)
        return deliver(world, params, name, params.text("caption"), **{kind: _file(world, params, kind)}, **caption)

    return send


def _file(world: World, params: Params, kind: str) -> Any:
    given = params.text(kind)
    if given.startswith("attach://"):
        upload = params.files.get(given.removeprefix("attach://"))
        if upload is None:
            raise bad_request(f"file {given} not found")
        if not upload.content:
            raise bad_request("file must be non-empty")
        stored = world.keep_file(kind, upload.content, f"{len(world.files) + 1}_{upload.name}")
        return described(kind, stored.file_id, len(upload.content))
    if given in world.files:
        return described(kind, given, len(world.files[given].content))
    if given.startswith(("http://", "https://")):
        return described(kind, world.keep_file(kind, given.encode()).file_id, 0)
    raise bad_request(f"there is no {kind} in the request" if not given else "wrong file identifier/HTTP URL specified")


for _kind in ("photo", "document", "voice"):
    METHODS[f"send{_kind.capitalize()}"] = _send_file(_kind)


@method("copyMessage")
def copy_message(world: World, params: Params) -> Sent:
    """Send a message's content again."""
    source = _source(world, params, "copy")
    content = {name: source[name] for name in CONTENT if name in source}
    if params.get("caption") is not None:
        content |= _caption(params)
    return deliver(world, params, "copyMessage", source.get("text") or source.get("caption") or "", **content)


@method("forwardMessage")
def forward_message(world: World, params: Params) -> Sent:
    """Send a message on, with its origin."""
    source = _source(world, params, "forward")
    origin = {"type": "user", "date": source["date"], "sender_user": source["from"]}
    content = {name: source[name] for name in CONTENT if name in source}
    return deliver(world, params, "forwardMessage", source.get("text") or source.get("caption") or "", forward_origin=origin, **content)


def _source(world: World, params: Params, what: str) -> Json:
    open_chat(world, params)
    source = world.history.get((params.chat("from_chat_id"), params.integer("message_id")))
    if source is None:
        raise bad_request(f"message to {what} not found")
    return source


@method("editMessageText")
def edit_text(world: World, params: Params) -> Any:
    """Change a text and its keyboard."""
    if params.text("inline_message_id"):
        _text(params)
        return True
    open_chat(world, params)
    plain, entities = _text(params)
    sent = _editable(world, params)
    if "text" not in sent.message:
        raise bad_request("there is no text in the message to edit")
    return _edit(world, sent, params.text("text"), check_markup(params.get("reply_markup")), text=plain, entities=entities)


@method("editMessageReplyMarkup")
def edit_markup(world: World, params: Params) -> Any:
    """Change a keyboard."""
    if params.text("inline_message_id"):
        return True
    open_chat(world, params)
    sent = _editable(world, params)
    return _edit(world, sent, sent.text, check_markup(params.get("reply_markup")))


def _editable(world: World, params: Params) -> Sent:
    key = params.chat(), params.integer("message_id")
    sent = world.sent_by_key.get(key)
    if sent is None and key in world.history:
        raise bad_request("message can't be edited")
    if sent is None or sent.deleted:
        raise bad_request("message to edit not found")
    return sent


def _edit(world: World, sent: Sent, raw: str, markup: Json | None, **content: Any) -> Json:
    """Replace a message by a new one: updates that wait keep the old."""
    old = sent.message
    new = {**old, **content}
    if markup:
        new["reply_markup"] = markup
    else:
        new.pop("reply_markup", None)
    if not new.get("entities"):
        new.pop("entities", None)
    if new == old:
        raise bad_request(UNCHANGED)
    if sent.method != "editMessageReplyMarkup" and content:
        new["edit_date"] = max(old["date"], old.get("edit_date", 0)) + 1
    sent.message = world.history[sent.chat_id, sent.message_id] = new
    sent.text, sent.plain, sent.reply_markup = raw, new.get("text") or new.get("caption") or "", markup
    sent.edits.append(Edit(raw, sent.plain, markup))
    return new


@method("deleteMessage")
def delete_message(world: World, params: Params) -> bool:
    """Delete a message."""
    key = open_chat(world, params), params.integer("message_id")
    if world.history.pop(key, None) is None:
        raise bad_request("message to delete not found")
    if key in world.sent_by_key:
        world.sent_by_key[key].deleted = True
    return True


@method("sendChatAction")
def chat_action(world: World, params: Params) -> bool:
    """Show that the bot is typing."""
    open_chat(world, params)
    if params.text("action") not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    return True


@method("setMessageReaction")
def react(world: World, params: Params) -> bool:
    """React to a message."""
    key = open_chat(world, params), params.integer("message_id")
    if key not in world.history:
        raise bad_request("message to react not found")
    reaction = params.get("reaction") or []
    if any(one.get("emoji") not in REACTIONS and not str(one.get("custom_emoji_id", "")).isdigit() for one in reaction):
        raise bad_request("REACTION_INVALID")
    world.reactions[key] = reaction
    return True


@method("getFile")
def get_file(world: World, params: Params) -> Json:
    """Tell where a file is."""
    stored = world.files.get(params.text("file_id"))
    if stored is None:
        raise bad_request("invalid file_id")
    return {"file_id": stored.file_id, "file_unique_id": f"u-{stored.file_id}", "file_size": len(stored.content), "file_path": stored.name}


def _open_query(world: World, kind: str, number: str) -> Query:
    query = world.queries.get(number)
    if query is None or query.kind != kind or query.answer is not None or query.expired:
        raise bad_request(TOO_OLD)
    return query


@method("answerCallbackQuery")
def answer_callback(world: World, params: Params) -> bool:
    """Answer a tap."""
    query = _open_query(world, "callback", params.text("callback_query_id"))
    if len(params.text("text")) > MOST_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    query.answer = params.values
    return True


@method("answerInlineQuery")
def answer_inline(world: World, params: Params) -> bool:
    """Answer an inline query."""
    query = _open_query(world, "inline", params.text("inline_query_id"))
    results = params.get("results") or []
    if not isinstance(results, list) or len(results) > MOST_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    names = [str(result.get("id", "")) for result in results]
    if not all(1 <= len(name.encode()) <= MOST_ID for name in names):
        raise bad_request("RESULT_ID_INVALID")
    if len(set(names)) < len(names):
        raise bad_request("RESULT_ID_DUPLICATE")
    for result in results:
        _check_result(result)
    query.answer = params.values
    return True


def _check_result(result: Json) -> None:
    content = result.get("input_message_content")
    if result.get("type") == "article" and (not result.get("title") or not content):
        raise bad_request("can't parse inline query result: an article needs a title and input_message_content")
    check_markup(result.get("reply_markup"))
    if content and "message_text" in content:
        _text(Params({"text": content["message_text"], "parse_mode": content.get("parse_mode")}))


def call(world: World, name: str, params: Params) -> tuple[Any, Sent | None]:
    """Carry out a method; returns the result and the message it sent."""
    result = METHODS[name](world, params)
    if not isinstance(result, Sent):
        return result, None
    return ({"message_id": result.message_id} if name == "copyMessage" else result.message), result


def known(name: str) -> str:
    """Return a method's name as it is spelt; case does not matter to Telegram."""
    for spelt in METHODS if name not in METHODS else (name,):
        if spelt.lower() == name.lower():
            return spelt
    raise ApiError(404, "Not Found")


def valid_secret(secret: str) -> bool:
    """Tell whether a webhook's secret has the allowed characters only."""
    return re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret) is not None
