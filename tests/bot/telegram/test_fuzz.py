"""Garbage in: whatever arrives, the bot goes on answering, nothing fails, and what is refused leaves a trace."""

from __future__ import annotations

from itertools import count

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.state.models import Event, Incoming, Staff, Ticket
from bot.telegram.arrival import incoming

HUGE = 2**70
CHAT = {"id": 66, "type": "private"}
WHO = {"id": 66, "is_bot": False, "first_name": "x"}
BASE = {"message_id": 7, "date": 1, "chat": CHAT, "from": WHO}
GARBAGE = [
    {}, {"message": None}, {"message": 5}, {"message": []}, {"message": {}}, {"message": {"text": "低保"}}, {"message": {**BASE, "text": 5}},
    {"message": {**BASE, "text": None}}, {"message": {**BASE, "text": ["低保"]}}, {"message": {**BASE, "from": None, "text": "低保"}},
    {"message": {**BASE, "from": {"id": "66"}, "text": "低保"}}, {"message": {**BASE, "from": {"id": HUGE}, "text": "低保"}},
    {"message": {**BASE, "from": {"id": True}, "text": "低保"}}, {"message": {**BASE, "chat": {"id": HUGE, "type": "private"}, "text": "低保"}},
    {"message": {**BASE, "chat": {"id": 66, "type": "kitchen"}, "text": "低保"}}, {"message": {**BASE, "chat": {"id": 66}, "text": "低保"}},
    {"message": {**BASE, "chat": {"id": 0, "type": "private"}, "text": "低保怎么申请"}}, {"message": {**BASE, "message_id": -1, "text": "低保怎么申请"}},
    {"message": {**BASE, "message_id": HUGE, "text": "低保"}}, {"message": {**BASE, "message_id": "7", "text": "低保"}},
    {"message": {**BASE, "message_id": 2**61, "text": "低保怎么申请"}}, {"message": {**BASE, "caption": {}, "photo": 5}},
    {"message": {**BASE, "photo": None}}, {"message": {**BASE, "photo": [], "media_group_id": 5}}, {"message": {**BASE, "location": "here"}},
    {"message": {**BASE, "voice": {}, "media_group_id": "a" * 900}}, {"message": {**BASE, "text": "转人工", "reply_to_message": 5}},
    {"message": {**BASE, "text": "低保", "reply_to_message": {}}}, {"message": {**BASE, "text": "低保", "reply_to_message": {"message_id": HUGE}}},
    {"message": {**BASE, "text": "好", "reply_to_message": {"message_id": 1, "from": "bot"}}}, {"message": {**BASE, "text": "a" * 100_000}},
    {"message": {**BASE, "text": "低" * 4096}}, {"message": {**BASE, "text": "低保\x00怎么申请"}},
    {"message": {**BASE, "text": "\u202e请申么怎保低\u202c"}}, {"message": {**BASE, "text": "低" + "\u0301\u0489" * 2000}},
    {"message": {**BASE, "text": "1" * 4000}}, {"message": {**BASE, "text": "<b>&lt;" * 500}}, {"message": {**BASE, "text": "/" * 300}},
    {"message": {**BASE, "text": "/start" + "x" * 400}}, {"message": {**BASE, "text": "/ticket_" + "9" * 30}}, {"message": {**BASE, "text": "/ask " + "保" * 4000}},
    {"message": {**BASE, "checklist": {}}}, {"message": {**BASE, "something_new": {}}}, {"message": {**BASE, "chat": {"id": -5, "type": "channel"}, "text": "低保"}},
    {"edited_message": {**BASE, "text": "低保怎么申请"}}, {"edited_message": {}}, {"edited_message": {**BASE, "poll": {}}}, {"channel_post": {**BASE, "text": "低保"}},
    {"callback_query": {}}, {"callback_query": {"id": "1", "from": WHO}}, {"callback_query": {"id": 5, "from": WHO, "data": "up.1"}},
    {"callback_query": {"id": "c1", "from": WHO, "data": "up.1", "message": {"message_id": 1, "chat": CHAT}}},
    {"callback_query": {"id": "c2", "from": WHO, "data": {"up": 1}, "message": {"message_id": 1, "chat": CHAT}}},
    {"callback_query": {"id": "c3", "from": WHO, "message": {"message_id": 1, "chat": CHAT}}},
    {"callback_query": {"id": "c4" * 90, "from": WHO, "data": "reg.1", "message": {"message_id": 1, "chat": CHAT}}},
    {"callback_query": {"id": "c5", "from": WHO, "data": "rate.999999999999999999.999999999999999999", "message": {"message_id": 1, "chat": CHAT}}},
    {"callback_query": {"id": "c6", "from": WHO, "data": "x" * 5000, "inline_message_id": "5"}}, {"inline_query": {}},
    {"inline_query": {"id": "i1", "from": WHO, "query": None}}, {"inline_query": {"id": "i2", "from": WHO, "query": "低" * 900, "offset": "x"}},
    {"my_chat_member": {}}, {"my_chat_member": {"chat": CHAT, "from": WHO, "new_chat_member": {}}},
    {"my_chat_member": {"chat": CHAT, "from": WHO, "new_chat_member": {"status": "kicked"}}},
    {"my_chat_member": {"chat": {"id": -7, "type": "supergroup"}, "from": WHO, "new_chat_member": {"status": "administrator"}}},
    {"business_message": {}}, {"purchased_paid_media": 5}, {"message": {**BASE, "text": "低保"}, "callback_query": {}}, "text", 5, None, [], [[]],
    {"update_id": "7"}, {"update_id": 1.5}, {"update_id": None}, {"update_id": {}},
]

HALVES = {"message": {**BASE, "text": "\ud800低保怎么申请\udfff"}}
"""Half characters, which the stand-in cannot send."""


@pytest.fixture
def sane(quick, fake, settled):
    """Checks that all is well after something has arrived: somebody new is answered, and nothing has gone wrong."""
    newcomers = count(9000)

    def check():
        settled()
        user = next(newcomers)
        fake.user_says("领结婚证要带什么", user=user)
        settled()
        assert "声明" in fake.sent(user)[-1].plain
        assert not Incoming.objects.filter(state="failed").exists()
        assert not Incoming.objects.filter(attempts__gt=0).exists(), list(Incoming.objects.filter(attempts__gt=0).values_list("error", flat=True))
        assert not Event.objects.filter(action="failed").exists()

    return check


def test_garbage_stops_nothing_and_is_refused_with_a_reason(sane, fake, capfd):
    for update in GARBAGE:
        fake.raw(update)
    fake.user_says("谢谢", user=67)
    sane()
    assert "update not handled" not in capfd.readouterr().out
    refused = Incoming.objects.filter(state="refused")
    assert refused.count() >= 20
    assert not refused.filter(error="").exists() and not refused.exclude(payload={}).exists()


def test_each_piece_of_garbage_is_either_understood_or_refused_and_never_an_error():
    for number, update in enumerate([*GARBAGE, HALVES]):
        whole = {"update_id": number, **update} if isinstance(update, dict) else update
        row = incoming(whole, 1, "minzheng_test_bot", timezone.now())
        assert row is None or row.state in ("waiting", "refused")
        assert row is None or str(row.payload).encode()


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-HUGE, HUGE), st.floats(), st.text(max_size=30))
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=8)
FIELDS = ("message_id", "chat", "from", "text", "caption", "reply_to_message", "photo", "media_group_id", "data", "id", "query", "message", "new_chat_member")
BODIES = st.dictionaries(st.sampled_from(FIELDS), st.one_of(JSON, st.just(CHAT), st.just(WHO), st.integers(0, 9)), max_size=8)
KINDS = ("message", "edited_message", "callback_query", "inline_query", "my_chat_member", "channel_post", "poll")


@given(st.dictionaries(st.sampled_from(KINDS), BODIES, max_size=2), st.integers(0, 2**40))
@settings(max_examples=400, deadline=None)
def test_any_json_is_either_understood_or_refused_and_never_an_error(update, number):
    row = incoming({"update_id": number, **update}, 1, "minzheng_test_bot", timezone.now())
    assert row.state in ("waiting", "refused")
    assert row.state == "waiting" or (row.error and not row.payload)


LIVE = {"deadline": None, "phases": [Phase.generate], "derandomize": True, "suppress_health_check": list(HealthCheck)}
"""Against a running service shrinking would take minutes."""
TEXT = st.one_of(
    st.text(max_size=60), st.text("低保特困孤儿多少钱怎么申请转人工我是邵东的谢谢？，。 12345/@<>&〔〕（）", max_size=60),
    st.text(st.characters(categories=["Mn", "Cf", "Lo", "So", "Cc"]), max_size=200), st.text("0123456789０１２３ -", max_size=60),
)


@given(st.lists(TEXT, min_size=12, max_size=12))
@settings(max_examples=4, **LIVE)
def test_any_text_is_answered_by_somebody(sane, fake, texts):
    for number, text in enumerate(texts):
        fake.raw({"message": {**BASE, "chat": {"id": 80 + number % 4, "type": "private"}, "from": {"id": 80 + number % 4}, "message_id": 10 + number, "text": text}})
    sane()
    assert not [c for c in fake.calls if c.status == 400 and "parse" in c.description]


DATA = st.one_of(
    st.text(max_size=64), st.builds(
        lambda action, numbers: ".".join([action, *map(str, numbers)]),
        st.sampled_from(["city", "cities", "reg", "home", "opt", "rel", "ask", "up", "down", "why", "staff", "hand", "topic", "topics", "rate", "claim", "use", "keep", "again"]),
        st.lists(st.integers(0, 10**18 - 1) | st.integers(0, 9), max_size=2)),
)


@given(st.lists(DATA, min_size=30, max_size=30))
@settings(max_examples=3, **LIVE)
def test_any_tap_is_answered(sane, granny, fake, settled, taps):
    message = granny.says("领结婚证要带什么")
    updates = [fake.taps(message, data, user=granny.user) for data in taps]
    settled()
    assert all(fake.query(update).answer is not None for update in updates)
    sane()


def test_staff_commands_and_look_ups_by_strangers_get_nothing_and_leave_a_trace(sane, granny, fake, settled):
    granny.says("转人工")
    before = len(fake.sent(66))
    commands = ["/open", "/mine", "/stats", "/ask 低保", "/ticket 1", "/ticket_1", "/ticket_99", "/OPEN now"]
    for command in commands:
        fake.user_says(command, user=66)
    look_up = fake.inline("低保 乌海", 66)
    settled()
    assert len(fake.sent(66)) == before
    assert fake.query(look_up).answer["results"] in ([], "[]")
    assert Event.objects.filter(action="refused", actor="telegram:66").count() == len(commands) + 1
    sane()


def test_a_clerk_who_has_left_is_a_stranger(sane, fake, settled):
    Staff.objects.filter(telegram=501).update(active=False)
    fake.user_says("/open", user=501)
    sane()
    assert not fake.sent(501) and Event.objects.filter(action="refused", actor="telegram:501").count() == 1


def test_an_update_brought_twice_is_answered_once(sane, fake, settled, granny):
    message = {**BASE, "text": "低保怎么申请"}
    for _ in range(3):
        fake.raw({"update_id": 900_000_000, "message": message})
        settled()
    assert len(fake.sent(66)) == 1
    sane()


def test_a_hundred_at_once_are_all_answered(sane, fake, settled):
    for number in range(100):
        fake.user_says("领结婚证要带什么", user=5000 + number)
    sane()
    assert all(len(fake.sent(5000 + number)) == 1 for number in range(100))
    assert not Ticket.objects.exists()
