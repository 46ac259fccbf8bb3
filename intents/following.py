"""What a short message means after another: the readings worth trying, each with how likely such a reading is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from intents.wording import Wording

__all__ = ["ASKS", "Reading", "readings"]

ASKS = re.compile(r"多少|几|好多|怎么|咋|哪|什么|啥|么子|能不能|可以|有没有|要不要|谁|多久|带|办|申请|批|交|材料|吗|么|不\s*$|没\s*$")
ALONE, BARE_ALONE, JOINED, SWAPPED, CARRIED = 1.0, 0.45, 0.9, 1.0, 0.95


@dataclass(frozen=True)
class Reading:
    """A text to match in place of the message, and what its confidence counts."""

    text: str
    weight: float


def readings(past: str, text: str, wording: Wording, *, bare: bool) -> list[Reading]:
    """Readings of ``text`` after the need ``past``, the message alone first.

    ``bare`` says that the message leaves out what is asked (那特困呢): then the question asked before is asked of the new
    subject. A message that names no subject of its own (去哪里办) takes over the subject talked about.
    """
    old, new = wording.canonical(past), wording.canonical(text)
    subjects = wording.names_in(old), wording.names_in(new)
    asks = bool(ASKS.search(text))
    out = [Reading(text, BARE_ALONE if bare and not asks else ALONE), Reading(f"{past} {text}", JOINED)]
    if subjects[1] and subjects[0] and set(subjects[1]) != set(subjects[0]) and not asks:
        frame = old
        for subject in subjects[0]:
            frame = frame.replace(subject, "")
        out.append(Reading(f"{new}{frame}", SWAPPED))
    if subjects[0] and not subjects[1] and asks:
        out.append(Reading(f"{''.join(subjects[0])}{new}", CARRIED))
    return out
