"""The real process killed, stopped, doubled and cut off: nothing is lost and nothing is knowingly said twice."""

from __future__ import annotations

import itertools
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from databases import DATABASES, SERVER
from django.utils import timezone
from reliability import kills
from reliability.harness import HOST, Installation, Standin, Worker, free_port, settled, stage, until
from reliability.ledger import Findings, Ledger, Tables, read
from reliability.questions import distinct

from bot.state.models import Staff

GROUP, CLERK = -1001234, 501
ROUNDS = 3


POSTGRES = "postgresql" in DATABASES
ADDRESSES = ["sqlite", *([SERVER] if POSTGRES else [])]


@pytest.fixture(scope="session")
def questions() -> list[str]:
    return distinct(kills.REGION, 40, 1)


@pytest.fixture
def open_stage() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _say(standin: Standin, questions: list[str], residents: int, each: int = 1) -> dict[int, int]:
    """Let residents ask, all at once; gives update → chat."""
    acts = [{"user": 3000 + n, "text": questions[i]} for i, n in itertools.product(range(each), range(residents))]
    return dict(zip(standin.says(acts), [act["user"] for act in acts], strict=True))


def _judge(standin: Standin, installation: Installation, said: dict[int, int]) -> tuple[Findings, Tables]:
    standin.fetch()
    tables = read(installation)
    found = Ledger(tables, standin.messages).judge(said)
    assert (found.lost, found.duplicates, found.unmarked, found.false_claims, found.disorder) == ([], [], [], [], [])
    assert not found.unsettled and found.answered == len(said)
    return found, tables


def _settle(standin: Standin, worker: Worker) -> None:
    until(lambda: settled(standin, worker), 60, "all answered")


@pytest.mark.parametrize("database", ADDRESSES, ids=lambda address: address.partition(":")[0])
def test_killed_again_and_again_it_loses_nothing_and_repeats_nothing_knowingly(database, questions):
    outcome = kills.run(ROUNDS, database, seed=3, questions=questions)
    assert outcome.findings.said > 20 and outcome.staff_replies
    assert outcome.failures == []


@pytest.mark.skipif(not POSTGRES, reason="no PostgreSQL server answers")
def test_what_a_killed_worker_has_stored_another_answers(open_stage, questions):
    port = free_port()
    standin, installation = open_stage.enter_context(stage(SERVER, hook=f"http://{HOST}:{port}"))
    first, second = installation.worker(port), installation.worker()
    installation.command("migrate")
    second.start()
    first.start()
    second.ready()
    first.ready()
    until(lambda: standin.stats()["webhook"] == f"http://{HOST}:{port}/telegram/webhook", 20, "the webhook is registered")
    said = _say(standin, questions, 6, each=8)
    until(lambda: standin.stats()["pending_updates"] <= 20, 30, "most updates are stored", 0.001)
    first.end(signal.SIGKILL)
    at_death = read(installation)
    assert at_death.waiting or any(r.state in ("pending", "sending") for r in at_death.outgoing), "nothing was left to do"
    standin.set_webhook(f"http://{HOST}:{second.port}/telegram/webhook")
    _settle(standin, second)
    second.end()
    found, tables = _judge(standin, installation, said)
    assert sorted(r.update for r in tables.outgoing) == sorted(said), "an update was handled twice"
    assert found.messages == len(said) + found.repeats


def test_asked_to_end_while_busy_it_ends_in_time_and_loses_nothing(open_stage, questions):
    standin, installation = open_stage.enter_context(stage())
    worker = installation.worker()
    worker.start()
    worker.ready()
    said = _say(standin, questions, 30, each=2)
    until(lambda: len(standin.fetch() or standin.messages) >= 5, 30, "the first answers")
    began = time.monotonic()
    assert worker.end(signal.SIGTERM) == 0
    assert time.monotonic() - began < 10
    left = read(installation)
    assert not any(r.state == "sending" or r.uncertain for r in left.outgoing)
    assert len(left.incoming) < len(said) or left.waiting or any(r.state == "pending" for r in left.outgoing), "it was not busy"
    worker.start()
    _settle(standin, worker)
    assert worker.end() == 0
    found, _ = _judge(standin, installation, said)
    assert found.repeats == 0


def test_started_without_telegram_it_waits_and_comes_up_by_itself(open_stage, questions):
    standin, installation = open_stage.enter_context(stage())
    standin.control("behave", {"down": True})
    said = _say(standin, questions, 3)
    worker = installation.worker()
    worker.start()
    until(lambda: worker.health().get("channel", {}).get("last_error"), 30, "it has tried")
    report = worker.health()
    assert report["status"] == "degraded" and report["problems"]
    assert worker.running
    standin.control("behave", {"up": True})
    worker.ready()
    _settle(standin, worker)
    assert worker.end() == 0
    _judge(standin, installation, said)


def test_a_reply_to_a_card_whose_acceptance_was_never_noted_reaches_the_resident(sqlite_state, run, granny, fake):
    Staff.objects.create(telegram=CLERK, name="张三", role="clerk", added_at=timezone.now())
    run(sqlite_state)
    granny.says("农村低保标准是多少")
    fake.drop(2, after=True)  # the answer to 转人工 and the card arrive, and the bot does not hear of it
    fake.user_says("转人工", user=granny.user)
    card = fake.wait(chat=GROUP, where=lambda sent: "工单" in sent.plain)[0]
    fake.group_says("请到窗口办理", user=CLERK, group=GROUP, reply_to=card.message_id)
    fake.wait(chat=granny.user, where=lambda sent: "请到窗口办理" in sent.plain)
