"""Rewriting a question into the words the knowledge uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from knowledge.model import Lexicon

__all__ = ["Wording"]

PUNCTUATION = re.compile(r"[^\w\u4e00-\u9fff]+|_")
LOOKUP = 8
"""Characters of a look-up in which abbreviations are rewritten; in longer texts they are parts of other words."""
SHORT = 12
AMOUNT = "金额"
"""Name of the kind of question that asks for an amount, in the lexicon."""
DIGITS = re.compile(r"\d+(?:[.,]\d+)*%?")


def alternatives(words: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern that finds the longest of the words at each place, or None when there are none."""
    ordered = sorted({w for w in words if w}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered))) if ordered else None


class Wording:
    """The lexicon made ready: dialect and slips to standard words, fillers out, generic endings known."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._english = {k.lower(): v for k, v in lexicon.english.items()}
        self._dialect = dict(lexicon.dialect)
        self._terms: dict[str, str] = {}
        for term in lexicon.terms:
            self._terms[term.name] = term.name
            for word in (*term.words, *term.slips):
                self._terms[word] = term.name
        self.names = [term.name for term in lexicon.terms]
        self._abbreviations = dict(lexicon.abbreviations)
        self._abbreviation_pattern = alternatives([*self._abbreviations, *self._dialect, *self._terms])
        self._english_pattern = re.compile(
            r"(?<![a-z])(?:" + "|".join(map(re.escape, sorted(self._english, key=len, reverse=True))) + r")(?![a-z])"
        ) if self._english else None
        self._dialect_pattern = alternatives([*self._dialect, *self._terms])
        self._terms_pattern = alternatives(self._terms)
        self._names_pattern = alternatives(self.names)
        self._fillers = alternatives(lexicon.fillers)
        self._amount = alternatives([*lexicon.asking.get(AMOUNT, []), "是多少", "有多少", "多少"])
        self._asking = [alternatives(words) for words in lexicon.asking.values()]
        self._generic = alternatives(lexicon.generic)

    def plain(self, text: str) -> str:
        """Text without fillers, punctuation and digits: what near-exact matching compares."""
        text = text.lower()
        if self._fillers:
            text = self._fillers.sub(" ", text)
        return PUNCTUATION.sub("", DIGITS.sub("", text))

    def canonical(self, text: str) -> str:
        """Text in the words of the knowledge: dialect and synonyms rewritten, fillers and digits out."""
        text = text.lower()
        if len(text) <= LOOKUP:
            text = _rewrite(self._abbreviation_pattern, self._abbreviations, text)
        text = _rewrite(self._english_pattern, self._english, text)
        text = _rewrite(self._dialect_pattern, self._dialect, text)
        if self._fillers:
            text = self._fillers.sub(" ", text)
        text = PUNCTUATION.sub(" ", DIGITS.sub("", text))
        text = _rewrite(self._terms_pattern, self._terms, text)
        return "".join(text.split())

    def generic(self, text: str) -> list[bool]:
        """For each character of a canonical text whether it belongs to a generic ending."""
        marks = [False] * len(text)
        if self._generic:
            for found in self._generic.finditer(text):
                marks[found.start():found.end()] = [True] * (found.end() - found.start())
        return marks

    def asking(self, text: str) -> list[bool]:
        """For each kind of question of the lexicon (金额, 数量 ...) whether the text asks it."""
        return [bool(pattern and pattern.search(text)) for pattern in self._asking]

    def names_in(self, canonical: str) -> list[str]:
        """The terms that stand in a canonical text, each once, in order."""
        return list(dict.fromkeys(self._names_pattern.findall(canonical))) if self._names_pattern else []

    def subject(self, canonical: str) -> str:
        """A short question for an amount without the words that ask for it: the name of a benefit alone means its amount."""
        return self._amount.sub("", canonical) if self._amount and len(canonical) <= SHORT else canonical

    def says_something(self, canonical: str) -> bool:
        """Whether anything but generic words is left."""
        return any(not mark for mark in self.generic(canonical))


def _rewrite(pattern: re.Pattern[str] | None, table: Mapping[str, str], text: str) -> str:
    if pattern is None:
        return text
    return pattern.sub(lambda m: table.get(m[0], m[0]), text)
