"""Calls are stored before they are made, go out in order and at Telegram's pace, and tell the truth about delivery."""

import datetime

import pytest
from django.utils import timezone

from bot.state import outbox, workers
from bot.state.models import Outgoing

NOW = timezone.now()
BOT = 42


def later(seconds):
    return NOW + datetime.timedelta(seconds=seconds)


def put(key, lane=1, method="send_message", **more):
    return outbox.put(BOT, key, lane, method, {"text": key}, purpose="test", now=NOW, **more)


def enlisted():
    worker = workers.newcomer()
    workers.beat(worker, NOW)
    return worker


def claim(at=NOW, worker="w", most=30):
    return outbox.claim(BOT, worker, at, most)[0]


def keys(rows):
    return [r.key for r in rows]


def test_a_key_is_stored_once(state):
    assert put("a").pk == put("a").pk
    assert Outgoing.objects.count() == 1


def test_a_chat_gets_its_messages_in_order_one_a_second(state):
    for key in "abc":
        put(key)
    [first] = claim()
    assert first.key == "a"
    assert claim(later(5)) == []
    outbox.sent(first, 1, later(0.1))
    assert claim(later(0.5)) == []
    assert keys(claim(later(1.2))) == ["b"]


def test_a_message_put_off_holds_back_those_after_it(state):
    for key in "ab":
        put(key)
    [first] = claim()
    outbox.retry(first, "429", 30, NOW)
    assert claim(later(29)) == []
    assert keys(claim(later(31))) == ["a"]


def test_all_chats_together_get_what_telegram_takes(state):
    for chat in range(60):
        put(f"m{chat}", lane=chat)
    total = 0
    for step in range(10):
        total += len(claim(later(step / 10)))
    assert 5 <= total <= 30


def test_a_group_takes_a_few_at_once_and_then_twenty_a_minute(state):
    for number in range(60):
        put(f"m{number}", lane=-100)
    claimed = 0
    for second in range(61):
        for row in claim(later(second)):
            outbox.sent(row, claimed, later(second))
            claimed += 1
    assert 20 <= claimed <= 28


def test_answers_to_buttons_do_not_wait_for_the_pace(state):
    put("a")
    put("q", lane="query:1", method="answer_callback_query")
    outbox.pause(BOT, 60, NOW)
    assert keys(claim()) == ["q"]


def test_what_has_become_useless_is_dropped(state):
    put("q", lane="query:1", method="answer_callback_query", lasts=10)
    assert claim(later(11)) == []
    assert Outgoing.objects.get().state == "dropped"


def test_urgent_messages_go_first(state):
    put("a", lane=1)
    put("b", lane=2, urgent=True)
    assert keys(claim(most=1)) == ["b"]


def test_what_may_have_arrived_is_sent_again_and_stays_marked(state):
    put("a")
    for attempt in range(3):
        [row] = claim(later(60 * attempt))
        outbox.uncertain(row, "dropped", later(60 * attempt))
    row = Outgoing.objects.get()
    assert (row.state, row.uncertain) == ("unknown", 3)


def test_a_dead_workers_calls_are_unknown_and_made_again(state):
    me = enlisted()
    put("a")
    [row] = claim(worker="dead")
    assert outbox.recover(BOT, NOW, []) == 1
    row.refresh_from_db()
    assert (row.state, row.uncertain) == ("pending", 1)
    [again] = claim(later(5), me.name)
    assert outbox.recover(BOT, later(6), []) == 0
    outbox.sent(again, 7, later(6))
    row.refresh_from_db()
    assert (row.state, row.uncertain, row.message) == ("sent", 1, 7)


def test_one_worker_at_a_time_has_a_duty(state):
    one, two = enlisted(), enlisted()
    assert workers.holds(one, "poll", NOW)
    assert not workers.holds(two, "poll", later(5))
    assert workers.holds(one, "poll", later(5))
    assert workers.holds(two, "poll", later(60))


@pytest.mark.parametrize("method, expected", [("edit_message_text", "pending"), ("send_message", "pending")])
def test_a_late_verdict_of_a_worker_thought_dead_changes_nothing(state, method, expected):
    put("a", method=method)
    [row] = claim(worker="slow")
    outbox.recover(BOT, NOW, ["slow"])
    outbox.sent(row, 1, later(1))
    assert Outgoing.objects.get().state == expected
