"""What the knowledge consists of: sources, facts, answers, regions, lexicon.

Every class mirrors one shape of the YAML files; the Chinese descriptions appear in editors through
the JSON Schema that :mod:`knowledge.schema` generates. All scalars are text.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

__all__ = [
    "Answer", "Emergency", "Fact", "Intent", "Lexicon", "Phrases", "Region", "Section", "Slot",
    "SlotValue", "Source", "Term", "TestCase", "Topic", "Variant",
]

KEY = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")

FactKind = Literal["figure", "rule", "target", "project", "contact"]
TopicKind = Literal["service", "department", "smalltalk", "emergency", "offtopic"]
Confidence = Literal["high", "medium"]


def _flag(value: object) -> object:
    """Turn the YAML words true/false (all scalars are text) into a boolean."""
    if value in ("true", "是"):
        return True
    if value in ("false", "否", ""):
        return False
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]


def _date(value: str) -> str:
    if value and not DATE.fullmatch(value):
        raise ValueError("日期写成 年-月-日、年-月 或 年，例如 2021-12-30")
    return value


Date = Annotated[str, BeforeValidator(_date)]


class Model(BaseModel):
    """Base of all knowledge records: unknown fields are errors, records do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Section(Model):
    """A heading of a source (章节)."""

    id: str = Field(description="章节编号，文件内唯一，例如 1.2", min_length=1)
    title: str = Field(description="章节标题", min_length=1)
    skip: str = Field("", description="本章节没有可用内容时写明原因，例如：内部管理")


class Fact(Model):
    """One statement of a source in our own words (事实).

    ``value`` holds one figure exactly as printed and ``unit`` its unit (元/人·月 means yuan a person and month);
    ``values`` holds several figures that belong together. ``text`` may name them as ``{value}`` or ``{name}``.
    """

    key: str = Field(description="事实编号：小写字母、数字、点，文件内唯一，例如 dibao.urban")
    section: str = Field(description="出自哪个章节（填章节编号）")
    kind: FactKind = Field(description="类别：figure 数据、rule 规定、target 目标、project 项目、contact 联系方式")
    label: str = Field(description="简短名称，例如 城市低保标准", min_length=1)
    text: str = Field(description="用自己的话写的一句完整陈述；数字写成 {value} 或 {名称}", min_length=1)
    region: str = Field("", description="比本依据适用地区更窄时填写，例如 新宁县")
    value: str = Field("", description="数值，照原文，例如 570")
    unit: str = Field("", description="单位，例如 元/人·月")
    values: dict[str, str] = Field({}, description="同一句里的多个数值：名称 → 数值")
    as_of: Date = Field("", description="数据截至（年-月或年）")
    until: Date = Field("", description="到这一天为止有效，之后不得当作现行标准")
    asks: list[str] = Field([], description="人们会怎样问到它")
    conflicts_with: list[str] = Field([], description="与之矛盾的事实编号")
    supersedes: list[str] = Field([], description="取代了哪些旧的事实（完整编号）")
    status: Literal["current", "superseded"] = Field("current", description="superseded 表示已失效的旧规定")
    confidence: Confidence = Field("high", description="medium 表示须附“以当地民政部门答复为准”")
    note: str = Field("", description="备注（不给群众看）")

    @field_validator("key")
    @classmethod
    def _key(cls, value: str) -> str:
        if not KEY.fullmatch(value):
            raise ValueError("编号只用小写字母、数字、下划线和点，例如 dibao.urban")
        return value

    @model_validator(mode="after")
    def _placeholders(self) -> Fact:
        named = set(self.values) | ({"value"} if self.value else set())
        for name in re.findall(r"\{([^{}]*)\}", self.text):
            if name not in named:
                raise ValueError(f"text 里写了 {{{name}}}，但没有这个数值；请补到 value 或 values，或改正名称")
        return self

    def figures(self) -> dict[str, str]:
        """All figures by name; the single one is called ``value``."""
        return {**({"value": self.value} if self.value else {}), **self.values}

    def statement(self) -> str:
        """The sentence with its figures filled in."""
        figures = self.figures()
        return re.sub(r"\{([^{}]*)\}", lambda m: figures[m[1]], self.text)


class Source(Model):
    """A plan, law or regulation (依据)."""

    id: str = Field(description="依据编号：小写字母")
    title: str = Field(description="文件全称", min_length=1)
    issuer: str = Field("", description="发布机关")
    number: str = Field("", description="文号")
    published: Date = Field("", description="印发日期")
    in_force_from: Date = Field("", description="施行日期")
    in_force_until: Date = Field("", description="有效期至")
    review_by: Date = Field("", description="过了这个月份，答复会提示数据较早")
    region: str = Field(description="适用地区")
    prefix: str = Field("", description="事实编号前缀；不填就用依据编号")
    sections: list[Section] = Field(description="文件的全部章节")
    facts: list[Fact] = Field([], description="事实")

    @property
    def namespace(self) -> str:
        """First part of the full keys of this source's facts."""
        return self.prefix or self.id

    def section_title(self, section: str) -> str:
        """Title of the section with this id."""
        return next(s.title for s in self.sections if s.id == section)


class Region(Model):
    """A node of the tree 全国 → 省 → 市 → 县 (地区)."""

    name: str = Field(description="正式全称", min_length=1)
    level: Literal["国家", "省", "市", "县"] = Field(description="层级")
    parent: str = Field("", description="上级地区全称")
    code: str = Field("", description="六位区划代码")
    aliases: list[str] = Field([], description="简称、旧名、俗称")
    towns: list[str] = Field([], description="下辖乡镇街道全称")


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Variant(Model):
    """A first sentence for a certain condition (条件)."""

    when: dict[str, Annotated[list[str], BeforeValidator(_several)]] = Field(
        description="条件，例如 area: 农村；几个值都行就写成列表；数字写范围，例如 age: 80-89、80-、-59")
    say: str = Field(description="符合条件时的第一句", min_length=1)
    detail: str = Field("", description="符合条件时的详细说明；不填就用答复的 detail")


class Answer(Model):
    """The text for one intent in one region (答复), a template over facts.

    ``{shaoyang.dibao.urban}`` gives the figure as it is spoken (每人每月570元), ``{…:value}`` the bare figure,
    ``{…:text}`` the fact's sentence; a rule without figure gives its sentence. No digit may be typed.
    """

    region: str = Field(description="适用地区全称，例如 邵阳市；国家规定填 全国")
    say: str = Field(description="第一句：直接回答，能在电话里念出来，不超过 60 字", min_length=1)
    detail: str = Field("", description="详细说明，可分行")
    facts: list[str] = Field([], description="除文中 {…} 之外还依据的事实编号")
    variants: list[Variant] = Field([], description="按条件（城市/农村等）换用的第一句")
    ask: list[str] = Field([], description="不先知道就没法答的条件：程序会先问，给出按钮；能一起说清的不要写")
    handoff: Flag = Field(False, description="true 表示知识库没有完整答案，同时转人工")


class TestCase(Model):
    """A real question that must lead to the intent it stands under."""

    ask: str = Field(description="问题", min_length=1)
    region: str = Field("", description="提问人的地区")
    kind: Literal["", "answer", "handoff", "clarify", "smalltalk", "emergency"] = Field("", description="应有的结果")


def _tests(value: object) -> object:
    if isinstance(value, list):
        return [{"ask": item} if isinstance(item, str) else item for item in value]
    return value


class Intent(Model):
    """One need, asked in many phrasings (问题)."""

    id: str = Field(description="编号，例如 dibao.standard")
    title: str = Field(description="名称，用作按钮文字，例如 低保标准", min_length=1)
    phrasings: list[str] = Field([], description="问法：人们怎么问（至少十二条）")
    tests: Annotated[list[TestCase], BeforeValidator(_tests)] = Field([], description="检验问题：不得与问法相同")
    related: list[str] = Field([], description="相关问题的编号（最多三个显示）")
    slots: list[str] = Field([], description="答复还取决于哪些条件，例如 area")
    complaint: Flag = Field(False, description="true 表示多半是投诉、催办：答复后会问要不要转给工作人员")
    answers: list[Answer] = Field([], description="各地区的答复")

    @field_validator("id")
    @classmethod
    def _id(cls, value: str) -> str:
        if not KEY.fullmatch(value):
            raise ValueError("编号只用小写字母、数字、下划线和点，例如 dibao.standard")
        return value


class Topic(Model):
    """A matter such as 社会组织：登记与变更 (事项): one file; a large field is several files with the same prefix."""

    topic: str = Field(description="事项编号，与文件名相同，例如 marriage_divorce")
    title: str = Field(description="事项名称，例如 婚姻登记：离婚登记与冷静期", min_length=1)
    kind: TopicKind = Field("service", description="service 本部门业务、department 其他部门、smalltalk 寒暄、emergency 紧急、offtopic 无关")
    intents: list[Intent] = Field(description="本事项下的问题")


class Term(Model):
    """A term and the words that mean exactly it."""

    name: str = Field(description="规范说法", min_length=1)
    words: list[str] = Field([], description="同义的说法、旧称、简称")
    slips: list[str] = Field([], description="常见错别字、同音字")


class Lexicon(Model):
    """Words and their meaning (词汇)."""

    terms: list[Term] = Field(description="规范词与同义词")
    dialect: dict[str, str] = Field({}, description="方言 → 普通话")
    abbreviations: dict[str, str] = Field({}, description="坐席查询用的缩写 → 规范说法，只在很短的句子里换")
    fillers: list[str] = Field([], description="口头语、客套话，匹配前去掉")
    generic: list[str] = Field([], description="通用问法，不单独说明需要，匹配时降低权重")
    asking: dict[str, list[str]] = Field({}, description="问的是哪一类（金额、数量、办法 …）→ 说明它的词")
    english: dict[str, str] = Field({}, description="拼音或英文 → 中文")


class SlotValue(Model):
    """One value of a condition and the words that tell it."""

    name: str = Field(description="取值，例如 农村", min_length=1)
    words: list[str] = Field(description="说明这个取值的词")


class Slot(Model):
    """A condition an answer depends on besides the region (条件): one of some values, or a number with a unit."""

    id: str = Field(description="编号，例如 area")
    title: str = Field(description="名称，例如 城市还是农村")
    values: list[SlotValue] = Field([], description="可能的取值；是数字的条件不填")
    unit: str = Field("", description="数字的单位，例如 岁；不是数字的条件不填")
    units: list[str] = Field([], description="单位的别的说法")

    @model_validator(mode="after")
    def _kind(self) -> Slot:
        if bool(self.values) == bool(self.unit):
            raise ValueError("条件要么列出 values（可能的取值），要么写 unit（数字的单位），二者写一个")
        return self


class Emergency(Model):
    """A kind of danger, recognised by signs that occur together."""

    id: str = Field(description="编号")
    title: str = Field(description="名称")
    say: str = Field(description="马上给出的话；电话写成 {事实编号}")
    facts: list[str] = Field([], description="电话号码所据的事实")
    signs: list[list[list[str]]] = Field(description="征象：每一条由几组词组成，每组至少出现一个词，才算符合")
    unless: list[str] = Field([], description="出现这些词就不算紧急（政策咨询）")




class Phrases(Model):
    """Fixed phrases the program says (固定用语): name → text with {…} places."""

    phrases: dict[str, str] = Field(description="用语名称 → 文字")
    slots: list[Slot] = Field([], description="条件")
    statuses: dict[str, str] = Field({}, description="结果类别 → 中文名称")
