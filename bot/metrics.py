"""Numbers for Prometheus: what has happened in this process, and what waits in the database."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.health import Backlog, Facts

__all__ = ["REGISTRY", "delivered", "exposition", "handled", "replied", "took"]

REGISTRY = CollectorRegistry()
"""What this process has counted since it started."""
BUCKETS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60)
REPLIES = Counter("minzheng_replies", "Replies to residents by outcome", ["outcome"], registry=REGISTRY)
SECONDS = Histogram("minzheng_reply_seconds", "From update received to reply accepted by the channel", buckets=BUCKETS, registry=REGISTRY)
UPDATES = Counter("minzheng_updates", "Updates handled by resulting state", ["state"], registry=REGISTRY)
DELIVERIES = Counter("minzheng_deliveries", "Calls of the channel by final state and purpose", ["state", "purpose"], registry=REGISTRY)
ProcessCollector(registry=REGISTRY)


def replied(outcome: str) -> None:
    """A resident's question has got a reply with this outcome."""
    REPLIES.labels(outcome).inc()


def took(seconds: float) -> None:
    """A reply was accepted by the channel so long after its update was received."""
    SECONDS.observe(max(seconds, 0.0))


def handled(state: str) -> None:
    """An update has been handled; ``state`` as in ``Incoming.State``."""
    UPDATES.labels(state).inc()


def delivered(state: str, purpose: str) -> None:
    """The fate of a call is decided; ``state`` as in ``Outgoing.State``."""
    DELIVERIES.labels(state, purpose).inc()


def exposition(facts: Facts, backlog: Backlog | None) -> bytes:
    """Everything in Prometheus' text format; without ``backlog`` (the database does not answer) what waits is left out."""
    gauges = CollectorRegistry()
    gauges.register(_Gauges(facts, backlog))
    return generate_latest(REGISTRY) + generate_latest(gauges)


class _Gauges(Collector):
    """What is true at the moment of the scrape."""

    def __init__(self, facts: Facts, backlog: Backlog | None) -> None:
        self.facts, self.backlog = facts, backlog

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("minzheng_channel_reachable", "1 while the channel answers", float(self.facts.reachable))
        yield InfoMetricFamily("minzheng_knowledge", "Knowledge in service", {"version": self.facts.version})
        yield GaugeMetricFamily("minzheng_database_up", "1 when the database has just answered", float(self.backlog is not None))
        if self.backlog is None:
            return
        yield GaugeMetricFamily("minzheng_waiting_updates", "Updates that wait to be handled", self.backlog.waiting)
        yield GaugeMetricFamily("minzheng_oldest_waiting_seconds", "Age of the update that has waited longest", self.backlog.oldest)
        yield GaugeMetricFamily("minzheng_unclaimed_tickets", "Tickets that nobody has taken", self.backlog.unclaimed)
        unsent = GaugeMetricFamily("minzheng_unsent_messages", "Calls that are not made yet", labels=["state"])
        for state, count in self.backlog.unsent.items():
            unsent.add_metric([state], count)
        yield unsent
        tickets = GaugeMetricFamily("minzheng_open_tickets", "Tickets that are not closed", labels=["state"])
        for state, count in self.backlog.tickets.items():
            tickets.add_metric([state], count)
        yield tickets
