"""What comes in: edits, attachments, and personal numbers, which go nowhere."""

from __future__ import annotations

import json
import re

import pytest
from django.apps import apps
from django.utils import timezone

from bot.state.models import Entry, Exchange, Incoming, Outgoing, Ticket
from bot.telegram.arrival import incoming, read
from bot.texts import say

BOT, NAME = 123456, "minzheng_test_bot"
NUMBERS = {
    "identity": "430522195001011234", "identity_x": "43052219500101123X", "identity_spaced": "430522 19500101 1234",
    "mobile": "13812345678", "mobile_dashed": "138-1234-5678", "mobile_abroad": "+8613812345678", "wide": "１３８１２３４５６７８",
    "wide_identity": "４３０５２２１９５００１０１１２３４", "bank": "6222021234567890123", "bank_spaced": "6222 0212 3456 7890 123",
    "landline": "0739-5012345", "hidden": "138\u200b1234\u200b5678",
}


def everything(fake):
    """All tables and all words that were sent, as one text; what staff are shown of an attachment is a copy that Telegram makes."""
    tables = [list(model.objects.values()) for model in apps.get_app_config("state").get_models()]
    sent = [m.message.get("caption") if m.method == "copyMessage" else [m.text, m.params] for m in fake.messages] + [q.answer for q in fake.queries]
    return json.dumps([tables, sent], ensure_ascii=False, default=str)


def has(text, number):
    """Whether the digits of a number stand in a text, however they are spaced."""
    wanted = re.sub(r"\D", "", number.translate({ord(c): str(n) for n, c in enumerate("０１２３４５６７８９")}))[-8:]
    return bool(wanted) and re.search(r"[ \-]?".join(wanted), text) is not None


def note(road):
    return road.world.phrase("masked")


def test_a_number_in_a_question_is_kept_nowhere_and_the_resident_told_once(quick, fake, road, settled):
    for user, number in enumerate(NUMBERS.values(), 2000):
        fake.user_says(f"我的号是{number} 领结婚证要带什么", user=user)
    settled()
    kept = everything(fake)
    for user, (kind, number) in enumerate(NUMBERS.items(), 2000):
        (told,) = fake.sent(user)
        assert told.plain.count(note(road)) == 1 and "声明" in told.plain, kind
        assert not has(kept, number), kind
        assert "〔" in Exchange.objects.get(chat__address=str(user)).question


def test_two_replies_bring_one_line_about_numbers(quick, granny, fake, road):
    granny.says("我是邵阳市的13812345678，城里低保一个月多少钱？另外结婚登记要带什么材料？", replies=2)
    assert [note(road) in m.plain for m in fake.sent(granny.user)] == [False, True]


def test_a_number_alone_is_masked_and_the_question_asked_for(quick, granny, road):
    told = granny.says("430522195001011234").plain
    assert note(road) in told and "请把想问的事" in told


def test_numbers_are_kept_nowhere_on_any_road_they_take(quick, granny, fake, settled, road):
    number = NUMBERS["mobile"]
    first = fake.user_says(f"转人工，我电话{number}", user=granny.user)
    granny.hears()
    said = [
        lambda: fake.sends("photo", granny.user, f"我的身份证 {NUMBERS['identity']} 电话{number}"), lambda: fake.sends("contact", granny.user),
        lambda: fake.edits(granny.user, fake.message_id(first), f"改一下，电话{number}"), lambda: fake.user_says(f"/staff {number}", user=granny.user),
        lambda: fake.user_says(f"/nonsense {number}", user=granny.user), lambda: fake.inline(f"低保 {number}", granny.user),
        lambda: fake.user_says(f"我家围墙倒了 {number}", user=granny.user), lambda: fake.user_says(f"领结婚证 {number} 要带什么", user=granny.user),
        lambda: fake.group_says(f"@{NAME} 领结婚证要带什么 {number}", user=granny.user), lambda: fake.user_says(f"我不想活了 {number}", user=granny.user),
        lambda: fake.taps(fake.sent(granny.user)[0], f"opt.{NUMBERS['identity'][:17]}5", user=granny.user),
    ]
    for act in said:
        act()
        settled()
    text = everything(fake)
    assert not has(text, number) and not has(text, NUMBERS["identity"]) and "13800000000" not in text
    assert text.count("〔电话号码〕") > 5


def test_a_number_that_goes_into_a_ticket_is_masked_and_the_resident_told(quick, granny, road):
    granny.says("转人工")
    told = granny.says("我家那个围墙倒了，打我电话13812345678")
    assert note(road) in told.plain
    assert Entry.objects.filter(text__contains="〔电话号码〕").exists()


@pytest.mark.parametrize(("kind", "called"), [("voice", "语音"), ("photo", "照片"), ("document", "文件"), ("location", "位置"), ("sticker", "表情"), ("contact", "名片")])
def test_what_is_no_text_gets_a_line_and_can_be_handed_to_staff(quick, granny, zhang, fake, settled, kind, called):
    update = fake.sends(kind, granny.user)
    told = granny.hears()
    assert len(told.plain.split("\n")) == 1 and told.labels == [say("button_hand_over", kind=called)]
    granny.taps(told, told.labels[0])
    settled()
    entry = Entry.objects.get(attachment__message=fake.message_id(update))
    assert entry.attachment["kind"] == called
    assert Outgoing.objects.get(method="copy_message").state == "sent"
    granny.taps(told, told.labels[0])
    assert Entry.objects.filter(attachment__message=fake.message_id(update)).count() == 1


@pytest.mark.parametrize("kind", ["voice", "photo", "sticker", "contact"])
def test_what_is_no_text_goes_into_the_open_ticket(quick, granny, fake, kind):
    granny.says("转人工")
    fake.sends(kind, granny.user)
    told = granny.hears().plain
    assert told == say("attachment_added", kind=say(f"kind_{kind}"), number=Ticket.objects.get().pk) and "\n" not in told
    assert Entry.objects.filter(attachment__kind=say(f"kind_{kind}")).count() == 1


def test_a_caption_that_asks_is_answered_and_the_picture_can_be_handed_over(quick, granny, fake, settled):
    fake.sends("photo", granny.user, "残疾证怎么办")
    answer = granny.hears()
    assert "残联" in answer.plain and say("caption_only", kind="照片") in answer.plain
    granny.taps(answer, say("button_hand_over", kind="照片"))
    settled()
    assert Outgoing.objects.filter(method="copy_message", state="sent").count() == 1


def test_a_caption_that_is_passed_on_takes_its_picture_along(quick, granny, fake, settled):
    fake.sends("photo", granny.user, "怎么注册一个抖音号卖红薯")
    assert "工单号" in granny.hears().plain
    settled()
    assert Ticket.objects.get().question == "怎么注册一个抖音号卖红薯"
    assert Entry.objects.filter(attachment__kind="照片").count() == 1


def test_a_caption_while_a_ticket_is_open_goes_into_it_with_its_picture(quick, granny, fake):
    granny.says("转人工")
    fake.sends("photo", granny.user, "就是这堵围墙倒了没人管")
    assert "照片" in granny.hears().plain
    assert Entry.objects.get(attachment__kind="照片").text == "就是这堵围墙倒了没人管"


def test_an_album_is_spoken_of_once(quick, granny, fake, settled):
    for _ in range(4):
        fake.sends("photo", granny.user, media_group_id="77")
    settled()
    assert len(fake.sent(granny.user)) == 1
    granny.says("转人工")
    for _ in range(3):
        fake.sends("photo", granny.user, media_group_id="78")
    settled()
    assert len(fake.sent(granny.user)) == 3
    assert Entry.objects.filter(attachment__kind="照片").count() == 3


def test_an_edit_before_the_answer_is_all_that_is_answered(sqlite_state, run, fake, granny, settled):
    update = fake.user_says("残疾证怎么办", user=granny.user)
    fake.edits(granny.user, fake.message_id(update), "离婚证怎么补")
    fake.edits(granny.user, fake.message_id(update), "领结婚证要带什么")
    run(sqlite_state)
    settled()
    (answer,) = fake.sent(granny.user)
    assert "声明" in answer.plain
    assert Exchange.objects.get().question == "领结婚证要带什么"


def test_an_edit_after_the_answer_is_answered_anew_and_marked(quick, granny, fake):
    update = fake.user_says("残疾证怎么办", user=granny.user)
    granny.hears()
    fake.edits(granny.user, fake.message_id(update), "领结婚证要带什么")
    again = granny.hears()
    assert again.plain.startswith(say("edited")) and "声明" in again.plain


def test_a_position_that_moves_is_spoken_of_once(quick, granny, fake, settled):
    update = fake.sends("location", granny.user)
    granny.hears()
    for _ in range(3):
        fake.raw({"edited_message": {**fake.update(update)["message"], "edit_date": 2}})
    settled()
    assert len(fake.sent(granny.user)) == 1


@pytest.mark.parametrize("event", ["pinned_message", "left_chat_member", "message_auto_delete_timer_changed", "new_chat_title"])
def test_events_that_telegram_tells_of_are_left_alone(quick, granny, fake, settled, event):
    fake.raw({"message": {"message_id": 5, "date": 1, "chat": {"id": granny.user, "type": "private"}, "from": {"id": granny.user}, event: {}}})
    settled()
    assert not fake.sent(granny.user)
    assert Incoming.objects.get().state == "ignored"


@pytest.mark.parametrize("text", ["\u200b\u200b", "　 ", "……", "？？？", "😀😀"])
def test_nothing_readable_is_asked_about_kindly(quick, granny, road, text):
    assert granny.says(text).plain.replace("\n", "") == road.world.phrase("empty")


def test_what_is_handled_keeps_no_words(quick, granny):
    granny.says("领结婚证要带什么")
    assert list(Incoming.objects.values_list("payload", flat=True)) == [{}]


def test_names_and_other_peoples_data_are_not_taken_over():
    person = {"id": 5, "first_name": "王秀英", "username": "wang", "phone_number": "13812345678"}
    body = {
        "message_id": 1, "chat": {"id": 5, "type": "private", "first_name": "王秀英"}, "from": person, "text": "低保", "forward_origin": person,
        "contact": person, "reply_to_message": {"message_id": 3, "from": person, "text": "秘密"},
    }
    kept = incoming({"update_id": 1, "message": body}, BOT, NAME, timezone.now()).payload
    assert kept == {"kind": "message", "chat": 5, "user": 5, "message": 1, "text": "低保", "attachment": "contact", "reply_to": 3}


@pytest.mark.parametrize("update", [None, 5, "x", [], {}, {"update_id": "1"}, {"update_id": -1}, {"update_id": True}, {"update_id": 2**62}])
def test_what_has_no_number_cannot_be_stored(update):
    assert incoming(update, BOT, NAME, timezone.now()) is None


def test_text_is_kept_as_written_when_no_number_hides_in_it():
    body = {"message_id": 1, "chat": {"id": 5, "type": "private"}, "from": {"id": 5}, "text": "低保\x00多少“錢”？"}
    assert read({"message": body}, BOT, NAME).text == "低保多少“錢”？"
