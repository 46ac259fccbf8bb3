"""Step 5: what a message means after the ones before it."""

from __future__ import annotations

import re

from intents.question import Outcome, Question, Reply
from intents.slots import read_slots
from intents.world import World

STAFF = re.compile(r"转人工|人工服务|人工客服|人工坐席|(?:^|找|要|换|接|叫)(?:个)?(?:人工|真人|工作人员|活人)(?:$|来|接|跟我)|^人工$")
ORDINAL = re.compile(r"^(?:就|是|选|要|那)?第?\s*([一二三四五12345])\s*(?:个|条|项|种)?(?:吧|啊|呀|嘛)?$")
NUMERALS = {n: i for i, n in enumerate("一二三四五")} | {n: i for i, n in enumerate("12345")}
CORRECTION = re.compile(r"^(?:不是|不对|错了|错啦|搞错了|弄错了|你搞错了|不是这个|答非所问|我不是问这个|我没问这个)[,，。!！\s了啦啊]*")
ASKED = re.compile(r"(?:我)?(?:是)?(?:想)?(?:问|说)的?是|我要问|我是问|我想问")
ELLIPSIS = re.compile(r"^(?:那|那么|还有|要是|如果|换成|如果是|要是是)|(?:呢|咧|嘞|呐)$")
PARTICLES = re.compile(r"那么|那个|那|的话|的|呢|啊|呀|咧|嘞|呐|是|嘛|吧|在|我们|我|人|要|就|你|这边|这里|市里|县里|[\s,，。？?!！]")
SHORT = 14


def recall(question: Question, world: World) -> None:
    """Understand requests for a person, choices, corrections, places alone, conditions alone and ellipses."""
    past = question.conversation
    text = question.text
    if STAFF.search(text) and len(text) <= 20:
        question.replies.append(Reply(Outcome.HANDOFF, world.phrase("staff"), "staff", question.region))
        past.awaiting, past.options = "", []
        return
    if _choose(question, world):
        return
    corrected = CORRECTION.match(text)
    if corrected:
        question.correction = True
        rest = text[corrected.end() :]
        asked = ASKED.match(rest)
        text = question.text = (rest[asked.end() :] if asked else rest).strip(" ,，。")
    elif asked := re.match(r"^我(?:是)?(?:想)?问的是", text):
        question.correction = True
        text = question.text = text[asked.end() :].strip(" ,，。")
    rest = PARTICLES.sub("", text)
    if question.region_choices and not rest:
        past.awaiting, past.options = "region", question.region_choices
    if question.region_named and not rest:
        _place_alone(question, world)
        return
    question.slots = read_slots(text, world.knowledge.phrases.slots)
    if past.need and len(rest) <= SHORT:
        question.follows = bool(question.correction or ELLIPSIS.search(text) or len(rest) <= 6)
        last = world.knowledge.intents.get(past.last)
        if question.slots and last and set(question.slots) <= set(last.slots) and _only_slots(text, world):
            question.chosen = past.last
    if not text.strip():
        question.replies.append(Reply(Outcome.CLARIFY, world.phrase("nothing_pending"), region=question.region))


def _choose(question: Question, world: World) -> bool:
    """Whether the message picks one of the options offered before."""
    past = question.conversation
    if not past.options:
        return False
    text = question.text or question.region_named
    picked = ORDINAL.match(text)
    chosen = ""
    if picked and NUMERALS[picked[1]] < len(past.options):
        chosen = past.options[NUMERALS[picked[1]]]
    else:
        chosen = next((o for o in past.options if text in (o, world.title(o))), "")
    if not chosen:
        return False
    if past.awaiting == "region":
        question.region = question.region_named = chosen
        question.parts = [past.pending]
    else:
        question.chosen = chosen
    past.awaiting, past.options = "", []
    return True


def _place_alone(question: Question, world: World) -> None:
    """Only a place was named: ask the waiting or the last need again for it."""
    past = question.conversation
    if past.awaiting == "region" and past.pending:
        question.parts = [past.pending]
    elif past.need:
        question.chosen = past.last if past.last in world.knowledge.intents else ""
        question.parts = [past.need]
        question.slots = dict(past.slots)
    else:
        question.conversation.region = question.region
        question.replies.append(Reply(Outcome.CLARIFY, world.phrase("region_set", region=question.region), region=question.region))


def _only_slots(text: str, world: World) -> bool:
    """Whether nothing is said but conditions."""
    for slot in world.knowledge.phrases.slots:
        for value in slot.values:
            for word in sorted(value.words, key=len, reverse=True):
                text = text.replace(word, "")
    return not PARTICLES.sub("", re.sub(r"多少|几多|好多|怎么样|一个月|一年|标准|户口|种", "", text))
