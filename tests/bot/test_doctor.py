"""The doctor names what is missing and how to mend it, and never shows the token."""

import contextlib
import datetime
import http.server
import json
import socket
import sqlite3
import threading
import time

import pytest
from django.db import connection
from fake_telegram import FakeTelegram
from telegram import User

from bot import doctor as doctors
from bot.doctor import doctor
from bot.state import opening
from bot.state.models import Staff
from bot.tickets.working_time import WorkingTime

GROUP = -1001
SUMMER = datetime.datetime(2026, 7, 1, tzinfo=datetime.UTC)


@pytest.fixture
def knowledge_too():
    """For tests that look at the knowledge, which takes seconds."""


@pytest.fixture(autouse=True)
def brief(request, monkeypatch):
    if "knowledge_too" not in request.fixturenames:
        monkeypatch.setattr(doctors, "_knowledge", lambda settings: [])


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    with FakeTelegram() as fake:
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", fake.token)
        yield fake


@pytest.fixture
def installed(sqlite_state, fake):
    Staff.objects.create(telegram=1, name="王", role="administrator")
    Staff.objects.create(telegram=2, name="李")
    return sqlite_state.model_copy(update={"telegram_api": fake.url, "staff_group": GROUP, "semantic": False})


@pytest.fixture
def without_token(monkeypatch):
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN", raising=False)
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN_FILE", raising=False)


@pytest.fixture
def offline(sqlite_state, without_token):
    return sqlite_state.model_copy(update={"semantic": False})


@pytest.fixture
def run(capsys):
    def examine(settings, *clock, **changes):
        connection.ensure_connection()
        status = doctor(settings.model_copy(update=changes), *clock)
        lines = capsys.readouterr().out.splitlines()
        assert status == any(line.startswith("✗") for line in lines)
        return lines

    return examine


def line(lines, start):
    [found] = [line for line in lines if line[2:].startswith(start)]
    return found


def bad(lines):
    return [line for line in lines if line.startswith("✗")]


def test_nothing_is_missing(installed, fake, knowledge_too, run):
    lines = run(installed)
    assert bad(lines) == []
    for start in ("令牌", "Telegram", "接收方式：轮询", "值班群：“Group 1001”", "数据库", "写入", "磁盘", "人员名单", "知识库", "语义模块"):
        assert line(lines, start).startswith("✓"), start
    assert not any(fake.token in each for each in lines)
    assert line(lines, "时钟").startswith("!")  # the fake does not tell the time


def test_the_database_is_looked_at_on_each_kind(state, without_token, run):
    lines = run(state, semantic=False)
    assert line(lines, "数据库").startswith("✓")
    assert len([each for each in bad(lines) if "人员名单" in each]) == 2


def test_a_missing_token_is_named(offline, run):
    lines = run(offline)
    assert "TELEGRAM_BOT_TOKEN" in line(lines, "令牌")
    assert "没有查" in line(lines, "Telegram")


@pytest.mark.parametrize("value", ["hello", "123456:tooshort", '"123456789:' + "x" * 35 + '"'])
def test_a_malformed_token_is_named_and_not_shown(offline, run, monkeypatch, value):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", value)
    lines = run(offline)
    assert "写法不对" in bad(lines)[0]
    assert value not in "".join(lines)


def test_a_token_file_that_is_not_there_is_named(offline, run, monkeypatch, tmp_path):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN_FILE", str(tmp_path / "none"))
    assert "读不出来" in line(run(offline), "令牌")


def test_a_token_that_is_refused_is_named_and_not_shown(installed, run, monkeypatch):
    wrong = "123456789:" + "w" * 35
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", wrong)
    lines = run(installed)
    assert "被拒绝" in line(lines, "Telegram")
    assert "w" * 35 not in "".join(lines)


def test_a_server_out_of_reach_is_explained(installed, run):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    found = line(run(installed, telegram_api=f"http://127.0.0.1:{port}/"), "Telegram")
    assert found.startswith("✗")
    assert f"127.0.0.1:{port} 连不上" in found


def test_a_broken_server_does_not_keep_what_was_found_from_being_told(installed, fake, run):
    fake.fail(1, 502, "getWebhookInfo")
    lines = run(installed)
    assert [each[0] for each in lines if each[2:].startswith("Telegram")] == ["✓", "✗"]


@pytest.mark.parametrize("address, registered, expected", [
    ("", "https://other.example/hook", "✗ 接收方式：设置是轮询，Telegram 上却登记着 other.example"),
    ("https://bureau.example", "", "! 接收方式：设置了 webhook_url"),
    ("https://bureau.example", "https://bureau.example/telegram/webhook", "✓ 接收方式：webhook"),
    ("https://bureau.example", "https://bureau.example.org/telegram/webhook", "✗ 接收方式：Telegram 上登记的是 bureau.example.org"),
])
def test_the_webhook_is_compared_with_the_settings(installed, fake, run, monkeypatch, address, registered, expected):
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", "a-secret-of-some-length")
    if registered:
        _register(fake, registered)
    lines = run(installed, webhook_url=address)
    assert line(lines, "接收方式").startswith(expected)
    assert [each for each in bad(lines) if "接收方式" not in each] == []


def _register(fake, address, error=""):
    from fake_telegram.records import Webhook

    fake.world.webhook = Webhook(address, "", 40)
    if error:
        fake.world.webhook.last_error, fake.world.webhook.last_error_date = error, int(time.time())


def test_a_webhook_needs_https_and_a_secret_and_tells_its_last_error(installed, fake, run, monkeypatch):
    monkeypatch.delenv("TELEGRAM_WEBHOOK_SECRET", raising=False)
    _register(fake, "http://bureau.example/telegram/webhook", "Wrong response from the webhook: 502 Bad Gateway")
    lines = [each for each in run(installed, webhook_url="http://bureau.example") if each[2:].startswith("webhook")]
    assert [each[0] for each in lines] == ["✗", "✗", "!"]
    assert "https://" in lines[0]
    assert "TELEGRAM_WEBHOOK_SECRET" in lines[1]
    assert "502 Bad Gateway" in lines[2]


def test_a_missing_group_is_named(installed, fake, run):
    assert "没有设置" in line(run(installed, staff_group=0), "值班群")
    assert "负数" in line(run(installed, staff_group=1001), "值班群")
    fake.unknown_chat(GROUP)
    assert "找不到" in line(run(installed), "值班群")


@pytest.mark.parametrize("status", ["left", "kicked"])
def test_a_group_without_the_bot_is_named(installed, fake, run, status):
    fake.member(GROUP, int(fake.token.partition(":")[0]), status)
    assert "不在“Group 1001”里" in line(run(installed), "值班群")


def test_inline_mode_and_privacy_are_hinted_at():
    me = User(1, "bot", True, supports_inline_queries=False, can_read_all_group_messages=False)
    assert [finding.mark for finding in doctors._manners(me)] == ["!", "✓"]


class Telling(http.server.BaseHTTPRequestHandler):
    """Knows the time and who the bot is, and nothing else."""

    def do_POST(self):
        known = self.path.endswith("/getMe")
        body = json.dumps({"ok": known, "result": {"id": 1, "is_bot": True, "first_name": "b", "username": "b"}}).encode()
        self.send_response(200 if known else 500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def telling():
    with http.server.HTTPServer(("127.0.0.1", 0), Telling) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("seconds, mark", [(0, "✓"), (20, "✓"), (-90, "✗"), (90, "✗")])
def test_a_wrong_clock_is_named(installed, telling, run, seconds, mark):
    def clock():
        return datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)

    assert line(run(installed, clock, telegram_api=telling), "时钟").startswith(mark)


@pytest.mark.parametrize("at, expected", [
    (SUMMER, "✓ 节假日安排：收录到 2026 年"),
    (SUMMER.replace(month=12), "! 明年的节假日安排还没有收录，更新 chinesecalendar"),
    (SUMMER.replace(year=2050), "✗ 节假日安排：没有收录 2050 年"),
])
def test_the_calendar_must_reach_far_enough(offline, run, monkeypatch, at, expected):
    monkeypatch.setattr(WorkingTime, "covered_until", lambda: 2026)
    assert any(each.startswith(expected) for each in run(offline, lambda: at))



def test_tables_that_were_not_made_are_named(offline, run, tmp_path):
    lines = run(offline, state_dir=tmp_path / "new")
    assert "还没有建" in line(lines, "数据库")
    assert not any("人员名单" in each for each in lines)


def test_a_database_out_of_reach_is_named_without_its_password(offline, run):
    lines = run(offline, database="postgresql://nobody:hidden-password@127.0.0.1:1/none")
    assert "打不开" in line(lines, "数据库")
    assert "hidden-password" not in "".join(lines)


def test_a_database_that_another_program_holds_is_named(offline, run, monkeypatch):
    monkeypatch.setitem(opening.SQLITE, "timeout", 0)
    with contextlib.closing(sqlite3.connect(offline.state_dir / "state.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert line(run(offline), "写入").startswith("✗")


def test_a_full_disk_is_named(offline, run, monkeypatch):
    usage = doctors.shutil.disk_usage(offline.state_dir)
    monkeypatch.setattr(doctors.shutil, "disk_usage", lambda place: usage._replace(free=10**8))
    assert "只剩 0.1 GB" in line(run(offline), "磁盘")


def test_the_first_fault_of_the_knowledge_is_named(offline, knowledge_too, run, home):
    (home / "regions.yaml").write_text("regions: 5\n", encoding="utf-8")
    assert "regions.yaml" in line(run(offline, knowledge_dir=home), "知识库")


def test_someone_who_left_does_not_count_as_staff(installed, run):
    Staff.objects.filter(role="administrator").update(active=False)
    assert "管理员" in line(run(installed), "人员名单")


def test_a_check_that_breaks_does_not_stop_the_others(offline, run, monkeypatch):
    monkeypatch.setattr(doctors, "_disk", lambda settings: 1 / 0)
    lines = run(offline)
    assert line(lines, "“磁盘”没有查完").startswith("✗")
    assert line(lines, "语义模块").startswith("✓")
