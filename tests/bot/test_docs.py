"""Documents say what the program does: commands, settings, fields and examples."""

import re
import subprocess
import sys

import pytest

from bot.commands import build_parser
from bot.settings import ROOT, Settings
from knowledge.model import Answer, Fact, Intent, Variant

HANDBOOK = (ROOT / "docs" / "命令.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "编写说明.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def choices():
    return build_parser()._subparsers._group_actions[0].choices


@pytest.mark.parametrize("command", choices())
def test_every_command_stands_in_the_handbook(command):
    assert f"| `{command}`" in HANDBOOK


def test_every_command_named_in_documents_exists():
    for text in (HANDBOOK, GUIDE, README):
        for command in re.findall(r"minzheng ([a-z]+)", text):
            assert command in choices(), command


def test_examples_in_the_handbook_can_be_parsed():
    for line in re.findall(r"`minzheng ([^`]+)`", HANDBOOK):
        if "命令" not in line:
            build_parser().parse_args(line.split())


def test_every_setting_stands_in_the_handbook_and_in_config_with_a_comment():
    config = (ROOT / "config.yaml").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"`{name}`" in HANDBOOK
        assert re.search(rf"^# .+\n{name}: ", config, re.M), name


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
    assert "http" not in lock
    assert "index-url" not in lock
    assert lock.count("--hash=sha256:") > 100
