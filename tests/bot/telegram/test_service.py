"""The worker keeps its promises when Telegram does not: nothing lost, and the truth about delivery."""

from __future__ import annotations

import json
import shutil
import urllib.request

from bot.settings import Settings
from bot.state.models import Incoming, Outgoing
from knowledge.loading import HOME

QUESTION = "我是邵东的，农村低保一年有多少"


def health(running):
    port = running.service.server.port
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
        return json.load(answer)


def test_telegram_unreachable_at_start_is_waited_for_and_said(state, run, fake, granny):
    fake.down()
    running = run(state, wait=False)
    fake.wait_for(lambda: running.service.worker.health.facts.error, timeout=20)
    assert health(running)["status"] == "degraded"
    fake.up()
    assert "4080" in granny.says(QUESTION).plain
    assert health(running)["status"] == "ok"


def test_what_is_asked_while_telegram_is_away_is_answered_afterwards(bot, fake, granny):
    granny.says(QUESTION)
    fake.down()
    fake.user_says("孤儿一个月多少钱", user=granny.user)
    fake.wait_for(lambda: not bot.service.worker.health.facts.reachable, timeout=20)
    fake.up()
    assert "950" in fake.wait(1, chat=granny.user, timeout=60)[0].plain


def test_too_many_requests_are_waited_out(bot, fake, granny):
    fake.limit(2, retry_after=1, method="sendMessage")
    assert "4080" in granny.says(QUESTION).plain
    row = Outgoing.objects.get(purpose="answer")
    assert (row.attempts, row.uncertain) == (3, 0)


def test_errors_of_the_other_side_are_tried_again(bot, fake, granny):
    fake.fail(1, 502, method="sendMessage")
    assert "4080" in granny.says(QUESTION).plain
    assert Outgoing.objects.get(purpose="answer").attempts == 2


def test_a_connection_that_dies_after_sending_is_unknown_and_marked_when_repeated(bot, fake, granny):
    fake.drop(1, after=True, method="sendMessage")
    first, second = (fake.user_says(QUESTION, user=granny.user), fake.wait(2, chat=granny.user, timeout=30))[1]
    assert first.plain in second.plain
    assert "可能会收到两遍" in second.plain
    fake.wait_for(lambda: Outgoing.objects.get(purpose="answer").state == "sent")
    assert Outgoing.objects.get(purpose="answer").uncertain == 1


def test_a_resident_who_has_blocked_the_bot_costs_nothing_but_a_failed_row(bot, fake, granny, neighbour):
    fake.block(granny.user)
    fake.user_says(QUESTION, user=granny.user)
    assert "4080" in neighbour.says(QUESTION).plain
    fake.wait_for(lambda: Outgoing.objects.get(lane=str(granny.user)).state == "failed")


def test_an_update_brought_to_the_webhook_is_stored_and_answered(state, run, fake, granny):
    running = run(state, webhook_url="http://127.0.0.1:1", secret="a-very-secret-word")
    fake.wait_for(lambda: any(c.method == "setWebhook" for c in fake.calls))
    port = running.service.server.port
    body = json.dumps(fake.update(fake.user_says(QUESTION, user=granny.user))).encode()
    for secret, expected in (("wrong", 403), ("a-very-secret-word", 200), ("a-very-secret-word", 200)):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/telegram/webhook", body, {"X-Telegram-Bot-Api-Secret-Token": secret})
        try:
            status = urllib.request.urlopen(request, timeout=10).status
        except urllib.error.HTTPError as error:
            status = error.code
        assert status == expected
    assert "4080" in granny.hears().plain
    assert Incoming.objects.count() == 1


def test_many_chats_at_once_are_each_answered_in_order(bot, fake):
    for number in range(40):
        fake.user_says(f"我是邵东的，农村低保一年有多少（{number}）", user=2000 + number % 10)
    messages = fake.wait(40, timeout=60)
    assert len(messages) == 40
    fake.wait_for(lambda: Outgoing.objects.filter(state="sent").count() == 40)
    for user in range(2000, 2010):
        rows = Outgoing.objects.filter(lane=str(user)).order_by("id")
        sent = [m.message_id for m in fake.sent(user)]
        assert [r.message for r in rows] == sorted(sent)
    assert not fake.violations


def test_knowledge_is_taken_over_while_running_and_kept_when_the_new_one_is_wrong(sqlite_state, run, fake, granny, road, tmp_path):
    home = shutil.copytree(HOME, tmp_path / "k", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    settings = sqlite_state.model_copy(update={"knowledge_dir": home, "semantic": False, "staff_group": 0})
    running = run(Settings.model_validate(settings.model_dump()))
    facts = running.service.worker.health
    before = facts.facts.version
    phrases = home / "phrases.yaml"
    good = phrases.read_text(encoding="utf-8")
    phrases.write_text(good.replace("好的，按{region}的规定答您。", "好的，按{region}的新规定答您。"), encoding="utf-8")
    fake.wait_for(lambda: facts.facts.version != before, timeout=120)
    assert "新规定" in granny.says("隆回县").plain
    phrases.write_text(good.replace("phrases:", "phrase:"), encoding="utf-8")
    fake.wait_for(lambda: facts.facts.reload_error, timeout=120)
    assert "phrases.yaml" in facts.facts.reload_error
    assert "新规定" in granny.says("冷水滩区").plain
