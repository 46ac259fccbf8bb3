"""Prometheus gets what was counted in the process and what waits in the database."""

import datetime

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from bot import metrics
from bot.health import Backlog, Health, measure
from bot.state import inbox
from bot.state.models import Incoming

EMPTY = Backlog(0, 0.0, {"pending": 0, "sending": 0}, {"open": 0, "reopened": 0}, 0)


@pytest.fixture
def health():
    return Health()


def scrape(health, backlog=EMPTY):
    families = text_string_to_metric_families(metrics.exposition(health.facts, backlog).decode())
    return {(s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples}


def counted(health, act, *key):
    before = scrape(health).get(key, 0)
    act()
    return scrape(health)[key] - before


def test_replies_are_counted_by_outcome(health):
    assert counted(health, lambda: metrics.replied("answer"), "minzheng_replies_total", ("outcome", "answer")) == 1


def test_updates_are_counted_by_state(health):
    assert counted(health, lambda: metrics.handled("done"), "minzheng_updates_total", ("state", "done")) == 1


def test_deliveries_are_counted_by_state_and_purpose(health):
    key = ("minzheng_deliveries_total", ("purpose", "reply"), ("state", "sent"))
    assert counted(health, lambda: metrics.delivered("sent", "reply"), *key) == 1


@pytest.mark.parametrize("seconds, bucket", [(0.07, "0.1"), (0.2, "0.25"), (45, "60.0"), (-1, "0.1")])
def test_reply_times_fall_into_buckets(health, seconds, bucket):
    assert counted(health, lambda: metrics.took(seconds), "minzheng_reply_seconds_bucket", ("le", bucket)) == 1


def test_what_waits_is_read_from_the_database(state, health):
    now = timezone.now()
    inbox.take([Incoming(bot=1, update=1, kind="message", due_at=now, received_at=now - datetime.timedelta(seconds=30))])
    seen = scrape(health, measure(now))
    assert seen["minzheng_waiting_updates",] == 1
    assert seen["minzheng_oldest_waiting_seconds",] == 30
    assert seen["minzheng_unsent_messages", ("state", "pending")] == 0
    assert seen["minzheng_open_tickets", ("state", "claimed")] == 0
    assert seen["minzheng_unclaimed_tickets",] == 0


def test_channel_and_knowledge_are_told(health):
    assert scrape(health)["minzheng_channel_reachable",] == 0
    health.reached()
    health.knows("abc")
    seen = scrape(health)
    assert seen["minzheng_channel_reachable",] == 1
    assert seen["minzheng_knowledge_info", ("version", "abc")] == 1


def test_counters_are_there_also_without_the_database(health):
    metrics.replied("answer")
    seen = scrape(health, None)
    assert seen["minzheng_database_up",] == 0
    assert seen["minzheng_replies_total", ("outcome", "answer")] >= 1
    assert ("minzheng_waiting_updates",) not in seen
