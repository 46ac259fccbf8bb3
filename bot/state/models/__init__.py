"""The tables."""

from bot.state.models.audit import Event
from bot.state.models.incoming import Incoming
from bot.state.models.outgoing import Outgoing
from bot.state.models.residents import Chat, Exchange
from bot.state.models.staff import Staff
from bot.state.models.tickets import Entry, Suggestion, Ticket
from bot.state.models.workers import Duty, Pace, Worker

__all__ = ["Chat", "Duty", "Entry", "Event", "Exchange", "Incoming", "Outgoing", "Pace", "Staff", "Suggestion", "Ticket", "Worker"]
