"""Groups of residents: others read along, so the bot speaks only when spoken to, and personal matters are for a private chat."""

from __future__ import annotations

from collections.abc import Sequence

from bot.state.models import Exchange, Ticket
from bot.telegram.asking import Asked
from bot.telegram.buttons import Button, button, link
from bot.telegram.pages import answer_page, page
from bot.telegram.turn import Turn
from bot.texts import say
from intents.question import Outcome, Reply

__all__ = ["answer", "command"]


def command(turn: Turn) -> None:
    """A command: they are for private chats."""
    turn.send(page(say("group_command", name=turn.account.username)), purpose="notice", buttons=[_private(turn)], reply_to=turn.arrival.message)


def answer(turn: Turn, asked: Asked, exchanges: Sequence[Exchange], ticket: Ticket | None) -> None:
    """Say what the road said; ``ticket`` is there in danger only."""
    for reply, exchange in zip(asked.replies, exchanges, strict=True):
        danger = reply.outcome is Outcome.EMERGENCY
        if reply.passed_on and not danger:
            text = page(say("group_private"), *turn.masked())
        else:
            text = answer_page(reply, (), [*_below(turn, reply, ticket), *turn.masked()])
        turn.send(
            text, purpose=str(reply.outcome), buttons=_buttons(turn, reply, exchange), reply_to=turn.arrival.message, urgent=danger)


def _below(turn: Turn, reply: Reply, ticket: Ticket | None) -> list[str]:
    if ticket and reply.outcome is Outcome.EMERGENCY:
        return [say("ticket_urgent", number=ticket.pk)]
    return [say("group_reply")] if reply.outcome is Outcome.CLARIFY else []


def _buttons(turn: Turn, reply: Reply, exchange: Exchange) -> list[list[Button]]:
    titles = turn.workplace.road.world.titles(reply.options) if reply.outcome is Outcome.CLARIFY else []
    return [*([button(title, "opt", exchange.pk, n)] for n, title in enumerate(titles)), _private(turn)]


def _private(turn: Turn) -> list[Button]:
    return [link(say("button_private"), turn.account.link)]
