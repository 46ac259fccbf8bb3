import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import batch
from bot.dialogue import Dialogue, MemoryStore

FIELDS = {"id", "kind", "intent", "region", "level", "text", "confidence", "sources", "options", "related"}
KINDS = {"answer", "clarify", "handoff", "emergency", "smalltalk"}


@pytest.fixture
def dialogue(road):
    return Dialogue(road, MemoryStore())


def served(dialogue, *lines):
    source = io.BytesIO(b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines))
    target = io.BytesIO()
    batch.serve(batch.lines(source), target, dialogue)
    return [json.loads(line) for line in target.getvalue().splitlines()]


def test_an_answer_has_all_fields(dialogue):
    [out] = served(dialogue, {"id": "1", "chat": "a", "region": "邵阳市", "text": "城里低保一个月多少钱"})
    assert out.keys() == FIELDS
    assert (out["id"], out["kind"], out["intent"], out["region"], out["level"]) == ("1", "answer", "dibao.standard", "邵阳市", "邵阳市")
    assert "570" in out["text"]
    assert out["sources"][0].keys() == {"document", "section", "published", "as_of"}
    assert 0 < out["confidence"] <= 1


def test_answers_come_in_order_and_chats_do_not_mix(dialogue):
    outs = served(
        dialogue, {"id": 1, "chat": "a", "region": "邵阳市", "text": "农村低保标准"}, {"id": 2, "chat": "b", "region": "乌海市", "text": "孤儿一个月多少钱"},
        {"id": 3, "chat": "a", "region": "邵阳市", "text": "城里的呢"},
    )
    assert [o["id"] for o in outs] == [1, 2, 3]
    assert "4080" in outs[0]["text"]
    assert "2100" in outs[1]["text"]
    assert "570" in outs[2]["text"]


@pytest.mark.parametrize(
    "bad",
    [
        b"{no json}\n", b"[1,2]\n", b"null\n", b'{"id": 1}\n', b'{"id": 1, "text": 5}\n', b'{"id": 1, "text": ""}\n', b'{"id": 1, "text": "\\ud800"}\n',
        b'{"id": 1, "text": "a\\u0000b"}\n', b"\xff\xfe{}\n", b'{"id": 1, "text": "x", "region": 7}\n', b'{"id": NaN, "text": "x"}\n', b"[" * 100_000 + b"\n",
        b'{"id": 1, "text": "' + b"x" * 10_000_000 + b'"}\n',
    ],
    ids=["json", "list", "null", "no text", "number", "empty", "surrogate", "nul", "bytes", "region", "NaN", "deep", "10 MB"],
)
def test_a_bad_line_gets_an_error_with_a_reason_and_the_next_is_served(dialogue, bad):
    outs = served(dialogue, bad, {"id": "next", "text": "你好"})
    assert [o["kind"] for o in outs] == ["error", "smalltalk"]
    assert outs[0]["reason"]
    assert outs[1]["id"] == "next"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_get_one_line_each(dialogue, data):
    lines = [line for line in data.split(b"\n") if line.strip()]
    outs = served(dialogue, data)
    assert len(outs) == len(lines)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=80), st.one_of(st.none(), st.text(max_size=10)))
def test_any_text_gets_a_reply_of_a_known_kind(dialogue, text, region):
    [out] = served(dialogue, {"id": 0, "text": text, "region": region})
    assert out["kind"] in KINDS | {"error"}
    assert out["text"]


def test_blank_lines_are_passed_over(dialogue):
    assert len(served(dialogue, b"\n", {"id": 1, "text": "你好"}, b"   \n")) == 1


def test_twenty_thousand_characters_get_their_first_need_answered(dialogue):
    story = "农村低保一个月多少钱？" + "我家里情况很复杂说来话长，" * 2000
    [out] = served(dialogue, {"id": 1, "region": "邵阳市", "text": story})
    assert out["kind"] == "answer"
    assert "4080" in out["text"]


@pytest.mark.parametrize("text", ["😂😂😂", "。。。", "   !", "😀" * 5000])
def test_nothing_to_read_gets_a_friendly_question(dialogue, text):
    [out] = served(dialogue, {"id": 1, "text": text})
    assert out["kind"] == "clarify"
    assert "请" in out["text"]


def test_unknown_region_says_what_is_held_and_gives_the_national_answer(dialogue):
    [out] = served(dialogue, {"id": 1, "region": "火星市", "text": "领结婚证要多少钱"})
    assert "火星市" in out["text"]
    assert "邵阳市" in out["text"]
    assert out["kind"] == "answer"
    assert "不收" in out["text"]


def test_personal_numbers_are_never_echoed(dialogue):
    [out] = served(dialogue, {"id": 1, "region": "邵阳市", "text": "我身份证430522199001011234，电话13812345678，农村低保多少"})
    assert "430522199001011234" not in json.dumps(out)
    assert "13812345678" not in json.dumps(out)
    assert "遮住" in out["text"]
