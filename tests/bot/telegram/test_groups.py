"""Groups of residents: the bot speaks when spoken to, keeps members apart, and asks nothing personal."""

from __future__ import annotations

import pytest

from bot.state.models import Chat, Exchange, Ticket
from bot.texts import say

CLUB = -1009
AT = "@minzheng_test_bot"


@pytest.fixture
def club(fake, settled):
    """Say something in the group and wait; gives what the bot has said since."""

    def says(text, user=71, reply_to=None, **more):
        seen = len(fake.sent(CLUB))
        fake.group_says(text, user=user, group=CLUB, reply_to=reply_to, **more)
        settled()
        return fake.sent(CLUB)[seen:]

    return says


@pytest.mark.parametrize("words", [f"{AT} 领结婚证要带什么", f"领结婚证要带什么 {AT}", f"领结婚证要带什么{AT.upper()}"])
def test_a_mention_is_answered_in_reply_to_it(quick, club, words):
    (answer,) = club(words)
    assert "身份证" in answer.plain and answer.reply_to
    assert answer.labels == [say("button_private")]
    assert AT not in Exchange.objects.get().question


@pytest.mark.parametrize("words", ["领结婚证要带什么", "@somebody 领结婚证要带什么", "@minzheng_test_bot2 领结婚证要带什么", "转人工", "/start", "/help@other_bot", AT])
def test_talk_among_members_is_left_alone(quick, club, words):
    assert not club(words)
    assert not Exchange.objects.exists() and not Chat.objects.exists()


def test_a_reply_to_the_bot_goes_on_with_the_talk(quick, club):
    (asked,) = club(f"{AT} 农村低保一年多少钱")
    assert say("group_reply") in asked.plain
    (answer,) = club("邵东的", reply_to=asked.message_id)
    assert "4080" in answer.plain


def test_a_reply_to_another_member_is_left_alone(quick, club, fake):
    theirs = fake.message_id(fake.group_says("今天天气好", user=72, group=CLUB))
    assert not club("领结婚证要带什么", reply_to=theirs)


def test_members_are_kept_apart(quick, club):
    (asked,) = club(f"{AT} 农村低保一年多少钱", user=71)
    (other,) = club("邵东", user=72, reply_to=asked.message_id)
    assert "4080" not in other.plain
    (answer,) = club("邵东", user=71, reply_to=asked.message_id)
    assert "4080" in answer.plain
    assert set(Chat.objects.values_list("address", flat=True)) == {f"{CLUB}/71", f"{CLUB}/72"}


@pytest.mark.parametrize("words", [f"{AT} 转人工", f"{AT} 怎么注册一个抖音号卖红薯"])
def test_personal_matters_are_asked_for_in_private_only(quick, club, words):
    (answer,) = club(words)
    assert answer.plain == say("group_private") and answer.buttons[0]["url"].endswith("/minzheng_test_bot")
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("command", ["/start", "/region", "/forget", "/staff", "/unheard_of"])
def test_commands_to_the_bot_are_explained_in_a_group(quick, club, command):
    (answer,) = club(f"{command}{AT}")
    assert answer.plain == say("group_command", name="minzheng_test_bot")
    assert answer.labels == [say("button_private")]


def test_danger_is_answered_in_a_group_too(quick, club):
    (answer,) = club(f"{AT} 我爸喝农药了")
    ticket = Ticket.objects.get()
    assert "120" in answer.plain.split("\n")[0] and say("ticket_urgent", number=ticket.pk) in answer.plain
    club(f"{AT} 我爸喝农药了，怎么还不来人")
    assert Ticket.objects.get().priority == "urgent"


def test_a_choice_asked_back_in_a_group_is_the_askers(quick, club, fake, settled):
    (asked,) = club(f"{AT} 我是邵阳市的，钱什么时候到")
    fake.taps(asked, label=asked.labels[0], user=72)
    settled()
    assert fake.sent(CLUB)[-1] == asked
    fake.taps(asked, label=asked.labels[0], user=71)
    settled()
    assert Exchange.objects.order_by("-id").first().intent == "tekun.payment"


def test_numbers_told_in_a_group_are_masked_and_the_member_is_told(quick, club, road):
    (answer,) = club(f"{AT} 领结婚证要带什么 13812345678")
    assert road.world.phrase("masked") in answer.plain
    assert "138" not in Exchange.objects.get().question


def test_members_coming_and_going_are_left_alone(quick, club, fake, settled):
    fake.raw({"message": {"message_id": 9, "date": 1, "chat": {"id": CLUB, "type": "group"}, "from": {"id": 71}, "new_chat_members": [{"id": 72}]}})
    settled()
    assert not fake.sent(CLUB)
