"""Reading conditions (城市/农村, 残疾等级, 年龄 ...) from a text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.model import Slot

__all__ = ["read_slots", "without_slots"]

DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
NUMERAL = r"(?:\d{1,3}|[一二三四五六七八九]?十[一二三四五六七八九]?|一?百(?:零?[一二三四五六七八九])?|[一二两三四五六七八九])"
EXACT = r"(?<![\d零〇一二两三四五六七八九十百])(?<!未满)(?<!不到)(?<!不足)"
MORE = r"(?:多|几|来|出头)?"


def read_slots(text: str, slots: Sequence[Slot], *, bare: str = "") -> dict[str, str]:
    """Slot id → value named in ``text``; a slot of which two values are named is left out.

    ``bare`` is the slot just asked for: a number alone is its value.
    """
    out: dict[str, str] = {}
    for slot in slots:
        named = _numbers(text, slot, bare == slot.id) if slot.unit else _values(text, slot)
        if len(named) == 1:
            out[slot.id] = named.pop()
    return out


def without_slots(text: str, slots: Sequence[Slot]) -> str:
    """The text without the words that name conditions."""
    for slot in slots:
        if slot.unit:
            text = _pattern(slot).sub("", text)
        for word in sorted((w for value in slot.values for w in value.words), key=len, reverse=True):
            text = text.replace(word, "")
    return text


def _values(text: str, slot: Slot) -> set[str]:
    """Values named, the longest word at each place: 没进福利院 is not 福利院."""
    words = {word: value.name for value in slot.values for word in value.words}
    pattern = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
    return {words[found] for found in pattern.findall(text)}


def _pattern(slot: Slot) -> re.Pattern[str]:
    units = "|".join(map(re.escape, (slot.unit, *slot.units)))
    return re.compile(rf"{EXACT}({NUMERAL}){MORE}(?:周)?(?:{units})")


def _numbers(text: str, slot: Slot, bare: bool) -> set[str]:
    found = {str(_number(m[1])) for m in _pattern(slot).finditer(text)}
    if not found and bare and (alone := re.fullmatch(rf"\D{{0,3}}?({NUMERAL}){MORE}\D{{0,3}}", text)):
        found = {str(_number(alone[1]))}
    return found


def _number(numeral: str) -> int:
    if numeral.isdigit():
        return int(numeral)
    if "百" in numeral:
        return 100 + DIGIT.get(numeral[-1], 0)
    if "十" in numeral:
        tens, ones = numeral.split("十")
        return 10 * DIGIT.get(tens, 1) + DIGIT.get(ones, 0)
    return DIGIT[numeral]
