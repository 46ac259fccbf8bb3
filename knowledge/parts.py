"""What is said to a resident, in the parts that a channel may set apart."""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["Parts"]


@dataclass(frozen=True)
class Parts:
    """Words in the order in which they are read: one or more lines a part, empty parts left out.

    ``headline`` answers; ``cautions`` warn of old or unsure figures; ``basis`` names documents and months;
    ``notes`` are what the program adds about the exchange itself.
    """

    headline: str
    detail: str = ""
    cautions: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All parts as one text."""
        return "\n".join(p for p in (self.headline, self.detail, *self.cautions, *self.basis, *self.notes) if p)

    def noted(self, *notes: str) -> Parts:
        """The same with further notes."""
        return replace(self, notes=(*self.notes, *notes))

    @classmethod
    def plain(cls, text: str) -> Parts:
        """Words that rest on no document: the first line is the headline."""
        headline, _, detail = text.partition("\n")
        return cls(headline, detail)
