"""The operator's commands over the state."""

import datetime
import json
import os
import subprocess
import sys
import uuid

import psycopg
import pytest
from databases import DATABASES, SERVER, address
from django.utils import timezone

from bot import administration
from bot.commands import build_parser
from bot.settings import ROOT
from bot.state.models import Chat, Event, Exchange, Staff, Suggestion, Ticket

NOW = timezone.now()


@pytest.fixture
def run(state, capsys):
    """Runs a command; gives its exit status and what it says."""

    def run(*arguments):
        status = administration.run(build_parser().parse_args(arguments), state)
        return status, capsys.readouterr()

    return run


def test_staff_are_entered_listed_changed_and_disabled(run):
    assert "名单是空的" in run("staff", "list")[1].out
    assert "已加入：张三（坐席）" in run("staff", "add", "501", "张三")[1].out
    assert run("staff", "disable", "501")[0] == 0
    assert "已停用" in run("staff", "list")[1].out
    run("staff", "add", "501", "张主任", "--role", "管理员")
    assert "501　张主任　管理员　在用" in run("staff", "list")[1].out
    assert Staff.objects.get().active
    assert list(Event.objects.order_by("id").values_list("action", flat=True)) == ["staff_add", "staff_disable", "staff_add"]


def test_disabling_somebody_unknown_says_what_to_do(run):
    status, said = run("staff", "disable", "7")
    assert status == 1
    assert "minzheng staff list" in said.err


def test_tickets_are_listed_open_ones_first_of_all_as_text_and_as_json(run):
    assert "没有工单" in run("tickets")[1].out
    Ticket.objects.create(question="问", region="隆回县", topic="低保标准", opened_at=NOW, due_at=NOW)
    Ticket.objects.create(question="旧", state="closed", opened_at=NOW, due_at=NOW)
    assert run("tickets")[1].out.count("\n") == 1
    found = [json.loads(line) for line in run("tickets", "--all", "--json")[1].out.splitlines()]
    assert [(t["state"], t["region"]) for t in found] == [("受理", "隆回县"), ("办结", "")]


def test_suggestions_are_listed(run):
    assert "没有值得留存的答复" in run("suggestions")[1].out
    Suggestion.objects.create(question="问", text="答", region="隆回县", at=NOW)
    assert "〔隆回县〕问" in run("suggestions")[1].out
    assert json.loads(run("suggestions", "--json")[1].out)["text"] == "答"


def test_purge_says_what_it_has_deleted(run):
    assert "没有过期的记录" in run("purge")[1].out
    chat = Chat.objects.create(bot=1, address="1")
    Exchange.objects.create(chat=chat, question="问", reply="答", outcome="answer", at=NOW - datetime.timedelta(days=200))
    assert "1 条" in run("purge", "--days", "100")[1].out
    assert not Exchange.objects.exists()


@pytest.mark.skipif("postgresql" not in DATABASES, reason="no PostgreSQL server answers")
def test_workers_that_start_together_on_an_empty_database_make_its_tables_once():
    name = f"minzheng_test_{uuid.uuid4().hex[:10]}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            environment = {**os.environ, "MINZHENG_DATABASE": address(name)}
            command = [sys.executable, "-m", "bot", "migrate"]
            both = [subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
            ended = [process.communicate(timeout=120) for process in both]
            assert [process.returncode for process in both] == [0, 0, 0], ended
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
