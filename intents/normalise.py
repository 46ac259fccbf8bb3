"""Cleaning a message and masking personal numbers."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

import opencc

__all__ = ["LIMIT", "clean", "mask", "unlabelled"]

LIMIT = 600
"""Characters of a message that are read."""

TAG = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
REPEATED = re.compile(r"([^\d])\1{3,}")
SPACES = re.compile(r"\s+")
SEPARATED = r"[ \-—·.]?"
IDENTITY = re.compile(r"(?<!\d)[1-9]\d{5}[ \-]?(?:18|19|20)\d{2}[ \-]?\d{4}[ \-]?\d{3}[\dXx](?!\d)")
BANK = re.compile(r"(?<!\d)(?:\d{4}[ \-]?){3,4}\d{1,4}(?!\d)")
MOBILE = re.compile(rf"(?<!\d)(?:\+?86[ \-]?)?1[3-9]\d{SEPARATED}\d{{4}}{SEPARATED}\d{{4}}(?!\d)")
LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[ \-]\d{7,8}(?!\d)")
MASKS = ((IDENTITY, "〔身份证号〕"), (MOBILE, "〔电话号码〕"), (LANDLINE, "〔电话号码〕"), (BANK, "〔银行卡号〕"))


LABELS = re.compile("|".join(re.escape(label) for label in dict.fromkeys(label for _, label in MASKS)))


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def clean(text: str, limit: int = LIMIT) -> tuple[str, bool]:
    """Readable simplified text of at most ``limit`` characters, and whether something was cut off.

    Unicode NFKC; markup, invisible, control and surrogate characters go out; traditional becomes simplified.
    """
    head = text[: limit * 8]
    head = "".join(c for c in head if not 0xD800 <= ord(c) <= 0xDFFF)
    head = TAG.sub(" ", html.unescape(html.unescape(head)))
    head = unicodedata.normalize("NFKC", INVISIBLE.sub("", head))
    head = "".join(c if c.isprintable() or c in "\n\t" else " " for c in INVISIBLE.sub("", head))
    head = REPEATED.sub(r"\1\1\1", head)
    lines = [SPACES.sub(" ", line).strip() for line in head.split("\n")]
    head = _converter().convert("\n".join(line for line in lines if line))
    return head[:limit], len(text) > limit * 8 or len(head) > limit


def unlabelled(text: str) -> str:
    """The text without what stands for masked numbers: it is no part of what is asked."""
    return LABELS.sub(" ", text)


def mask(text: str) -> tuple[str, bool]:
    """Replace identity-card, telephone and bank-card numbers; say whether any was found."""
    found = False
    for pattern, label in MASKS:
        text, count = pattern.subn(label, text)
        found = found or count > 0
    return text, found
