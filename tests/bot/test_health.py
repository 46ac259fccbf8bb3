"""The service tells how it is, in words, without secrets."""

import datetime

import pytest
from django.db import connection
from django.utils import timezone

from bot.health import Health, measure
from bot.state import inbox, outbox
from bot.state.models import Incoming, Ticket
from bot.state.opening import open_state

START = datetime.datetime(2026, 11, 22, 1, 0, tzinfo=datetime.UTC)
BOT = 42


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now

    def pass_by(self, seconds):
        self.now += datetime.timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def health(clock):
    health = Health(clock)
    health.reached()
    return health


def update(number, at, state="waiting"):
    return Incoming(bot=BOT, update=number, lane="1", kind="message", due_at=at, received_at=at, state=state)


def ticket(state):
    return Ticket.objects.create(question="问", state=state, opened_at=START, due_at=START)


def test_what_waits_is_counted(state):
    first = START - datetime.timedelta(seconds=90)
    inbox.take([update(1, first), update(2, START), update(3, first - datetime.timedelta(days=1), "done")])
    outbox.put(BOT, "a", 1, "send_message", {}, purpose="reply", now=START)
    for each in ("open", "open", "reopened", "answered", "closed"):
        ticket(each)
    backlog = measure(START)
    assert (backlog.waiting, backlog.oldest) == (2, 90)
    assert backlog.unsent == {"pending": 1, "sending": 0}
    assert backlog.tickets == {"open": 2, "claimed": 0, "answered": 1, "transferred": 0, "reopened": 1}
    assert backlog.unclaimed == 3


def test_all_is_well(state, health, clock):
    health.identified("民政问答", "https://t.me/minzheng_bot")
    health.knows("abc")
    clock.pass_by(3)
    health.polled()
    report = health.report()
    assert report["status"] == "ok"
    assert report["problems"] == []
    assert report["channel"] == {
        "name": "民政问答", "link": "https://t.me/minzheng_bot", "reachable": True, "since": "2026-11-22 09:00:00",
        "last_poll": "2026-11-22 09:00:03", "last_error": "",
    }
    assert report["database"] == {"answers": True, "waiting_updates": 0, "unsent_messages": 0, "open_tickets": 0, "unclaimed_tickets": 0}


def test_it_is_degraded_until_the_channel_has_been_reached(sqlite_state, clock):
    health = Health(clock)
    assert health.report()["status"] == "degraded"
    assert health.report()["problems"] == ["还没有连上 Telegram"]
    health.reached()
    assert health.report()["status"] == "ok"


def test_it_says_since_when_the_channel_is_lost_and_hides_the_token(sqlite_state, health, clock):
    token = "123456789:" + "x" * 35
    clock.pass_by(60)
    health.lost(f"The token `{token}` was rejected")
    clock.pass_by(60)
    health.lost("timed out")
    health.lost(f"GET /bot{token}/getMe")
    report = health.report()
    assert report["status"] == "degraded"
    assert "2026-11-22 09:01:00" in report["problems"][0]
    assert "x" * 35 not in str(report)
    health.reached()
    assert health.report()["channel"]["last_error"] == ""


def test_a_refused_reload_is_told_until_the_next_one_succeeds(sqlite_state, health):
    health.knows("1")
    health.reload_failed("answers/dibao.yaml 第 3 行：数字没有依据")
    report = health.report()
    assert report["status"] == "degraded"
    assert "第 3 行" in report["problems"][0]
    assert report["knowledge"]["version"] == "1"
    health.knows("2")
    assert health.report()["status"] == "ok"


def test_stopping_is_told(sqlite_state, health):
    health.stop()
    assert health.report()["status"] == "stopping"


def test_it_fails_when_the_database_does_not_answer(sqlite_state, health):
    with connection.schema_editor() as editor:
        editor.execute("DROP TABLE state_incoming")
    report = health.report()
    assert report["status"] == "failing"
    assert report["database"] == {"answers": False}
    assert "数据库没有应答" in report["problems"][0]


def test_it_fails_when_no_server_is_there(settings, sqlite_state, health):
    assert health.report()["status"] == "ok"
    open_state(settings.model_copy(update={"database": "postgresql://nobody:hidden-password@127.0.0.1:1/none"}))
    report = health.report()
    assert report["status"] == "failing"
    assert "hidden-password" not in str(report)


def test_times_default_to_now():
    assert Health().facts.since <= timezone.now()
