"""Step 4: which place is asked about."""

from __future__ import annotations

import re

from intents.gazetteer import Mention
from intents.question import Question
from intents.world import World

BEFORE = re.compile(r"(?:我是|我们是|我在|我们|咱|户口在|户籍在|户口是|老家是|老家在|家在|住在|本地)$")
BELONGING = re.compile(r"^(?:本地)?(?:的人|的|人|这边的?|这里的?|农村的)?[,，。 ]*")
SAID_OF_HOME = re.compile(r"我们|我|咱|户口|户籍|老家|家|住|是|在|的|人|这边|这里|呢|啊|[\s,，。.!！?？]")
PASSING = re.compile(r"(?:打工|上班|做事|做工|工作|读书|上学|过来|来的|人$|嫁过来|那边来)")
WHOLE_CITY = re.compile(r"全市|整个市|市里(?:一共|总共|拢共|共)|市一级")
LETTER = re.compile(r"(?P<before>[\u4e00-\u9fff]) (?P<rest>\S{2,10})|(?P<lead>\S{2,10}) (?P<after>[\u4e00-\u9fff])")
PART = 2
"""Characters after a foreign place's name which, found together with it in a fact, make it part of a project's name (港南敬老院)."""
THERE = re.compile(r"那边|那里|那儿|她们那|他们那|当地|这边")


def region(question: Question, world: World) -> None:
    """Set ``region`` to the place asked about and take its name out of the text."""
    question.text = _letter(question, world)
    text, home = question.text, question.region
    mentions = [m for m in world.gazetteer.mentions(text) if m.held or text[m.span[0] : m.span[1] + PART] not in world.told]
    held = [m for m in mentions if m.held and not m.town]
    named = ""
    if held:
        named = _asked(text, held, home, world)
    elif towns := [m for m in mentions if m.town]:
        named = _of_town(towns[0], home, world)
        if not named and not home and len(towns[0].names) > 1:
            question.region_choices = list(towns[0].names)
    elif foreign := [m for m in mentions if not m.held]:
        named = _outside(text, foreign, home, world)
    question.region_named = named
    if named:
        question.region = named
    elif WHOLE_CITY.search(text):
        question.region = _city(home, world)
    if named and _only_places(text, mentions):
        question.text = ""
        return
    for mention in sorted(mentions, key=lambda m: -m.span[0]):
        before, after = text[: mention.span[0]], text[mention.span[1] :]
        introduced = BEFORE.search(before)
        if introduced:
            before = before[: introduced.start()]
        if introduced or not mention.town:
            text = f"{before} {BELONGING.sub('', after) if introduced else after}"
    question.text = text.strip(" ,，。")


def _only_places(text: str, mentions: list[Mention]) -> bool:
    """Whether nothing is said but where somebody is: a county with its town (三门县 海游街道), or a town alone."""
    for mention in sorted(mentions, key=lambda m: -m.span[0]):
        text = f"{text[: mention.span[0]]} {text[mention.span[1] :]}"
    return not SAID_OF_HOME.sub("", text)


def _city(home: str, world: World) -> str:
    """The city of a county, when the question is about the whole of it; else the place itself."""
    region = world.knowledge.regions.get(home)
    return region.parent if region and region.level == "县" else home


def _letter(question: Question, world: World) -> str:
    """Text with a county's first character, set apart in a look-up (低保 隆), written out when it can mean one county only."""
    found = LETTER.fullmatch(question.text)
    if not found:
        return question.text
    letter = found["before"] or found["after"]
    counties = [r.name for r in world.knowledge.regions.values() if r.level == "县" and r.name.startswith(letter)]
    near = [name for name in counties if not question.region or set(world.knowledge.chain(name)[1:-1]) & set(world.knowledge.chain(question.region))]
    if len(near) != 1:
        return question.text
    return f"{near[0]} {found['rest'] or found['lead']}"


def _asked(text: str, held: list[Mention], home: str, world: World) -> str:
    """Of several places of our tree, the one the question is about."""
    for mention in held:
        if BEFORE.search(text[: mention.span[0]]):
            return mention.names[0]
    names = [m.names[0] for m in held]
    deepest = max(names, key=lambda n: len(world.knowledge.chain(n)))
    if all(n in world.knowledge.chain(deepest) for n in names):
        return deepest
    if home in names:
        return home
    return names[0]


def _of_town(mention: Mention, home: str, world: World) -> str:
    """The county of a town, unless the resident lives elsewhere."""
    fitting = [n for n in mention.names if not home or home in world.knowledge.chain(n)]
    return fitting[0] if len(fitting) == 1 else ""


def _outside(text: str, foreign: list[Mention], home: str, world: World) -> str:
    """A place outside our tree, when the question is about it and not just about someone who is there."""
    mention = foreign[0]
    bare = text[slice(*mention.span)]
    about_home = set(world.knowledge.chain(home)[:2]) if home else set()
    near = [n for n in world.knowledge.regions if n.startswith(bare) and set(world.knowledge.chain(n)) & about_home]
    if near:
        return near[0]
    name = min(mention.names, key=len)
    after = text[mention.span[1] :]
    if PASSING.search(after[:5]):
        return ""
    if not home:
        return name
    asks_there = THERE.search(after) or any(term in after[:8] for term in world.wording.names)
    return name if asks_there else ""
