"""What cannot be done, and the sentence that says why."""

from __future__ import annotations

from bot.texts import say

__all__ = ["Refused"]


class Refused(Exception):
    """An action that the rules do not allow; nothing has been changed.

    Args:
        key: key of the sentence in texts.yaml.
        places: what fills its places.
    """

    def __init__(self, key: str, **places: object) -> None:
        super().__init__(key)
        self.key, self.places = key, places

    @property
    def text(self) -> str:
        """The reason as a sentence, plain text."""
        return say(self.key, **self.places)
