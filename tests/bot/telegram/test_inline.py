"""Look-up by inline query: five answers for staff, nothing for others."""

from __future__ import annotations

import json

import pytest

from bot.state.models import Event

pytestmark = pytest.mark.usefixtures("flawless")


def look_up(fake, text, person):
    """What comes back, as Telegram takes it: it looks at the HTML of each result."""
    update = fake.inline(text, user=person.user)
    fake.wait_for(lambda: fake.query(update).answer is not None, what="the answer to an inline query")
    answer = dict(fake.query(update).answer)
    found = answer.get("results") or []
    return (json.loads(found) if isinstance(found, str) else found), str(answer.get("button", ""))


def test_staff_get_the_five_best_answers_each_ready_to_be_put_in(bot, zhang, fake):
    found, hint = look_up(fake, "五保 乌海", zhang)
    assert len(found) == 5 and not hint
    assert "乌海市" in found[0]["title"] and "1600" in found[0]["description"]
    for result in found:
        content = result["input_message_content"]
        assert content["parse_mode"] == "HTML" and content["message_text"].startswith("<b>")


@pytest.mark.parametrize("text", ["低保", "孤儿 邵东", "<b>&", "离婚 材料", "骨灰", "a" * 256])
def test_whatever_is_typed_is_answered(bot, zhang, fake, text):
    found, hint = look_up(fake, text, zhang)
    assert found or "没有查到" in hint


def test_an_empty_query_tells_how_to_look_up(bot, zhang, fake):
    found, hint = look_up(fake, "", zhang)
    assert not found and "输入要查的话" in hint


def test_strangers_get_an_empty_list_and_an_audit_line(bot, stranger, fake):
    found, hint = look_up(fake, "五保 乌海", stranger)
    assert not found and "只供值班人员使用" in hint
    assert list(Event.objects.values_list("actor", "action", "detail")) == [("telegram:666", "refused", "inline")]
