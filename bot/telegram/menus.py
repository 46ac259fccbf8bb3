"""Lists to choose from: regions, topics; and the lines that tell what happens with a ticket."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import datetime

from bot.state.models import Ticket
from bot.telegram.buttons import Button, button
from bot.telegram.turn import Turn
from bot.texts import menu, say
from bot.tickets.working_time import WorkingTime
from intents.world import World
from knowledge.model import Region

__all__ = ["cities", "counties", "due_words", "main_topics", "number_of", "region_of", "ticket_lines", "topic_questions", "topics"]

COLUMNS = 3
MAIN = 4


def _rows(buttons: list[Button], columns: int) -> list[list[Button]]:
    return [buttons[i : i + columns] for i in range(0, len(buttons), columns)]


def cities(turn: Turn) -> list[list[Button]]:
    """The cities we know plans of, to start from; in the place of one of which we know a single county, that county."""
    world = turn.workplace.road.world
    found = []
    for city in (r for r in world.knowledge.regions.values() if r.level == "市"):
        below = _counties(world, city)
        found.append(button(below[0].name, "reg", number_of(below[0].name)) if len(below) == 1 else button(city.name, "city", number_of(city.name)))
    return _rows(found, 2)


def _counties(world: World, city: Region) -> list[Region]:
    return [r for r in world.knowledge.regions.values() if r.parent == city.name]


def counties(world: World, city: Region) -> list[list[Button]]:
    """The counties of a city, and the city as a whole."""
    rows = _rows([button(r.name, "reg", number_of(r.name)) for r in _counties(world, city)], COLUMNS)
    return [*rows, [button(say("button_whole_city", city=city.name), "reg", number_of(city.name)), button(say("button_other_city"), "cities")]]


def number_of(name: str) -> int:
    """A number for a name, the same after a restart and when the lists have changed."""
    return zlib.crc32(name.encode())


def region_of(world: World, number: int) -> Region | None:
    """The region with this number."""
    return next((r for r in world.knowledge.regions.values() if number_of(r.name) == number), None)


def topics() -> list[list[Button]]:
    """All topics."""
    return _rows([button(title, "topic", number_of(title)) for title in menu("topics")], 2)


def main_topics() -> list[list[Button]]:
    """The topics asked about most, and a way to all others."""
    first = [button(title, "topic", number_of(title)) for title in list(menu("topics"))[:MAIN]]
    return [*_rows(first, 2), [button(say("button_all_topics"), "topics")]]


def topic_questions(world: World, number: int) -> tuple[str, list[str]]:
    """Title and questions (ids of intents) of a topic; empty when there is no such topic."""
    for title, intents in menu("topics").items():
        if number_of(title) == number:
            return title, [i for i in intents if i in world.knowledge.intents]
    return "", []


def due_words(ticket: Ticket, working_time: WorkingTime, now: datetime) -> str:
    """Until when a ticket is to be answered."""
    return working_time.in_words(ticket.due_at, now)


def ticket_lines(turn: Turn, ticket: Ticket) -> Iterator[str]:
    """The number of a ticket, what happens next, and when; outside working hours too."""
    hours, now = turn.workplace.working_time, turn.now
    if ticket.priority == Ticket.Priority.URGENT:
        yield say("ticket_urgent", number=ticket.pk)
        return
    yield say("ticket_opened", number=ticket.pk, due=due_words(ticket, hours, now))
    if not hours.is_open(now):
        yield say("ticket_closed_now", opening=hours.in_words(hours.next_opening(now), now))
    yield say("ticket_more")
