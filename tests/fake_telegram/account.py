"""The methods of the Bot API about the bot itself, its chats and its webhook."""

from __future__ import annotations

import json
import re
from typing import Any

from .methods import METHODS, Method, method, open_chat, valid_secret
from .parsing import Params
from .records import Json, Webhook, bad_request
from .world import World

MOST_COMMANDS, MOST_DESCRIPTION, MOST_SHORT = 100, 512, 120
RIGHTS = (
    "can_be_edited", "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members", "can_promote_members",
    "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories", "can_pin_messages",
)  # fmt: skip


@method("getMe")
def get_me(world: World, params: Params) -> Json:
    """Tell who the bot is."""
    return {
        **world.bot, "can_join_groups": True, "can_read_all_group_messages": True, "supports_inline_queries": True,
        "can_connect_to_business": False, "has_main_web_app": False,
    }  # fmt: skip


def _yes(world: World, params: Params) -> bool:
    return True


METHODS["logOut"] = METHODS["close"] = _yes


def _scope(params: Params) -> str:
    return f"commands {json.dumps(params.get('scope') or {'type': 'default'}, sort_keys=True)} {params.text('language_code')}"


@method("setMyCommands")
def set_commands(world: World, params: Params) -> bool:
    """Set the list of commands."""
    given = params.get("commands") or []
    if len(given) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in given:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command.get("command", "").removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command.get("description", "")) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.settings[_scope(params)] = given
    return True


@method("getMyCommands")
def get_commands(world: World, params: Params) -> Any:
    """Return the list of commands."""
    return world.settings.get(_scope(params), [])


def _describe(name: str, most: int) -> Method:
    def describe(world: World, params: Params) -> bool:
        if len(params.text(name)) > most:
            raise bad_request(f"{name} is too long")
        world.settings[f"{name} {params.text('language_code')}".strip()] = params.text(name)
        return True

    return describe


METHODS["setMyDescription"] = _describe("description", MOST_DESCRIPTION)
METHODS["setMyShortDescription"] = _describe("short_description", MOST_SHORT)


@method("getChat")
def get_chat(world: World, params: Params) -> Json:
    """Describe a chat."""
    gifts = dict.fromkeys(("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False)
    return {**world.chat(open_chat(world, params)), "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


@method("getChatMember")
def get_member(world: World, params: Params) -> Json:
    """Describe a member of a chat; the bot is an administrator, others are plain members unless told otherwise."""
    chat, user = open_chat(world, params), params.integer("user_id")
    if not user:
        raise bad_request("invalid user_id specified")
    own = user == world.bot["id"]
    status = world.members.get((chat, user), "administrator" if own else "member")
    member: Json = {"status": status, "user": world.bot if own else world.user(user)}
    if status in {"administrator", "creator"}:
        member["is_anonymous"] = False
    if status == "administrator":
        member |= dict.fromkeys(RIGHTS, True)
    if status == "kicked":
        member["until_date"] = 0
    return member


@method("setWebhook")
def set_webhook(world: World, params: Params) -> bool:
    """Deliver updates to an address from now on; unlike Telegram plain http is good enough."""
    if not params.text("url"):
        return _end_webhook(world, params)
    if not re.match(r"https?://[^/]", params.text("url")):
        raise bad_request("bad webhook: invalid webhook URL specified")
    if not valid_secret(params.text("secret_token")):
        raise bad_request("secret token contains unallowed characters")
    allow(world, params)
    if params.flag("drop_pending_updates"):
        world.queue.clear()
    world.webhook = Webhook(params.text("url"), params.text("secret_token"), params.integer("max_connections", 40))
    world.wake()
    return True


def allow(world: World, params: Params) -> None:
    """Take over which updates the bot wants, when the call says it."""
    given = params.get("allowed_updates")
    if given is not None:
        world.allowed = [str(kind) for kind in given]


@method("deleteWebhook")
def delete_webhook(world: World, params: Params) -> bool:
    """Hold updates for getUpdates again."""
    return _end_webhook(world, params)


def _end_webhook(world: World, params: Params) -> bool:
    if params.flag("drop_pending_updates"):
        world.queue.clear()
    world.webhook = None
    world.wake()
    return True


@method("getWebhookInfo")
def webhook_info(world: World, params: Params) -> Json:
    """Tell how the webhook does."""
    info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": len(world.queue)}
    if world.allowed:
        info["allowed_updates"] = world.allowed
    if hook := world.webhook:
        info |= {"url": hook.url, "max_connections": hook.max_connections, "ip_address": "127.0.0.1"}
        if hook.last_error:
            info |= {"last_error_date": hook.last_error_date, "last_error_message": hook.last_error}
    return info
