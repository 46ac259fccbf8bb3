"""Updates are stored once and handled in order within their chat."""

import datetime

import pytest
from django.utils import timezone

from bot.state import inbox
from bot.state.models import Incoming

NOW = timezone.now()
BOT = 42


def update(number, lane="1"):
    return Incoming(bot=BOT, update=number, lane=lane, kind="message", payload={"n": number}, due_at=NOW, received_at=NOW)


def test_an_update_that_comes_twice_is_stored_once(state):
    inbox.take([update(1), update(2)])
    inbox.take([update(2), update(3)])
    assert sorted(Incoming.objects.values_list("update", flat=True)) == [1, 2, 3]


def test_a_chat_is_served_in_order_and_busy_chats_are_passed_over(state):
    inbox.take([update(2), update(1), update(3, lane="2")])
    with inbox.turn(BOT, NOW) as first:
        assert first.update == 1
    with inbox.turn(BOT, NOW, busy={"1"}) as other:
        assert other.update == 3


def test_a_handled_update_is_emptied_and_cannot_be_handled_again(state):
    inbox.take([update(1)])
    with inbox.turn(BOT, NOW) as first:
        inbox.finish(first, Incoming.State.DONE, NOW)
    assert Incoming.objects.get().payload == {}
    with pytest.raises(inbox.AlreadyHandled):
        inbox.finish(first, Incoming.State.DONE, NOW)
    with inbox.turn(BOT, NOW) as nothing:
        assert nothing is None


def test_what_went_wrong_is_tried_three_times_with_growing_waits(state):
    inbox.take([update(1)])
    at = NOW
    for last in (False, False, True):
        with inbox.turn(BOT, at) as row:
            assert inbox.fail(row, "boom", at) is last
        with inbox.turn(BOT, at) as nothing:
            assert nothing is None
        at += datetime.timedelta(minutes=1)
