"""What the program says of its own accord (texts.yaml), and the lists it offers (menus.yaml)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from knowledge.reading import read_document

__all__ = ["MENUS", "TEXTS", "menu", "say", "texts"]

TEXTS = Path(__file__).with_name("texts.yaml")
MENUS = Path(__file__).with_name("menus.yaml")


@cache
def texts() -> dict[str, str]:
    """All texts by key."""
    data = read_document(TEXTS, TEXTS.name).data
    return {str(key): str(text) for key, text in data.items()} if isinstance(data, dict) else {}


def say(key: str, /, **places: object) -> str:
    """A text with its places filled; plain text, to be escaped by the channel.

    Raises:
        KeyError: no such text, or a place that is not filled.
    """
    return texts()[key].format(**places)


@cache
def menu(name: str) -> dict[str, list[str]]:
    """A list to choose from: titles, each with the ids that stand behind it.

    Raises:
        KeyError: no such list.
    """
    data = read_document(MENUS, MENUS.name).data
    return {str(title): [str(i) for i in ids] for title, ids in data[name].items()}
