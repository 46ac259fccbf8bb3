"""Documents say what the program does: commands, settings, fields, words and examples."""

import configparser
import datetime
import html
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
from types import SimpleNamespace

import psycopg
import pytest
import yaml
from django.db import connections

from bot import health, metrics
from bot.commands import build_parser
from bot.settings import ROOT, Settings
from bot.state.models import Chat, Entry, Outgoing, Staff, Ticket
from bot.state.opening import open_state
from bot.telegram import commands, sheets, staff
from bot.texts import say, texts
from bot.tickets.working_time import BEIJING, WorkingTime
from knowledge.model import Answer, Fact, Intent, Variant

HANDBOOK = (ROOT / "docs" / "命令.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "编写说明.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
CLERKS = (ROOT / "docs" / "坐席手册.md").read_text(encoding="utf-8")
OPERATORS = (ROOT / "docs" / "部署手册.md").read_text(encoding="utf-8")
BOTH = f"{CLERKS}\n{OPERATORS}"
OF_OTHERS = {"HTTPS_PROXY", "NO_PROXY", "PGPASSFILE", "TZ", "AF_INET", "AF_UNIX"}
"""Environment variables that libraries read, not we; and words of systemd."""


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.S | re.M)


def block(text, mark):
    [found] = [b for language in ("sh", "ini", "nginx", "text") for b in blocks(text, language) if b.startswith(mark)]
    return found


def table(text, first):
    """Rows of all tables whose first column has that heading, as lists of cells."""
    rows = []
    for found in re.findall(r"(?:^\|.*\|$\n?)+", text, re.M):
        head, _, *lines = [[c.strip() for c in line.strip("|").split("|")] for line in found.strip().split("\n")]
        rows += lines if head[0] == first else []
    return rows


def said(words):
    """Whether the program says these words, with anything in the places."""
    shapes = (re.escape(re.sub(r"\{\w+\}", "\0", text)).replace("\0", ".{0,40}?") for text in texts().values())
    return any(re.fullmatch(shape, words) for shape in shapes)


def choices():
    return build_parser()._subparsers._group_actions[0].choices


def spelled():
    """Every command as it is typed, with its action where it has several."""
    for name, parser in choices().items():
        actions = parser._subparsers._group_actions[0].choices if parser._subparsers else [""]
        yield from (f"{name} {action}".strip() for action in actions)


@pytest.mark.parametrize("command", list(spelled()))
def test_every_command_stands_in_the_handbook(command):
    assert f"| `{command}`" in HANDBOOK


def test_every_command_named_in_documents_exists():
    for text in (HANDBOOK, GUIDE, README):
        for command in re.findall(r"minzheng ([a-z]+)", text):
            assert command in choices(), command


def test_examples_in_the_handbook_can_be_parsed():
    for line in re.findall(r"`minzheng ([^`]+)`", HANDBOOK):
        if "命令" not in line and "…" not in line:
            build_parser().parse_args(line.split())


def test_every_setting_stands_in_the_handbook_and_in_config_with_a_comment():
    config = (ROOT / "config.yaml").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"`{name}`" in HANDBOOK
        assert re.search(rf"^# .+\n{name}:\s", config, re.M), name


def test_fields_named_in_the_guide_exist():
    fields = {name for model in (Answer, Fact, Intent, Variant) for name in model.model_fields}
    for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.S):
        for name in re.findall(r"^\s*(?:- )?(\w+):", block, re.M):
            assert name in fields, name


def test_the_exchange_in_the_readme_is_real(road):
    [command] = re.findall(r"^\$ \.venv/bin/minzheng (.+)$", README, re.M)
    done = subprocess.run(
        [sys.executable, "-m", "bot", *command.split()], cwd=ROOT, text=True, capture_output=True, check=True, timeout=120,
    )
    shown = README.split(f"$ .venv/bin/minzheng {command}\n")[1].split("```")[0]
    for line in shown.strip().split("\n"):
        if line != "…":
            assert line in done.stdout, line


def test_links_between_documents_lead_somewhere():
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), (path.name, target)


def test_no_addresses_paths_or_tokens_in_the_lock():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "index-url" not in lock
    assert lock.count("--hash=sha256:") > 100


def test_commands_in_the_handbooks_can_be_parsed():
    found = re.findall(r"(?:^|`)sudo minzheng ([^`\n]+)", BOTH, re.M) + re.findall(r"-m bot ([^`\n]+)", BOTH)
    assert len(found) > 15
    for line in found:
        if line != "命令":
            build_parser().parse_args(shlex.split(line))


def test_settings_in_the_handbooks_are_valid():
    found = blocks(BOTH, "yaml")
    assert len(found) > 5
    for text in found:
        Settings.model_validate(yaml.safe_load(text))


def test_make_targets_in_the_documents_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.findall(r"(?:^|`|[a-z] |… )make ([a-z]+)$", "\n".join([*"".join(blocks(BOTH, "sh")).splitlines(), *re.findall(r"`([^`\n]+)`", BOTH + README)]), re.M)
    assert "install" in found
    for target in found:
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_environment_variables_in_the_documents_are_read_by_the_code():
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    for name in set(re.findall(r"\b(?:[A-Z]+_[A-Z_]+|PG[A-Z]+|TZ)\b", BOTH + HANDBOOK)):
        assert name in OF_OTHERS or name.removesuffix("_FILE") in code, name
    assert '{name}_FILE' in code


def test_commands_of_staff_and_residents_stand_in_the_handbook():
    assert {cell[0].strip("`/").split()[0] for cell in table(CLERKS, "命令")} == set(staff.COMMANDS)
    assert {cell[0].strip("`/") for cell in table(CLERKS, "群众的命令")} == set(commands.COMMANDS)


def test_states_and_buttons_stand_in_the_handbook():
    assert [row[0] for row in table(CLERKS, "状态")] == ["受理", "认领", "答复", "转办", "办结", "重开"]
    assert {row[0] for row in table(CLERKS, "状态")} == set(Ticket.State.labels)
    assert {row[0] for row in table(CLERKS, "标记")} == set(Outgoing.State.labels)
    for row in table(CLERKS, "按钮"):
        assert said(row[0].replace("…", "1")), row[0]
        assert row[0].replace("…", "{number}") in {text for key, text in texts().items() if key.startswith("button_")}


def test_words_of_the_bot_in_the_handbook_are_its_words():
    rows = table(CLERKS, "机器人说")
    assert len(rows) > 20
    for row in rows:
        assert said(row[0]), row[0]
    for words in re.findall(r"“(您的工单.*?|工单 12，.*?)”", CLERKS):
        assert said(words) or said(f"{words}。"), words


def test_remedies_are_for_what_the_doctor_says():
    rows = table(OPERATORS, "doctor 说")
    for row in rows:
        parts = row[0].replace("，与 webhook_url 不同", "…，与 webhook_url 不同").split("…")
        assert any(key.startswith("doctor_") and all(part in text for part in parts) for key, text in texts().items()), row[0]


def test_metrics_in_the_handbook_are_those_exposed():
    backlog = health.Backlog(0, 0.0, {"pending": 0}, {"open": 0, "reopened": 0}, 0)
    shown = metrics.exposition(health.Health().facts, backlog).decode()
    names = {name for name in re.findall(r"^# HELP (minzheng_\w+)", shown, re.M) if not name.endswith("_created")}
    assert {row[0].strip("`") for row in table(OPERATORS, "指标")} == names


def test_fields_of_healthz_in_the_handbook_are_those_reported():
    report = health.Health().report(health.Backlog(0, 0.0, {"pending": 0}, {"open": 0, "reopened": 0}, 0))
    rows = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in table(OPERATORS, "字段")}
    assert set(rows) == set(report)
    for name in ("channel", "knowledge", "database"):
        assert rows[name] == set(report[name])


def test_the_card_in_the_handbook_is_how_it_looks(sqlite_state):
    hours = WorkingTime(("08:30-12:00", "14:30-17:30"))
    now = datetime.datetime(2026, 11, 23, 9, 0, tzinfo=BEIJING)
    ticket = Ticket.objects.create(
        pk=12, chat=Chat.objects.create(bot=1, address="7"), question="我娘七十多了一个人在乡下，低保一个月能拿多少", region="邵东市", topic="低保标准",
        candidates=[{"title": "低保标准", "confidence": 0.38}, {"title": "谁能吃低保", "confidence": 0.21}], opened_at=now, due_at=hours.due(now, 8))
    assert picture(ticket, hours, now) == block(CLERKS, "工单 12　受理")
    clerk = Staff.objects.create(telegram=1, name="张三")
    sent = Outgoing.objects.create(bot=1, key="k", lane="7", method="send_message", purpose="staff_reply", state="sent", created_at=now, due_at=now)
    text = "您母亲的情况镇里民政办会上门核实，请带户口本去一趟。"
    Entry.objects.create(ticket=ticket, author="staff", staff=clerk, text=text, outgoing=sent, at=now)
    ticket.state, ticket.claimed_by, ticket.satisfaction = Ticket.State.CLOSED, clerk, "satisfied"
    assert picture(ticket, hours, now) == block(CLERKS, "工单 12　办结")


def picture(ticket, hours, now):
    page = html.unescape(re.sub(r"<[^>]+>", "", sheets.card_page(ticket, SimpleNamespace(working_time=hours), now)))
    rows = ["".join(f"［{b.label}］" for b in row) for row in sheets.card_buttons(ticket)]
    return "\n".join([page, *rows, ""])


def test_the_exchange_on_telegram_in_the_readme_is_in_its_words():
    shown = block(README, "Resident")
    assert say("ticket_opened", number=12, due="明天10:30") in shown
    assert say("delivery_sent", number=12) in shown
    assert say("staff_speaks", number=12) in shown
    assert say("card_title", number=12, state=Ticket.State.OPEN.label) in shown


def test_shell_in_the_handbooks_is_well_formed():
    found = blocks(BOTH, "sh")
    assert len(found) > 15
    for text in found:
        subprocess.run(["bash", "-n"], input=text, text=True, check=True)


def test_the_unit_says_what_the_handbook_says_of_it(tmp_path):
    text = block(OPERATORS, "[Unit]")
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read_string(text)
    settings = {f"{name}={value}" for part in unit.sections() for name, value in unit[part].items()}
    for named in ("Restart=always", "TimeoutStopSec=15", "ReadWritePaths=/opt/minzheng/var"):
        assert f"`{named}`" in OPERATORS
        assert named in settings
    *_, module, command = unit["Service"]["ExecStart"].split()
    assert module == "bot"
    build_parser().parse_args([command])
    if shutil.which("systemd-analyze"):
        here = re.sub(r"^(ExecStart|WorkingDirectory|User)=.*$", lambda m: {"ExecStart": "ExecStart=/bin/true"}.get(m[1], ""), text, flags=re.M)
        (tmp_path / "minzheng-docs.service").write_text(here, encoding="utf-8")
        done = subprocess.run(["systemd-analyze", "verify", tmp_path / "minzheng-docs.service"], text=True, capture_output=True, check=False)
        assert "minzheng-docs" not in done.stderr
        assert done.returncode == 0


def test_nginx_leads_to_where_we_listen():
    text = block(OPERATORS, "upstream")
    assert text.count("{") == text.count("}")
    assert f"127.0.0.1:{Settings().http_port};" in text
    host = re.search(r"server_name (\S+);", text)[1]
    assert Settings(webhook_url=f"https://{host}").hook == f"https://{host}" + re.search(r"location = (\S+)", text)[1]


def run_shell(script, folder, **replaced):
    """Run a script of the handbook with its folders inside ``folder``, without services and changes of owner."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("systemctl", "chown"):
        (tools / name).write_text("#!/bin/sh\n", encoding="utf-8")
    (tools / "sudo").write_text('#!/bin/sh\n[ "$1" = -u ] && shift 2\nexec "$@"\n', encoding="utf-8")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    for old, new in {**replaced, "/opt/minzheng": str(folder), "/srv/backup": str(folder / "backup")}.items():
        script = script.replace(old, new)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(["bash", "-euo", "pipefail", "-c", script], text=True, capture_output=True, check=True, env={**os.environ, "PATH": path}).stdout


def names():
    return sorted(Staff.objects.values_list("name", flat=True))


@pytest.mark.skipif(not shutil.which("sqlite3"), reason="no sqlite3 command")
def test_backup_and_restore_of_sqlite(sqlite_state, tmp_path):
    home = tmp_path / "home"
    (home / "var").mkdir(parents=True)
    settings = sqlite_state.model_copy(update={"state_dir": home / "var"})
    shutil.copy(sqlite_state.state_dir / "state.sqlite3", home / "var")
    open_state(settings)
    Staff.objects.create(telegram=1, name="张三")
    assert "ok" in run_shell(block(OPERATORS, "# 备份 SQLite"), home)
    Staff.objects.create(telegram=2, name="李四")
    connections.close_all()
    run_shell(block(OPERATORS, "# 恢复 SQLite"), home)
    open_state(settings)
    assert names() == ["张三"]


def test_backup_and_restore_of_postgresql(state, tmp_path):
    if state.database == "sqlite" or not shutil.which("pg_dump") or not shutil.which("pg_restore"):
        pytest.skip("for PostgreSQL and its tools")
    client_major = int(re.search(r"(\d+)\.", subprocess.run(["pg_dump", "--version"], text=True, capture_output=True, check=True).stdout)[1])
    with psycopg.connect(state.database) as connection:
        if connection.info.server_version // 10000 > client_major:
            pytest.skip("the tools are older than the server")
    address = {"postgresql://minzheng@127.0.0.1:5432/minzheng": state.database}
    Staff.objects.create(telegram=1, name="张三")
    run_shell(block(OPERATORS, "# 备份 PostgreSQL"), tmp_path, **address)
    Staff.objects.create(telegram=2, name="李四")
    connections.close_all()
    run_shell(block(OPERATORS, "# 恢复 PostgreSQL"), tmp_path, **address)
    assert names() == ["张三"]
    Staff.objects.create(telegram=3, name="王五")


def test_commands_by_hand_get_the_environment_of_the_service(tmp_path):
    (tmp_path / "env").write_text(block(OPERATORS, "MINZHENG_CONFIG="), encoding="utf-8")
    program = tmp_path / ".venv" / "bin" / "minzheng"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$PWD $TELEGRAM_BOT_TOKEN_FILE $1 $3"\n', encoding="utf-8")
    program.chmod(0o755)
    script = block(OPERATORS, "#!/bin/sh").replace('"$@"', "staff add '张 三'")
    shown = run_shell(script, tmp_path, **{"/etc/minzheng/env": str(tmp_path / "env")})
    assert shown == f"{tmp_path} /etc/minzheng/token staff 张 三\n"


def test_a_proxy_of_the_environment_is_used(monkeypatch):
    asked = []
    listener = socket.create_server(("127.0.0.1", 0))

    def proxy():
        connection, _ = listener.accept()
        asked.append(connection.recv(200).decode())
        connection.close()

    thread = threading.Thread(target=proxy, daemon=True)
    thread.start()
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listener.getsockname()[1]}")
    script = "import asyncio, sys\nfrom bot.telegram.client import make_bot\nasyncio.run(make_bot('123456789:' + 'a' * 35).initialize())"
    prelude = "from bot.settings import read_settings\nfrom bot.state.opening import open_state\nopen_state(read_settings())\n"
    subprocess.run([sys.executable, "-c", prelude + script], cwd=ROOT, capture_output=True, check=False, timeout=60)
    thread.join(10)
    listener.close()
    assert asked[0].startswith("CONNECT api.telegram.org:443")


def test_every_decision_stands_in_the_list():
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"^(\d+)\. \[.+\]\((\S+)\)$", (folder / "README.md").read_text(encoding="utf-8"), re.M)
    assert [name for _, name in listed] == sorted(p.name for p in folder.glob("0*.md"))
    for number, name in listed:
        assert name.startswith(f"{int(number):04d}-")
        assert (folder / name).read_text(encoding="utf-8").startswith(f"# {int(number):04d} ")
