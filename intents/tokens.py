"""Cutting text into words with jieba, kept behind one function."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jieba

__all__ = ["Tokenizer", "write_dictionary"]

COMMON = 60
"""Words of jieba's dictionary seen fewer times than this are left out: loading takes a fraction of the time."""


def write_dictionary(folder: Path, names: Iterable[str]) -> Path:
    """Write a compact dictionary: jieba's common words and our own names, each kept whole.

    Returns:
        the file, in ``folder``.
    """
    import jieba

    own = {name for name in names if len(name) > 1}
    lines = []
    with jieba.get_dict_file() as source:
        for raw in source:
            word, frequency, *tag = raw.decode("utf-8").split()
            if int(frequency) >= COMMON and word not in own:
                lines.append(" ".join((word, frequency, *tag)))
    lines += [f"{name} 2000000 nz" for name in sorted(own)]
    path = folder / "words.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class Tokenizer:
    """Words of a text; the dictionary is loaded once, at the first use or by :meth:`load`."""

    def __init__(self, dictionary: Path) -> None:
        self.dictionary = dictionary
        self._jieba: jieba.Tokenizer | None = None

    def load(self) -> None:
        """Load the dictionary now."""
        import jieba

        jieba.setLogLevel(logging.WARNING)
        tokenizer = jieba.Tokenizer(str(self.dictionary))
        tokenizer.tmp_dir = str(self.dictionary.parent)
        tokenizer.initialize()
        self._jieba = tokenizer

    def tokenize(self, text: str) -> list[str]:
        """The words of ``text`` in order."""
        if self._jieba is None:
            self.load()
        assert self._jieba is not None
        return [word for word in self._jieba.cut(text, HMM=False) if word.strip()]
