"""Step 5: what a message means after the ones before it."""

from __future__ import annotations

import re

from intents.question import Outcome, Question, Reply
from intents.slots import read_slots, without_slots
from intents.world import World
from knowledge import rendering

STAFF = re.compile(r"转人工|人工服务|人工客服|人工坐席|(?:^|找|要|换|接|叫)(?:个)?(?:人工|真人|工作人员|活人)(?:$|来|接|跟我)|^人工$")
ORDINAL = re.compile(r"^(?:就|是|选|要|那)?第?\s*([一二三四五12345])\s*(?:个|条|项|种)?(?:吧|啊|呀|嘛)?$")
NUMERALS = {n: i for i, n in enumerate("一二三四五")} | {n: i for i, n in enumerate("12345")}
CORRECTION = re.compile(
    r"^(?:[哎唉啊哦诶呀][呀哟]?[,，]?)?(?:(?:我)?(?:不是|不对|[说打问讲]错了|错了|错啦|搞错了|弄错了|你搞错了|不是这个|答非所问|我不是问这个|我没问这个)"
    r"[,，。!！\s了啦啊]*)+"
)
ASKED = re.compile(r"(?:我)?(?:是)?(?:想)?(?:问|说)的?是|我要问|我是问|我想问")
ELLIPSIS = re.compile(r"^(?:那|那么|还有|要是|如果|换成|如果是|要是是)|(?:呢|咧|嘞|呐)$")
PARTICLES = re.compile(r"那么|那个|那|的话|的|呢|啊|呀|咧|嘞|呐|是|嘛|吧|在|我们|我|人|要|就|你|这边|这里|市里|县里|[\s,，。？?!！]")
AGREED = re.compile(
    r"^(?:要|要的|要得|好|好的|好啊|好呀|行|可以|嗯|嗯嗯|想|想听|想知道|"
    r"说吧|讲吧|你说|你讲|是|是的|对|也要|也说说)[吧啊呀的嘛了,，。!！]*$"
)
UNSURE = re.compile(r"^(?:我)?(?:也)?(?:不知道|不清楚|不晓得|晓不得|勿晓得|不懂|搞不清|说不好|不确定|都说说|都讲讲|随便)[吧啊呀的嘛了,，。!！]*$")
BASIS = re.compile(
    r"(?:什么|么子|啥|哪个|哪份|有没有|有冇)(?:红头)?(?:文件)?依据|(?:什么|么子|啥|哪个|哪份|哪里的)文件|哪年的(?:规定|标准|数|文件)|出处|从哪里?来的(?:数|数据)"
)
YEAR_ONLY = re.compile(
    r"(?:那|那么)?(?:到)?(?:\d{2,4}|[一二三四五六七八九〇零两]{2,4})年?(?:底|末|的|实际|做到|完成|当时|目标|计划|多少|达到|呢|是|了|到|几)*"
)
HUM = re.compile(r"^[嗯哦噢喔啊呃唔哎诶唉]{1,6}[,，。.!！~～]*$")
NODDED = "smalltalk.ok"
"""What is meant by a sound alone."""
SHORT = 14


def recall(question: Question, world: World) -> None:
    """Understand requests for a person, choices, corrections, places alone, conditions alone and ellipses."""
    past = question.conversation
    text = question.text
    if STAFF.search(text) and len(text) <= 20:
        question.replies.append(Reply(Outcome.HANDOFF, world.phrase("staff"), "staff", question.region, passed_on=True))
        past.awaiting, past.options = "", []
        return
    if _choose(question, world):
        return
    if HUM.match(text) and NODDED in world.knowledge.intents:
        question.chosen, question.parts = NODDED, [text]
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
    asked_slot = past.options[0].partition("=")[0] if past.awaiting == "slot" and past.options else ""
    question.slots = read_slots(text, world.knowledge.phrases.slots, bare=asked_slot)
    if asked_slot and (asked_slot in question.slots or UNSURE.match(text)) and len(text) <= SHORT:
        question.slots.setdefault(asked_slot, "")
        question.chosen, question.parts = past.last, [past.pending]
        return
    if past.need and len(rest) <= SHORT:
        question.follows = bool(question.correction or ELLIPSIS.search(text) or len(rest) <= 6)
        last = world.knowledge.intents.get(past.last)
        question.slots_only = bool(question.slots) and _only_slots(text, world)
        if (last and question.slots_only and set(question.slots) <= set(last.slots)) or _asks_again(text, past.last) or _told(rest, question, world):
            question.chosen = past.last
    if not text.strip():
        question.replies.append(Reply(Outcome.CLARIFY, world.phrase("nothing_pending"), region=question.region))


def _asks_again(text: str, last: str) -> bool:
    """Whether the message asks for the grounds of the last answer, doubts it, or for its figure of another year: it is told again."""
    return bool(last) and bool(BASIS.search(text) or YEAR_ONLY.fullmatch(text.strip(" ,，。？?！!")))


def _told(rest: str, question: Question, world: World) -> bool:
    """Whether the first sentence of the last answer names what the message leaves at a bare word (民非呢): it is told again."""
    intent = world.knowledge.intents.get(question.conversation.last)
    answer = world.nearest(intent, question.region) if intent and question.follows and len(rest) > 1 else None
    return answer is not None and rest in rendering.fill(world.knowledge, answer.say)


def _choose(question: Question, world: World) -> bool:
    """Whether the message picks one of the options offered before."""
    past = question.conversation
    if not past.options:
        return False
    text = question.text or question.region_named
    picked = ORDINAL.match(text)
    chosen = ""
    if past.awaiting == "offer" and AGREED.match(text):
        chosen = past.options[0]
    elif picked and NUMERALS[picked[1]] < len(past.options):
        chosen = past.options[NUMERALS[picked[1]]]
    else:
        chosen = next((o for o in past.options if text in (o, world.title(o))), "")
    if not chosen:
        return False
    if past.awaiting == "region":
        question.region = question.region_named = chosen
        question.parts = [past.pending]
    elif "=" in chosen:
        slot, _, value = chosen.partition("=")
        question.slots = {slot: value}
        question.chosen, question.parts = past.last, [past.pending]
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
    rest = without_slots(text, world.knowledge.phrases.slots)
    return not PARTICLES.sub("", re.sub(r"多少|几多|好多|怎么样|一个月|一年|标准|户口|种", "", rest))
