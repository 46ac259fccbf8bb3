"""Buttons that residents tap. The numbers in them may be forged: an exchange or ticket must be the tapper's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.state.models import Chat, Exchange, Ticket
from bot.telegram import attachments, commands, menus, residents
from bot.telegram.asking import Asked, ask, last_asked
from bot.telegram.buttons import Button, Tap, button
from bot.telegram.handing import hand_over
from bot.telegram.pages import page
from bot.telegram.turn import Act, Turn
from bot.texts import say
from bot.tickets import desk
from bot.tickets.refusal import Refused

__all__ = ["TAPS"]

REASONS = ("beside", "unclear", "outdated")
OF_EXCHANGES = ("home", "opt", "rel", "up", "down", "why", "staff")
"""Taps whose first number is that of an exchange."""
RATINGS = tuple(desk.Rating)


def city(turn: Turn, tap: Tap) -> Act:
    """Show the counties of a city."""
    world = turn.workplace.road.world
    region = menus.region_of(world, tap.first)
    if region is None:
        return _stale(turn, tap)

    def act() -> None:
        turn.answer()
        turn.edit(page(say("choose_county", city=region.name)), menus.counties(world, region))

    return act


def cities(turn: Turn, tap: Tap) -> Act:
    """Back to the cities."""

    def act() -> None:
        turn.answer()
        turn.edit(page(say("choose_city")), menus.cities(turn))

    return act


def region(turn: Turn, tap: Tap) -> Act:
    """Set the home; the question that waited for it is answered now."""
    chosen = menus.region_of(turn.workplace.road.world, tap.first)
    if chosen is None:
        return _stale(turn, tap)
    return _settle(turn, turn.chat(), chosen.name, edit=True)


def home(turn: Turn, tap: Tap) -> Act:
    """Make the region of an answer the home."""
    chat = turn.chat()
    exchange = _own(turn, chat, tap.first)
    if exchange is None or exchange.region not in turn.workplace.road.world.knowledge.regions:
        return _stale(turn, tap)
    return _settle(turn, chat, exchange.region, edit=False)


def _settle(turn: Turn, chat: Chat, name: str, *, edit: bool) -> Act:
    conversation = chat.recalled()
    waited = conversation.awaiting == "region" and bool(conversation.pending)
    chat.region = name
    asked = ask(turn, chat, name, conversation) if waited else None

    def act() -> None:
        turn.answer(say("region_set_short", region=name))
        chat.save()
        if edit:
            turn.edit(page(say("region_is_set", region=name), say("region_change")))
        if asked:
            residents.answer(turn, asked)
        elif not edit:
            turn.send(page(say("region_is_set", region=name), say("region_change")), purpose="menu")

    return act


def option(turn: Turn, tap: Tap) -> Act:
    """A choice that was offered; only the last question's choices still count."""
    chat = turn.chat()
    exchange = _own(turn, chat, tap.first)
    conversation = chat.recalled()
    if exchange is None or tap.second >= len(exchange.options):
        return _stale(turn, tap)
    if conversation.options != exchange.options or last_asked(chat) != exchange:
        return _stale(turn, tap)
    asked = ask(turn, chat, str(tap.second + 1), conversation)
    return _answered(turn, replace(asked, text=_spoken(turn, exchange, exchange.options[tap.second])))


def _spoken(turn: Turn, exchange: Exchange, choice: str) -> str:
    """What the resident would have said: a place or a condition goes with its question."""
    world = turn.workplace.road.world
    whole = choice in world.knowledge.intents or choice in world.knowledge.facts
    return world.title(choice) if whole else f"{exchange.question} {world.title(choice)}"


def related(turn: Turn, tap: Tap) -> Act:
    """A question that goes with an answer."""
    chat = turn.chat()
    exchange = _own(turn, chat, tap.first)
    if exchange is None or tap.second >= len(exchange.related):
        return _stale(turn, tap)
    return _ask_intent(turn, tap, chat, exchange.related[tap.second], exchange.region)


def ask_listed(turn: Turn, tap: Tap) -> Act:
    """A question of a topic's list."""
    intent = next((i for i in turn.workplace.road.world.knowledge.intents if menus.number_of(i) == tap.first), "")
    return _ask_intent(turn, tap, turn.chat(), intent, "") if intent else _stale(turn, tap)


def _ask_intent(turn: Turn, tap: Tap, chat: Chat, intent: str, place: str) -> Act:
    """Ask for an intent as if it had been offered; ``place``: where the answer that it goes with was for."""
    world = turn.workplace.road.world
    if intent not in world.knowledge.intents and intent not in world.knowledge.facts:
        return _stale(turn, tap)
    conversation = chat.recalled()
    asked = ask(turn, chat, commands.chosen(conversation, intent, world.title(intent)), conversation, place)
    return _answered(turn, replace(asked, text=world.title(intent)))


def _answered(turn: Turn, asked: Asked) -> Act:
    def act() -> None:
        turn.answer()
        residents.answer(turn, asked)

    return act


def useful(turn: Turn, tap: Tap) -> Act:
    """👍."""
    exchange = _own(turn, turn.chat(), tap.first)
    if exchange is None:
        return _stale(turn, tap)

    def act() -> None:
        Exchange.objects.filter(pk=exchange.pk).update(verdict="up", reason="")
        turn.answer(say("thanks_up"))

    return act


def useless(turn: Turn, tap: Tap) -> Act:
    """👎: ask why, and offer a person."""
    exchange = _own(turn, turn.chat(), tap.first)
    if exchange is None:
        return _stale(turn, tap)
    why = [[button(say(f"reason_{reason}"), "why", exchange.pk, n) for n, reason in enumerate(REASONS)]]

    def act() -> None:
        Exchange.objects.filter(pk=exchange.pk).update(verdict="down")
        turn.answer(say("ask_why"))
        turn.rebutton([*why, _staff_row(exchange)])

    return act


def why(turn: Turn, tap: Tap) -> Act:
    """The reason."""
    exchange = _own(turn, turn.chat(), tap.first)
    if exchange is None or tap.second >= len(REASONS):
        return _stale(turn, tap)

    def act() -> None:
        Exchange.objects.filter(pk=exchange.pk).update(verdict="down", reason=REASONS[tap.second])
        turn.answer(say("thanks_down"), alert=True)
        turn.rebutton([_staff_row(exchange)])

    return act


def _staff_row(exchange: Exchange) -> list[Button]:
    return [button(say("button_staff"), "staff", exchange.pk)]


def staff(turn: Turn, tap: Tap) -> Act:
    """Pass the question of an answer to people."""
    chat = turn.chat()
    exchange = _own(turn, chat, tap.first)
    return _with_answer(turn, hand_over(turn, chat, exchange)) if exchange else _stale(turn, tap)


def hand(turn: Turn, tap: Tap) -> Act:
    """Pass a message that is no text to people."""
    origin = attachments.handed(turn, tap.first, tap.second)
    return _with_answer(turn, hand_over(turn, turn.chat(), origin=origin)) if origin else _stale(turn, tap)


def _with_answer(turn: Turn, then: Act) -> Act:
    def act() -> None:
        turn.answer()
        then()

    return act


def topic(turn: Turn, tap: Tap) -> Act:
    """The questions of a topic."""
    return commands.topic(turn, tap.first)


def topics(turn: Turn, tap: Tap) -> Act:
    """All topics."""
    return _with_answer(turn, commands.topics(turn))


def rate(turn: Turn, tap: Tap) -> Act:
    """Whether the resident was content; the ticket must be the tapper's own."""
    chat = turn.chat()

    def act() -> None:
        if not chat.pk or tap.second >= len(RATINGS):
            turn.refuse(f"rate {tap.first}")
            turn.answer(say("stale"), alert=True)
            return
        try:
            desk.rate(tap.first, chat, RATINGS[tap.second], turn.now, **turn.terms)
        except Refused as refused:
            if not Ticket.objects.filter(pk=tap.first, chat=chat).exists():
                turn.refuse(f"rate {tap.first}")
            turn.answer(refused.text, alert=True)
            return
        turn.answer(say("thanks_rating"))
        turn.edit(page(say(f"rated_{RATINGS[tap.second]}", number=tap.first)))

    return act


def _own(turn: Turn, chat: Chat, number: int) -> Exchange | None:
    """The exchange with this number when it is of this chat."""
    return Exchange.objects.filter(pk=number, chat=chat).select_related("chat").first() if chat.pk else None


def _stale(turn: Turn, tap: Tap) -> Act:
    """The button is of an earlier question, or of somebody else's."""

    def act() -> None:
        if tap.action in OF_EXCHANGES and Exchange.objects.filter(pk=tap.first).exclude(chat__address=turn.arrival.lane).exists():
            turn.refuse(f"tap {turn.arrival.data}")
        turn.answer(say("stale"), alert=True)

    return act


TAPS: dict[str, Callable[[Turn, Tap], Act]] = {
    "city": city, "cities": cities, "reg": region, "home": home, "opt": option, "rel": related, "ask": ask_listed, "up": useful, "down": useless,
    "why": why, "staff": staff, "hand": hand, "topic": topic, "topics": topics, "rate": rate,
}
