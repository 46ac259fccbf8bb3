"""Turning answers and facts into the words a resident reads."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from knowledge import conditions
from knowledge.loading import Knowledge
from knowledge.model import Answer, Fact, Source
from knowledge.parts import Parts

__all__ = ["Citation", "Rendered", "citation", "cited", "hotline", "placeholders", "render_answer", "render_fact", "said", "spoken"]

HOTLINE = "hotline.t12345"
PLACE = re.compile(r"\{([^{}]*)\}")
PER = {"人·月": "每人每月", "人·年": "每人每年", "人·次": "每人每次", "人·天": "每人每天", "户·月": "每户每月", "月": "每月",
       "年": "每年", "人": "每人", "户": "每户", "次": "每次", "天": "每天", "具": "每具", "床": "每张床", "张": "每张", "村": "每村"}


@dataclass(frozen=True)
class Citation:
    """Where an answer comes from: document, section, published date, as-of month of the figure."""

    document: str
    section: str
    published: str
    as_of: str


@dataclass(frozen=True)
class Rendered:
    """An answer in words: its first sentence bare, its parts (the level told in the headline) and its grounds."""

    say: str
    parts: Parts
    level: str
    citations: list[Citation]

    @property
    def text(self) -> str:
        """All parts as one text."""
        return self.parts.text


def hotline(knowledge: Knowledge) -> str:
    """Number of the general government hotline."""
    return knowledge.facts[HOTLINE].value if HOTLINE in knowledge.facts else ""


class UnknownPlaceholder(ValueError):
    """A template names a fact or figure that does not exist."""


def spoken(value: str, unit: str) -> str:
    """A figure as it is said: ``spoken("570", "元/人·月") == "每人每月570元"``."""
    measure, _, per = unit.partition("/")
    if per and per in PER:
        return f"{PER[per]}{value}{measure}"
    return f"{value}{unit}"


def resolve(knowledge: Knowledge, place: str) -> tuple[str, str]:
    """Full fact key and words of one ``{place}`` of a template.

    Raises:
        UnknownPlaceholder: no such fact or figure.
    """
    name, _, form = place.strip().partition(":")
    key, figure = name, ""
    if key not in knowledge.facts:
        key, _, figure = name.rpartition(".")
        if key not in knowledge.facts:
            raise UnknownPlaceholder(f"没有编号为“{name}”的事实；请检查拼写")
    fact = knowledge.facts[key]
    if form not in ("", "value", "text"):
        raise UnknownPlaceholder(f"“{place}”冒号后面只能写 value 或 text")
    if form == "text" or (not form and not figure and not fact.value):
        return key, fact.statement().rstrip("。")
    value = fact.figures().get(figure or "value")
    if value is None:
        raise UnknownPlaceholder(f"事实“{key}”没有名为“{figure or 'value'}”的数值；请看 {key} 的 value 或 values")
    bare = re.fullmatch(r"[≥≤约＞＜]?[\d.,]+", value)
    if form == "value" or (figure and (fact.value or not bare)):
        return key, value
    return key, spoken(value, fact.unit)


def placeholders(template: str) -> list[str]:
    """The contents of all ``{…}`` of a template, in order."""
    return PLACE.findall(template)


def fill(knowledge: Knowledge, template: str) -> str:
    """The template with its places filled."""
    return PLACE.sub(lambda m: resolve(knowledge, m[1])[1], template)


def cited(knowledge: Knowledge, answer: Answer) -> list[str]:
    """Full keys of all facts an answer rests on, in order of mention."""
    keys: list[str] = []
    templates = [answer.say, answer.detail, *(v.say + v.detail for v in answer.variants)]
    for place in placeholders("".join(templates)):
        keys.append(resolve(knowledge, place)[0])
    return list(dict.fromkeys([*keys, *answer.facts]))


def said(knowledge: Knowledge, answer: Answer) -> list[str]:
    """Full keys of the facts in the first sentences of an answer, each once."""
    return list(dict.fromkeys(resolve(knowledge, p)[0] for p in placeholders(answer.say + "".join(v.say for v in answer.variants))))


def citation(knowledge: Knowledge, key: str) -> Citation:
    """Where a fact stands."""
    fact, source = knowledge.facts[key], knowledge.origin[key]
    return Citation(source.title, source.section_title(fact.section), source.published or source.in_force_from,
                    fact.as_of or source.in_force_from)


def chinese_date(date: str) -> str:
    """``2021-12-30`` → ``2021年12月30日``, ``2020-12`` → ``2020年12月``, ``2020`` → ``2020年``."""
    parts = [str(int(p)) for p in date.split("-")]
    return "".join(p + u for p, u in zip(parts, "年月日", strict=False))


def render_answer(
    knowledge: Knowledge, answer: Answer, region: str, slots: dict[str, str], today: datetime.date,
) -> Rendered:
    """Words for a resident of ``region`` (full name or empty), by the conditions known."""
    say, detail = answer.say, answer.detail
    templates = [say, detail]
    for variant in answer.variants:
        if conditions.holds(variant.when, slots):
            say, detail = variant.say, variant.detail or detail
            templates = [say, detail]
            break
    keys = list(dict.fromkeys([*(resolve(knowledge, p)[0] for t in templates for p in placeholders(t)), *answer.facts]))
    return _compose(knowledge, fill(knowledge, say), fill(knowledge, detail), answer.region, region, keys, today)


def render_fact(knowledge: Knowledge, key: str, region: str, today: datetime.date) -> Rendered:
    """A fact as an answer of its own; conflicting facts are told with it."""
    fact = knowledge.facts[key]
    keys = [key]
    detail = ""
    for other in fact.conflicts_with:
        other_key = other if other in knowledge.facts else f"{knowledge.origin[key].namespace}.{other}"
        keys.append(other_key)
        where = citation(knowledge, other_key)
        detail += f"注意：同一文件“{where.section}”的说法不同：{knowledge.facts[other_key].statement().rstrip('。')}。请向当地民政部门核实。\n"
    question = fact.label if fact.label.endswith("？") else ""
    say = question + fact.statement().rstrip("。") + "。"
    return _compose(knowledge, say, detail.strip(), knowledge.fact_region(key), region, keys, today)


def _compose(
    knowledge: Knowledge, say: str, detail: str, level: str, region: str, keys: list[str], today: datetime.date,
) -> Rendered:
    phrases = knowledge.phrases.phrases
    level_note = ""
    if level == "全国":
        level_note = phrases["level_national"] if region else ""
    elif region and level != region and level in knowledge.chain(region):
        level_note = phrases["level_inherited"].format(level=level, region=region)
    parts = Parts(say.strip() + level_note, detail.strip(), tuple(_cautions(knowledge, keys, today)), tuple(_basis(knowledge, keys)))
    return Rendered(say.strip(), parts, level, [citation(knowledge, k) for k in keys])


def _basis(knowledge: Knowledge, keys: list[str]) -> list[str]:
    """The lines 依据 and 截至."""
    by_source: dict[str, tuple[Source, list[str]]] = {}
    for key in keys:
        source = knowledge.origin[key]
        sections = by_source.setdefault(source.id, (source, []))[1]
        title = source.section_title(knowledge.facts[key].section)
        articles = title.split("、") if title.startswith("第") else [title]
        sections += [a for a in articles if a not in sections]
    lines = []
    for source, sections in by_source.values():
        place = "、".join(sections[:3]) + ("等" if len(sections) > 3 else "")
        date = f"{chinese_date(source.published)}印发" if source.published else (
            f"{chinese_date(source.in_force_from)}起施行" if source.in_force_from else "")
        lines.append(f"依据：《{source.title}》{place}" + (f"（{date}）" if date else ""))
    dated = [knowledge.facts[k] for k in keys if knowledge.facts[k].kind == "figure" and knowledge.facts[k].as_of]
    months = sorted({f.as_of for f in dated})
    if months:
        lines.append("数据截至：" + "、".join(chinese_date(m) for m in months[:3]))
    return lines


def _cautions(knowledge: Knowledge, keys: list[str], today: datetime.date) -> list[str]:
    phrases = knowledge.phrases.phrases
    out = []
    if any(_is_old(knowledge.facts[k], knowledge.origin[k], today) for k in keys):
        out.append(phrases["caution_old"].format(hotline=hotline(knowledge)))
    if any(knowledge.facts[k].confidence == "medium" for k in keys):
        out.append(phrases["caution_medium"].format(hotline=hotline(knowledge)))
    return out


def _is_old(fact: Fact, source: Source, today: datetime.date) -> bool:
    """Whether a figure or plan statement is past its review month or its end."""
    if fact.until and fact.until < today.isoformat():
        return True
    return bool(source.review_by) and source.review_by < today.isoformat()
