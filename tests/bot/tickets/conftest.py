"""A desk with people at it: a fixed clock, staff, residents and what the signals say."""

import datetime
from types import SimpleNamespace

import pytest

from bot.state.models import Chat, Exchange, Staff
from bot.tickets import desk
from bot.tickets.signals import changed, due
from bot.tickets.working_time import BEIJING, WorkingTime

NOW = datetime.datetime(2026, 11, 23, 9, 0, tzinfo=BEIJING)
"""A Monday morning, at work."""
HOURS = WorkingTime(("08:30-12:00", "14:30-17:30"))


class Office:
    """Shortcuts over the desk; times are minutes after `NOW`."""

    hours = HOURS
    terms = {"working_time": HOURS, "hours": 8}

    def __init__(self, settings):
        self.settings, self.heard, self.told = settings, [], []

    def at(self, minutes=0.0):
        return NOW + datetime.timedelta(minutes=minutes)

    def chat(self, address="7", **more):
        return Chat.objects.get_or_create(bot=1, address=address, defaults=more)[0]

    def clerk(self, telegram=100, name="王芳", **more):
        return Staff.objects.create(telegram=telegram, name=name, **more)

    def exchange(self, question, reply="答", minutes=0.0, chat=None, outcome="answer"):
        return Exchange.objects.create(chat=chat or self.chat(), question=question, reply=reply, outcome=outcome, at=self.at(minutes))

    def open(self, minutes=0.0, question="怎么办？", urgent=False, chat=None, candidates=()):
        return desk.open_ticket(
            chat or self.chat(), question, region="海口市", topic="低保", candidates=list(candidates), urgent=urgent,
            now=self.at(minutes), **self.terms)

    def hear(self, **said):
        self.heard.append(SimpleNamespace(**said))

    def be_told(self, ticket, kind, **_):
        self.told.append((str(kind), ticket.pk))

    @property
    def actions(self):
        return [str(h.action) for h in self.heard]


@pytest.fixture
def office(state):
    """The office over each database."""
    office = Office(state)
    changed.connect(office.hear)
    due.connect(office.be_told)
    yield office
    changed.disconnect(office.hear)
    due.disconnect(office.be_told)
