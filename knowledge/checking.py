"""The rules that knowledge must keep before it goes live.

Each rule is a small generator of problems over the loaded knowledge; :data:`RULES` lists them all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from knowledge import rendering
from knowledge.conditions import bounds
from knowledge.loading import Knowledge
from knowledge.model import Answer, Intent, Topic
from knowledge.reading import Document, Problem

__all__ = ["RULES", "check"]

Path = tuple[str | int, ...]
MIN_PHRASINGS = 12
MIN_TESTS = 3
SPOKEN_LENGTH = 60
DIGITS = re.compile(r"[0-9０-９]+")
WORDED = re.compile(
    r"[一二三四五六七八九十百千万两半]+(?:多|几)?(?:个工作日|周岁|岁|元|块|个月|天|日|年内|年以上|倍|成|公里|平方米)"
    r"|百分之[一二三四五六七八九十百]+"
)
FORBIDDEN = ("\u7acb\u535a",)
PHRASES = (
    "greeting", "empty", "ask_region", "clarify", "region_choice", "region_set", "handoff", "handoff_region",
    "handoff_added", "unknown_region", "staff", "two_needs", "level_national", "level_inherited", "caution_old",
    "caution_medium", "masked", "no_semantic", "too_long", "nothing_pending", "terminal_hint", "goodbye", "related",
    "error_json", "error_text", "error_encoding", "error_size", "error_region", "offer", "ask_slot", "complaint_offer",
)


def check(knowledge: Knowledge) -> list[Problem]:
    """All problems found; those with ``warning`` do not keep the knowledge from going live."""
    return [problem for rule in RULES for problem in rule(knowledge)]


def _sources(k: Knowledge) -> Iterator[tuple[Document, Path]]:
    """Documents of the sources in the order of ``k.sources``."""
    names = [n for n in k.documents if n.startswith("sources/")]
    yield from ((k.documents[n], ()) for n in names)


def _topic_places(k: Knowledge) -> Iterator[tuple[Topic, Document]]:
    names = [n for n in k.documents if n.startswith("answers/")]
    yield from ((topic, k.documents[name]) for topic, name in zip(k.topics, names, strict=True))


def _intent_places(k: Knowledge) -> Iterator[tuple[Topic, Intent, Document, Path]]:
    for topic, document in _topic_places(k):
        for i, intent in enumerate(topic.intents):
            yield topic, intent, document, ("intents", i)


def _answer_places(k: Knowledge) -> Iterator[tuple[Topic, Intent, Answer, Document, Path]]:
    for topic, intent, document, path in _intent_places(k):
        for i, answer in enumerate(intent.answers):
            yield topic, intent, answer, document, (*path, "answers", i)


def region_tree(k: Knowledge) -> Iterator[Problem]:
    """Parents exist, names and aliases mean one region only."""
    document = k.documents["regions.yaml"]
    owner: dict[str, str] = {}
    for i, region in enumerate(k.regions.values()):
        if region.parent and region.parent not in k.regions:
            yield document.problem(("regions", i, "parent"), f"没有名为“{region.parent}”的地区；请改正上级地区")
        for alias in (region.name, *region.aliases):
            if alias in owner and owner[alias] != region.name:
                yield document.problem(("regions", i), f"“{alias}”同时指 {owner[alias]} 和 {region.name}；请删去其中一个")
            owner[alias] = region.name


def source_sections(k: Knowledge) -> Iterator[Problem]:
    """Every fact has a section; every section has facts or a reason for having none."""
    for source, (document, _) in zip(k.sources, _sources(k), strict=True):
        known = [s.id for s in source.sections]
        used = {f.section for f in source.facts}
        if source.region not in k.regions:
            yield document.problem(("region",), f"没有名为“{source.region}”的地区；请先写进 regions.yaml")
        for i, section in enumerate(source.sections):
            if section.id in known[:i]:
                yield document.problem(("sections", i), f"章节编号“{section.id}”重复；请改成不同的编号")
            if section.id not in used and not section.skip:
                yield document.problem(("sections", i), f"章节“{section.title}”没有事实；请补上事实，或在 skip 写明原因")
        for i, fact in enumerate(source.facts):
            if fact.section not in known:
                yield document.problem(("facts", i, "section"), f"没有编号为“{fact.section}”的章节；请改成 sections 里有的编号")
            if fact.region and fact.region not in k.regions:
                yield document.problem(("facts", i, "region"), f"没有名为“{fact.region}”的地区；请写正式全称")
            if fact.kind in ("figure", "target") and not fact.as_of:
                yield document.problem(("facts", i), f"“{fact.label}”是数据，缺少 as_of（截至日期）；请补上年月")


def fact_keys(k: Knowledge) -> Iterator[Problem]:
    """Full keys are unique; conflicts and replacements point at facts that exist."""
    seen: set[str] = set()
    for source, (document, _) in zip(k.sources, _sources(k), strict=True):
        for i, fact in enumerate(source.facts):
            full = f"{source.namespace}.{fact.key}"
            if full in seen:
                yield document.problem(("facts", i, "key"), f"事实编号“{full}”重复；请改成不同的编号")
            seen.add(full)
            for other in fact.conflicts_with:
                other_full = other if other in k.facts else f"{source.namespace}.{other}"
                if other_full not in k.facts:
                    yield document.problem(("facts", i, "conflicts_with"), f"没有编号为“{other}”的事实；请改正")
                elif not {fact.key, full} & set(k.facts[other_full].conflicts_with):
                    yield document.problem(("facts", i, "conflicts_with"), f"矛盾要双方都写明；请在“{other}”的 conflicts_with 里也写上 {fact.key}")
            for other in fact.supersedes:
                if other not in k.facts:
                    yield document.problem(("facts", i, "supersedes"), f"没有编号为“{other}”的事实；请写完整编号")


def intents_complete(k: Knowledge) -> Iterator[Problem]:
    """Ids unique, related intents exist, enough phrasings and tests, none of them twice."""
    ids: set[str] = set()
    asked: dict[str, str] = {}
    for topic, intent, document, path in _intent_places(k):
        if intent.id in ids:
            yield document.problem((*path, "id"), f"问题编号“{intent.id}”重复；请改成不同的编号")
        ids.add(intent.id)
        for other in intent.related:
            if other not in k.intents:
                yield document.problem((*path, "related"), f"没有编号为“{other}”的问题；请改正或删去")
        for slot in intent.slots:
            if slot not in {s.id for s in k.phrases.slots}:
                yield document.problem((*path, "slots"), f"没有编号为“{slot}”的条件；请先写进 phrases.yaml 的 slots")
        if topic.kind == "service" and len(intent.phrasings) < MIN_PHRASINGS:
            yield document.problem((*path, "phrasings"), f"“{intent.title}”只有 {len(intent.phrasings)} 条问法；至少要 {MIN_PHRASINGS} 条")
        if topic.kind == "service" and len(intent.tests) < MIN_TESTS:
            yield document.problem((*path, "tests"), f"“{intent.title}”只有 {len(intent.tests)} 条检验问题；至少要 {MIN_TESTS} 条")
        if not intent.answers:
            yield document.problem(path, f"“{intent.title}”没有答复；请在 answers 里至少写一条")
        for i, phrasing in enumerate(intent.phrasings):
            if not phrasing:
                yield document.problem((*path, "phrasings", i), "这条问法是空的；请删去")
            if phrasing in asked:
                yield document.problem((*path, "phrasings", i), f"问法“{phrasing}”在“{asked[phrasing]}”已经有了；请删去一处")
            asked[phrasing] = intent.title
        for i, test in enumerate(intent.tests):
            if test.ask in intent.phrasings:
                yield document.problem((*path, "tests", i), f"检验问题“{test.ask}”与问法相同，检验不出什么；请换一种说法")


def answers_grounded(k: Knowledge) -> Iterator[Problem]:
    """No figure without a fact, no fact of another branch, no old rule without the new one."""
    for topic, intent, answer, document, path in _answer_places(k):
        if answer.region not in k.regions:
            yield document.problem((*path, "region"), f"没有名为“{answer.region}”的地区；请写正式全称")
            continue
        templates: list[tuple[Path, str]] = [((*path, "say"), answer.say), ((*path, "detail"), answer.detail)]
        for i, variant in enumerate(answer.variants):
            templates += [((*path, "variants", i, "say"), variant.say), ((*path, "variants", i, "detail"), variant.detail)]
            yield from _variant(k, intent, variant.when, document, (*path, "variants", i))
        yield from _asked(intent, answer, document, path)
        broken = False
        for place, template in templates:
            for name in rendering.placeholders(template):
                try:
                    rendering.resolve(k, name)
                except ValueError as error:
                    broken = True
                    yield document.problem(place, str(error))
            bare = rendering.PLACE.sub("", template)
            for digits in DIGITS.findall(bare):
                yield document.problem(place, f"数字“{digits}”直接写在答复里；请改成 {{事实编号}}，数字只写在依据文件的事实里")
        for i, key in enumerate(answer.facts):
            if key not in k.facts:
                broken = True
                yield document.problem((*path, "facts", i), f"没有编号为“{key}”的事实；请检查拼写")
        if broken:
            continue
        keys = rendering.cited(k, answer)
        if not keys and topic.kind == "service" and not answer.handoff:
            yield document.problem(path, "这条答复没有依据任何事实；请用 {事实编号} 或在 facts 里写明")
        statements = "".join(k.facts[key].statement() for key in keys)
        for place, template in templates:
            for words in WORDED.findall(rendering.PLACE.sub("", template)):
                if words not in statements:
                    yield document.problem(place, f"“{words}”在所据事实里找不到；请照事实写，或把所据事实补到 facts")
        allowed = set(k.chain(answer.region)) | k.below(answer.region)
        for key in keys:
            if k.fact_region(key) not in allowed:
                yield document.problem(path, f"{answer.region}的答复用了{k.fact_region(key)}的事实“{key}”；不得用别处的数据")
            if k.facts[key].status == "superseded" and not any(key in k.facts[other].supersedes for other in keys):
                yield document.problem(path, f"事实“{key}”已失效；请同时引用取代它的新规定，或删去")
        say = rendering.fill(k, answer.say)
        if len(say) > SPOKEN_LENGTH and topic.kind == "service":
            message = f"第一句有 {len(say)} 字，超过 {SPOKEN_LENGTH} 字，电话里念着太长；请把后半移到 detail"
            yield document.problem((*path, "say"), message, warning=True)


def _variant(k: Knowledge, intent: Intent, when: dict[str, list[str]], document: Document, path: Path) -> Iterator[Problem]:
    slots = {s.id: s for s in k.phrases.slots}
    for slot, values in when.items():
        for value in values:
            known = slot in slots and (bounds(value) is not None if slots[slot].unit else value in [v.name for v in slots[slot].values])
            if not known:
                offered = {s.id: [v.name for v in s.values] or f"数字范围，如 60-79（{s.unit}）" for s in k.phrases.slots}
                yield document.problem((*path, "when"), f"条件“{slot}: {value}”不存在；可用的有 {offered}")
        if slot in slots and slot not in intent.slots:
            yield document.problem((*path, "when"), f"条件“{slot}”没有写进这个问题的 slots；请补上")


def _asked(intent: Intent, answer: Answer, document: Document, path: Path) -> Iterator[Problem]:
    for slot in answer.ask:
        if not any(slot in variant.when for variant in answer.variants):
            yield document.problem((*path, "ask"), f"要先问“{slot}”，但 variants 里没有按它分的答复；请补上，或从 ask 里删去")


def one_answer_a_region(k: Knowledge) -> Iterator[Problem]:
    """An intent has at most one answer in a region."""
    for _, intent, document, path in _intent_places(k):
        regions = [a.region for a in intent.answers]
        for i, region in enumerate(regions):
            if region in regions[:i]:
                yield document.problem((*path, "answers", i), f"“{intent.title}”在{region}已有一条答复；请合并成一条")


def lexicon_unique(k: Knowledge) -> Iterator[Problem]:
    """A word belongs to one term only and holds no digit."""
    document = k.documents["lexicon.yaml"]
    owner: dict[str, str] = {}
    for i, term in enumerate(k.lexicon.terms):
        for word in (*term.words, *term.slips):
            if word in owner:
                yield document.problem(("terms", i), f"“{word}”同时归在“{owner[word]}”和“{term.name}”；请删去一处")
            owner[word] = term.name
            if DIGITS.search(word):
                yield document.problem(("terms", i), f"词“{word}”含有数字；数字不能参与匹配，请删去")


def emergencies_grounded(k: Knowledge) -> Iterator[Problem]:
    """Numbers of emergency messages are facts too."""
    document = k.documents["emergencies.yaml"]
    for i, emergency in enumerate(k.emergencies):
        for name in rendering.placeholders(emergency.say):
            try:
                rendering.resolve(k, name)
            except ValueError as error:
                yield document.problem(("emergencies", i, "say"), str(error))
        for digits in DIGITS.findall(rendering.PLACE.sub("", emergency.say)):
            yield document.problem(("emergencies", i, "say"), f"数字“{digits}”直接写在话里；请改成 {{事实编号}}")


def phrases_complete(k: Knowledge) -> Iterator[Problem]:
    """All fixed phrases that the program says are there."""
    for name in PHRASES:
        if name not in k.phrases.phrases:
            yield k.documents["phrases.yaml"].problem(("phrases",), f"缺少用语“{name}”；请从最近一次可用的版本补上")


def nothing_forbidden(k: Knowledge) -> Iterator[Problem]:
    """Spam that an attacker put into a published plan stands nowhere."""
    for document in k.documents.values():
        for path, mark in document.marks.items():
            if any(word in str(path) for word in FORBIDDEN):
                yield Problem(document.file, mark.line, mark.column, "含有网页被篡改时混入的广告词；请删去")
        if any(word in repr(document.data) for word in FORBIDDEN):
            yield document.problem((), "含有网页被篡改时混入的广告词；请删去")


Rule = Callable[[Knowledge], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    region_tree, source_sections, fact_keys, intents_complete, answers_grounded, one_answer_a_region, lexicon_unique,
    emergencies_grounded, phrases_complete, nothing_forbidden,
)
