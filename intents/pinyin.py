"""Syllables of characters, so that homophones match."""

from __future__ import annotations

__all__ = ["syllable_table", "syllables"]

FUZZY = (("zh", "z"), ("ch", "c"), ("sh", "s"))


def fuzzy(syllable: str) -> str:
    """Fold what southern speakers and voice input mix up: zh/z, ch/c, sh/s, n/l, f/h, -ng/-n."""
    for long, short in FUZZY:
        if syllable.startswith(long):
            syllable = short + syllable[len(long):]
    if syllable.startswith("n"):
        syllable = "l" + syllable[1:]
    if syllable.endswith("ng"):
        syllable = syllable[:-1]
    return syllable


def syllable_table() -> dict[str, str]:
    """Character → folded toneless syllable for the common characters (made with pypinyin at build time)."""
    from pypinyin import Style, pinyin

    common = [chr(c) for c in range(0x4E00, 0x9FA6)]
    common = [c for c in common if _is_common(c)]
    readings = pinyin(common, style=Style.NORMAL)
    return {c: fuzzy(r[0]) for c, r in zip(common, readings, strict=True)}


def _is_common(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def syllables(text: str, table: dict[str, str]) -> list[str]:
    """Syllable of every character that has one; Latin letters stand for themselves, word by word."""
    return [table[c] for c in text if c in table]
