"""Chat in the terminal."""

from __future__ import annotations

from bot.dialogue import Dialogue, MemoryStore
from bot.indexing import ready_road
from bot.settings import Settings
from bot.texts import say

__all__ = ["chat"]

CHAT = "terminal"


def chat(settings: Settings, region: str = "", *, hint: bool = False) -> int:
    """Talk until the input ends or 再见 is typed; returns the exit status.

    Args:
        settings: name the knowledge.
        region: where the person lives, as typed.
        hint: say first how to start the bot on Telegram instead.
    """
    dialogue = Dialogue(ready_road(settings), MemoryStore())
    world = dialogue.road.world
    if hint:
        print(say("no_token"))
    print(world.phrase("greeting"))
    print(world.phrase("terminal_hint"))
    while True:
        try:
            text = input("\n您：").strip()
        except (EOFError, KeyboardInterrupt):
            print()
            return 0
        if text in ("退出", "再见", "exit", "quit"):
            print(world.phrase("goodbye"))
            return 0
        merged = dialogue.say(CHAT, text, region)
        print("民政问答：" + merged.text)
        related = [t for r in merged.replies for t in world.titles(r.related)]
        if related:
            print(world.phrase("related", titles="、".join(dict.fromkeys(related))))
